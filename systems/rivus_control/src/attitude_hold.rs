//! Attitude hold: a proposed thrust becomes a wrench that keeps the robot level.

use bevy_ecs::component::Component;
use bevy_ecs::system::Query;
use rivus_flight::{AttitudeGains, AttitudeSpec, ThrustCommand, WrenchCommand, level};
use rivus_robot::{Airframe, Estimate, Health, Pose, Proposal, Setpoint, Twist, by, kinematics};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps the robot level, its nose where the setpoint says, at the thrust that another law proposes.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[require(
    Proposal<ThrustCommand, by::Policy>,
    Proposal<WrenchCommand, by::Policy>,
    Pose<Estimate>,
    Twist<Estimate>,
    Health
)]
pub struct AttitudeHold(pub AttitudeSpec);

/// Proposes a wrench of the same age as the thrust, so that a silent outer law stays noticed.
pub(crate) fn hold_attitude(
    mut robots: Query<(
        &AttitudeHold,
        &Airframe,
        &Setpoint,
        (&Pose<Estimate>, &Twist<Estimate>, &Health),
        &Proposal<ThrustCommand, by::Policy>,
        &mut Proposal<WrenchCommand, by::Policy>,
    )>,
) {
    for (AttitudeHold(spec), Airframe(vehicle), setpoint, estimate, thrust, mut out) in &mut robots
    {
        let (pose, twist, health) = estimate;
        match thrust.get() {
            Some(&command) if health.valid => {
                let gains = AttitudeGains::new(spec);
                let yaw_rad = setpoint.0.yaw_rad;
                let wrench = level(&gains, vehicle, &kinematics(pose, twist), yaw_rad, command);
                out.set_aged(wrench, thrust.age_s());
            }
            _ => out.clear(),
        }
    }
}
