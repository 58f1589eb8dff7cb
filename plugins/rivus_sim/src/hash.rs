//! The fingerprint of a run.

use bevy_ecs::system::{Query, Res, ResMut};
use rivus_app::StateHash;
use rivus_flight::RotorCommand;
use rivus_policy::{PolicyRow, PolicyStore};
use rivus_robot::{Command, Pose, RobotId, RotorSpeeds, Truth, Twist};

use crate::vehicle::Roster;

/// Adds what every robot is and does at the end of this tick to the hash, in the order of their ids.
pub(crate) fn hash_state(
    roster: Res<Roster>,
    policies: Option<Res<PolicyStore>>,
    robots: Query<(
        &RobotId,
        &Pose<Truth>,
        &Twist<Truth>,
        &RotorSpeeds,
        &Command<RotorCommand>,
        Option<&PolicyRow>,
    )>,
    mut hash: ResMut<StateHash>,
) {
    for (id, pose, twist, rotors, command, row) in robots.iter_many(roster.entities()).flatten() {
        hash.write_u32(id.0);
        hash.write_f32s(pose.position_m.as_slice());
        hash.write_f32s(pose.world_from_body.coords.as_slice());
        hash.write_f32s(twist.velocity_mps.as_slice());
        hash.write_f32s(twist.body_rates_radps.as_slice());
        hash.write_f32s(&rotors.radps);
        let state = policies.as_deref().zip(row).and_then(|(store, row)| store.state(*row));
        hash.write_f32s(state.unwrap_or_default());
        // A missing command differs from one of zeros.
        hash.write_u32(u32::from(command.value.is_some()));
        if let Some(command) = command.value {
            hash.write_f32s(&command.speeds_radps);
        }
    }
}
