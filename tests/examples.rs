//! Every example runs to its end and meets what its scene expects.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::PathBuf;
use std::process::{Command, Output};

#[cfg(feature = "gui")]
use rivus::prelude::{App, AppExit, DefaultPlugins, SceneExt};

/// Runs a built example in the root of the project.
fn run(name: &str) -> Output {
    // `cargo test` builds the examples beside the tests.
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Command::new(path).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

#[cfg(feature = "gui")]
#[expect(dead_code, reason = "it opens a window")]
#[path = "../examples/arm_reach.rs"]
mod arm_reach;

#[cfg(feature = "gui")]
#[test]
fn the_arm_reaches_both_targets() {
    let mut app = App::empty();
    app.add_plugins((DefaultPlugins, arm_reach::reach_plugin));
    let scene = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/arm_reach.ron");
    let exit = app.load_scene(scene).unwrap().run_scene().unwrap();
    assert_eq!(exit, AppExit::Success);
}

#[test]
fn drone_hover_hovers() {
    let output = run("drone_hover");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("flown by policy"));
}

#[test]
fn altitude_hold_holds_its_height() {
    let output = run("altitude_hold");
    assert!(output.status.success(), "{output:?}");
}
