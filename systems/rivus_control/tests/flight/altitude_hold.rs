//! A law of a user's own, at a rate of its own, in front of the laws of this crate.

use rivus_app::prelude::*;
use rivus_control::{AttitudeHold, NO_PROPOSAL, Pid, Pilot};
use rivus_flight::ThrustCommand;
use rivus_math::GRAVITY_MPS2;
use rivus_robot::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hall::{error_m, fallback, faults, hall, lee, run};

/// Holds a height by trimming collective thrust around the vehicle's weight.
#[derive(Component, Serialize, Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(deny_unknown_fields)]
struct AltitudeHold {
    /// Height to hold above the ENU origin.
    target_m: f32,
}

struct AltitudeHoldPlugin;

impl Plugin for AltitudeHoldPlugin {
    fn build(&self, app: &mut App) {
        app.register_part::<AltitudeHold>().add_systems(
            Stage::Control.at(Rate::hz(250)),
            hold_altitude.budget_us(200).in_set(ControlSet::Outer),
        );
    }
}

fn hold_altitude(
    dt: Res<Dt>,
    mut vehicles: Query<(
        &AltitudeHold,
        &Pose<Estimate>,
        &Mass,
        &mut Pid,
        &mut Proposal<ThrustCommand>,
    )>,
) {
    for (hold, pose, mass, mut pid, mut thrust) in &mut vehicles {
        let trim_n = pid.step(hold.target_m - pose.position_m.z, dt.secs());
        thrust.set(ThrustCommand { newtons: (mass.kg * GRAVITY_MPS2 + trim_n).max(0.0) });
    }
}

/// The hall with a robot that flies this law, from 1 m to 1.5 m.
fn altitude_hall() -> (App, Entity) {
    let (mut app, robot) = hall();
    app.add_plugins(AltitudeHoldPlugin);
    let pid: Pid = ron::from_str("(kp: 0.15, ki: 0.02, kd: 0.12, integral_limit: 0.05)").unwrap();
    let level: AttitudeHold =
        ron::from_str("(attitude_gain: (100, 100, 20), rate_gain: (18, 18, 8))").unwrap();
    app.world_mut().entity_mut(robot).insert((AltitudeHold { target_m: 1.5 }, pid, level));
    (app, robot)
}

#[test]
fn a_law_at_250_hz_holds_its_height_through_an_attitude_law_at_1_khz() {
    let (mut app, robot) = altitude_hall();
    run(&mut app, 20.0, |_| {});
    assert!((error_m(app.world(), robot) - 0.5).abs() < 0.02, "the setpoint is 0.5 m below");
    assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Chosen);
    assert_eq!(app.world().resource::<Faults>().total(), 0);
}

#[test]
fn a_law_that_falls_silent_is_noticed_behind_the_attitude_law() {
    let (mut app, robot) = altitude_hall();
    app.world_mut().entity_mut(robot).insert(lee(false));
    run(&mut app, 1.0, |_| {});
    app.world_mut().entity_mut(robot).remove::<AltitudeHold>();
    run(&mut app, 0.06, |_| {});
    assert_eq!(fallback(app.world(), robot).pilot(), Pilot::Backup);
    assert_eq!(faults(app.world(), NO_PROPOSAL), 1);
    run(&mut app, 6.0, |_| {});
    assert!(error_m(app.world(), robot) < 0.01);
}
