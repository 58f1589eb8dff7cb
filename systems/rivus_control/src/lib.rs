#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod arbitrate;
mod attitude_hold;
mod fallback;
mod lee;
mod mix;
mod parts;
mod pid;
mod plugin;

pub use arbitrate::ProposalLimit;
pub use attitude_hold::AttitudeHold;
pub use fallback::{Fallback, NO_PROPOSAL, NOBODY_FLIES, Offers, Pilot, RETURN_AFTER_S, Unusable};
pub use lee::Lee;
pub use pid::Pid;
pub use plugin::ControlPlugin;
