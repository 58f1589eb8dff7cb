//! Every recorded case of Python `ncps` is reproduced within its limit: `1e-5 + 1e-5 |reference|`.
//!
//! The recordings are found under `RIVUS_SHARED` (default: `../shared` beside the project). Without
//! them the test says so and passes, unless `RIVUS_REQUIRE=all`. A deliberately wrong configuration
//! must not pass.

#![cfg(feature = "std")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first damaged file and tells what it measured"
)]

use std::fs;
use std::path::{Path, PathBuf};

use rivus_liquid::verify::{Case, CaseReport, verify_wirings};

/// The folder of recordings, or `None` with a printed reason.
fn golden_folder() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var("RIVUS_SHARED").unwrap_or_else(|_| default.into());
    let folder = Path::new(&shared).join("golden/ncps");
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var("RIVUS_REQUIRE").is_ok_and(|value| value == "all");
    assert!(!required, "RIVUS_REQUIRE=all, but {} is not there", folder.display());
    println!("skipped: {} is not there", folder.display());
    None
}

/// Runs a case after `edit` has changed the text of its `case.json`.
fn run_edited(folder: &Path, edit: impl Fn(String) -> String) -> CaseReport {
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let case = Case::parse(&edit(text("case.json"))).unwrap();
    let wirings: Vec<(&str, String)> = case.wiring_files().map(|name| (name, text(name))).collect();
    let wirings: Vec<(&str, &str)> =
        wirings.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let model = fs::read(folder.join("model.safetensors")).unwrap();
    let io = fs::read(folder.join("io.safetensors")).unwrap();
    case.run(&model, &io, &wirings).unwrap()
}

fn run(folder: &Path) -> CaseReport {
    run_edited(folder, |text| text)
}

#[test]
fn every_case_is_within_its_limit() {
    let Some(golden) = golden_folder() else {
        return;
    };
    let mut folders: Vec<PathBuf> = fs::read_dir(golden)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("case.json").is_file())
        .collect();
    folders.sort();
    let reports: Vec<CaseReport> = folders.iter().map(|folder| run(folder)).collect();
    for report in &reports {
        let worst = &report.worst;
        println!(
            "{:32} {:9} {:.2e} limit {:.2e} ratio {:.4} in {}",
            report.name,
            format!("{}x{}", report.steps, report.streams),
            worst.error(),
            worst.limit(),
            worst.ratio(),
            worst.signal
        );
    }
    assert_eq!(reports.len(), 26, "all cases are there");
    assert_eq!(reports.iter().filter(|report| report.passed()).count(), 26);
}

#[test]
fn every_wiring_is_drawn_as_recorded() {
    let Some(golden) = golden_folder() else {
        return;
    };
    let text = fs::read_to_string(golden.join("wirings.json")).unwrap();
    let report = verify_wirings(&text).unwrap();
    assert_eq!(report.failures, Vec::<String>::new());
    assert!(report.total > 0 && report.passed == report.total);
}

#[test]
fn a_wrong_configuration_does_not_pass() {
    let Some(golden) = golden_folder() else {
        return;
    };
    for (case, right, wrong) in [
        ("ltc_unfolds_6", "\"ode_unfolds\": 6", "\"ode_unfolds\": 5"),
        (
            "ltc_fc_8_2",
            "\"implicit_param_constraints\": true",
            "\"implicit_param_constraints\": false",
        ),
        ("cfc_autoncp_no_gate", "\"no_gate\"", "\"default\""),
        ("cfc_fc_no_gate", "\"silu\"", "\"tanh\""),
        ("cfc_autoncp_default_trained", "\"irregular\"", "\"ones\""),
    ] {
        let report = run_edited(&golden.join(case), |text| text.replace(right, wrong));
        assert!(!report.passed(), "{case} passes with {wrong}: {:?}", report.worst);
    }
}
