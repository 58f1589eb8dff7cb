//! Estimates follow usable readings only, and say when there are none.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use bevy_ecs::entity::Entity;
use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use rivus_app::prelude::*;
use rivus_estimation::EstimationPlugin;
use rivus_robot::{
    Estimate, Health, Pose, PoseSample, RatesSample, Reading, RobotId, Twist, VelocitySample,
};

/// An app with one robot that has all sensors, none of which has delivered.
fn robot() -> (App, Entity) {
    let mut app = App::empty();
    app.add_plugins(EstimationPlugin);
    let robot = app
        .world_mut()
        .spawn((
            RobotId(4),
            Reading::<PoseSample>::default(),
            Reading::<VelocitySample>::default(),
            Reading::<RatesSample>::default(),
        ))
        .id();
    (app, robot)
}

fn put_pose(app: &mut App, robot: Entity, position_m: Vector3<f32>, attitude: UnitQuaternion<f32>) {
    let stamp_ns = app.world().resource::<Tick>().time_ns;
    let mut reading = app.world_mut().get_mut::<Reading<PoseSample>>(robot).unwrap();
    reading.put(PoseSample { position_m, world_from_body: attitude }, stamp_ns);
}

fn put_motion(app: &mut App, robot: Entity, velocity_mps: Vector3<f32>) {
    let stamp_ns = app.world().resource::<Tick>().time_ns;
    let mut velocity = app.world_mut().get_mut::<Reading<VelocitySample>>(robot).unwrap();
    velocity.put(VelocitySample { velocity_mps }, stamp_ns);
    let mut rates = app.world_mut().get_mut::<Reading<RatesSample>>(robot).unwrap();
    rates.put(RatesSample { body_rates_radps: velocity_mps * 2.0 }, stamp_ns);
}

fn health(app: &App, robot: Entity) -> Health {
    *app.world().get::<Health>(robot).unwrap()
}

fn pose(app: &App, robot: Entity) -> Pose<Estimate> {
    *app.world().get::<Pose<Estimate>>(robot).unwrap()
}

fn faults(app: &App, kind: FaultKind) -> u64 {
    app.world().resource::<Faults>().of(4, kind)
}

#[test]
fn the_newest_readings_are_the_estimate() {
    let (mut app, robot) = robot();
    app.tick().unwrap();
    assert!(!health(&app, robot).valid);
    let position_m = Vector3::new(1.0, -2.0, 3.0);
    // A reading is noisy, so its quaternion is not quite of length one.
    let noisy = UnitQuaternion::new_unchecked(Quaternion::new(1.1, 0.0, 0.0, 0.0));
    put_pose(&mut app, robot, position_m, noisy);
    put_motion(&mut app, robot, Vector3::x());
    app.tick().unwrap();
    assert!(health(&app, robot).valid);
    assert_eq!(pose(&app, robot), Pose::new(position_m, UnitQuaternion::identity()));
    let twist = app.world().get::<Twist<Estimate>>(robot).unwrap();
    assert_eq!(*twist, Twist::new(Vector3::x(), Vector3::x() * 2.0));
    // Measured in tick 0 and read in tick 1.
    assert_eq!(health(&app, robot).age_s, 0.001);
}

#[test]
fn a_reading_that_is_not_finite_changes_nothing_and_is_counted() {
    let (mut app, robot) = robot();
    let level = UnitQuaternion::identity();
    put_pose(&mut app, robot, Vector3::z(), level);
    put_motion(&mut app, robot, Vector3::zeros());
    app.tick().unwrap();
    let before = pose(&app, robot);
    let no_attitude = UnitQuaternion::new_unchecked(Quaternion::new(0.0, 0.0, 0.0, 0.0));
    let nan = UnitQuaternion::new_unchecked(Quaternion::new(f32::NAN, 0.0, 0.0, 0.0));
    let bad = [
        (Vector3::new(0.0, f32::NAN, 0.0), level),
        (Vector3::new(f32::INFINITY, 0.0, 0.0), level),
        (Vector3::x(), no_attitude),
        (Vector3::x(), nan),
    ];
    for (position_m, attitude) in bad {
        put_pose(&mut app, robot, position_m, attitude);
        put_motion(&mut app, robot, Vector3::repeat(f32::NAN));
        app.tick().unwrap();
        assert_eq!(pose(&app, robot), before);
    }
    assert_eq!(*app.world().get::<Twist<Estimate>>(robot).unwrap(), Twist::default());
    assert_eq!(faults(&app, FaultKind::NotFinite), 12);
    assert!(health(&app, robot).valid, "the last good reading is 4 ms old");
}

#[test]
fn a_silent_sensor_makes_the_estimate_invalid_with_one_fault() {
    let (mut app, robot) = robot();
    put_pose(&mut app, robot, Vector3::z(), UnitQuaternion::identity());
    for index in 0..300 {
        put_motion(&mut app, robot, Vector3::zeros());
        app.tick().unwrap();
        // A pose of tick 0 is 0.1 s old in tick 100, and that is still accepted.
        assert_eq!(health(&app, robot).valid, index <= 100, "tick {index}");
    }
    assert_eq!(faults(&app, FaultKind::StaleSensor), 1);
    put_pose(&mut app, robot, Vector3::z(), UnitQuaternion::identity());
    app.tick().unwrap();
    assert!(health(&app, robot).valid);
}

#[test]
fn a_robot_without_a_sensor_is_told_so() {
    let mut app = App::empty();
    app.add_plugins(EstimationPlugin);
    let robot = app.world_mut().spawn((RobotId(4), Reading::<PoseSample>::default())).id();
    for _ in 0..200 {
        put_pose(&mut app, robot, Vector3::z(), UnitQuaternion::identity());
        app.tick().unwrap();
    }
    assert!(!health(&app, robot).valid);
    assert_eq!(faults(&app, FaultKind::StaleSensor), 2, "velocity and rates");
}
