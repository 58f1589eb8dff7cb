//! Thinking: networks turn observations into proposals.

use bevy_ecs::message::MessageWriter;
use bevy_ecs::system::{Query, Res, ResMut};
use rivus_app::{Dt, Fault, FaultKind};
use rivus_flight::RotorCommand;
use rivus_robot::{
    Airframe, Estimate, Health, Pose, Proposal, RobotId, Setpoint, Twist, kinematics,
};

use crate::network_store::Observed;
use crate::{PolicyFault, PolicyRow, PolicyStore};

/// Steps the network of every robot that has one and an estimate to rely on.
pub(crate) fn think(
    dt: Res<Dt>,
    mut store: ResMut<PolicyStore>,
    mut faults: MessageWriter<Fault>,
    mut robots: Query<(
        &RobotId,
        &PolicyRow,
        &Airframe,
        &Setpoint,
        &Pose<Estimate>,
        &Twist<Estimate>,
        &Health,
        &mut Proposal<RotorCommand>,
    )>,
) {
    for (id, &row, Airframe(vehicle), setpoint, pose, twist, health, mut proposal) in &mut robots {
        let Some((network, row)) = store.network_mut(row) else { continue };
        if !health.valid {
            proposal.clear();
            continue;
        }
        let observed = Observed {
            kinematics: kinematics(pose, twist),
            setpoint: setpoint.0,
            hover_speed_radps: vehicle.hover_speed_radps(),
        };
        match network.step(row, &observed, dt.secs()) {
            Ok(command) => proposal.set(command),
            Err(fault) => {
                // A held answer is better than none for a tick without a length, but not for a
                // network that has gone astray.
                if fault != PolicyFault::Elapsed {
                    proposal.clear();
                }
                faults.write(Fault { robot: id.0, kind: kind(fault) });
            }
        }
    }
}

const fn kind(fault: PolicyFault) -> FaultKind {
    match fault {
        PolicyFault::Elapsed => FaultKind::BadElapsed,
        PolicyFault::Observation | PolicyFault::Action => FaultKind::NotFinite,
    }
}
