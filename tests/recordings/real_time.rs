//! A flight in step with the wall, with ticks given up and overruns measured, and its replay.

use core::time::Duration;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use crate::command::{ROOT, command};
use crate::flown::{commands_replayed, folder, recorded, text};

#[test]
fn a_flight_in_real_time_is_replayed_with_equal_bits() {
    let path = folder("real_time").join("flight.mcap");
    let summary = recorded(&path, &["drone_realtime", "--realtime", "--seconds", "2"]);
    let skipped = summary["real_time"]["skipped_ticks"].as_u64().unwrap();
    assert_eq!(summary["ticks"].as_u64().unwrap() + skipped, 2000);
    assert!(commands_replayed(&path) > 20);
}

/// Sends a signal to a process of this test.
fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn ticks_given_up_and_measured_overruns_are_replayed_with_equal_bits() {
    let folder = folder("real_time_gaps");
    let base = format!("{ROOT}/scenes/drone_realtime.ron");
    for action in ["HoldLast", "Fallback"] {
        // No policy takes less than a microsecond.
        let scene = folder.join(format!("{action}.ron"));
        let budgets = format!("budgets: (policy_us: 1, on_overrun: {action})");
        let words = format!("(extends: {base:?}, description: \"late\", {budgets})");
        fs::write(&scene, words).unwrap();
        let path = folder.join(format!("{action}.mcap"));
        let arguments = [
            "sim",
            text(&scene),
            "--realtime",
            "--seconds",
            "2",
            "--json",
            "--record",
            text(&path),
        ];
        let flight = command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        // Whoever is stopped misses ticks.
        for _ in 0..8 {
            thread::sleep(Duration::from_millis(100));
            signal("-STOP", flight.id());
            thread::sleep(Duration::from_millis(20));
            signal("-CONT", flight.id());
        }
        let output = flight.wait_with_output().unwrap();
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        let gaps = summary["real_time"]["gaps"].as_u64().unwrap();
        assert!(gaps > 0, "{action}: {summary}");
        assert!(summary["overrun_episodes"].as_u64().unwrap() > 0, "{action}: {summary}");
        assert_eq!(summary["recording"]["lost_ticks"], 0, "{action}");
        commands_replayed(&path);
    }
}
