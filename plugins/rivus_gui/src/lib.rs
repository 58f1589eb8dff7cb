#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod history;
mod snapshot;
mod theme;
pub mod view3d;

pub use history::{History, KEPT_S, SNAPSHOT_HZ};
pub use snapshot::{Pilot, RobotInfo, RobotState, SceneInfo, Snapshot};
pub use theme::Palette;
