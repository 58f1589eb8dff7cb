#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod convert;
mod free_flight;
mod hash;
mod history;
mod plugin;
mod score;
mod sense;
mod setting;
mod timeline;
mod trajectory;
mod vehicle;

pub use body::{Bodies, BodyId, Push};
pub use free_flight::RapierFlight;
pub use plugin::SimPlugin;
pub use score::{FlightScore, Score};
pub use trajectory::{Trajectory, TrajectoryRow};
