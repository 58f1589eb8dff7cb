//! The stages of continuous integration.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::need;
use crate::stages::{StageError, Stages};
use crate::task::Task;

/// Crates that run without `std`.
const NO_STD: [&str; 6] =
    ["rivus_math", "rivus_kernels", "rivus_liquid", "rivus_rate", "rivus_vehicle", "rivus_flight"];

/// Targets that have no `std` at all. On the host a crate may still reach it through a dependency.
const BARE_TARGETS: [&str; 2] = ["thumbv7em-none-eabihf", "riscv64gc-unknown-none-elf"];

/// Runs every stage, cheapest first, up to the first failure.
pub(crate) fn run() -> Result<(), StageError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut stages = Stages::new(&root);
    stages.cargo("format", &["fmt", "--all", "--check"])?;
    stages.cargo("tidy", &["test", "--package", "xtask"])?;
    lint(&mut stages)?;
    stages.cargo("test", &["test", "--workspace"])?;
    stages.cargo(
        "test of what makes the web page",
        &["test", "--package", "xtask", "--features", "web", "--bin", "xtask"],
    )?;
    stages.cargo_with(
        "doc",
        &["doc", "--workspace", "--no-deps"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    check_no_std(&mut stages)?;
    stages.cargo("release build", &["build", "--release", "--package", "rivus"])?;
    verify(&mut stages, &shared_folder(&root))?;
    fly(&mut stages)?;
    train(&mut stages, &root)?;
    for task in Task::CHECKS {
        stages.task(task)?;
    }
    stages.summarise();
    Ok(())
}

fn lint(stages: &mut Stages) -> Result<(), StageError> {
    let mut clippy = vec!["clippy", "--workspace", "--all-targets"];
    if need::missing(need::GAMEPAD).is_empty() || is_everything_required() {
        clippy.extend(["--features", "rivus/gamepad"]);
    } else {
        stages.skip("clippy of gamepads", "libudev-dev is not installed");
    }
    clippy.extend(["--", "--deny", "warnings"]);
    stages.cargo("clippy", &clippy)?;
    stages.cargo(
        "clippy of what makes the web page",
        &[
            "clippy",
            "--package",
            "xtask",
            "--features",
            "web",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ],
    )?;
    stages.cargo(
        "clippy without features",
        &["clippy", "--package", "rivus", "--no-default-features", "--", "--deny", "warnings"],
    )
}

fn check_no_std(stages: &mut Stages) -> Result<(), StageError> {
    let mut arguments = vec!["check", "--no-default-features"];
    arguments.extend(NO_STD.iter().flat_map(|package| ["--package", package]));
    stages.cargo("no_std on the host", &arguments)?;
    for triple in BARE_TARGETS {
        stages.task(Task::NoStd { triple, packages: &NO_STD })?;
    }
    Ok(())
}

/// Compares the release binary with reference data, which lives outside of the repository.
fn verify(stages: &mut Stages, shared: &Path) -> Result<(), StageError> {
    let networks = shared.join("golden/ncps");
    let vehicle = shared.join("reference/drone");
    let (networks, vehicle) = (networks.to_string_lossy(), vehicle.to_string_lossy());
    let checks: [(&str, &[&str]); 3] = [
        ("verify ncps", &["ncps", &networks]),
        ("verify vehicle, rk4", &["vehicle", &vehicle]),
        ("verify vehicle, rapier", &["vehicle", &vehicle, "--integrator", "rapier"]),
    ];
    for (stage, arguments) in checks {
        if shared.is_dir() || is_everything_required() {
            stages.cargo(stage, &[&RELEASE[..], &["verify"], arguments].concat())?;
        } else {
            stages.skip(stage, &format!("no reference data at {}", shared.display()));
        }
    }
    Ok(())
}

const RELEASE: [&str; 6] = ["run", "--quiet", "--release", "--package", "rivus", "--"];
/// Without the window, whose libraries would be compiled once more for it.
pub(crate) const DEBUG: [&str; 8] = [
    "run",
    "--quiet",
    "--package",
    "rivus",
    "--no-default-features",
    "--features",
    "sim,serial,record,telemetry,train",
    "--",
];

/// Flies the hover scene; the same bits come out of every run and profile.
fn fly(stages: &mut Stages) -> Result<(), StageError> {
    let stage = "hover: release twice, then debug";
    let release = [&RELEASE[..], &["sim", "--json"]].concat();
    let debug = [&DEBUG[..], &["sim", "--json"]].concat();
    let outputs = stages.cargo_outputs(stage, [&release, &release, &debug])?;
    let wrong = |message| StageError::Wrong { stage: stage.to_owned(), message };
    let mut hashes = Vec::new();
    for output in &outputs {
        hashes.push(passed_run(output).map_err(wrong)?);
    }
    println!("state_hash: {}", hashes.join(", "));
    if hashes.iter().any(|hash| *hash != hashes[0]) {
        return Err(wrong("the runs do not have the same state_hash".to_owned()));
    }
    Ok(())
}

/// Trains the shipped policies again: every start succeeds, and the files are the same.
fn train(stages: &mut Stages, root: &Path) -> Result<(), StageError> {
    for cell in ["cfc", "ltc"] {
        let stage = format!("train {cell}");
        let made = env::temp_dir().join(format!("rivus_{}_{cell}.safetensors", std::process::id()));
        let path = made.to_string_lossy();
        let arguments = ["train", "drone_hover", "--seed", "1", "--cell", cell, "--out", &path];
        stages.cargo(&stage, &[&RELEASE[..], &arguments].concat())?;
        let shipped = root.join(format!("assets/policies/drone_hover_{cell}.safetensors"));
        let is_same = fs::read(&made).ok() == fs::read(&shipped).ok();
        // A file that is left over in the folder for temporary ones harms nobody.
        let _ = fs::remove_file(&made);
        if !is_same {
            let message = format!("the trained policy differs from {}", shipped.display());
            return Err(StageError::Wrong { stage, message });
        }
    }
    Ok(())
}

/// The `state_hash` of a run that passed, from the JSON that `rivus sim --json` prints.
fn passed_run(output: &str) -> Result<String, String> {
    let run: Value = serde_json::from_str(output)
        .map_err(|error| format!("standard output is not one JSON object: {error}"))?;
    if run["outcome"] != "pass" {
        return Err(format!("outcome {}, expectations {}", run["outcome"], run["expectations"]));
    }
    run["state_hash"].as_str().map(str::to_owned).ok_or_else(|| "no state_hash".to_owned())
}

/// Where reference data is: `RIVUS_SHARED`, or the folder `shared` beside the repository.
fn shared_folder(root: &Path) -> PathBuf {
    env::var_os("RIVUS_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from)
}

/// `RIVUS_REQUIRE=all`: what is missing is a failure, not a reason to skip.
pub(crate) fn is_everything_required() -> bool {
    env::var_os("RIVUS_REQUIRE").is_some_and(|value| value == "all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_passed_run_is_read() {
        let output = r#"{"outcome": "pass", "state_hash": "0x1f"}"#;
        assert_eq!(passed_run(output).unwrap(), "0x1f");
    }

    #[test]
    fn a_failed_run_anything_but_json_and_a_missing_hash_are_refused() {
        let failed = r#"{"outcome": "fail", "expectations": [], "state_hash": "0x1f"}"#;
        assert!(passed_run(failed).is_err());
        assert!(passed_run("hovering\n{}").is_err());
        assert!(passed_run(r#"{"outcome": "pass"}"#).is_err());
    }
}
