//! The window, as a person uses it: every control is found by its name, and the flight answers.

// As in Cargo.toml.
#![cfg(all(
    feature = "gui",
    not(any(target_arch = "riscv64", all(target_arch = "aarch64", target_os = "linux")))
))]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

#[expect(dead_code, reason = "its own main is not run here")]
#[path = "../../examples/arm_reach.rs"]
mod arm_reach;
#[cfg(feature = "record")]
mod recordings;

use allocation_counter::measure;
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotOptions};
use rivus::SceneLoader;
use rivus_app::AppExt;
use rivus_gui::view3d::{CameraMode, Screen, Studio};
use rivus_gui::{
    Driver, Flier, Loader, Order, RivusWindow, Sensor, Session, Speed, Wanted, WindowOptions,
};
use rivus_sim::SensorFault;

/// Frames of a second.
const SECOND: usize = 60;

/// A window on a built-in scene that runs by frames and needs no adapter.
fn window(scene: &str) -> Harness<'static, RivusWindow> {
    window_of(SceneLoader::default(), scene)
}

/// A window on a scene of `loader`.
fn window_of(loader: SceneLoader, scene: &str) -> Harness<'static, RivusWindow> {
    let wanted = Wanted { scene: scene.to_owned(), ..Wanted::default() };
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_step_dt(1.0 / SECOND as f32)
        .build_eframe(move |creation| make(creation, loader, wanted));
    harness.run_steps(2);
    harness
}

/// A window whose world runs between its frames.
fn make(
    creation: &eframe::CreationContext<'_>,
    loader: SceneLoader,
    wanted: Wanted,
) -> RivusWindow {
    let (scenes, policies) = (loader.scenes(), loader.policies());
    let session = Session::new(Driver::inline(loader), wanted, scenes, policies);
    RivusWindow::new(creation, session, WindowOptions { tells_machine: false })
}

fn time_s(harness: &Harness<'_, RivusWindow>) -> f64 {
    harness.state().session().now().unwrap().time_s()
}

fn height_m(harness: &Harness<'_, RivusWindow>) -> f32 {
    harness.state().session().robot().unwrap().position_m.z
}

fn press(harness: &mut Harness<'_, RivusWindow>, key: egui::Key) {
    harness.key_press(key);
    harness.run_steps(2);
}

fn click(harness: &mut Harness<'_, RivusWindow>, label: &str) {
    harness.get_by_label_contains(label).click();
    harness.run_steps(3);
}

#[test]
fn the_hover_scene_hovers_and_pauses_steps_and_resets() {
    let mut harness = window("drone_hover");
    harness.run_steps(3 * SECOND);
    let flown_s = time_s(&harness);
    assert!((2.9..3.3).contains(&flown_s), "{flown_s}");
    let robot = harness.state().session().robot().unwrap();
    let error_m = (robot.position_m - robot.target_m).norm();
    assert!(error_m < 0.1, "{error_m} m from the target");

    click(&mut harness, "Pause");
    let paused_s = time_s(&harness);
    harness.run_steps(SECOND);
    assert_eq!(time_s(&harness), paused_s);
    click(&mut harness, "Step");
    assert!(time_s(&harness) > paused_s);
    let stepped_s = time_s(&harness);
    press(&mut harness, egui::Key::Period);
    assert!((time_s(&harness) - stepped_s - 0.001).abs() < 1e-9, "one tick");
    click(&mut harness, "Reset");
    assert_eq!(time_s(&harness), 0.001);
    press(&mut harness, egui::Key::Space);
    harness.run_steps(SECOND);
    assert!(time_s(&harness) > 0.9);
}

#[test]
fn a_reset_flight_has_the_same_bits_as_a_headless_one() {
    let mut harness = window("drone_gust");
    harness.run_steps(SECOND / 2);
    press(&mut harness, egui::Key::R);
    harness.run_steps(2 * SECOND);
    click(&mut harness, "Pause");
    press(&mut harness, egui::Key::Period);
    let ticks = (time_s(&harness) * 1000.0).round() as u64;
    let hash = harness.state().session().state_hash();

    let wanted = Wanted { scene: "drone_gust".to_owned(), ..Wanted::default() };
    let mut app = SceneLoader::default().load(&wanted).unwrap();
    app.build_ticks().unwrap();
    let mut running = app.ticks().unwrap();
    (0..ticks).for_each(|_| running.tick().unwrap());
    drop(running);
    assert_eq!(hash, Some(app.world().resource::<rivus_app::StateHash>().value()));
}

#[test]
fn a_dead_motor_brings_the_drone_down_and_it_can_be_mended() {
    let mut harness = window("drone_hover");
    harness.run_steps(2 * SECOND);
    let hover_m = height_m(&harness);
    click(&mut harness, "Kill 2");
    assert_eq!(harness.state().session().robot().unwrap().motor_health, [1.0, 0.0, 1.0, 1.0]);
    harness.run_steps(SECOND);
    assert!(height_m(&harness) < hover_m - 0.3, "{} m", height_m(&harness));
    click(&mut harness, "Mend 2");
    assert_eq!(harness.state().session().robot().unwrap().motor_health, [1.0; 4]);
    press(&mut harness, egui::Key::Num4);
    assert_eq!(harness.state().session().robot().unwrap().motor_health[3], 0.0);
}

#[test]
fn another_scene_and_another_policy_are_flown_when_they_are_picked() {
    let mut harness = window("drone_hover");
    harness.get_by_role_and_label(egui::Role::ComboBox, "scene").click();
    harness.run_steps(3);
    harness.get_by_label("racer250").click();
    harness.run_steps(SECOND);
    let info = harness.state().session().info();
    assert_eq!(info.wanted.scene, "racer250");
    assert!(info.robots[0].airframe.is_some_and(|airframe| airframe.mass_kg > 0.1));
    assert!(time_s(&harness) < 1.2);

    harness.state_mut().session_mut().load_scene("drone_hover");
    harness.state_mut().session_mut().fly_by(Flier::Policy("drone_hover_cfc.safetensors".into()));
    harness.run_steps(3 * SECOND);
    assert!(harness.state().session().failure().is_none());
    let robot = harness.state().session().robot().unwrap();
    assert!((robot.position_m - robot.target_m).norm() < 0.1);
}

#[test]
fn wind_blows_as_the_sliders_say_and_stays_over_a_reset() {
    let mut harness = window("drone_hover");
    harness.get_by_role_and_label(egui::Role::Slider, "heading").set_value_accesskit(90.0);
    harness.run_steps(2);
    let sliders: Vec<_> = harness.get_all_by_role_and_label(egui::Role::Slider, "speed").collect();
    // The first one is in the bar above: how fast time passes.
    sliders[1].set_value_accesskit(4.0);
    harness.run_steps(10);
    for _ in 0..2 {
        let wind_mps = harness.state().session().robot().unwrap().wind_mps;
        assert!((wind_mps.y - 4.0).abs() < 1e-3 && wind_mps.x.abs() < 1e-3, "{wind_mps}");
        press(&mut harness, egui::Key::R);
        harness.run_steps(5);
    }
}

#[test]
fn looking_back_stops_the_flight_and_going_on_leaves_the_past() {
    let mut harness = window("drone_hover");
    harness.run_steps(3 * SECOND);
    press(&mut harness, egui::Key::ArrowLeft);
    let session = harness.state().session();
    assert!(session.is_paused() && session.sought_s().is_some());
    let sought_s = time_s(&harness);
    assert!((1.9..2.2).contains(&sought_s), "{sought_s}");
    press(&mut harness, egui::Key::Home);
    assert!(time_s(&harness) < 0.02);
    press(&mut harness, egui::Key::End);
    assert!(time_s(&harness) > 2.9 && harness.state().session().sought_s().is_none());
    press(&mut harness, egui::Key::ArrowLeft);
    press(&mut harness, egui::Key::Space);
    harness.run_steps(30);
    assert!(time_s(&harness) > 3.2);
}

#[test]
fn keys_do_nothing_while_somebody_types() {
    let mut harness = window("drone_hover");
    harness.get_by_role_and_label(egui::Role::ComboBox, "scene").click();
    harness.run_steps(3);
    harness.get_by_label("scene file or recording").focus();
    harness.run_steps(2);
    let seed = harness.state().session().info().seed;
    for key in [egui::Key::Space, egui::Key::R, egui::Key::Num1, egui::Key::D] {
        harness.key_press(key);
        harness.run_steps(1);
    }
    harness.event(egui::Event::Text("r1 .d".to_owned()));
    harness.run_steps(3);
    let session = harness.state().session();
    assert!(!session.is_paused());
    assert_eq!(session.robot().unwrap().motor_health, [1.0; 4]);
    assert_eq!(session.info().seed, seed);
    assert!(time_s(&harness) > 0.05, "it was reset");
}

#[test]
fn a_scene_that_is_broken_in_ten_ways_gives_ten_clear_messages_and_the_last_one_flies_on() {
    let broken: [(&str, &[&str]); 10] = [
        ("(", &["1:"]),
        ("(extends: \"drone_hover.ron\", descriptoin: \"x\")", &["descriptoin", "description"]),
        ("(extends: \"drone_hoover.ron\")", &["drone_hoover.ron", "1:"]),
        ("(extends: \"drone_hover.ron\", seed: -1)", &["number", "1:"]),
        ("(extends: \"drone_hover.ron\", rates: (base_hz: 0))", &["above zero"]),
        ("(extends: \"drone_hover.ron\", rates: (policy_hz: 333))", &["333", "1000"]),
        (
            "(extends: \"drone_hover.ron\", robots: {\"drone\": (parts: {\"Polizy\": ()})})",
            &["Polizy"],
        ),
        (
            "(extends: \"drone_hover.ron\", robots: {\"drone\": (parts: \
             {\"Policy\": (file: \"none.safetensors\")})})",
            &["none.safetensors"],
        ),
        (
            "(extends: \"drone_hover.ron\", events: [(at_s: 1, event: Gust(velocity_mps: (1, 2), \
             duration_s: 1))])",
            &["1:"],
        ),
        (
            "(extends: \"drone_hover.ron\", robots: {\"drone\": (parts: \
             {\"Quadrotor\": (mass_kg: -1)})})",
            &["above zero"],
        ),
    ];
    let folder = std::env::temp_dir().join(format!("rivus_window_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("broken.ron");
    let path = file.display().to_string();
    let mut harness = window("drone_hover");
    harness.run_steps(SECOND);
    let mut messages = Vec::new();
    for (text, says) in broken {
        std::fs::write(&file, text).unwrap();
        let before_s = time_s(&harness);
        harness.state_mut().session_mut().load_scene(&path);
        harness.run_steps(5);
        let failure = harness.state().session().failure().cloned();
        let reason = failure.unwrap_or_else(|| panic!("{text} was flown")).reason;
        assert!(says.iter().all(|part| reason.contains(part)), "{text}\n{reason}");
        assert!(reason.contains("broken.ron:"), "no place in: {reason}");
        assert!(harness.query_by_label_contains("cannot fly").is_some());
        assert!(time_s(&harness) > before_s, "the flight before has stopped");
        messages.push(reason);
    }
    messages.sort();
    messages.dedup();
    assert_eq!(messages.len(), 10);
    press(&mut harness, egui::Key::Escape);
    assert!(harness.query_by_label_contains("cannot fly").is_none());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn an_overrun_on_purpose_is_named() {
    let mut harness = window("drone_hover");
    harness.run_steps(SECOND);
    click(&mut harness, "Slow the policy");
    harness.run_steps(SECOND);
    let (timings, report) = harness.state().session().report().unwrap();
    assert!(timings.overruns() > 0);
    let last = report.recent_overruns.last().unwrap();
    assert!(last.contains("stage policy") && last.contains("think"), "{last}");
}

#[test]
fn the_target_goes_where_it_is_dragged_and_the_drone_after_it() {
    let mut harness = window("drone_hover");
    harness.run_steps(2 * SECOND);
    let target_m = harness.state().session().robot().unwrap().target_m;
    let view = harness.get_by_label_contains("3D view: drone").rect();
    let camera = harness.state().viewport().camera();
    let size = nalgebra::Vector2::new(view.width(), view.height());
    let place = Screen { camera, size }.place(target_m).unwrap();
    let from = view.min + egui::vec2(place.x, place.y);
    let to = from + egui::vec2(90.0, 0.0);
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    harness.hover_at(from);
    harness.run_steps(1);
    harness.event(button(from, true));
    harness.run_steps(1);
    for step in 1..=10 {
        harness.event(egui::Event::PointerMoved(from.lerp(to, step as f32 / 10.0)));
        harness.run_steps(1);
    }
    harness.event(button(to, false));
    harness.run_steps(5);
    let dragged_m = harness.state().session().robot().unwrap().target_m;
    assert!((dragged_m - target_m).norm() > 0.05, "{dragged_m} is where it was");
    assert!((dragged_m.z - target_m.z).abs() < 1e-3, "it stays at its height");
    harness.run_steps(3 * SECOND);
    let robot = harness.state().session().robot().unwrap();
    assert!((robot.position_m - dragged_m).norm() < 0.1, "{}", robot.position_m);
}

#[test]
fn a_click_in_a_plot_looks_back() {
    let mut harness = window("drone_hover");
    harness.state_mut().session_mut().set_speed(Speed::Times(10.0));
    harness.run_steps(2 * SECOND);
    let flown_s = time_s(&harness);
    let plots = harness.get_all_by_label("Position error over time");
    plots.last().unwrap().click();
    harness.run_steps(4);
    let sought_s = harness.state().session().sought_s();
    // The middle of ten seconds.
    assert!(sought_s.is_some_and(|time_s| (time_s - flown_s + 5.0).abs() < 1.5), "{sought_s:?}");
    assert!(harness.state().session().is_paused());
}

#[test]
fn the_wiring_is_there_and_a_neuron_can_be_pinned() {
    let mut harness = window("drone_hover");
    harness.run_steps(20);
    harness.get_by_label_contains("neuron inter 3").click();
    harness.run_steps(4);
    assert!(harness.query_by_label("Pinned: inter 3").is_some());
}

#[test]
fn without_an_adapter_the_window_says_so_and_works() {
    let mut harness = window("drone_hover");
    harness.run_steps(10);
    assert!(harness.query_by_label_contains("no GPU: 3D view off").is_some());
}

#[test]
fn whoever_does_not_look_holds_up_nothing() {
    let mut driver = Driver::thread(SceneLoader::default()).unwrap();
    let wanted = Wanted { scene: "drone_hover".to_owned(), ..Wanted::default() };
    assert!(driver.give(Order::Load(wanted)) && driver.give(Order::Speed(Speed::Unlimited)));
    // A flight that waited for the window would stand still after the first 128 snapshots.
    while driver.channels().dropped() < 1000 {
        std::thread::yield_now();
    }
    let mut times_s = Vec::new();
    driver.channels().snapshots(|snapshot| times_s.push(snapshot.time_s()));
    // Without thinning the last of 128 would be at 1.28 s.
    assert!(
        times_s.len() > 120 && times_s.last().is_some_and(|last_s| *last_s > 4.0),
        "{times_s:?}"
    );
}

#[test]
fn the_speed_that_is_told_is_that_since_it_was_changed() {
    let mut driver = Driver::inline(SceneLoader::default());
    let wanted = Wanted { scene: "drone_hover".to_owned(), ..Wanted::default() };
    assert!(driver.give(Order::Load(wanted)));
    let mut report = None;
    let mut factor = |driver: &mut Driver, elapsed_s| {
        (0..10).for_each(|_| driver.advance(elapsed_s / 10.0));
        driver.channels().report(&mut report);
        report.as_ref().and_then(|report| report.1.realtime_factor)
    };
    assert_eq!(factor(&mut driver, 0.2), None);
    assert!(driver.give(Order::Speed(Speed::Times(5.0))));
    assert!(factor(&mut driver, 0.26).is_some_and(|factor| (4.9..5.1).contains(&factor)));
}

#[test]
fn a_tick_takes_no_memory_for_the_window() {
    let wanted = Wanted { scene: "drone_hover".to_owned(), ..Wanted::default() };
    let mut app = SceneLoader::default().load(&wanted).unwrap();
    (0..1000).for_each(|_| app.tick().unwrap());
    // The lists of rapier.
    let alone = measure(|| app.tick().unwrap());
    let mut driver = Driver::inline(SceneLoader::default());
    assert!(driver.give(Order::Load(wanted)));
    // Nobody takes snapshots meanwhile, so some are still new when ticks are shown below.
    (0..10).for_each(|_| driver.advance(0.1));
    for step in 0..500 {
        let shown = measure(|| assert!(driver.give(Order::Step)));
        assert_eq!(shown.count_total, alone.count_total, "step {step}");
        driver.channels().snapshots(|_| {});
    }
}

#[test]
fn the_window_looks_as_it_should() {
    let adapter = match Studio::new() {
        Ok(studio) => studio.adapter().to_owned(),
        Err(reason) => return skip(&reason.to_string()),
    };
    if !adapter.contains("llvmpipe") || !adapter.contains("Vulkan") {
        return skip(&format!("{adapter} draws in its own way; the picture is llvmpipe's"));
    }
    let wanted = Wanted { scene: "drone_gust".to_owned(), ..Wanted::default() };
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_step_dt(1.0 / SECOND as f32)
        .with_render_every_step(false)
        .wgpu()
        .build_eframe(move |creation| make(creation, SceneLoader::default(), wanted));
    harness.run_steps(2);
    harness.state_mut().session_mut().set_speed(Speed::Times(10.0));
    harness.run_steps(21);
    harness.state_mut().session_mut().pause(true);
    harness.run_steps(3);
    let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(200);
    harness.snapshot_options("window", &options);
}

/// Says why a test is not run; everything is required where `RIVUS_REQUIRE` says so.
fn skip(reason: &str) {
    let is_required = std::env::var_os("RIVUS_REQUIRE").is_some_and(|value| value == "all");
    assert!(!is_required, "required, but: {reason}");
    eprintln!("skipped: {reason}");
}

#[test]
fn ten_times_the_speed_is_ten_times_the_time() {
    let mut harness = window("drone_hover");
    harness.state_mut().session_mut().set_speed(Speed::Times(10.0));
    let from_s = time_s(&harness);
    harness.run_steps(SECOND);
    let passed_s = time_s(&harness) - from_s;
    assert!((passed_s - 10.0).abs() < 0.3, "{passed_s}");
}

#[test]
fn orders_are_seen_while_time_stands_still_and_act_on_the_present() {
    let mut harness = window("drone_hover");
    harness.run_steps(2 * SECOND);
    click(&mut harness, "Pause");
    let health = |harness: &Harness<'_, RivusWindow>| {
        harness.state().session().present_robot().unwrap().motor_health
    };
    click(&mut harness, "Kill 2");
    assert_eq!(health(&harness), [1.0, 0.0, 1.0, 1.0]);
    // Looking back, the motor is well; what is done is done now.
    press(&mut harness, egui::Key::ArrowLeft);
    assert_eq!(harness.state().session().robot().unwrap().motor_health, [1.0; 4]);
    click(&mut harness, "Mend 2");
    assert_eq!(health(&harness), [1.0; 4]);
    press(&mut harness, egui::Key::End);
    let target_m = nalgebra::Vector3::new(0.2, 0.1, 1.0);
    harness.state_mut().session_mut().set_target(target_m);
    harness.run_steps(2);
    assert_eq!(harness.state().session().robot().unwrap().target_m, target_m);
}

#[test]
fn keys_of_one_frame_all_count_and_a_focused_control_keeps_its_own() {
    let mut harness = window("drone_hover");
    harness.run_steps(SECOND);
    for key in [egui::Key::Num2, egui::Key::Num3, egui::Key::F1] {
        harness.key_press(key);
    }
    harness.run_steps(2);
    let health = |harness: &Harness<'_, RivusWindow>| {
        harness.state().session().present_robot().unwrap().motor_health
    };
    assert_eq!(health(&harness), [1.0, 0.0, 0.0, 1.0]);
    harness.get_by_label_contains("Keys do nothing");
    press(&mut harness, egui::Key::Escape);
    // Space presses the button that has the focus; other keys do what they always do.
    harness.get_by_label_contains("Calm").focus();
    harness.get_by_label_contains("Reset").focus();
    harness.run_steps(2);
    press(&mut harness, egui::Key::Num4);
    assert_eq!(health(&harness), [1.0, 0.0, 0.0, 0.0]);
    press(&mut harness, egui::Key::Space);
    assert!(!harness.state().session().is_paused());
    assert_eq!(health(&harness), [1.0; 4]);
}

#[test]
fn a_file_is_typed_into_the_field_that_was_clicked() {
    let mut harness = window("drone_hover");
    harness.get_by_role_and_label(egui::Role::ComboBox, "scene").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(egui::Role::TextInput, "scene file or recording").click();
    harness.run_steps(3);
    harness
        .get_by_role_and_label(egui::Role::TextInput, "scene file or recording")
        .type_text("scenes/drone_gust.ron");
    harness.run_steps(2);
    harness.get_by_label("Open this file").click();
    harness.run_steps(3);
    assert_eq!(harness.state().session().info().wanted.scene, "scenes/drone_gust.ron");
    assert!(harness.query_by_label("Open this file").is_none(), "the list is closed");
}

#[test]
fn the_camera_stays_as_it_was_chosen_when_another_robot_flies() {
    let mut harness = window("drone_hover");
    for mode in [CameraMode::Orbit, CameraMode::Chase] {
        click(&mut harness, mode.name());
        let before = harness.state().session().info().wanted.scene.clone();
        harness.state_mut().session_mut().load_next_scene();
        harness.run_steps(SECOND / 4);
        assert_ne!(harness.state().session().info().wanted.scene, before);
        assert_eq!(harness.state().viewport().camera_mode(), mode);
    }
}

#[test]
fn small_windows_keep_controls_apart() {
    for size in [[900.0, 600.0], [1024.0, 700.0], [1440.0, 900.0]] {
        let mut harness = window("drone_hover");
        harness.set_size(size.into());
        harness.run_steps(4);
        let clock = harness.get_by_label_contains("t    ").rect();
        let record = harness.get_by_label_contains("Record").rect();
        assert!(!clock.intersects(record), "{size:?}: {clock:?} over {record:?}");
        let view = harness.get_by_label_contains("3D view: ").rect();
        assert!(view.width() > 0.25 * size[0], "{size:?}: {view:?}");
    }
}

#[test]
fn a_sensor_fault_belongs_to_its_robot() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let scene = folder.join("two_robots.ron");
    let text = include_str!("../../scenes/crazyflie2.ron");
    let robot = text.split_once("\"drone\": (").unwrap().1.rsplit_once("\n    },").unwrap().0;
    let two = text.replacen("robots: {", &format!("robots: {{ \"second\": ({robot}"), 1);
    std::fs::write(&scene, two).unwrap();
    let mut harness = window(scene.to_str().unwrap());
    harness.run_steps(SECOND / 2);
    let session = harness.state_mut().session_mut();
    assert_eq!(session.info().robots.len(), 2, "{:?}", session.failure());
    session.set_sensor(Sensor::Gyroscope, SensorFault::Frozen);
    harness.run_steps(4);
    let session = harness.state_mut().session_mut();
    assert_eq!(session.sensor_fault(Sensor::Gyroscope), SensorFault::Frozen);
    session.select(1);
    assert_eq!(session.sensor_fault(Sensor::Gyroscope), SensorFault::None);
    session.mend();
    session.select(0);
    harness.run_steps(4);
    let session = harness.state().session();
    assert_eq!(session.sensor_fault(Sensor::Gyroscope), SensorFault::None);
}
