//! `rivus doctor`, as a person meets it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[expect(dead_code, reason = "only commands about files need them")]
mod command;

use rivus_run::{RealTimeOptions, RtGrade, RtThread};
use serde_json::Value;

use crate::command::{assert_says, refused, rivus};

fn doctor(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = rivus(&[&["doctor", "--json"], arguments].concat());
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
}

/// The verdict on the promise that has `word` in its name.
fn promise(report: &Value, word: &str) -> bool {
    let promises = report["promises"].as_array().unwrap();
    let named = |promise: &&Value| promise["name"].as_str().unwrap().contains(word);
    promises.iter().find(named).unwrap()["pass"].as_bool().unwrap()
}

#[test]
fn kernel_clock_grade_and_watchdog_are_told() {
    let (report, code) = doctor(&[]);
    // Without `--require` what does not hold is told and not judged.
    assert_eq!(code, Some(0));
    assert_eq!(report["jitter"], Value::Null);
    let kernels = report["kernels_available"].as_array().unwrap();
    assert!(kernels.contains(&report["kernel"]) && kernels.contains(&"scalar".into()), "{report}");
    assert!(report["clock"]["read_ns"].as_f64().unwrap() > 0.0);
    assert!(report["clock"]["resolution_ns"].as_u64().unwrap() > 0);
    let grade = report["real_time"]["grade"].as_str().unwrap();
    assert!(["best effort", "fifo", "deadline"].contains(&grade), "{grade}");
    assert_eq!(promise(&report, "before all others"), grade != "best effort");
    let watchdog = &report["watchdog"];
    assert_eq!(watchdog["parked"], 3);
    assert!(watchdog["rescued"] == 3 || watchdog["can_stop_loop"] == false, "{watchdog}");
    let latency_ms = watchdog["latency_max_ms"].as_f64().unwrap();
    assert!(latency_ms > watchdog["limit_ms"].as_f64().unwrap());
    let can_stop = watchdog["can_stop_loop"].as_bool().unwrap();
    assert_eq!(promise(&report, "safe frame"), can_stop && latency_ms <= 50.0);
}

#[test]
fn the_table_has_a_row_per_way_to_run_and_says_whose_fault_lateness_is() {
    let (report, code) = doctor(&["--jitter", "0.2", "--burn", "2", "--require"]);
    let holds =
        report["promises"].as_array().unwrap().iter().all(|promise| promise["pass"] == true);
    assert_eq!(code, Some(i32::from(!holds)), "{report}");
    let jitter = &report["jitter"];
    assert_eq!(jitter["busy_processes"], 2);
    let rows = jitter["rows"].as_array().unwrap();
    for row in rows {
        let keys = ["p50_us", "p99_us", "p999_us", "p9999_us", "max_us"];
        assert!(keys.map(|key| row[key].as_f64().unwrap()).is_sorted(), "{row}");
        assert!(row["over_1ms"].is_u64() && row["missed"].is_u64() && row["is_complete"] == true);
    }
    let hows: Vec<&str> = rows.iter().map(|row| row["how"].as_str().unwrap()).collect();
    match jitter["attribution"].as_object() {
        Some(found) => {
            assert_eq!(hows, ["fifo", "fifo, watched", "other"]);
            let explained = ["explained_by_clock", "explained_by_timer", "unexplained"];
            let count: u64 = explained.iter().map(|&key| found[key].as_u64().unwrap()).sum();
            assert_eq!(rows[1]["over_1ms"], count);
            assert_eq!(promise(&report, "watched: nothing above"), found["unexplained"] == 0);
        }
        None => {
            assert_eq!(hows, ["fifo", "other"]);
            assert!(jitter["unwatched"].is_string() && !promise(&report, "watched: nothing above"));
        }
    }
    assert_eq!(promise(&report, "behind other programs"), rows[0]["waited_1ms"] == 0);
}

#[test]
fn busy_processes_do_not_inherit_a_class_that_stops_the_machine() {
    let options = RealTimeOptions { priority: Some(5), ..RealTimeOptions::default() };
    let thread = RtThread::set_up(&options);
    if thread.report().grade == RtGrade::BestEffort {
        // Without the right to be in such a class nobody can start it from there.
        return;
    }
    for arguments in [&["--burn", "1"][..], &["--jitter", "0.1"]] {
        let error = refused(&[&["doctor"], arguments].concat());
        assert_says(&error, &["real-time class", "chrt"]);
    }
}

#[test]
fn a_person_gets_a_table_and_verdicts() {
    let output = rivus(&["doctor", "--jitter", "0.05"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_says(
        &text,
        &[
            "kernel ",
            "clock ",
            "grade ",
            "watchdog ",
            "p99.99",
            "missed",
            "safe frame within 50 ms",
        ],
    );
    assert!(text.lines().all(|line| !line.contains('{')), "{text}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for arguments in [
        &["--jitter", "0"][..],
        &["--jitter", "-1"],
        &["--jitter", "nan"],
        &["--jitter", "1e9"],
        &["--jitter", "soon"],
        &["--burn", "100000"],
    ] {
        assert_says(&refused(&[&["doctor"], arguments].concat()), &[arguments[0]]);
    }
    assert_says(&refused(&["doctor", "--cpu", "99999"]), &["--cpu 99999", "[0"]);
}
