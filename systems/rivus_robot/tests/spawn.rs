//! A scene becomes robots in a world, or is told all that is wrong with its parts.

#![expect(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

use bevy_app::App;
use bevy_ecs::component::Component;
use rivus_app::{Stage, TickConfig};
use rivus_robot::{
    Airframe, Authority, Command, Events, Gyroscope, Health, JointPositions, Links, Mass,
    MotionCapture, PartExt, PartRegistry, PoseSample, Reading, RobotId, RobotName, RobotPlugin,
    Seed, Setpoint, Start, spawn_scene,
};
use rivus_scene::{Scene, SceneErrors};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A complete scene; `PARTS` stands for more parts of the first robot.
const SCENE: &str = r#"(
description: "A test.", seed: 3, duration_s: 8,
rates: (base_hz: 1000, policy_hz: 100), budgets: (policy_us: 3000, tick_us: 7500),
world: (gravity_mps2: 9.81, ground: true, wind: Calm),
robots: {
"b": (setpoint: (position_m: (0, 0, 2), yaw_deg: 0), start: (offset_m: 0.5, tilt_deg: 30),
parts: {
"Quadrotor": (mass_kg: 0.027, inertia_kgm2: (1.4e-5, 1.4e-5, 2.17e-5), rotors: (
  (position_m: ( 0.028,  0.028, 0), spin:  1), (position_m: ( 0.028, -0.028, 0), spin: -1),
  (position_m: (-0.028, -0.028, 0), spin:  1), (position_m: (-0.028,  0.028, 0), spin: -1)),
  thrust_n_per_radps2: 2.88e-8, torque_nm_per_radps2: 7.24e-10, motor_lag_s: 0.072,
  rotor_speed_min_radps: 0, rotor_speed_max_radps: 2273.9,
  drag: (rotor_plane: 1e-6, rotor_axial: 7.5e-7, frame: (0, 0, 0))),
"MotionCapture": (position_noise_m: 0.01, velocity_noise_mps: 0.03, attitude_noise: 0.005, delay_s: 0.01),
PARTS
}),
"a": (setpoint: (position_m: (1, 0, 2), yaw_deg: 0), start: (offset_m: 0, tilt_deg: 0),
authority: Backup, parts: {}),
},
)"#;

/// Holds a height.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AltitudeHold {
    /// Height to hold above
    /// the ENU origin.
    target_m: f32,
    /// Another.
    limit: Option<(f32, f32)>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Map {
    file: String,
}

#[derive(Component, Debug, PartialEq)]
struct MapBytes(Vec<u8>, f32);

fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(RobotPlugin).register_part::<AltitudeHold>().register_part_with::<Map>(
        "Map",
        |map, robot, context| {
            let bytes = context.read("file", &map.file)?;
            let mass_kg = robot.get::<Mass>().map_or(0.0, |mass| mass.kg);
            robot.insert(MapBytes(bytes, mass_kg));
            Ok(())
        },
    );
    app
}

/// Spawns the scene in the folder "s" with these parts on the first robot and these changes.
fn spawn(app: &mut App, parts: &str, changes: &[(&str, &str)]) -> Result<(), SceneErrors> {
    let mut text = SCENE.replace("PARTS", parts);
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    let scene = Scene::load("s/x.ron", &mut |_| Ok(text.clone()))?;
    spawn_scene(app.world_mut(), &scene, 5, &mut |path| match path {
        "m/map.bin" => Ok(vec![1, 2]),
        _ => Err("no such file".to_owned()),
    })
}

fn errors(parts: &str, changes: &[(&str, &str)]) -> String {
    let mut app = app();
    let errors = spawn(&mut app, parts, changes).unwrap_err();
    let robots = app.world_mut().query::<&RobotId>().iter(app.world()).count();
    assert_eq!(robots, 0, "a wrong scene leaves no robots behind");
    errors.to_string()
}

#[test]
fn a_scene_becomes_robots_with_their_parts() {
    let mut app = app();
    spawn(&mut app, "\"AltitudeHold\": (target_m: 1.5, limit: (0, 1))", &[]).unwrap();
    let world = app.world_mut();
    let config = world.resource::<TickConfig>();
    assert_eq!((config.base_hz, config.tick_budget_us), (1000, Some(7500)));
    assert_eq!(config[Stage::Policy].rate_hz, Some(100));
    assert_eq!(config[Stage::Policy].budget_us, Some(3000));
    assert_eq!(world.resource::<Seed>().0, 5);
    assert!(world.resource::<Events>().0.is_empty());

    let mut robots = world.query::<(&RobotId, &RobotName, &Authority, &Health)>();
    let mut named: Vec<_> =
        robots.iter(world).map(|(id, name, authority, _)| (id.0, &*name.0, *authority)).collect();
    named.sort_unstable();
    assert_eq!(named, [(0, "a", Authority::Backup), (1, "b", Authority::Policy)]);

    let mut full = world.query::<(
        &RobotId,
        &Airframe,
        &Mass,
        &AltitudeHold,
        &MotionCapture,
        &Reading<PoseSample>,
        &Command<rivus_flight::RotorCommand>,
    )>();
    let (id, airframe, mass, hold, _, reading, _) = full.single(world).unwrap();
    assert_eq!((id.0, mass.kg, airframe.0.mass_kg), (1, 0.027, 0.027));
    assert_eq!(*hold, AltitudeHold { target_m: 1.5, limit: Some((0.0, 1.0)) });
    assert_eq!(reading.get(), None);
    assert!(world.query::<&Gyroscope>().single(world).is_err());
}

#[test]
fn a_start_is_as_far_and_as_tilted_as_the_scene_says_and_the_seed_decides_where() {
    let mut app = app();
    spawn(&mut app, "", &[]).unwrap();
    let world = app.world_mut();
    let mut robots = world.query::<(&RobotId, &Setpoint, &Start)>();
    for (id, Setpoint(setpoint), start) in robots.iter(world) {
        let offset_m = (start.position_m - setpoint.position_m).norm();
        let tilt_deg = start.world_from_body.angle().to_degrees();
        let (expected_m, expected_deg) = if id.0 == 1 { (0.5, 30.0) } else { (0.0, 0.0) };
        assert!((offset_m - expected_m).abs() < 1e-5, "{offset_m}");
        assert!((tilt_deg - expected_deg).abs() < 1e-2, "{tilt_deg}");
    }
}

#[test]
fn a_part_reads_its_file_relative_to_the_scene_and_sees_earlier_parts() {
    let mut app = app();
    spawn(&mut app, "\"Map\": (file: \"../m/map.bin\")", &[]).unwrap();
    let world = app.world_mut();
    let map = world.query::<&MapBytes>().single(world).unwrap();
    assert_eq!(*map, MapBytes(vec![1, 2], 0.027));
}

#[test]
fn a_negative_mass() {
    assert_eq!(
        errors("", &[("mass_kg: 0.027", "mass_kg: -0.027")]),
        "s/x.ron:8:24: expected a number above zero, found -0.027"
    );
}

#[test]
fn a_vehicle_that_cannot_fly() {
    assert_eq!(
        errors("", &[("rotor_speed_max_radps: 2273.9", "rotor_speed_max_radps: 1500")]),
        "s/x.ron:12:52: expected a speed above 1516.3, at which it hovers"
    );
}

#[test]
fn the_links_of_the_readme() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("```ron\n").unwrap();
    let (part, _) = rest.split_once("```").unwrap();
    let mut app = app();
    spawn(&mut app, part.trim(), &[]).unwrap();
    let world = app.world_mut();
    let (links, joints) = world.query::<(&Links, &JointPositions)>().single(world).unwrap();
    assert_eq!(
        (joints.names()[..].to_owned(), &joints.positions[..]),
        (vec!["arm".into()], &[0.0][..])
    );
    let tip_m = links.0.tip_m(&[core::f32::consts::FRAC_PI_2]);
    // Upright, the arm turns about y, towards x.
    assert!((tip_m - nalgebra::Vector3::new(0.4, 0.0, 0.1)).norm() < 1e-6, "{tip_m}");
}

#[test]
fn links_that_are_no_tree() {
    let tree = |links: &str| format!("\"KinematicTree\": (links: [\n{links}\n])");
    assert_eq!(
        errors(&tree("(name: \"base\"),\n(name: \"arm\", parent: \"bose\")"), &[]),
        "s/x.ron:17:23: unknown link `bose`, did you mean `base`?; expected base"
    );
    assert_eq!(
        errors(&tree("(name: \"a\", joint: Revolute(axis: (0, 0, 0)))"), &[]),
        "s/x.ron:16:20: expected an axis with a direction"
    );
    assert_eq!(
        errors(&tree("(name: \"a\", solids: [Cone()])"), &[]),
        "s/x.ron:16:22: unknown choice `Cone`; expected one of Box, Sphere, Cylinder"
    );
}

#[test]
fn an_unknown_part() {
    assert_eq!(
        errors("\"AltitudHold\": (target_m: 1)", &[]),
        "s/x.ron:15:1: unknown part `AltitudHold`, did you mean `AltitudeHold`?; \
         expected one of AltitudeHold, Gyroscope, KinematicTree, Map, MotionCapture, Quadrotor"
    );
}

#[test]
fn an_unknown_or_missing_field_of_a_part() {
    assert_eq!(
        errors("\"AltitudeHold\": (target: 1)", &[]),
        "s/x.ron:15:18: unknown field `target`, did you mean `target_m`?; \
         expected one of target_m, limit"
    );
    assert_eq!(errors("\"AltitudeHold\": ()", &[]), "s/x.ron:15:18: missing field `target_m`");
}

#[test]
fn a_file_of_a_part_that_is_missing() {
    assert_eq!(
        errors("\"Map\": (file: \"../m/mapp.bin\")", &[]),
        "s/x.ron:15:15: cannot read the file `m/mapp.bin`: no such file"
    );
}

#[test]
fn all_that_is_wrong_is_reported_together() {
    let errors = errors(
        "\"Map\": (file: \"x\"), \"AltitudeHold\": (target_m: true), \"Wings\": ()",
        &[("mass_kg: 0.027", "mass_kg: 0"), ("delay_s: 0.01", "delay: 0.01")],
    );
    let places: Vec<&str> = errors.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        ["s/x.ron:8:24", "s/x.ron:14:92", "s/x.ron:15:15", "s/x.ron:15:48", "s/x.ron:15:55"]
    );
}

#[test]
fn two_types_cannot_share_a_name() {
    let mut app = app();
    app.register_part::<AltitudeHold>();
    spawn(&mut app, "", &[]).unwrap();
    app.register_part_with::<AltitudeHold>("Map", |_, _, _| Ok(()));
    assert_eq!(
        spawn(&mut app, "", &[]).unwrap_err().to_string(),
        "s/x.ron: two plugins register different parts with the name `Map`"
    );
}

#[test]
fn parts_are_described_in_the_words_of_their_types() {
    let app = app();
    let parts = app.world().resource::<PartRegistry>().describe();
    let hold = &parts[0];
    assert_eq!((hold.name.as_str(), hold.doc.as_str()), ("AltitudeHold", "Holds a height."));
    let fields: Vec<_> = hold
        .fields
        .iter()
        .map(|field| (&*field.name, &*field.kind, &*field.doc, field.is_required))
        .collect();
    assert_eq!(
        fields,
        [
            ("limit", "list of 2", "Another.", false),
            ("target_m", "number", "Height to hold above the ENU origin.", true),
        ]
    );
}
