//! A scene flies in the rapier world.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "the errors reached are the result")]

use bevy_app::App;
use rivus_app::{AppExt, Faults, Stage, StateHash, Timings};
use rivus_flight::RotorCommand;
use rivus_robot::{Command, JointPositions, Pose, RobotName, RotorSpeeds, Setpoint, Truth};
use rivus_sim::{FlightScore, Score, Trajectory};
use rivus_vehicle::ROTORS;

mod hover;

/// The hash of two seconds without a controller; a change of these bits must be meant.
const TWO_SECONDS: u64 = 0x8b17_fe01_ed17_9436;

fn fly(app: &mut App, ticks: u32) {
    for _ in 0..ticks {
        app.tick().unwrap();
    }
}

fn score(app: &mut App) -> Score {
    let world = app.world_mut();
    world.query::<&FlightScore>().single(world).unwrap().score()
}

fn height_m(app: &mut App) -> f32 {
    let world = app.world_mut();
    world.query::<&Pose<Truth>>().single(world).unwrap().position_m.z
}

/// Puts a command where arbitration would.
fn command(app: &mut App, speeds_radps: Option<[f32; ROTORS]>) {
    let world = app.world_mut();
    let mut command = world.query::<&mut Command<RotorCommand>>().single_mut(world).unwrap();
    command.value = speeds_radps.map(|speeds_radps| RotorCommand { speeds_radps });
}

#[test]
fn it_hovers_with_late_and_noisy_readings() {
    for seed in 0..4 {
        let mut app = hover::closed_loop(seed, "");
        fly(&mut app, 8000);
        let score = score(&mut app);
        println!("seed {seed}: {score:?}");
        assert!(score.rmse_m.unwrap() <= 0.01, "{score:?}");
        assert!(score.settle_s <= 2.0, "{score:?}");
        assert!((29.0..60.0).contains(&score.max_tilt_deg), "{score:?}");
        assert_eq!(app.world().resource::<Faults>().total(), 0);
    }
}

/// A robot of links beside the vehicle, and links on the vehicle.
const WITH_LINKS: &str = r#"robots: {
    "arm": (
        setpoint: (position_m: (3, 4, 5), yaw_deg: 0),
        start: (offset_m: 0, tilt_deg: 0),
        parts: { "KinematicTree": (links: [(name: "a", joint: Revolute(axis: (0, 0, 1)))]) },
    ),
    "drone": (parts: { "KinematicTree": (links: [(name: "b", joint: Revolute(axis: (0, 0, 1)))]) }),
}"#;

#[test]
fn robots_of_links_stand_and_their_joints_count() {
    let fly_with = |turned: Option<&str>| {
        let mut app = hover::closed_loop(0, WITH_LINKS);
        fly(&mut app, 10);
        let world = app.world_mut();
        let mut robots = world.query::<(&RobotName, &mut JointPositions, &Pose<Truth>)>();
        for (name, mut joints, pose) in robots.iter_mut(world) {
            joints.positions[0] = if turned == Some(name.0.as_str()) { 0.5 } else { 0.0 };
            let is_start = pose.position_m == nalgebra::Vector3::new(3.0, 4.0, 5.0);
            assert_eq!(is_start, name.0 == "arm", "{pose:?}");
        }
        fly(&mut app, 1);
        let world = app.world_mut();
        let mut robots = world.query::<(&RobotName, &Pose<Truth>)>();
        let drone = robots.iter(world).find(|(name, _)| name.0 == "drone").unwrap();
        (*drone.1, world.resource::<StateHash>().value())
    };
    let [(free, hash), (arm, arm_hash), (drone, drone_hash)] =
        [None, Some("arm"), Some("drone")].map(fly_with);
    assert!(free == arm && free == drone, "links weigh nothing");
    assert!(hash != arm_hash && hash != drone_hash && arm_hash != drone_hash);
    let mut alone = hover::closed_loop(0, "");
    fly(&mut alone, 11);
    let world = alone.world_mut();
    assert_eq!(*world.query::<&Pose<Truth>>().single(world).unwrap(), free);
}

#[test]
fn a_gust_blows_while_it_lasts() {
    let gust = "events: [(at_s: 3, event: Gust(velocity_mps: (3, 0, 0), duration_s: 2))]";
    let mut app = hover::closed_loop(1, gust);
    app.insert_resource(Trajectory::new(10, 1000));
    fly(&mut app, 8000);
    let rows = app.world().resource::<Trajectory>().rows();
    assert_eq!(rows.len(), 800);
    for row in rows {
        assert_eq!(row.wind_mps.x, if (3.0..5.0).contains(&row.time_s) { 3.0 } else { 0.0 });
    }
    let pushed_m = rows[490].state.position_m.x - rows[290].state.position_m.x;
    assert!((0.05..0.3).contains(&pushed_m), "{pushed_m}");
}

#[test]
fn what_stands_in_the_way_is_not_flown_through() {
    for obstacle in [
        "Box(center_m: (0, 0.6, 1), size_m: (4, 0.1, 2), yaw_deg: 3)",
        "Sphere(center_m: (0, 0.9, 1), radius_m: 0.4)",
        "Cylinder(base_m: (0, 0.7, 0), radius_m: 0.2, height_m: 2)",
    ] {
        let scene = format!(
            "world: (obstacles: [{obstacle}]), events: [
                (at_s: 2, event: Setpoint(robot: \"drone\", position_m: (0, 0.9, 1), yaw_deg: 0)),
            ]"
        );
        let mut app = hover::closed_loop(1, &scene);
        app.insert_resource(Trajectory::new(1, 4000));
        fly(&mut app, 4000);
        let rows = app.world().resource::<Trajectory>().rows();
        let reached_m = rows.iter().map(|row| row.state.position_m.y).fold(0.0, f32::max);
        assert!((0.3..0.6).contains(&reached_m), "{obstacle}: {reached_m} m");
    }
}

#[test]
fn a_new_setpoint_is_flown_to() {
    let order = r#"events: [
        (at_s: 2, event: Setpoint(robot: "drone", position_m: (0, 1, 2), yaw_deg: 0)),
    ]"#;
    let mut app = hover::closed_loop(1, order);
    fly(&mut app, 8000);
    let world = app.world_mut();
    let (pose, setpoint) = world.query::<(&Pose<Truth>, &Setpoint)>().single(world).unwrap();
    assert_eq!(setpoint.0.position_m.y, 1.0);
    assert!((pose.position_m - setpoint.0.position_m).norm() < 0.03, "{pose:?}");
}

#[test]
fn without_commands_it_falls_and_stays_on_the_ground() {
    let mut app = hover::open_loop(1, "");
    fly(&mut app, 4000);
    let lying_m = height_m(&mut app);
    assert!((0.0..0.04).contains(&lying_m), "{lying_m}");
    fly(&mut app, 1000);
    assert!((height_m(&mut app) - lying_m).abs() < 1e-3);
    let world = app.world_mut();
    let rotors = world.query::<&RotorSpeeds>().single(world).unwrap();
    assert!(rotors.radps.iter().all(|speed| *speed < 1.0));
}

#[test]
fn motors_keep_their_last_usable_command_within_their_limits() {
    let mut app = hover::open_loop(1, "");
    app.insert_resource(Trajectory::new(1, 100));
    let mut tick = |speeds_radps| {
        command(&mut app, speeds_radps);
        fly(&mut app, 1);
        app.world().resource::<Trajectory>().rows().last().unwrap().command_radps
    };
    let usable = [1500.0, 1550.0, 1520.0, 1540.0];
    assert_eq!(tick(None), [0.0; ROTORS]);
    assert_eq!(tick(Some(usable)), usable);
    assert_eq!(tick(None), usable);
    assert_eq!(tick(Some([1000.0, f32::NAN, 1000.0, 1000.0])), usable);
    assert_eq!(tick(Some([1000.0, f32::INFINITY, 1000.0, 1000.0])), usable);
    assert_eq!(tick(Some([-1.0, 5000.0, 10.0, 20.0])), [0.0, 2273.9, 10.0, 20.0]);
}

#[test]
fn commands_reach_the_motors_at_the_rate_of_their_stage() {
    let rates = "rates: (actuate_hz: 100), budgets: (actuate_us: 500)";
    let mut app = hover::closed_loop(1, rates);
    app.insert_resource(Trajectory::new(1, 1000));
    fly(&mut app, 1000);
    let rows = app.world().resource::<Trajectory>().rows();
    for (tick, pair) in (1..).zip(rows.windows(2)) {
        let changes = pair[0].command_radps != pair[1].command_radps;
        assert_eq!(changes, tick % 10 == 0, "tick {tick}");
    }
    let stages = &app.world().resource::<Timings>().stages;
    let actuate = stages.iter().find(|row| row.stage == Stage::Actuate).unwrap();
    assert_eq!(actuate.rate_hz, 100);
    assert_eq!(actuate.timing.budget.unwrap().limit_ns(), 500_000);
}

#[test]
fn equal_seeds_give_equal_bits_and_others_do_not() {
    let hash_of = |seed| {
        let mut app = hover::closed_loop(seed, "");
        fly(&mut app, 500);
        app.world().resource::<StateHash>().value()
    };
    assert_eq!(hash_of(7), hash_of(7));
    assert_ne!(hash_of(7), hash_of(8));
}

#[test]
fn the_bits_are_the_same_on_every_machine_and_in_every_profile() {
    let wind = "world: (wind: Dryden(\
        mean_mps: (2, 0, 0), intensity: Light, height_m: 2))";
    let mut app = hover::open_loop(0, wind);
    command(&mut app, Some([1500.0, 1550.0, 1520.0, 1540.0]));
    // Long enough to tumble and to hit the ground.
    fly(&mut app, 2000);
    let hash = app.world().resource::<StateHash>().value();
    assert_eq!(hash, TWO_SECONDS, "{hash:#018x}");
}
