//! Robots that share a network are stepped together, and none of them can tell.

use std::path::Path;

use nalgebra::{UnitQuaternion, Vector3};
use rivus_app::prelude::*;
use rivus_flight::RotorCommand;
use rivus_liquid::{Elapsed, Policy, PolicyInfo, Provenance};
use rivus_policy::{PolicyPlugin, PolicyRow, PolicyStore};
use rivus_robot::{Airframe, Estimate, Health, Pose, Proposal, RobotId, Setpoint, Twist};

use crate::hall::{crazyflie, hall};
use crate::network::{named, network};

/// What became of a robot in one step: proposed speeds and state, as bits.
type Bits = (Option<[u32; 4]>, Vec<u32>);

/// Robots with these policies, each somewhere else.
fn squadron(policies: impl Iterator<Item = Policy>) -> (App, Vec<Entity>) {
    let (mut app, leader) = hall();
    app.add_plugins(PolicyPlugin);
    let world = app.world_mut();
    world.despawn(leader);
    let setpoint = rivus_flight::Setpoint { position_m: Vector3::z(), yaw_rad: 0.0 };
    let robots = policies.enumerate().map(|(index, policy)| {
        let row = world.resource_mut::<PolicyStore>().insert(policy).unwrap();
        let mut robot = world.spawn((
            RobotId(index as u32),
            row,
            Airframe(crazyflie()),
            Setpoint(setpoint),
            Pose::<Estimate>::default(),
            Twist::<Estimate>::default(),
            Health { age_s: 0.0, valid: true },
        ));
        let offset_m = index as f32 * 0.01;
        robot.get_mut::<Pose<Estimate>>().unwrap().position_m = Vector3::new(offset_m, 0.1, 0.9);
        robot.id()
    });
    let robots = robots.collect();
    (app, robots)
}

/// Moves every robot in its own way; each seventh has no estimate, each eleventh a broken one.
fn move_on(world: &mut World, robots: &[Entity], step: usize) {
    for (index, &robot) in robots.iter().enumerate() {
        let mut robot = world.entity_mut(robot);
        let phase = (index * 31 + step * 7) as f32 * 0.1;
        let mut pose = robot.get_mut::<Pose<Estimate>>().unwrap();
        pose.world_from_body = UnitQuaternion::from_euler_angles(0.01 * phase, -0.02, 0.0);
        pose.position_m.y = if (index + step) % 11 == 5 { f32::NAN } else { 0.01 * phase };
        robot.get_mut::<Twist<Estimate>>().unwrap().velocity_mps = Vector3::new(0.0, phase, 1.0);
        robot.get_mut::<Health>().unwrap().valid = (index + step) % 7 != 3;
    }
}

/// One run of stage `Policy`, and the robots whose faults it raised, in ascending order.
fn think(world: &mut World, dt_ns: u64) -> Vec<(u32, FaultKind)> {
    world.insert_resource(Dt::from_ns(dt_ns));
    world.run_schedule(Stage::Policy.at(Rate::STAGE));
    let mut faults: Vec<_> = world
        .resource_mut::<Messages<Fault>>()
        .drain()
        .map(|fault| (fault.robot, fault.kind))
        .collect();
    faults.sort_unstable();
    faults
}

fn bits(world: &World, robot: Entity) -> Bits {
    let row = *world.get::<PolicyRow>(robot).unwrap();
    let state = world.resource::<PolicyStore>().state(row).unwrap();
    let proposal = world.get::<Proposal<RotorCommand>>(robot).unwrap().get();
    (
        proposal.map(|command| command.speeds_radps.map(f32::to_bits)),
        state.iter().map(|x| x.to_bits()).collect(),
    )
}

/// The same policy as another network: robots that fly it are not in the same batch.
fn by_itself(policy: &Policy, index: usize) -> Policy {
    let provenance = Provenance { seed: 1000 + index as u64, ..policy.info().provenance.clone() };
    let info = PolicyInfo { provenance, ..policy.info().clone() };
    Policy::new(policy.network().clone(), info).unwrap()
}

/// Flies `count` robots in one batch and each alone, and compares them after every step.
fn compare(policy: &Policy, count: usize) {
    let (mut together, batch) = squadron((0..count).map(|_| policy.clone()));
    let (mut apart, singles) = squadron((0..count).map(|index| by_itself(policy, index)));
    let networks = |app: &App| app.world().resource::<PolicyStore>().networks().len();
    assert_eq!((networks(&together), networks(&apart)), (1, count));
    let mut refused = 0;
    for step in 0..60 {
        // A tick without length is refused, and changes nothing.
        let dt_ns = if step == 30 { 0 } else { 5_000_000 + step as u64 * 100_000 };
        move_on(together.world_mut(), &batch, step);
        move_on(apart.world_mut(), &singles, step);
        let faults = think(together.world_mut(), dt_ns);
        assert_eq!(faults, think(apart.world_mut(), dt_ns), "step {step}");
        refused += faults.len();
        for (&a, &b) in batch.iter().zip(&singles) {
            assert_eq!(bits(together.world(), a), bits(apart.world(), b), "step {step}, {a}");
        }
    }
    assert!(refused > count, "{refused}");
    let mut distinct: Vec<Bits> =
        batch.iter().map(|&robot| bits(together.world(), robot)).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() > count / 2, "the robots are not in different states");
}

fn shipped(name: &str) -> Policy {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/policies");
    Policy::from_bytes(&std::fs::read(root.join(name)).unwrap()).unwrap()
}

#[test]
fn an_ltc_in_a_batch_gives_the_bits_of_one_alone() {
    let policy = shipped("drone_hover_ltc.safetensors");
    compare(&policy, 5);
    compare(&policy, 70);
}

#[test]
fn a_cfc_in_a_batch_gives_the_bits_of_one_alone() {
    let policy = shipped("drone_hover_cfc.safetensors");
    compare(&policy, 5);
    compare(&policy, 70);
}

#[test]
fn one_answer_that_is_not_finite_resets_one_state_only() {
    let rotors = [0, 1, 2, 3].map(|rotor| format!("rotor_speed.{rotor}"));
    let policy = named("velocity_mps.z", &rotors, (f32::MAX, 0.0));
    let (mut app, robots) = squadron((0..6).map(|_| policy.clone()));
    let world = app.world_mut();
    // The hover speed turns a large answer into an infinity, unless the vehicle has none.
    for (index, &robot) in robots.iter().enumerate() {
        let gravity_mps2 = if index == 4 { 9.81 } else { 0.0 };
        let airframe = Airframe(rivus_vehicle::Quadrotor { gravity_mps2, ..crazyflie() });
        world.entity_mut(robot).insert(airframe);
    }
    assert_eq!(think(world, 10_000_000), [(4, FaultKind::NotFinite)]);
    for (index, &robot) in robots.iter().enumerate() {
        let (proposal, state) = bits(world, robot);
        assert_eq!((proposal.is_none(), state == [0; 4]), (index == 4, index == 4), "{index}");
    }
}

#[test]
fn an_input_that_overflows_is_left_out() {
    let (network, mut info) =
        (network(0.1, 1.0).network().clone(), network(0.1, 1.0).info().clone());
    info.inputs[0].scale = f32::MAX;
    info.inputs[0].squash = rivus_liquid::Squash::None;
    info.elapsed = Elapsed::Constant(1.0);
    let policy = Policy::new(network, info).unwrap();
    let (mut app, robots) = squadron((0..3).map(|_| policy.clone()));
    let world = app.world_mut();
    world.get_mut::<Pose<Estimate>>(robots[1]).unwrap().position_m.z = 100.0;
    assert_eq!(think(world, 10_000_000), [(1, FaultKind::NotFinite)]);
    let answered = robots.iter().map(|&robot| bits(world, robot).0.is_some());
    assert_eq!(answered.collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(bits(world, robots[1]).1, [0; 4]);
}

#[test]
fn two_robots_with_one_row_are_not_both_answered() {
    let (mut app, robots) = squadron((0..2).map(|_| network(0.1, 1.0)));
    let world = app.world_mut();
    let row = *world.get::<PolicyRow>(robots[0]).unwrap();
    world.entity_mut(robots[1]).insert(row);
    let faults = think(world, 10_000_000);
    assert_eq!(faults.len(), 1);
    let answered = robots.iter().filter(|&&robot| bits(world, robot).0.is_some());
    assert_eq!(answered.count(), 1);
}
