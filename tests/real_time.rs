//! `rivus sim --realtime`, as a person meets it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod command;

use crate::command::{ROOT, assert_says, file, refused, rivus};

#[test]
fn a_flight_in_real_time_covers_its_time_and_says_what_was_granted() {
    let scene = ["sim", "drone_realtime", "--realtime"];
    let output = rivus(&[&scene[..], &["--seconds", "0.3", "--json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let real_time = &json["real_time"];
    let skipped = real_time["skipped_ticks"].as_u64().unwrap();
    assert_eq!(json["ticks"].as_u64().unwrap() + skipped, 300);
    assert_eq!(json["seconds"].as_f64(), Some(0.3));
    let grade = real_time["grade"].as_str().unwrap();
    assert!(["best effort", "fifo", "deadline"].contains(&grade), "{grade}");
    assert!(real_time["granted"][0].as_str().unwrap().contains(grade));
    let [p50, p99, max] =
        ["p50", "p99", "max"].map(|key| real_time[format!("lateness_{key}_us")].as_f64().unwrap());
    assert!(0.0 < p50 && p50 <= p99 && p99 <= max, "{p50} {p99} {max}");
    assert!(real_time["watchdog"].as_str().unwrap().contains("0 safe outputs"), "{real_time}");
    assert!(
        real_time["watchdog_episodes"].is_u64() && real_time["watchdog_latency_max_us"].is_f64()
    );
    let factor = json["realtime_factor_wall"].as_f64().unwrap();
    assert!(factor < 1.01, "{factor}: ahead of the wall");
}

#[test]
fn each_of_several_flights_in_real_time_says_its_grade() {
    let flights = ["sim", "drone_realtime", "--realtime", "--seeds", "0..1", "--seconds", "0.1"];
    let text = String::from_utf8(rivus(&flights).stdout).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.contains("seed ")).collect();
    let has_grade =
        |row: &&str| ["best effort,", "fifo,", "deadline,"].iter().any(|grade| row.contains(grade));
    assert_eq!((rows.len(), rows.iter().filter(|row| has_grade(row)).count()), (2, 2), "{text}");
}

#[test]
fn budgets_that_no_tick_has_room_for_are_refused_with_the_stages_that_want_it() {
    let error = refused(&["sim", "drone_hover", "--realtime"]);
    assert_says(&error, &["7500 us", "policy 3000 us", "1000 Hz"]);
}

#[test]
fn what_only_real_time_needs_is_refused_without_it() {
    assert_says(&refused(&["sim", "--require-fifo"]), &["--realtime"]);
}

#[test]
fn an_abort_ends_a_flight_in_real_time_too() {
    let base = format!("{ROOT}/scenes/drone_realtime.ron");
    let slow = "(at_s: 0.1, event: Slow(stage: Policy, by_us: 400, duration_s: 1))";
    let text = format!(
        "(extends: {base:?}, description: \"a test\", budgets: (on_overrun: Abort), \
         events: [{slow}])"
    );
    let path = file("abort_in_real_time.ron", text.as_bytes());
    let output = rivus(&["sim", path.to_str().unwrap(), "--realtime", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // A tick of its own may be late before that.
    assert!(json["ticks"].as_u64().unwrap() < 1000, "{}", json["ticks"]);
    assert_eq!(json["overrun_episodes"], 1);
}
