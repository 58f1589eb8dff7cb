//! Every shipped scene, every event and every option of a flight, recorded and run again.

use std::fs;

use rivus::SceneFile;

use crate::command::{ROOT, assert_says, file};
use crate::flown::{
    Replayed, commands_replayed, flown, folder, recorded, replay_refused, replayed, text,
};

#[test]
fn every_shipped_scene_is_replayed_with_equal_bits_and_recording_changes_none() {
    let folder = folder("shipped");
    let scenes = SceneFile::built_in();
    assert!(scenes.len() >= 6, "{scenes:?}");
    for scene in scenes {
        let path = folder.join(format!("{scene}.mcap"));
        let arguments = [&scene, "--seconds", "2"];
        let summary = recorded(&path, &arguments);
        assert_eq!(summary["state_hash"], flown(&arguments)["state_hash"], "{scene}");
        // Commands at the rate of the laws or of the network, 100 Hz at least.
        assert!(commands_replayed(&path) >= 199, "{scene}");
    }
}

/// All that a scene can do to its robots and their time, while overruns are answered by `action`.
fn eventful(action: &str) -> String {
    let base = format!("{ROOT}/scenes/drone_hover.ron");
    format!(
        "(
    extends: {base:?},
    description: \"everything happens\",
    duration_s: 3,
    score: (from_s: 1),
    budgets: (on_overrun: {action}),
    events: [
        (at_s: 0.3, event: Setpoint(robot: \"drone\", position_m: (0.3, 0, 1.2), yaw_deg: 40)),
        (at_s: 0.5, event: Gust(velocity_mps: (2, -1, 0.5), duration_s: 0.7)),
        (at_s: 0.8, event: Slow(stage: Policy, by_us: 4000, duration_s: 0.05)),
        (at_s: 1.2, event: DropTicks(count: 30)),
        (at_s: 1.5, event: JumpDt(by_s: 0.1)),
        (at_s: 1.7, event: Slow(stage: Control, by_us: 4000, duration_s: 0.1)),
        (at_s: 1.75, event: DropTicks(count: 7)),
        (at_s: 1.9, event: Setpoint(robot: \"drone\", position_m: (0, 0, 2), yaw_deg: 0)),
        (at_s: 2.1, event: JumpDt(by_s: 1e30)),
        (at_s: 2.4, event: Slow(stage: Sense, by_us: 9000, duration_s: 0.2)),
    ],
)
"
    )
}

#[test]
fn every_event_under_every_answer_to_overruns_is_replayed_with_equal_bits() {
    let folder = folder("events");
    for action in ["Count", "HoldLast", "Fallback", "Failsafe", "Abort"] {
        let scene = folder.join(format!("{action}.ron"));
        fs::write(&scene, eventful(action)).unwrap();
        let path = folder.join(format!("{action}.mcap"));
        let summary = recorded(&path, &[text(&scene)]);
        assert_eq!(summary["state_hash"], flown(&[text(&scene)])["state_hash"], "{action}");
        let episodes = summary["overrun_episodes"].as_u64().unwrap();
        assert!(episodes >= if action == "Abort" { 1 } else { 3 }, "{action}: {episodes}");
        // The scene is in the recording: its file is not needed any more.
        fs::remove_file(&scene).unwrap();
        assert!(commands_replayed(&path) > 50, "{action}");
    }
}

#[test]
fn rates_of_its_own_for_every_stage_are_replayed_with_equal_bits() {
    let base = format!("{ROOT}/scenes/crazyflie2.ron");
    let rates = "rates: (base_hz: 1000, sense_hz: 500, estimate_hz: 250, control_hz: 200, \
                 actuate_hz: 100)";
    let words = format!("(extends: {base:?}, description: \"slow stages\", {rates})");
    let scene = file("recorded_rates.ron", words.as_bytes());
    let path = folder("rates").join("rates.mcap");
    recorded(&path, &[text(&scene), "--seconds", "2"]);
    assert_eq!(commands_replayed(&path), 400, "two seconds of control at 200 Hz");
}

#[test]
fn several_robots_are_replayed_and_each_has_its_channels() {
    let folder = folder("several");
    let scene = folder.join("several.ron");
    let base = fs::read_to_string(format!("{ROOT}/scenes/crazyflie2.ron")).unwrap();
    // The robot of the scene under three names, each at a place of its own.
    let (head, rest) = base.split_once("\"drone\": (").unwrap();
    let (robot, tail) = rest.split_once("\n        ),\n    },\n").unwrap();
    let robots: String = [("a", "(0, 0, 1.5)"), ("b", "(3, 0, 1.5)"), ("c", "(0, 3, 1)")]
        .map(|(name, place)| {
            let moved = robot.replace("position_m: (0, 0, 1.5)", &format!("position_m: {place}"));
            format!("\"{name}\": ({moved}\n        ),\n        ")
        })
        .concat();
    fs::write(&scene, format!("{head}{robots}\n    }},\n{tail}")).unwrap();
    let path = folder.join("several.mcap");
    recorded(&path, &[text(&scene), "--seconds", "1"]);
    assert_eq!(commands_replayed(&path) % 3, 0);
    let topics = crate::edited::topics(&path);
    for robot in ["a", "b", "c"] {
        let topic = format!("/{robot}/command/rotors");
        assert!(topics.contains(&topic), "{topic} is not in {topics:?}");
    }
}

#[test]
fn controller_and_seed_of_the_flight_are_those_of_the_replay() {
    let folder = folder("options");
    for (name, arguments) in [
        ("lee", &["drone_hover", "--controller", "lee"][..]),
        ("lee_i", &["drone_gust", "--controller", "lee_i"]),
        ("seed", &["drone_hover", "--seed", "77"]),
        ("both", &["crazyflie2", "--controller", "lee_i", "--seed", "18446744073709551615"]),
    ] {
        let path = folder.join(name).with_extension("mcap");
        recorded(&path, &[arguments, &["--seconds", "2"]].concat());
        commands_replayed(&path);
    }
}

#[test]
fn a_part_of_a_recording_is_compared_where_it_is_asked_for() {
    let path = folder("parts").join("hover.mcap");
    recorded(&path, &["drone_hover", "--seconds", "2"]);
    let all = commands_replayed(&path);
    let part = |arguments: &[&str]| {
        let replayed = replayed(&path, arguments);
        let (commands, _) = replayed.counts.unwrap();
        assert_eq!(replayed.verdict(), Replayed::all_equal(commands), "{replayed:?}");
        commands
    };
    let (late, early) = (part(&["--from", "1.5"]), part(&["--to", "0.4995"]));
    let (middle, one) = (part(&["--from", "0.5", "--to", "1.4995"]), part(&["--to", "0"]));
    assert!(late < all && early < all && one <= 1, "{late} {early} {one} {all}");
    assert_eq!(early + middle + late, all);
    assert_eq!(part(&["--from", "0", "--to", "1e9"]), all);
    // Nothing to compare is never a success.
    let nothing = replayed(&path, &["--from", "5"]);
    assert_eq!(nothing.verdict(), (Some(1), Some((0, 0))), "{nothing:?}");
    for (arguments, words) in [
        (&["--from", "-1"][..], ["--from", "-1"]),
        (&["--to", "-0.5"], ["--to", "-0.5"]),
        (&["--from", "nan"], ["--from", "NaN"]),
        (&["--to", "soon"], ["--to", "soon"]),
        (&["--from", "1", "--to", "0.5"], ["--from", "--to"]),
    ] {
        assert_says(&replay_refused(&path, arguments), &words);
    }
}
