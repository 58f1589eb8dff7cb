#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod convert;
mod free_flight;

pub use body::{Bodies, BodyId, Push};
pub use free_flight::RapierFlight;
