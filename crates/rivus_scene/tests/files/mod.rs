//! Scenes in memory.

use rivus_scene::{Scene, SceneErrors};

/// A complete scene.
pub(crate) const BASE: &str = r#"(
    description: "A test.",
    seed: 7,
    duration_s: 8,
    rates: (base_hz: 1000, policy_hz: 100),
    budgets: (policy_us: 3000, on_overrun: Count),
    world: (gravity_mps2: 9.81, ground: true, wind: Calm),
    robots: {
        "drone": (
            setpoint: (position_m: (0, 0, 1.5), yaw_deg: 90),
            start: (offset_m: 0.5, tilt_deg: 30),
            parts: {
                "Lee": (),
                "Policy": (file: "p.safetensors"),
            },
        ),
    },
    score: (from_s: 4),
    expect: (rmse_m: 0.05, overruns: 0),
)"#;

/// Loads the first of `files`, which are pairs of path and text.
pub(crate) fn load(files: &[(&str, &str)]) -> Result<Scene, SceneErrors> {
    Scene::load(files[0].0, &mut |path| {
        let file = files.iter().find(|(name, _)| *name == path);
        file.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "no such file".to_owned())
    })
}
