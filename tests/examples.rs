//! Every example runs to its end and meets what its scene expects.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::PathBuf;
use std::process::{Command, Output};

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
