//! Quadrotors in the air, without anything that flies them.

use nalgebra::{UnitQuaternion, Vector3};
use rivus_gui::{RobotInfo, RobotState, SceneInfo, Snapshot};
use rivus_scene::Located;
use rivus_vehicle::{Quadrotor, QuadrotorSpec};

/// Coordinate of the hubs of a Crazyflie along x and y, m.
pub(crate) const CRAZYFLIE_M: f64 = 0.028_072;

/// Coordinate of the hubs of a 250 mm racer along x and y, m.
pub(crate) const RACER_M: f64 = 0.077_075;

/// A quadrotor in the shape of an X.
pub(crate) fn quadrotor(hub_m: f64) -> Quadrotor<f32> {
    let text = format!(
        "(mass_kg: 0.027, inertia_kgm2: (1.4e-5, 1.4e-5, 2.17e-5), rotors: (
            (position_m: ({hub_m}, {hub_m}, 0), spin: 1),
            (position_m: ({hub_m}, -{hub_m}, 0), spin: -1),
            (position_m: (-{hub_m}, -{hub_m}, 0), spin: 1),
            (position_m: (-{hub_m}, {hub_m}, 0), spin: -1)),
        thrust_n_per_radps2: 2.9e-8, torque_nm_per_radps2: 7.2e-10, motor_lag_s: 0.07,
        rotor_speed_min_radps: 0, rotor_speed_max_radps: 2273.9,
        drag: (rotor_plane: 0, rotor_axial: 0, frame: (0, 0, 0)))"
    );
    let spec: QuadrotorSpec = Located::new("flights.rs", text).parse().unwrap();
    Quadrotor::new(&spec, 9.81)
}

/// One robot called `drone`.
pub(crate) fn one(hub_m: f64) -> SceneInfo {
    let airframe = Some(quadrotor(hub_m));
    let robots = vec![RobotInfo { name: "drone".into(), airframe, ..RobotInfo::default() }];
    SceneInfo { robots, ..SceneInfo::default() }
}

/// A robot that hovers a little off its target.
pub(crate) fn hovering() -> RobotState {
    RobotState {
        position_m: Vector3::new(0.04, 0.06, 1.0),
        world_from_body: UnitQuaternion::from_euler_angles(0.06, 0.09, 0.25),
        target_m: Vector3::new(0.0, 0.0, 1.0),
        rotors_radps: [1515.0; 4],
        command_radps: [1515.0; 4],
        motor_health: [1.0; 4],
        ..RobotState::default()
    }
}

/// A moment with these robots.
pub(crate) fn moment(robots: Vec<RobotState>) -> Snapshot {
    Snapshot { time_ns: 1_000_000_000, robots, ..Snapshot::default() }
}

/// A path that ends at a point: a bend with a climb.
pub(crate) fn trail_to(end_m: Vector3<f32>) -> Vec<Vector3<f32>> {
    let step = |index: i32| {
        let back = index as f32 / 120.0;
        end_m + Vector3::new(-0.5 * back, 0.35 * (2.6 * back).sin(), -0.35 * back * back)
    };
    (0..=120).rev().map(step).collect()
}
