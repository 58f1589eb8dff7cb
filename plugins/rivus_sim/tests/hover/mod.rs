//! A Crazyflie in an app: what the tests of this crate fly.

use bevy_app::App;
use rivus_control::ControlPlugin;
use rivus_estimation::EstimationPlugin;
use rivus_robot::{RobotPlugin, spawn_scene};
use rivus_scene::Scene;
use rivus_sim::SimPlugin;

const VEHICLE: &str = r#"(
    description: "A Crazyflie with the noise and delay of all scenes.",
    duration_s: 8,
    rates: (base_hz: 1000),
    world: (gravity_mps2: 9.81, ground: true, wind: Calm),
    robots: { "drone": (
        setpoint: (position_m: (0, 0, 1), yaw_deg: 0),
        start: (offset_m: 0.5, tilt_deg: 30),
        authority: Backup,
        parts: {
            "Quadrotor": (
                mass_kg: 0.027,
                inertia_kgm2: (1.4e-5, 1.4e-5, 2.17e-5),
                rotors: (
                    (position_m: (0.028072, 0.028072, 0), spin: 1),
                    (position_m: (0.028072, -0.028072, 0), spin: -1),
                    (position_m: (-0.028072, -0.028072, 0), spin: 1),
                    (position_m: (-0.028072, 0.028072, 0), spin: -1),
                ),
                thrust_n_per_radps2: 2.88155e-8,
                torque_nm_per_radps2: 7.24036e-10,
                motor_lag_s: 0.072,
                rotor_speed_min_radps: 0,
                rotor_speed_max_radps: 2273.9,
                drag: (rotor_plane: 1.02506e-6, rotor_axial: 7.553e-7, frame: (0, 0, 0)),
            ),
            "MotionCapture": (
                position_noise_m: 0.01,
                velocity_noise_mps: 0.03,
                attitude_noise: 0.005,
                delay_s: 0.01,
            ),
            "Gyroscope": (rate_noise_radps: 0.02, rate_bias_radps: 0, delay_s: 0.01),
        },
    ) },
    score: (from_s: 4),
)"#;

/// The Lee controller, as a field of a scene.
const UNDER_LEE: &str = r#"robots: { "drone": ( parts: {
    "Lee": (
        gains: (
            position_gain: (4, 4, 8), velocity_gain: (3.2, 3.2, 5),
            integral_gain: (0, 0, 0), integral_limit_mps2: 0,
            attitude_gain: (100, 100, 20), rate_gain: (18, 18, 8),
        ),
        use_integral: false,
    ),
} ) }"#;

/// The vehicle under the Lee controller; `changes` are fields of a scene that extends this one.
pub(crate) fn closed_loop(seed: u64, changes: &str) -> App {
    let mut app = App::empty();
    app.add_plugins((EstimationPlugin, ControlPlugin, SimPlugin));
    load(&mut app, seed, &[UNDER_LEE, changes]);
    app
}

/// The vehicle with nobody to command it; `changes` are fields of a scene that extends this one.
pub(crate) fn open_loop(seed: u64, changes: &str) -> App {
    let mut app = App::empty();
    app.add_plugins((RobotPlugin, SimPlugin));
    load(&mut app, seed, &[changes]);
    app
}

/// Loads the vehicle's scene, extended by one scene for each of `layers`.
fn load(app: &mut App, seed: u64, layers: &[&str]) {
    let mut text = |path: &str| {
        let layer: usize = path.parse().map_err(|_not_a_layer| path.to_owned())?;
        Ok(match layer.checked_sub(1) {
            None => VEHICLE.to_owned(),
            Some(below) => format!(r#"(extends: "{below}", {})"#, layers[below]),
        })
    };
    let top = layers.len().to_string();
    let scene = Scene::load(&top, &mut text).unwrap_or_else(|errors| panic!("{errors}"));
    let mut no_files = |path: &str| Err(format!("no file {path}"));
    spawn_scene(app.world_mut(), &scene, seed, &mut no_files)
        .unwrap_or_else(|errors| panic!("{errors}"));
}
