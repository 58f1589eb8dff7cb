//! What a scene's answer to overruns makes of a flight whose policy is too slow twice, by the
//! scene's own doing: once per episode, with the same bits in every run.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod command;

use core::sync::atomic::AtomicBool;

use rivus::{Flight, FlightOptions, SceneFile, Summary, Verdict};

use crate::command::{ROOT, assert_says, file, refused, rivus};

/// A hover scene with `events`, in which overruns are answered by `action`.
fn scene(action: &str, events: &str) -> String {
    let base = format!("{ROOT}/scenes/drone_hover.ron");
    format!(
        "(\n    extends: {base:?},\n    description: \"a test\",\n    duration_s: 5,\n    \
         budgets: (on_overrun: {action}),\n    events: [{events}],\n    \
         expect: (overruns: None),\n)\n"
    )
}

/// The policy takes 4 ms of its 3 for 50 ms, at 1.0 s and at 2.5 s.
const TWICE: &str = "
        (at_s: 1.0, event: Slow(stage: Policy, by_us: 4000, duration_s: 0.05)),
        (at_s: 2.5, event: Slow(stage: Policy, by_us: 4000, duration_s: 0.05)),
    ";

fn fly(name: &str, text: &str) -> Summary {
    let path = file(name, text.as_bytes());
    let scene = SceneFile::find(path.to_str().unwrap()).unwrap();
    let flight = Flight::new(&scene, &FlightOptions::default()).unwrap();
    flight.run(&AtomicBool::new(false)).unwrap().summary
}

fn overruns_of(summary: &Summary, stage: &str) -> u64 {
    summary.stages.iter().find(|row| row.name == stage).unwrap().overruns
}

#[test]
fn every_answer_is_given_once_per_episode_with_the_same_bits() {
    let undisturbed = fly("undisturbed.ron", &scene("Count", ""));
    assert_eq!((undisturbed.overrun_episodes, undisturbed.outcome), (0, Verdict::Pass));
    let mut hashes = vec![];
    for action in ["Count", "HoldLast", "Fallback", "Failsafe", "Abort"] {
        let name = format!("overruns_{action}.ron");
        let text = scene(action, TWICE);
        let summary = fly(&name, &text);
        assert_eq!(fly(&name, &text).state_hash, summary.state_hash, "{action}");
        let is_abort = action == "Abort";
        assert_eq!(summary.overrun_episodes, if is_abort { 1 } else { 2 }, "{action}");
        // The failsafe, which has no law here, hands over to stopped rotors.
        let takes_over = matches!(action, "Fallback" | "Failsafe");
        assert_eq!(summary.takeovers, if takes_over { 2 } else { 0 }, "{action}");
        assert_eq!(summary.ticks, if is_abort { 1002 } else { 5000 }, "{action}");
        assert_eq!(summary.outcome == Verdict::Pass, action == "Count", "{action}");
        if !is_abort {
            // Five runs of the policy at 100 Hz each time; the machine may add some.
            assert!(overruns_of(&summary, "policy") >= 10, "{action}");
        }
        hashes.push(summary.state_hash);
    }
    assert_eq!(hashes[0], undisturbed.state_hash, "counting changes nothing");
    let mut distinct = hashes.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), hashes.len());
}

#[test]
fn an_abort_is_a_failure_for_the_shell_too() {
    let path = file("aborts.ron", scene("Abort", TWICE).as_bytes());
    let output = rivus(&["sim", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("FAIL       aborts is 1.000, expected at most 0"), "{text}");
}

#[test]
fn a_flight_survives_dropped_ticks_and_jumps_of_time_with_the_same_bits() {
    let undisturbed = fly("no_time_faults.ron", &scene("Count", ""));
    for (name, event, sense_runs) in [
        ("dropped", "DropTicks(count: 30)", 4970),
        ("jump", "JumpDt(by_s: 0.1)", 5000),
        ("endless_jump", "JumpDt(by_s: 1e30)", 5000),
    ] {
        let text = scene("Count", &format!("(at_s: 1.0, event: {event})"));
        let summary = fly(&format!("{name}.ron"), &text);
        assert_eq!(fly(&format!("{name}.ron"), &text).state_hash, summary.state_hash, "{name}");
        assert_ne!(undisturbed.state_hash, summary.state_hash, "{name}");
        // Only the control side misses ticks, the world none.
        let runs = |stage| summary.stages.iter().find(|row| row.name == stage).unwrap().count;
        assert_eq!((runs("sense"), runs("simulate")), (sense_runs, 5000), "{name}");
        assert!(summary.max_error_m.unwrap_or(9.0) < 0.5, "{name} {:?}", summary.max_error_m);
    }
}

#[test]
fn a_fault_of_time_that_makes_no_sense_is_refused_where_it_stands() {
    for (event, words) in [
        ("Slow(stage: Simulate, by_us: 1, duration_s: 1)", ["Simulate", "Policy", "Actuate"]),
        ("Slow(stage: Policy, by_us: -1, duration_s: 1)", ["-1", "refused.ron:6:", "whole number"]),
        ("DropTicks(count: 1.5)", ["1.5", "refused.ron:6:", "whole number"]),
        ("JumpDt(by_s: 0)", ["0", "refused.ron:6:", "above"]),
    ] {
        let text = scene("Count", &format!("(at_s: 1.0, event: {event})"));
        let path = file("refused.ron", text.as_bytes());
        assert_says(&refused(&["check", path.to_str().unwrap()]), &words);
    }
}
