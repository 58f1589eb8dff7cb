#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod error;
mod load;
mod located;
mod obstacle;
mod path;
mod scene;
mod section;
mod tree;

pub use error::{Place, SceneError, SceneErrors};
pub use located::Located;
pub use obstacle::Obstacle;
pub use path::join_path;
pub use scene::{
    Authority, Budgets, ControlStage, Event, Expect, OnCostlyPolicy, OnOverrun, Part, Rates, Robot,
    Scene, ScoreSpec, SetpointSpec, TimedEvent, WorldSpec,
};
