//! Robots as scenes describe them, and what a scene is told that names a policy wrongly.

use rivus_app::prelude::*;
use rivus_control::{AttitudeHold, ControlPlugin, Lee, Pid};
use rivus_policy::{PolicyPlugin, PolicyRow, PolicyStore};
use rivus_robot::spawn_scene;
use rivus_scene::{Scene, SceneErrors};

use crate::network::hovering;

const SCENE: &str = r#"(
    description: "A test.",
    seed: 7,
    duration_s: 8,
    rates: (base_hz: 1000, policy_hz: 100),
    budgets: (policy_us: 3000),
    world: (gravity_mps2: 9.81, ground: true, wind: Calm),
    robots: { "drone": (
        setpoint: (position_m: (0, 0, 1), yaw_deg: 0),
        start: (offset_m: 0.5, tilt_deg: 30),
        parts: {
            "Policy": (file: "hover.safetensors"),
            "Lee": (gains: (
                position_gain: (4, 4, 8), velocity_gain: (3.2, 3.2, 5),
                integral_gain: (3, 3, 3), integral_limit_mps2: 2,
                attitude_gain: (100, 100, 20), rate_gain: (18, 18, 8),
            ), use_integral: true),
            "AttitudeHold": (attitude_gain: (100, 100, 20), rate_gain: (18, 18, 8)),
            "Pid": (kp: 1, ki: 0, kd: 0, integral_limit: 1),
            "Quadrotor": (mass_kg: 0.027, inertia_kgm2: (1.4e-5, 1.4e-5, 2.17e-5), rotors: (
                (position_m: ( 0.028,  0.028, 0), spin:  1),
                (position_m: ( 0.028, -0.028, 0), spin: -1),
                (position_m: (-0.028, -0.028, 0), spin:  1),
                (position_m: (-0.028,  0.028, 0), spin: -1)),
                thrust_n_per_radps2: 2.88e-8, torque_nm_per_radps2: 7.24e-10,
                motor_lag_s: 0.072, rotor_speed_min_radps: 0, rotor_speed_max_radps: 2273.9,
                drag: (rotor_plane: 1e-6, rotor_axial: 7.5e-7, frame: (0, 0, 0))),
        },
    ) },
    score: (from_s: 4),
    expect: (),
)"#;

/// Spawns the scene with these changes, where the file `hover.safetensors` holds `bytes`.
pub(crate) fn spawn(
    app: &mut App,
    changes: &[(&str, &str)],
    bytes: &[u8],
) -> Result<(), SceneErrors> {
    let mut text = SCENE.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    app.add_plugins((ControlPlugin, PolicyPlugin));
    let scene = Scene::load("scenes/drone.ron", &mut |_| Ok(text.clone()))?;
    spawn_scene(app.world_mut(), &scene, 7, &mut |path| match path {
        "scenes/hover.safetensors" => Ok(bytes.to_vec()),
        _ => Err("no such file".to_owned()),
    })
}

/// What a scene with these changes is told.
fn errors(changes: &[(&str, &str)], bytes: &[u8]) -> String {
    spawn(&mut App::empty(), changes, bytes).unwrap_err().to_string()
}

#[test]
fn a_scene_gives_a_robot_its_policy_and_its_laws() {
    let mut app = App::empty();
    spawn(&mut app, &[], &hovering().to_bytes().unwrap()).unwrap();
    let world = app.world_mut();
    let mut robots = world.query::<(&PolicyRow, &Lee, &AttitudeHold, &Pid)>();
    let (&row, lee, ..) = robots.single(world).unwrap();
    assert!(lee.use_integral);
    assert_eq!(world.resource::<PolicyStore>().state(row), Some(&[0.0; 4][..]));
    app.build_ticks().unwrap();
}

#[test]
fn a_policy_that_cannot_fly_is_refused_at_its_place_in_the_scene() {
    let good = hovering().to_bytes().unwrap();
    assert_eq!(
        errors(&[("policy_hz: 100", "policy_hz: 20")], &good),
        "scenes/drone.ron:12:30: `hover.safetensors`: 20 Hz is outside the policy's range of 50 to \
         500 Hz"
    );
    assert_eq!(
        errors(&[(", policy_hz: 100", "")], &good),
        "scenes/drone.ron:12:30: `hover.safetensors`: 1000 Hz is outside the policy's range of 50 \
         to 500 Hz"
    );
    let missing = errors(&[("\"hover.safetensors\"", "\"hoover.safetensors\"")], &good);
    assert!(missing.starts_with("scenes/drone.ron:12:30: cannot read the file"), "{missing}");
    let damaged = errors(&[], &good[..good.len() - 4]);
    assert!(damaged.starts_with("scenes/drone.ron:12:30: `hover.safetensors`: "), "{damaged}");
}

#[test]
fn a_law_without_a_vehicle_that_can_follow_it_is_refused() {
    let good = hovering().to_bytes().unwrap();
    let text = errors(&[("spin: -1", "spin: 1")], &good);
    assert!(text.contains("the rotors cannot produce"), "{text}");
    let quadrotor =
        &SCENE[SCENE.find("\"Quadrotor\"").unwrap()..SCENE.find("        },\n    ) }").unwrap()];
    let text = errors(&[(quadrotor, "")], &good);
    for law in ["12:23", "13:20", "18:29"] {
        assert!(text.contains(&format!("{law}: it needs an airframe")), "{law}: {text}");
    }
}
