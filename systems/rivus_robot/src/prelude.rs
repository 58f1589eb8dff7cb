//! What a control plugin usually needs of a robot.

pub use crate::{
    Airframe, Authority, Command, ControlSet, Estimate, Health, JointPositions, Links, Mass,
    PartContext, PartExt, Pose, Proposal, Reading, RobotId, RobotName, RobotPlugin, SeamExt,
    Setpoint, Truth, Twist, by,
};
