//! The fingerprint of a run.

use bevy_ecs::query::QueryData;
use bevy_ecs::system::{Query, Res, ResMut};
use rivus_app::StateHash;
use rivus_flight::RotorCommand;
use rivus_policy::{PolicyRow, PolicyStore};
use rivus_robot::{Command, JointPositions, Pose, RobotId, RotorSpeeds, Truth, Twist};

use crate::vehicle::Roster;

/// What of a robot is part of the hash.
#[derive(QueryData)]
pub(crate) struct Hashed {
    id: &'static RobotId,
    pose: &'static Pose<Truth>,
    twist: &'static Twist<Truth>,
    rotors: Option<&'static RotorSpeeds>,
    joints: Option<&'static JointPositions>,
    policy: Option<&'static PolicyRow>,
    command: Option<&'static Command<RotorCommand>>,
}

/// Adds what every robot is and does at the end of this tick to the hash, in the order of their ids.
pub(crate) fn hash_state(
    roster: Res<Roster>,
    policies: Option<Res<PolicyStore>>,
    robots: Query<Hashed>,
    mut hash: ResMut<StateHash>,
) {
    for robot in robots.iter_many(roster.entities()).flatten() {
        hash.write_u32(robot.id.0);
        hash.write_f32s(robot.pose.position_m.as_slice());
        hash.write_f32s(robot.pose.world_from_body.coords.as_slice());
        hash.write_f32s(robot.twist.velocity_mps.as_slice());
        hash.write_f32s(robot.twist.body_rates_radps.as_slice());
        hash.write_f32s(robot.rotors.map_or(&[], |rotors| &rotors.radps));
        hash.write_f32s(robot.joints.map_or(&[], |joints| &joints.positions));
        let state =
            policies.as_deref().zip(robot.policy).and_then(|(store, row)| store.state(*row));
        hash.write_f32s(state.unwrap_or_default());
        let Some(command) = robot.command else { continue };
        // A missing command differs from one of zeros.
        hash.write_u32(u32::from(command.value.is_some()));
        if let Some(command) = command.value {
            hash.write_f32s(&command.speeds_radps);
        }
    }
}
