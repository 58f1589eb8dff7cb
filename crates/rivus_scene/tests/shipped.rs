//! The scenes in `scenes/` load.

use std::path::Path;

use rivus_scene::Scene;

#[test]
fn every_shipped_scene_loads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut names: Vec<String> = std::fs::read_dir(root.join("scenes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".ron"))
        .collect();
    names.sort_unstable();
    assert!(!names.is_empty());
    for name in names {
        let scene = Scene::load(&format!("scenes/{name}"), &mut |path| {
            std::fs::read_to_string(root.join(path)).map_err(|error| error.to_string())
        });
        let scene = scene.unwrap_or_else(|errors| panic!("{errors}"));
        assert!(!scene.description.is_empty() && scene.description.len() < 100);
        assert_eq!(scene.rates.policy_hz, Some(100));
        // In step with the wall all stages of a tick share 1 ms.
        let policy_us = if name == "drone_realtime.ron" { 300 } else { 3000 };
        assert_eq!(scene.budgets.policy_us, Some(policy_us));
    }
}
