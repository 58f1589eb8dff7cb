//! Pictures without a window.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::f32::consts::{FRAC_PI_2, PI};
use std::sync::Mutex;

use nalgebra::{Vector2, Vector3};
use rivus_gui::view3d::{Camera, CameraMode, Picture, Scene3d, Studio, arm_length_m};
use rivus_gui::{RobotInfo, RobotState, SceneInfo, Snapshot};
use rivus_math::{Finite, Positive};
use rivus_scene::{KinematicTree, Located, Solid};

use crate::flights::{CRAZYFLIE_M, RACER_M, hovering, moment, one, trail_to};
use crate::{gallery, skip};

/// One studio at a time: software adapters use all cores for each.
static STUDIO: Mutex<()> = Mutex::new(());

fn with_studio(test: impl FnOnce(&mut Studio)) {
    let _one = STUDIO.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match Studio::new() {
        Ok(mut studio) => test(&mut studio),
        Err(error) => skip(&error.to_string()),
    }
}

fn camera_on(scene: &Scene3d<'_>, mode: CameraMode) -> Camera {
    let (info, state) = scene.selected_robot().unwrap();
    let mut camera = Camera::new(arm_length_m(info));
    camera.set_mode(mode);
    camera.track(state.position_m, &state.world_from_body);
    camera
}

fn pixels(picture: &Picture) -> impl Iterator<Item = [u8; 3]> + '_ {
    picture.rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]])
}

fn count(picture: &Picture, is_wanted: impl Fn([u8; 3]) -> bool) -> usize {
    pixels(picture).filter(|pixel| is_wanted(*pixel)).count()
}

/// The front arms.
fn is_orange([red, green, blue]: [u8; 3]) -> bool {
    let [red, green, blue] = [red, green, blue].map(i32::from);
    red > 130 && red > green + 40 && green > blue + 15
}

fn is_red([red, green, blue]: [u8; 3]) -> bool {
    red > 120 && f32::from(red) > 1.9 * f32::from(green) && f32::from(red) > 1.9 * f32::from(blue)
}

#[test]
fn what_stands_in_the_way_is_seen() {
    with_studio(|studio| {
        let mut info = one(CRAZYFLIE_M);
        let now = moment(vec![hovering()]);
        let [x, y, z] = now.robots[0].position_m.map(f64::from).into();
        let mut draw = |obstacles: Vec<Solid>| {
            info.obstacles = obstacles;
            let scene = Scene3d::new(&info, &now);
            let camera = camera_on(&scene, CameraMode::Follow);
            studio.draw(&scene, &camera, [160, 120], 1).unwrap()
        };
        let free = draw(Vec::new());
        let of = |value| Finite::new(value).unwrap();
        let side = |value| Positive::new(value).unwrap();
        let center_m = (of(x), of(y), of(z));
        for obstacle in [
            Solid::Box { center_m, size_m: (side(0.3), side(0.3), side(0.3)), yaw_deg: of(0.0) },
            Solid::Sphere { center_m, radius_m: side(0.15) },
            Solid::Cylinder {
                base_m: (of(x), of(y), of(z - 0.15)),
                radius_m: side(0.15),
                height_m: side(0.3),
            },
        ] {
            let blocked = draw(vec![obstacle]);
            // The robot is inside of it and cannot be seen any more.
            assert!(count(&blocked, is_orange) < count(&free, is_orange) / 4, "{obstacle:?}");
            assert_ne!(blocked.pixel(80, 60), free.pixel(80, 60), "{obstacle:?}");
        }
    });
}

#[test]
fn links_are_seen_where_their_joints_are() {
    with_studio(|studio| {
        let text = r#"(links: [
            (name: "pole", joint: Revolute(axis: (0, 0, 1)), rgb: (255, 0, 255),
                solids: [Box(center_m: (0.4, 0, 0), size_m: (0.8, 0.1, 0.1))]),
            (name: "end", parent: Some("pole"), position_m: (0.9, 0, 0), rgb: (255, 0, 255),
                solids: [Sphere(center_m: (0, 0, 0), radius_m: 0.1)]),
        ])"#;
        let data = Located::new("pictures.rs", text);
        let tree = KinematicTree::new(&data.parse().unwrap(), &data).unwrap();
        let tree = Some(Arc::new(tree));
        let robots = vec![RobotInfo { name: "pole".into(), tree, ..RobotInfo::default() }];
        let info = SceneInfo { robots, ..SceneInfo::default() };
        let is_magenta = |[red, green, blue]: [u8; 3]| red.min(blue) > 100 && green < 60;
        // The middle of what is magenta, to the right of and below the middle of the picture.
        let mut middle_px = |angle_rad: f32| {
            let position_m = Vector3::new(0.0, 0.0, 1.0);
            let robot = RobotState {
                position_m,
                target_m: -50.0 * position_m,
                joints: vec![angle_rad],
                ..RobotState::default()
            };
            let now = moment(vec![robot]);
            let scene = Scene3d::new(&info, &now);
            let camera = camera_on(&scene, CameraMode::Top);
            let picture = studio.draw(&scene, &camera, [160, 120], 1).unwrap();
            let pixels = pixels(&picture).enumerate().filter(|(_, pixel)| is_magenta(*pixel));
            let places: Vec<Vector2<f32>> = pixels
                .map(|(index, _)| Vector2::new((index % 160) as f32, (index / 160) as f32))
                .collect();
            assert!(places.len() > 40, "{} pixels of the links", places.len());
            places.iter().sum::<Vector2<f32>>() / places.len() as f32 - Vector2::new(80.0, 60.0)
        };
        let [east, north, west] = [0.0, FRAC_PI_2, PI].map(&mut middle_px);
        assert!(east.x > 10.0 && (east + west).norm() < 2.0, "{east} {west}");
        assert!(north.y < -10.0 && north.x.abs() < 2.0, "{north}");
    });
}

#[test]
fn a_picture_has_many_colours_and_is_opaque() {
    with_studio(|studio| {
        let (info, now) = (one(CRAZYFLIE_M), moment(vec![hovering()]));
        let scene = Scene3d::new(&info, &now);
        let camera = camera_on(&scene, CameraMode::Follow);
        let picture = studio.draw(&scene, &camera, [333, 201], 4).unwrap();
        assert_eq!((picture.size_px, picture.rgba.len()), ([333, 201], 333 * 201 * 4));
        assert!(pixels(&picture).collect::<BTreeSet<_>>().len() > 500);
        assert!(picture.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
        assert!(!picture.adapter.is_empty());
        let png = picture.to_png().unwrap();
        assert_eq!(&png[1..4], b"PNG");
    });
}

#[test]
fn the_drone_is_where_the_camera_says() {
    with_studio(|studio| {
        let info = one(CRAZYFLIE_M);
        let front_orange = |[red, green, blue]: [u8; 3]| {
            red > 150 && (70..190).contains(&green) && blue < 100 && red > green
        };
        let mut middle_x = |offset_m: f32| {
            let mut state = hovering();
            state.target_m = Vector3::new(0.0, 0.0, -50.0);
            let fixed = moment(vec![state.clone()]);
            let camera = camera_on(&Scene3d::new(&info, &fixed), CameraMode::Follow);
            state.position_m += camera.axes().right * offset_m;
            let now = moment(vec![state]);
            let scene = Scene3d::new(&info, &now);
            let picture = studio.draw(&scene, &camera, [320, 240], 1).unwrap();
            let orange = pixels(&picture).enumerate().filter(|(_, pixel)| front_orange(*pixel));
            let columns: Vec<usize> = orange.map(|(index, _)| index % 320).collect();
            assert!(columns.len() > 20, "its front arms are seen");
            columns.iter().sum::<usize>() as f32 / columns.len() as f32
        };
        let (left, right) = (middle_x(-0.1), middle_x(0.1));
        assert!(right - left > 50.0, "{left} {right}");
    });
}

#[test]
fn dead_motors_are_red_and_weak_ones_amber() {
    with_studio(|studio| {
        let info = one(CRAZYFLIE_M);
        let mut drawn = |health: f32| {
            let mut state = hovering();
            state.target_m.z = -50.0;
            state.motor_health[3] = health;
            let now = moment(vec![state]);
            let scene = Scene3d::new(&info, &now);
            let camera = camera_on(&scene, CameraMode::Follow).at_distance(0.4);
            studio.draw(&scene, &camera, [320, 240], 1).unwrap()
        };
        let (whole, weak, dead) = (drawn(1.0), drawn(0.5), drawn(0.0));
        let red = [&whole, &weak, &dead].map(|picture| count(picture, is_red));
        assert!(red[2] > red[0] + 150 && red[1] < red[0] + 20, "{red:?}");
        assert_ne!(weak.rgba, whole.rgba);
    });
}

#[test]
fn two_pictures_of_one_moment_are_the_same() {
    with_studio(|studio| {
        let (info, now) = (one(RACER_M), moment(vec![hovering()]));
        let trail = [trail_to(hovering().position_m)];
        let scene = Scene3d { trail: &trail, ..Scene3d::new(&info, &now) };
        let camera = camera_on(&scene, CameraMode::Chase);
        let first = studio.draw(&scene, &camera, [320, 200], 4).unwrap();
        let other = camera_on(&scene, CameraMode::Top);
        studio.draw(&scene, &other, [200, 100], 1).unwrap();
        let second = studio.draw(&scene, &camera, [320, 200], 4).unwrap();
        assert_eq!(first.rgba, second.rgba);
    });
}

#[test]
fn wind_is_seen_and_still_air_is_not() {
    with_studio(|studio| {
        let info = one(CRAZYFLIE_M);
        let mut drawn = |wind_mps: f32| {
            let mut state = hovering();
            state.wind_mps = Vector3::new(0.6, -0.8, 0.0) * wind_mps;
            let now = moment(vec![state]);
            let scene = Scene3d::new(&info, &now);
            let camera = camera_on(&scene, CameraMode::Follow);
            studio.draw(&scene, &camera, [320, 240], 1).unwrap()
        };
        let blue = |[red, green, blue]: [u8; 3]| blue > 150 && blue - 60 > red && blue - 30 > green;
        let (calm, windy) = (drawn(0.0), drawn(4.0));
        assert_eq!(calm.rgba, drawn(0.04).rgba);
        let blues = [&calm, &windy].map(|picture| count(picture, blue));
        assert!(blues[1] > blues[0] + 100, "{blues:?}");
    });
}

#[test]
fn a_scene_without_robots_or_with_lost_ones_is_drawn_as_well() {
    with_studio(|studio| {
        let (info, empty) = (one(CRAZYFLIE_M), Snapshot::default());
        let mut lost = hovering();
        lost.position_m.x = f32::NAN;
        let lost = moment(vec![lost]);
        for now in [&empty, &lost] {
            let scene = Scene3d::new(&info, now);
            let picture = studio.draw(&scene, &Camera::default(), [160, 100], 1).unwrap();
            assert!(pixels(&picture).collect::<BTreeSet<_>>().len() > 30);
        }
    });
}

#[test]
fn the_gallery() {
    let Some(folder) = gallery() else { return };
    with_studio(|studio| {
        let mut state = hovering();
        state.wind_mps = Vector3::new(3.0, -2.4, 0.2);
        let mut killed = state.clone();
        killed.motor_health = [1.0, 0.0, 0.6, 1.0];
        killed.world_from_body = nalgebra::UnitQuaternion::from_euler_angles(0.5, 0.2, 0.3);
        let mut low = hovering();
        low.position_m.z = 0.12;
        let trail = [trail_to(state.position_m)];
        let mut shoot =
            |name: &str, hub_m: f64, state: &rivus_gui::RobotState, dark, mode, zoom| {
                let (info, now) = (one(hub_m), moment(vec![state.clone()]));
                let angles = [[0.3, 1.2, 2.0, 0.9]];
                let scene = Scene3d {
                    trail: &trail,
                    is_dark: dark,
                    rotor_angles_rad: &angles,
                    ..Scene3d::new(&info, &now)
                };
                let camera = camera_on(&scene, mode);
                let camera = camera.at_distance(camera.distance_m() * zoom);
                let picture = studio.draw(&scene, &camera, [1000, 640], 4).unwrap();
                picture.write_png(&folder.join(name)).unwrap();
            };
        for (theme, dark) in [("dark", true), ("light", false)] {
            for mode in CameraMode::ALL {
                let name = format!("{}-{theme}.png", mode.name());
                shoot(&name, CRAZYFLIE_M, &state, dark, mode, 1.0);
            }
            let follow = CameraMode::Follow;
            shoot(&format!("near-{theme}.png"), CRAZYFLIE_M, &hovering(), dark, follow, 0.28);
            shoot(&format!("far-{theme}.png"), CRAZYFLIE_M, &state, dark, follow, 8.0);
            shoot(&format!("racer-{theme}.png"), RACER_M, &state, dark, follow, 1.0);
            shoot(&format!("low-{theme}.png"), CRAZYFLIE_M, &low, dark, follow, 0.6);
            shoot(&format!("killed-{theme}.png"), CRAZYFLIE_M, &killed, dark, follow, 0.6);
        }
    });
}
