//! Thinking: networks turn observations into proposals.

use bevy_ecs::entity::Entity;
use bevy_ecs::message::MessageWriter;
use bevy_ecs::system::{Query, Res, ResMut};
use rivus_app::{Dt, Fault, FaultKind};
use rivus_flight::RotorCommand;
use rivus_robot::{
    Airframe, Estimate, Health, Pose, Proposal, RobotId, Setpoint, Twist, kinematics,
};

use crate::network_store::{Answer, Observed};
use crate::{PolicyFault, PolicyRow, PolicyStore};

/// Steps the network of every robot that has one and an estimate to rely on; robots with the same
/// network as one batch.
pub(crate) fn think(
    dt: Res<Dt>,
    mut store: ResMut<PolicyStore>,
    mut faults: MessageWriter<Fault>,
    mut robots: Query<(
        Entity,
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
    for (robot, id, &row, Airframe(vehicle), setpoint, pose, twist, health, mut proposal) in
        &mut robots
    {
        let Some((network, row)) = store.network_mut(row) else { continue };
        if !health.valid {
            proposal.clear();
            continue;
        }
        let observed = Observed {
            robot,
            kinematics: kinematics(pose, twist),
            setpoint: setpoint.0,
            hover_speed_radps: vehicle.hover_speed_radps(),
        };
        if let Err(fault) = network.board(row, &observed, dt.secs()) {
            refuse(&mut proposal, id.0, fault, &mut faults);
        }
    }
    for network in store.networks_mut() {
        network.step(dt.secs(), |Answer { robot, command }| {
            // Whoever boarded is still there: nothing was despawned since.
            let Ok((_, id, .., mut proposal)) = robots.get_mut(robot) else { return };
            match command {
                Ok(command) => proposal.set(command),
                Err(fault) => refuse(&mut proposal, id.0, fault, &mut faults),
            }
        });
    }
}

/// What becomes of a proposal when the network said nothing.
fn refuse(
    proposal: &mut Proposal<RotorCommand>,
    robot: u32,
    fault: PolicyFault,
    faults: &mut MessageWriter<Fault>,
) {
    // A held answer is better than none for a tick without a length, but not for a network that has
    // gone astray.
    if fault != PolicyFault::Elapsed {
        proposal.clear();
    }
    faults.write(Fault { robot, kind: kind(fault) });
}

const fn kind(fault: PolicyFault) -> FaultKind {
    match fault {
        PolicyFault::Elapsed => FaultKind::BadElapsed,
        PolicyFault::Observation | PolicyFault::Action => FaultKind::NotFinite,
        PolicyFault::Taken => FaultKind::Plugin("policy: row taken"),
    }
}
