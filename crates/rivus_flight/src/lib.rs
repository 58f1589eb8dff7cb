#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

mod attitude;
mod channel;
#[cfg(test)]
mod closed_loop;
mod lee;
mod mixer;
mod pid;
mod score;
#[cfg(test)]
mod test_vehicle;
mod values;

pub use attitude::{AttitudeGains, AttitudeSpec, level, tilt_rad};
pub use channel::{ActionChannel, ObservationChannel, UnknownChannel, act, observe};
pub use lee::{Lee, LeeGains, LeeSpec};
pub use mixer::{Mixer, Unmixable};
pub use pid::{Pid, PidSpec};
pub use score::{SETTLED_M, Score, Scoring};
pub use values::{Kinematics, RotorCommand, Setpoint, ThrustCommand, WrenchCommand};
