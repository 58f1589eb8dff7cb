#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod convert;
mod free_flight;
mod hash;
mod history;
mod injected;
mod motors;
mod plugin;
mod score;
mod sense;
mod setting;
mod timeline;
mod trajectory;
mod vehicle;

pub use free_flight::RapierFlight;
pub use injected::{AddedWind, MotorHealth, SensorFault, SensorFaults, Wind};
pub use plugin::SimPlugin;
pub use rivus_flight::Score;
pub use score::FlightScore;
pub use trajectory::{Trajectory, TrajectoryRow};
