#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod airframe;
mod doc;
mod identity;
mod links;
mod motion;
mod plugin;
mod proposal;
mod reading;
mod registry;
mod sensor;
mod setting;
mod spawn;

pub mod prelude;
pub mod seam;

pub use airframe::{Airframe, Mass, RotorSpeeds};
pub use doc::{FieldDoc, PartDoc};
pub use identity::{RobotId, RobotName};
pub use links::{JointPositions, Links};
pub use motion::{Estimate, Health, Pose, Setpoint, Start, Truth, Twist, kinematics};
pub use plugin::RobotPlugin;
pub use proposal::{Authority, Command, ControlSet, Proposal, by};
pub use reading::{PoseSample, RatesSample, Reading, VelocitySample};
pub use registry::{PartContext, PartExt, PartRegistry};
pub use seam::{Recorded, Restored, SeamExt};
pub use sensor::{Gyroscope, MotionCapture};
pub use setting::{Events, ScoreSpec, Seed, WorldSpec};
pub use spawn::spawn_scene;
