//! The rapier world follows the open-loop trajectories of an independent simulator at 1 kHz.

#![expect(clippy::unwrap_used, reason = "a broken recording fails the test")]
#![expect(clippy::print_stdout, reason = "the errors reached are the result")]

use std::path::{Path, PathBuf};

use rivus_sim::RapierFlight;
use rivus_vehicle::reference::{COLUMNS, RIGID_BODY_LIMITS, Row, VehicleRecord, compare};
use serde::Deserialize;
use serde_json::Value;

/// Rows are 10 ms apart.
const STEPS_PER_ROW: u32 = 10;

/// The reference folder, or `None` if it is absent and nothing requires it.
fn reference() -> Option<PathBuf> {
    let shared = std::env::var_os("RIVUS_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("reference/drone");
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(std::env::var("RIVUS_REQUIRE").as_deref(), Ok("all"), "{}", folder.display());
    None
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    assert!(reader.headers().unwrap().iter().eq(COLUMNS));
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            Row::from_columns(&core::array::from_fn(|i| record[i].parse().unwrap()))
        })
        .collect()
}

#[test]
fn every_reference_flight_is_followed() {
    let Some(folder) = reference() else {
        println!("skipped: no reference trajectories (RIVUS_SHARED)");
        return;
    };
    let text = std::fs::read_to_string(folder.join("params.json")).unwrap();
    let params: Value = serde_json::from_str(&text).unwrap();
    let cases = params["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let file = case["file"].as_str().unwrap();
        let record = &params["vehicles"][case["vehicle"].as_str().unwrap()];
        let vehicle =
            VehicleRecord::deserialize(record).unwrap().quadrotor(case["aero"].as_bool().unwrap());
        let rows = rows(&folder.join(file));
        let mut flight = RapierFlight::new(vehicle, &rows[0].state);
        let worst = compare(&rows, STEPS_PER_ROW, |_, command_radps, wind_mps, step_s| {
            flight.step(command_radps, wind_mps, step_s);
            flight.state()
        });
        println!("{file}: {worst:?}");
        assert!(worst.within(&RIGID_BODY_LIMITS), "{file}: {worst:?}");
    }
}
