//! The backup flies a robot that nobody else can, and what is broken never reaches the rotors.

use nalgebra::Vector3;
use rivus_app::prelude::*;
use rivus_control::{NO_PROPOSAL, NOBODY_FLIES, Pilot};
use rivus_flight::RotorCommand;
use rivus_robot::{Authority, Estimate, Pose, Proposal, Setpoint};

use crate::hall::{Broken, command, crazyflie, error_m, fallback, faults, hall, lee, run};

#[test]
fn lee_flies_to_the_setpoint_and_holds_it() {
    for use_integral in [false, true] {
        let (mut app, robot) = hall();
        app.world_mut().entity_mut(robot).insert((lee(use_integral), Authority::Backup));
        let mut setpoint = app.world_mut().get_mut::<Setpoint>(robot).unwrap();
        setpoint.0.position_m = Vector3::new(0.4, -0.3, 1.2);
        run(&mut app, 8.0, |_| {});
        assert!(error_m(app.world(), robot) < 0.02);
        assert_eq!(app.world().resource::<Faults>().total(), 0);
        assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Chosen);
    }
}

#[test]
fn a_policy_that_never_proposes_is_replaced_with_one_fault() {
    let (mut app, robot) = hall();
    app.world_mut().entity_mut(robot).insert((lee(false), Authority::Policy));
    run(&mut app, 4.0, |_| {});
    assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Backup);
    assert_eq!(faults(app.world(), NO_PROPOSAL), 1);
    assert_eq!(app.world().resource::<Faults>().total(), 1);
    assert!(error_m(app.world(), robot) < 0.01);
}

#[test]
fn a_proposal_of_nan_hands_over_to_the_backup_in_the_same_tick() {
    let (mut app, robot) = hall();
    app.world_mut().entity_mut(robot).insert((lee(false), Authority::Policy));
    let hover = crazyflie().hover_speed_radps();
    let propose = |app: &mut App, speed| {
        let mut proposal = app.world_mut().get_mut::<Proposal<RotorCommand>>(robot).unwrap();
        proposal.set(RotorCommand { speeds_radps: [speed; 4] });
    };
    propose(&mut app, 1.01 * hover);
    run(&mut app, 0.01, |_| {});
    assert_eq!(command(app.world(), robot), Some([1.01 * hover; 4]));
    propose(&mut app, f32::NAN);
    run(&mut app, 0.1, |world| {
        assert_eq!(fallback(world, robot).pilot(), Pilot::Backup);
        assert!(command(world, robot).unwrap().iter().all(|speed| speed.is_finite()));
    });
    assert_eq!(faults(app.world(), FaultKind::NotFinite), 1);
    // Good again, but not yet for long enough; then it fails once more: still the same episode.
    for speed in [hover, f32::NAN] {
        propose(&mut app, speed);
        run(&mut app, 0.04, |world| assert_eq!(fallback(world, robot).pilot(), Pilot::Backup));
    }
    for _ in 0..8 {
        propose(&mut app, hover);
        run(&mut app, 0.03, |_| {});
    }
    assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Chosen);
    assert_eq!(
        (fallback(app.world(), robot).episodes(), faults(app.world(), FaultKind::NotFinite)),
        (1, 1)
    );
}

#[test]
fn a_held_proposal_flies_until_it_is_too_old() {
    let (mut app, robot) = hall();
    app.world_mut().entity_mut(robot).insert((lee(false), Authority::Policy));
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].rate_hz = Some(20);
    let speeds_radps = [crazyflie().hover_speed_radps(); 4];
    app.tick().unwrap();
    let mut proposal = app.world_mut().get_mut::<Proposal<RotorCommand>>(robot).unwrap();
    proposal.set(RotorCommand { speeds_radps });
    run(&mut app, 0.149, |world| assert_eq!(fallback(world, robot).pilot(), Pilot::Chosen));
    run(&mut app, 0.01, |_| {});
    assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Backup);
}

#[test]
fn nan_readings_never_reach_a_command() {
    let (mut app, robot) = hall();
    app.world_mut().entity_mut(robot).insert((lee(true), Authority::Backup));
    run(&mut app, 0.5, |_| {});
    app.world_mut().resource_mut::<Broken>().nan_readings = 50;
    run(&mut app, 1.0, |world| {
        assert!(command(world, robot).unwrap().iter().all(|speed| speed.is_finite()));
        let pose = world.get::<Pose<Estimate>>(robot).unwrap();
        assert!(pose.position_m.iter().all(|x| x.is_finite()));
    });
    assert_eq!(faults(app.world(), FaultKind::NotFinite), 150);
    assert_eq!(faults(app.world(), NO_PROPOSAL), 0);
    assert!(error_m(app.world(), robot) < 0.01);
}

#[test]
fn without_sensors_the_rotors_stop() {
    let (mut app, robot) = hall();
    app.world_mut().entity_mut(robot).insert((lee(false), Authority::Backup));
    run(&mut app, 0.5, |_| {});
    app.world_mut().resource_mut::<Broken>().is_silent = true;
    run(&mut app, 0.2, |_| {});
    assert_eq!(command(app.world(), robot), Some([0.0; 4]));
    assert_eq!(faults(app.world(), FaultKind::StaleSensor), 3);
    assert_eq!(faults(app.world(), NOBODY_FLIES), 1);
}

#[test]
fn a_setpoint_of_nan_stops_the_backup_and_not_its_memory() {
    let (mut app, robot) = hall();
    app.world_mut().entity_mut(robot).insert((lee(true), Authority::Backup));
    run(&mut app, 0.5, |_| {});
    let height_m = |app: &mut App, z| {
        app.world_mut().get_mut::<Setpoint>(robot).unwrap().0.position_m.z = z;
    };
    height_m(&mut app, f32::NAN);
    run(&mut app, 0.01, |world| {
        assert!(command(world, robot).unwrap().iter().all(|speed| speed.is_finite()));
    });
    height_m(&mut app, 1.0);
    run(&mut app, 8.0, |_| {});
    assert!(error_m(app.world(), robot) < 0.02);
}

#[test]
fn an_overrun_does_what_the_scene_says() {
    let hover = crazyflie().hover_speed_radps();
    for (on_overrun, pilot, kind) in [
        (OnOverrun::HoldLast, Pilot::Chosen, None),
        (OnOverrun::Fallback, Pilot::Backup, Some(FaultKind::Overrun)),
        (OnOverrun::Failsafe, Pilot::Nobody, Some(NOBODY_FLIES)),
    ] {
        let (mut app, robot) = hall();
        app.world_mut().entity_mut(robot).insert(lee(false));
        app.world_mut().resource_mut::<TickConfig>().on_overrun = on_overrun;
        let propose = |app: &mut App, speed| {
            let mut proposal = app.world_mut().get_mut::<Proposal<RotorCommand>>(robot).unwrap();
            proposal.set(RotorCommand { speeds_radps: [speed; 4] });
        };
        propose(&mut app, hover);
        run(&mut app, 0.01, |_| {});
        app.world_mut().resource_mut::<OverrunResponse>().inject();
        for _ in 0..10 {
            propose(&mut app, 1.01 * hover);
            run(&mut app, 0.01, |_| {});
        }
        assert_eq!(fallback(app.world(), robot).pilot(), pilot, "{on_overrun:?}");
        assert_eq!(kind.map_or(1, |kind| faults(app.world(), kind)), 1, "{on_overrun:?}");
        match on_overrun {
            OnOverrun::HoldLast => assert_eq!(command(app.world(), robot), Some([hover; 4])),
            OnOverrun::Failsafe => assert_eq!(command(app.world(), robot), Some([0.0; 4])),
            _ => {}
        }
        for _ in 0..80 {
            propose(&mut app, hover);
            run(&mut app, 0.01, |_| {});
        }
        assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Chosen, "{on_overrun:?}");
    }
}
