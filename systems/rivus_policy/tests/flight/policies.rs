//! A policy flies while it can, and the backup when it cannot.

use rivus_app::prelude::*;
use rivus_control::{NO_PROPOSAL, Pilot};
use rivus_flight::RotorCommand;
use rivus_liquid::Policy;
use rivus_policy::{LoadError, PolicyPlugin, PolicyRow, PolicyStore};
use rivus_robot::{Health, Proposal};

use crate::hall::{Broken, ROBOT, command, crazyflie, error_m, fallback, faults, hall, lee, run};
use crate::network::{hovering, named, network, overflowing};

/// The hall with a robot that flies `policy` at 100 Hz under control at 1 kHz, and has a backup.
fn policy_hall(policy: Policy) -> (App, Entity) {
    let (mut app, robot) = hall();
    app.add_plugins(PolicyPlugin);
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].rate_hz = Some(100);
    let row = app.world_mut().resource_mut::<PolicyStore>().insert(policy).unwrap();
    app.world_mut().entity_mut(robot).insert((lee(false), row));
    (app, robot)
}

fn state(world: &World, robot: Entity) -> &[f32] {
    let row = *world.get::<PolicyRow>(robot).unwrap();
    world.resource::<PolicyStore>().state(row).unwrap()
}

#[test]
fn an_answer_holds_until_the_next_one() {
    let (mut app, robot) = policy_hall(hovering());
    let hover = crazyflie().hover_speed_radps();
    let mut before = vec![0.0; 4];
    let mut index = 0;
    run(&mut app, 2.0, |world| {
        assert_eq!(command(world, robot), Some([hover; 4]));
        assert_eq!(state(world, robot) != before, index % 10 == 0, "tick {index}");
        before.copy_from_slice(state(world, robot));
        index += 1;
    });
    assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Chosen);
    assert_eq!(app.world().resource::<Faults>().total(), 0);
    assert!(error_m(app.world(), robot) < 0.01);
}

#[test]
fn an_answer_that_is_not_finite_makes_the_backup_fly() {
    let (mut app, robot) = policy_hall(overflowing());
    run(&mut app, 3.0, |world| {
        assert!(command(world, robot).unwrap().iter().all(|speed| speed.is_finite()));
        assert_eq!(fallback(world, robot).pilot(), Pilot::Backup);
        assert_eq!(state(world, robot), [0.0; 4]);
    });
    assert_eq!(faults(app.world(), FaultKind::NotFinite), 300, "one for each answer");
    assert_eq!(faults(app.world(), NO_PROPOSAL), 1, "one for the episode");
    assert!(error_m(app.world(), robot) < 0.01);
}

#[test]
fn a_robot_that_has_authority_policy_but_no_policy_flies_its_backup() {
    let (mut app, robot) = policy_hall(hovering());
    run(&mut app, 0.5, |_| {});
    app.world_mut().entity_mut(robot).remove::<PolicyRow>();
    run(&mut app, 3.0, |_| {});
    assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Backup);
    assert_eq!(faults(app.world(), NO_PROPOSAL), 1);
    assert!(error_m(app.world(), robot) < 0.01);
}

#[test]
fn nan_readings_reach_neither_the_network_nor_a_command() {
    let (mut app, robot) = policy_hall(network(0.1, 1.0));
    run(&mut app, 0.1, |_| {});
    app.world_mut().resource_mut::<Broken>().nan_readings = 80;
    run(&mut app, 0.1, |world| {
        assert!(command(world, robot).unwrap().iter().all(|speed| speed.is_finite()));
        assert!(state(world, robot).iter().all(|x| x.is_finite()));
        assert_eq!(fallback(world, robot).pilot(), Pilot::Chosen);
    });
    assert_eq!(faults(app.world(), FaultKind::NotFinite), 240, "three sensors");
}

#[test]
fn without_an_estimate_the_network_waits() {
    let (mut app, robot) = policy_hall(hovering());
    run(&mut app, 0.1, |_| {});
    app.world_mut().resource_mut::<Broken>().is_silent = true;
    run(&mut app, 0.2, |_| {});
    let waiting = state(app.world(), robot).to_vec();
    run(&mut app, 0.2, |world| assert_eq!(state(world, robot), waiting));
    assert_eq!(command(app.world(), robot), Some([0.0; 4]), "the backup is as blind");
}

#[test]
fn an_elapsed_time_of_zero_changes_nothing_and_is_a_fault() {
    let (mut app, robot) = policy_hall(network(0.1, 1.0));
    let world = app.world_mut();
    world.entity_mut(robot).insert(Health { age_s: 0.0, valid: true });
    let mut think = |dt_ns| {
        world.insert_resource(Dt::from_ns(dt_ns));
        world.run_schedule(Stage::Policy.at(Rate::STAGE));
        let proposal = *world.get::<Proposal<RotorCommand>>(robot).unwrap();
        let faults: Vec<_> = world.resource_mut::<Messages<Fault>>().drain().collect();
        (state(world, robot).to_vec(), proposal, faults)
    };
    let (before, held, faults) = think(10_000_000);
    assert!(before != [0.0; 4] && faults.is_empty());
    let bad_elapsed = vec![Fault { robot: ROBOT, kind: FaultKind::BadElapsed }];
    assert_eq!(think(0), (before, held, bad_elapsed));
}

#[test]
fn all_rates_go_together() {
    for (sense_hz, estimate_hz, policy_hz, control_hz) in
        [(1000, 500, 100, 1000), (200, 1000, 500, 250), (1000, 1000, 50, 100)]
    {
        let (mut app, robot) = policy_hall(hovering());
        let mut config = app.world_mut().resource_mut::<TickConfig>();
        for (stage, rate_hz) in [
            (Stage::Sense, sense_hz),
            (Stage::Estimate, estimate_hz),
            (Stage::Policy, policy_hz),
            (Stage::Control, control_hz),
        ] {
            config[stage].rate_hz = Some(rate_hz);
        }
        run(&mut app, 1.0, |_| {});
        assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Chosen);
        assert_eq!(app.world().resource::<Faults>().total(), 0);
    }
}

#[test]
fn robots_with_one_network_share_it_and_not_its_state() {
    let mut store = PolicyStore::default();
    let rows = [hovering(), hovering(), overflowing()].map(|policy| store.insert(policy).unwrap());
    assert_eq!(store.networks().iter().map(|network| network.rows()).collect::<Vec<_>>(), [2, 1]);
    assert_ne!(rows[0], rows[1]);
    for row in rows {
        assert_eq!(store.state(row), Some(&[0.0; 4][..]));
    }
}

#[test]
fn what_cannot_fly_is_refused_with_the_reason() {
    let bytes = hovering().to_bytes().unwrap();
    let mut store = PolicyStore::default();
    assert!(store.load(&bytes, 100.0).is_ok());
    let reason = |bytes: &[u8], hz| PolicyStore::default().load(bytes, hz).unwrap_err().to_string();
    assert_eq!(reason(&bytes, 1000.0), "1000 Hz is outside the policy's range of 50 to 500 Hz");
    for damaged in [&bytes[..bytes.len() / 2], b"not a policy"] {
        assert!(matches!(store.load(damaged, 100.0), Err(LoadError::File(_))));
    }
    let rotors = [0, 1, 2, 3].map(|rotor| format!("rotor_speed.{rotor}"));
    let blind = named("range_m.down", &rotors, (0.0, 1.0)).to_bytes().unwrap();
    let text = reason(&blind, 100.0);
    assert!(text.contains("`range_m.down`") && text.contains("velocity_mps"), "{text}");
    let six = [0, 1, 2, 3, 4, 5].map(|rotor| format!("rotor_speed.{rotor}"));
    let text = reason(&named("velocity_mps.z", &six, (0.0, 1.0)).to_bytes().unwrap(), 100.0);
    assert!(text.contains("`rotor_speed.4`"), "{text}");
    let text =
        reason(&named("velocity_mps.z", &rotors[..3], (0.0, 1.0)).to_bytes().unwrap(), 100.0);
    assert!(text.contains("`rotor_speed.3`"), "{text}");
    assert_eq!(store.networks().len(), 1, "what was refused left nothing behind");
}
