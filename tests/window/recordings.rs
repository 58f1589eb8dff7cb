//! Recordings in the window: made, played, scrubbed, refused.

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use rivus::SceneLoader;
use rivus_gui::{History, Pilot, RivusWindow, Session};

use crate::{SECOND, arm_reach, click, press, time_s, window, window_of};

/// A file of this test alone; it does not exist.
fn no_file(name: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Of a run before.
    let _ = std::fs::remove_file(&path);
    path
}

/// The recording that `session` shows has what was seen of the flight, two seconds of it.
fn assert_shows(session: &Session, flown: &History) {
    assert!(session.is_recorded() && session.failure().is_none(), "{:?}", session.failure());
    let mut compared = 0;
    for snapshot in flown.iter().filter(|snapshot| snapshot.time_ns % 10_000_000 == 0) {
        let recorded = session.history().at(snapshot.time_s() + 1e-6).unwrap();
        assert_eq!(recorded.time_ns, snapshot.time_ns);
        assert_eq!(format!("{:?}", recorded.robots), format!("{:?}", snapshot.robots));
        compared += 1;
    }
    assert!(compared > 190, "{compared}");
}

#[test]
fn a_recording_shows_what_was_flown_and_can_be_played_and_scrubbed() {
    let path = no_file("window.mcap");
    let mut harness = window("drone_gust");
    harness.state_mut().session_mut().record(Some(path.clone()));
    harness.run_steps(SECOND);
    click(&mut harness, "Kill 1");
    harness.run_steps(SECOND);
    let flown = harness.state().session().history().clone();
    // Another flight is not recorded into the same file, nor does it fail for that.
    harness.state_mut().session_mut().set_seed(3);
    harness.run_steps(3);
    let session = harness.state().session();
    assert_eq!((session.recording(), session.info().seed), (None, 3), "{:?}", session.failure());
    click(&mut harness, "Look at it");

    let session = harness.state().session();
    assert_shows(session, &flown);
    assert_eq!(session.info().robots[0].policy.as_deref().unwrap().info().inputs.len(), 12);
    let (timings, _) = session.report().unwrap();
    assert!(timings.tick.histogram.count() > 1900);

    // It plays, and stops where it is told to.
    let from_s = time_s(&harness);
    harness.run_steps(SECOND / 2);
    let passed_s = time_s(&harness) - from_s;
    assert!((0.4..0.6).contains(&passed_s), "{passed_s}");
    press(&mut harness, egui::Key::Home);
    assert_eq!(time_s(&harness), 0.01);
    press(&mut harness, egui::Key::Period);
    assert_eq!(time_s(&harness), 0.02);
    press(&mut harness, egui::Key::End);
    let end_s = time_s(&harness);
    assert!(end_s > 1.9, "{end_s}");
    // What is over cannot be changed.
    assert!(harness.get_by_label_contains("Mend 1").accesskit_node().is_disabled());
    press(&mut harness, egui::Key::Num2);
    assert_eq!(time_s(&harness), end_s);
    // At its end it begins again.
    press(&mut harness, egui::Key::Space);
    assert!(time_s(&harness) < 0.2);
    // A scene flies again, stopped or not.
    press(&mut harness, egui::Key::Space);
    harness.state_mut().session_mut().load_scene("drone_hover");
    harness.run_steps(SECOND);
    assert!(!harness.state().session().is_recorded());
    assert!((0.9..1.2).contains(&time_s(&harness)));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_recording_that_was_cut_off_is_shown_and_says_so() {
    let path = no_file("cut.mcap");
    let mut harness = window("drone_hover");
    harness.state_mut().session_mut().record(Some(path.clone()));
    harness.run_steps(2 * SECOND);
    click(&mut harness, "Stop recording");
    let bytes = std::fs::metadata(&path).unwrap().len();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(bytes * 2 / 3).unwrap();
    click(&mut harness, "Look at it");
    let session = harness.state().session();
    assert!(session.is_recorded());
    let (first_s, last_s) = session.history().span_s();
    assert!(first_s < 0.02 && (0.5..1.9).contains(&last_s), "{first_s} to {last_s}");
    let reason = &session.failure().unwrap().reason;
    assert!(reason.contains("cut off after"), "{reason}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_recording_that_cannot_be_read_or_made_is_told_and_the_flight_goes_on() {
    let path = no_file("broken.mcap");
    let mut harness = window("drone_hover");
    harness.run_steps(SECOND);
    let fails = |harness: &mut Harness<'_, RivusWindow>, expected: &str| {
        harness.run_steps(3);
        let failure = harness.state().session().failure().unwrap();
        let text = format!("{}: {}", failure.what, failure.reason);
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("mcap"), "{text}");
        harness.get_by_label_contains("cannot");
        press(harness, egui::Key::Escape);
    };
    let open = |harness: &mut Harness<'_, RivusWindow>| {
        harness.state_mut().session_mut().load_scene(path.to_str().unwrap());
    };
    open(&mut harness);
    fails(&mut harness, "No such file");
    std::fs::write(&path, "no recording").unwrap();
    open(&mut harness);
    fails(&mut harness, "cannot open");
    // A recording never takes the place of a file.
    harness.state_mut().session_mut().record(Some(path.clone()));
    fails(&mut harness, "exists");
    assert_eq!(harness.state().session().recording(), None);
    assert!(time_s(&harness) > 1.0);
    assert_eq!(harness.state().session().wanted().scene, "drone_hover");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn an_arm_reaches_for_its_target_and_its_recording_shows_it() {
    let path = no_file("arm.mcap");
    let loader = SceneLoader { add: Some(arm_reach::reach_plugin) };
    // Another place and attitude than the example's.
    let scene = no_file("arm.ron");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/arm_reach.ron");
    let text = format!(
        r#"(
            extends: {example:?}, description: "a test",
            robots: {{ "arm": (
                setpoint: (position_m: (1, 2, 0.5), yaw_deg: 0), start: (offset_m: 0, tilt_deg: 40),
            ) }},
            events: [
                (at_s: 0, event: Setpoint(robot: "arm", position_m: (1.4, 2.3, 0.8), yaw_deg: 0)),
            ],
        )"#
    );
    std::fs::write(&scene, text).unwrap();
    let mut harness = window_of(loader, scene.to_str().unwrap());
    harness.state_mut().session_mut().record(Some(path.clone()));
    harness.run_steps(2 * SECOND);
    let session = harness.state().session();
    assert!(session.failure().is_none(), "{:?}", session.failure());
    let robot = session.robot().unwrap();
    assert!(robot.error_m() < 1e-3, "{} m from the target", robot.error_m());
    assert!(robot.joints.iter().all(|angle_rad| angle_rad.abs() > 0.1), "{:?}", robot.joints);
    harness.get_by_label_contains("forearm");
    press(&mut harness, egui::Key::L);
    assert_eq!(harness.state().session().robot().unwrap().pilot, Pilot::Policy, "Lee cannot");
    for label in ["Kill 1", "heading", "gyroscope"] {
        assert!(harness.query_by_label_contains(label).is_none(), "it has no {label}");
    }

    let flown = harness.state().session().history().clone();
    click(&mut harness, "Stop recording");
    click(&mut harness, "Look at it");
    assert_shows(harness.state().session(), &flown);
    std::fs::remove_file(path).unwrap();
    std::fs::remove_file(scene).unwrap();
}
