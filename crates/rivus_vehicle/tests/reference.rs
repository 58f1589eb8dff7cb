//! Every recorded trajectory of the reference simulator is reproduced within the limits of each
//! integrator.
//!
//! The recordings are found under `RIVUS_SHARED` (default: `../shared` beside the project). Without
//! them the tests say so and pass, unless `RIVUS_REQUIRE=all`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken recording fails the test")]
#![expect(clippy::print_stdout, reason = "the reached errors are the result")]

extern crate alloc;

use alloc::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rivus_math::Vec3;
use rivus_vehicle::reference::{
    COLUMNS, MaxError, RK4_LIMITS, Row, SEMI_IMPLICIT_LIMITS, VehicleRecord, compare,
};
use rivus_vehicle::{Quadrotor, ROTORS, State};
use serde::Deserialize;

/// One step of an integrator.
type Step = fn(&Quadrotor<f64>, &State<f64>, [f64; ROTORS], Vec3<f64>, f64) -> State<f64>;

#[derive(Deserialize)]
struct Params {
    vehicles: BTreeMap<String, VehicleRecord>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    vehicle: String,
    aero: bool,
}

/// The folder of recordings, or `None` with a printed reason.
fn recordings() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var("RIVUS_SHARED").unwrap_or_else(|_| default.into());
    let folder = Path::new(&shared).join("reference/drone");
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var("RIVUS_REQUIRE").is_ok_and(|value| value == "all");
    assert!(!required, "RIVUS_REQUIRE=all, but {} is not there", folder.display());
    println!("skipped: {} is not there", folder.display());
    None
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    assert_eq!(reader.headers().unwrap(), &COLUMNS[..]);
    let record = |row: csv::Result<Vec<f64>>| {
        Row::from_columns(&row.unwrap().try_into().expect("one number for each column"))
    };
    reader.deserialize().map(record).collect()
}

/// The largest errors of `step` in every case, by the case's file.
fn run(folder: &Path, substeps_per_row: u32, step: Step) -> Vec<(String, MaxError)> {
    let text = fs::read_to_string(folder.join("params.json")).unwrap();
    let params: Params = serde_json::from_str(&text).unwrap();
    assert_eq!(params.cases.len(), 11, "all cases are there");
    let cases = params.cases.into_iter().map(|case| {
        let vehicle = params.vehicles[&case.vehicle].quadrotor(case.aero);
        let worst = compare(
            &rows(&folder.join(&case.file)),
            substeps_per_row,
            |state, command, wind, dt_s| step(&vehicle, state, command, wind, dt_s),
        );
        println!(
            "{:28} {:.2e} m  {:.2e} deg  {:.2e} rad/s",
            case.file, worst.position_m, worst.attitude_deg, worst.rate_radps
        );
        (case.file, worst)
    });
    cases.collect()
}

#[test]
fn runge_kutta_reproduces_every_case() {
    let Some(folder) = recordings() else {
        return;
    };
    for (file, worst) in run(&folder, 10, Quadrotor::step_rk4) {
        assert!(worst.within(&RK4_LIMITS), "{file}: {worst:?}");
    }
}

#[test]
fn semi_implicit_reproduces_every_case_to_first_order() {
    let Some(folder) = recordings() else {
        return;
    };
    let coarse = run(&folder, 10, Quadrotor::step_semi_implicit);
    let fine = run(&folder, 40, Quadrotor::step_semi_implicit);
    for ((file, coarse), (_, fine)) in coarse.iter().zip(&fine) {
        assert!(coarse.within(&SEMI_IMPLICIT_LIMITS), "{file}: {coarse:?}");
        // Errors below these floors are those of the recordings' printed digits.
        for (coarse, fine, floor) in [
            (coarse.position_m, fine.position_m, 1e-6),
            (coarse.attitude_deg, fine.attitude_deg, 1e-4),
            (coarse.rate_radps, fine.rate_radps, 1e-5),
        ] {
            let ratio = coarse / fine;
            assert!(coarse < floor || ratio > 3.5, "{file}: {coarse} / {fine} = {ratio}");
        }
    }
}

/// A recording compared with a wrong model must fail: the comparison is not blind.
#[test]
fn a_wrong_model_is_found() {
    let Some(folder) = recordings() else {
        return;
    };
    let weak_yaw = |vehicle: &Quadrotor<f64>, state: &_, command, wind, dt_s| {
        let torque = vehicle.torque_nm_per_radps2 * 1.001;
        Quadrotor { torque_nm_per_radps2: torque, ..*vehicle }.step_rk4(state, command, wind, dt_s)
    };
    let failed =
        run(&folder, 10, weak_yaw).iter().filter(|(_, worst)| !worst.within(&RK4_LIMITS)).count();
    assert!(failed >= 3, "only {failed} cases notice a yaw torque that is off by a thousandth");
}
