#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod error;
mod kinematic_tree;
mod load;
mod located;
mod path;
mod scene;
mod section;
mod solid;
mod tree;

pub use error::{Place, SceneError, SceneErrors};
pub use kinematic_tree::{
    JOINTS_MAX, Joint, JointSpec, KinematicTree, KinematicTreeSpec, LINK_NAME_MAX, Link, LinkSpec,
    Motion,
};
pub use located::Located;
pub use path::join_path;
pub use scene::{
    Authority, Budgets, ControlStage, Event, Expect, OnCostlyPolicy, OnOverrun, Part, Rates, Robot,
    Scene, ScoreSpec, SetpointSpec, TimedEvent, WorldSpec,
};
pub use solid::Solid;
