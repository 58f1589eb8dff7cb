#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod airframe;
mod identity;
mod motion;
mod plugin;
mod proposal;
mod reading;
mod sensor;

pub use airframe::{Airframe, Mass, RotorSpeeds};
pub use identity::{RobotId, RobotName};
pub use motion::{Estimate, Health, Pose, Setpoint, Start, Truth, Twist, kinematics};
pub use plugin::RobotPlugin;
pub use proposal::{Authority, Command, ControlSet, Proposal, by};
pub use reading::{PoseSample, RatesSample, Reading, VelocitySample};
pub use sensor::{Gyroscope, MotionCapture};
