#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod estimate;
mod intake;
mod plugin;

pub use estimate::StaleAfter;
pub use intake::{Intake, SensorIntake};
pub use plugin::EstimationPlugin;
