#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod history;
mod policy_view;
mod snapshot;
mod theme;

pub use history::{History, KEPT_S, SNAPSHOT_HZ};
pub use policy_view::{Pin, PolicyView, PolicyViewResponse, Signal};
pub use snapshot::{Pilot, RobotInfo, RobotState, SceneInfo, Snapshot};
pub use theme::Palette;
