//! A replay runs the policy that flew, and no other.

use std::fs;

use crate::command::{ROOT, assert_says};
use crate::flown::{commands_replayed, folder, recorded, replay_refused, text};

#[test]
fn a_policy_given_for_the_flight_is_that_of_the_replay_and_must_be_the_same_file() {
    let folder = folder("policies");
    let cfc = fs::read(format!("{ROOT}/assets/policies/drone_hover_cfc.safetensors")).unwrap();
    let policy = folder.join("mine.safetensors");
    fs::write(&policy, &cfc).unwrap();
    let path = folder.join("cfc.mcap");
    let arguments = ["drone_hover", "--seconds", "2", "--policy", text(&policy)];
    recorded(&path, &arguments);
    commands_replayed(&path);

    // Any change, even one that would not change a command.
    let mut changed = cfc.clone();
    changed.push(b' ');
    fs::write(&policy, &changed).unwrap();
    let other = fs::read(format!("{ROOT}/assets/policies/drone_hover_ltc.safetensors")).unwrap();
    for content in [&changed, &other, &cfc[..cfc.len() / 2].to_vec()] {
        fs::write(&policy, content).unwrap();
        assert_says(&replay_refused(&path, &[]), &["mine.safetensors"]);
    }
    fs::remove_file(&policy).unwrap();
    assert_says(&replay_refused(&path, &[]), &["mine.safetensors", "no such file"]);
    // Back in its place it is the same again.
    fs::write(&policy, &cfc).unwrap();
    commands_replayed(&path);
}

#[test]
fn a_policy_that_a_scene_names_must_be_the_same_file_too() {
    let folder = folder("named_policies");
    let shipped = format!("{ROOT}/assets/policies/drone_hover_ltc.safetensors");
    let policy = folder.join("named.safetensors");
    fs::copy(&shipped, &policy).unwrap();
    let scene = folder.join("named.ron");
    let base = format!("{ROOT}/scenes/drone_hover.ron");
    let part = "robots: {\"drone\": (parts: {\"Policy\": (file: \"named.safetensors\")})}";
    fs::write(&scene, format!("(extends: {base:?}, description: \"mine\", {part})")).unwrap();
    let path = folder.join("named.mcap");
    recorded(&path, &[text(&scene), "--seconds", "1"]);
    commands_replayed(&path);
    let cfc = format!("{ROOT}/assets/policies/drone_hover_cfc.safetensors");
    fs::copy(cfc, &policy).unwrap();
    assert_says(&replay_refused(&path, &[]), &["named.safetensors", "changed"]);
    fs::remove_file(&policy).unwrap();
    assert_says(&replay_refused(&path, &[]), &["named.safetensors", "no such file"]);
}
