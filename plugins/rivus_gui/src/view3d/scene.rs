//! What is looked at, and where its things are.

use core::f32::consts::TAU;

use egui::Color32;
use nalgebra::{Vector2, Vector3};
use rivus_vehicle::{Quadrotor, ROTORS};

use super::camera::{Camera, follow_distance_m};
use super::parts::PROPELLER_PER_ARM;
use crate::{Palette, RobotInfo, RobotState, SceneInfo, Snapshot};

/// Wind below this is not shown, m/s.
pub const WIND_SHOWN_MPS: f32 = 0.05;

/// Arms of what has none: half of what such a robot is drawn as, m.
const OTHER_ARM_M: f32 = 0.15;

/// What counts as the arm of a robot of links, as part of how far they reach.
const ARM_PER_REACH: f32 = 0.22;

/// Distance of the camera from what stands in the way, as multiples of its size.
const OBSTACLE_DISTANCE: f32 = 1.8;

/// How much farther the camera stands for its sake at most: the robot is to be seen, too.
const FARTHER_MAX: f32 = 5.0;

/// Everything that one picture shows.
#[derive(Clone, Copy, Debug)]
pub struct Scene3d<'a> {
    /// What flies.
    pub info: &'a SceneInfo,
    /// How it goes.
    pub now: &'a Snapshot,
    /// Where each robot was, world frame, m, oldest first; empty for no trails.
    pub trail: &'a [Vec<Vector3<f32>>],
    /// The robot that is followed and whose target can be dragged.
    pub selected: usize,
    /// How far each propeller has turned in its own direction, rad; the viewport keeps its own.
    pub rotor_angles_rad: &'a [[f32; ROTORS]],
    /// Whether the window is dark.
    pub is_dark: bool,
    /// Words about the state of things, with their colours, for the upper right corner.
    pub states: &'a [(&'a str, Color32)],
    /// Where the selected robot's target is drawn while it is dragged, m; `None` where it is.
    pub dragged_target_m: Option<Vector3<f32>>,
    /// Whether that target is under the cursor.
    pub is_target_hovered: bool,
}

impl<'a> Scene3d<'a> {
    /// This moment on dark ground, without trails and states, the first robot selected.
    #[must_use]
    pub const fn new(info: &'a SceneInfo, now: &'a Snapshot) -> Self {
        Self {
            info,
            now,
            trail: &[],
            selected: 0,
            rotor_angles_rad: &[],
            is_dark: true,
            states: &[],
            dragged_target_m: None,
            is_target_hovered: false,
        }
    }

    /// The colours that belong to it.
    #[must_use]
    pub const fn palette(&self) -> Palette {
        if self.is_dark { Palette::DARK } else { Palette::LIGHT }
    }

    /// The robots that can be drawn, with their number: those that are known and somewhere.
    pub fn robots(&self) -> impl Iterator<Item = (usize, &'a RobotInfo, &'a RobotState)> + use<'a> {
        let pairs = self.info.robots.iter().zip(&self.now.robots).enumerate();
        pairs.map(|(id, (info, state))| (id, info, state)).filter(|(_, _, state)| {
            state
                .position_m
                .iter()
                .chain(state.world_from_body.coords.iter())
                .all(|v| v.is_finite())
        })
    }

    /// The selected one.
    #[must_use]
    pub fn selected_robot(&self) -> Option<(&'a RobotInfo, &'a RobotState)> {
        self.robots().find(|(id, ..)| *id == self.selected).map(|(_, info, state)| (info, state))
    }

    /// Where a robot's target is drawn, m.
    #[must_use]
    pub fn target_m(&self, id: usize, state: &RobotState) -> Vector3<f32> {
        self.dragged_target_m.filter(|_| id == self.selected).unwrap_or(state.target_m)
    }
}

/// From the middle of a robot to its outermost hub, in the plane of the body, or a part of how far
/// its links reach that makes it fill as much of a picture, m.
#[must_use]
pub fn arm_length_m(info: &RobotInfo) -> f32 {
    let arms_m = info.airframe.as_ref().map(|quadrotor| {
        let arms = quadrotor.rotor_position_m.iter().map(|hub| hub.x.hypot(hub.y));
        arms.fold(0.0_f32, f32::max)
    });
    let reach_m = info.tree.as_ref().map(|tree| tree.reach_m());
    let links_m = reach_m.filter(|m| *m > 0.0).map(|m| ARM_PER_REACH * m);
    let longest_m = arms_m.into_iter().chain(links_m).reduce(f32::max);
    longest_m.unwrap_or(OTHER_ARM_M).clamp(0.01, 10.0)
}

/// How far the camera stands at first from a robot of this scene, m: near enough to see the robot, and
/// far enough to see what stands in its way.
#[must_use]
pub fn first_distance_m(info: &SceneInfo, robot: &RobotInfo) -> f32 {
    let near_m = follow_distance_m(arm_length_m(robot));
    let sizes = info.obstacles.iter().map(|obstacle| obstacle.longest_side_m() as f32);
    (OBSTACLE_DISTANCE * sizes.fold(0.0, f32::max)).clamp(near_m, FARTHER_MAX * near_m)
}

/// Radius of the propellers (m): they do not touch each other.
#[must_use]
pub fn propeller_radius_m(airframe: &Quadrotor<f32>) -> f32 {
    let hubs = airframe.rotor_position_m.map(|hub| Vector3::new(hub.x, hub.y, hub.z));
    let mut radius_m = f32::INFINITY;
    for (index, hub) in hubs.iter().enumerate() {
        radius_m = radius_m.min(hub.xy().norm() * PROPELLER_PER_ARM);
        for other in &hubs[index + 1..] {
            radius_m = radius_m.min((hub - other).norm() * 0.47);
        }
    }
    radius_m.clamp(0.003, 5.0)
}

/// From the middle of a robot to its outermost edge, m.
#[must_use]
pub fn robot_radius_m(info: &RobotInfo) -> f32 {
    let propeller_m = info.airframe.as_ref().map_or(0.0, propeller_radius_m);
    arm_length_m(info) + propeller_m
}

/// Radius of the ring around a target (m): around what flies, and around what the tool of others
/// reaches for, but never lost in the distance.
#[must_use]
pub fn target_radius_m(info: &RobotInfo, target_m: Vector3<f32>, camera: &Camera) -> f32 {
    let eye_distance_m = (target_m - camera.eye_m()).norm();
    let part = if info.has_tip() { 0.4 } else { 1.18 };
    (robot_radius_m(info) * part).max(0.016 * eye_distance_m)
}

/// Radius of the ball in the middle of a target ring of this radius, both m.
#[must_use]
pub fn target_ball_radius_m(ring_radius_m: f32) -> f32 {
    ring_radius_m * 0.058
}

/// An arrow in the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// Where it starts, m.
    pub tail_m: Vector3<f32>,
    /// Where it points to, m.
    pub tip_m: Vector3<f32>,
    /// Half of the thickness of its shaft, m.
    pub radius_m: f32,
}

/// The arrow of the wind at a robot: upstream of it, pointing at it, longer in stronger wind;
/// `None` in still air.
#[must_use]
pub fn wind_arrow(info: &RobotInfo, state: &RobotState) -> Option<Arrow> {
    let speed_mps = state.wind_mps.norm();
    if !speed_mps.is_finite() || speed_mps < WIND_SHOWN_MPS {
        return None;
    }
    let robot_m = robot_radius_m(info);
    let along = state.wind_mps / speed_mps;
    let length_m = robot_m * (0.6 + 0.32 * speed_mps).min(3.2);
    // A little above the plane of the propellers, so that the target ring does not cross it.
    let tip_m = state.position_m - along * (robot_m * 1.5) + Vector3::z() * (robot_m * 0.55);
    Some(Arrow { tail_m: tip_m - along * length_m, tip_m, radius_m: robot_m * 0.03 })
}

/// A picture's size and the camera that looks: between the world and places on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Screen<'a> {
    /// Who looks.
    pub camera: &'a Camera,
    /// Width and height in points.
    pub size: Vector2<f32>,
}

impl Screen<'_> {
    /// Width over height.
    #[must_use]
    pub fn aspect(&self) -> f32 {
        self.size.x.max(1.0) / self.size.y.max(1.0)
    }

    /// Where a point of the world (m) is, in points from the upper left corner; `None` behind the
    /// eye.
    #[must_use]
    pub fn place(&self, point_m: Vector3<f32>) -> Option<Vector2<f32>> {
        let at = self.camera.project(point_m, self.aspect())?.at;
        Some(Vector2::new((0.5 + 0.5 * at.x) * self.size.x, (0.5 - 0.5 * at.y) * self.size.y))
    }

    /// The inverse: a place on the screen as the camera counts, see [`super::Projected::at`].
    #[must_use]
    pub fn at(&self, place: Vector2<f32>) -> Vector2<f32> {
        let part = place.component_div(&self.size.map(|side| side.max(1.0)));
        Vector2::new(2.0 * part.x - 1.0, 1.0 - 2.0 * part.y)
    }

    /// Points that a length of `length_m` at `point_m` covers; 0 behind the eye.
    #[must_use]
    pub fn length(&self, point_m: Vector3<f32>, length_m: f32) -> f32 {
        let projected = self.camera.project(point_m, self.aspect());
        projected.map_or(0.0, |projected| {
            self.camera.heights_per_metre(projected.depth_m) * self.size.y * length_m
        })
    }

    /// Whether the cursor is on a target: on its ball or near its ring (radius in m).
    #[must_use]
    pub fn is_on_target(
        &self,
        cursor: Vector2<f32>,
        target_m: Vector3<f32>,
        ring_radius_m: f32,
    ) -> bool {
        const REACH: f32 = 6.0;
        let ball = self.length(target_m, target_ball_radius_m(ring_radius_m));
        let is_near = |point_m: Vector3<f32>, reach: f32| {
            self.place(point_m).is_some_and(|place| (place - cursor).norm() <= reach)
        };
        let ring = |index: usize| {
            let (sin, cos) = (TAU * index as f32 / 96.0).sin_cos();
            target_m + Vector3::new(cos, sin, 0.0) * ring_radius_m
        };
        // Points on a ring that fills the picture are further apart than the cursor reaches.
        let spacing = self.length(target_m, ring_radius_m) * TAU / 96.0;
        is_near(target_m, ball.max(8.0))
            || (0..96).any(|index| is_near(ring(index), REACH.max(0.6 * spacing).min(14.0)))
    }

    /// Where the cursor drags a target that started at `from_m`, when it moved to `cursor`: in the
    /// horizontal plane through it. `None` if the cursor is over the horizon or much too far away.
    #[must_use]
    pub fn dragged_flat(&self, cursor: Vector2<f32>, from_m: Vector3<f32>) -> Option<Vector3<f32>> {
        let ray = self.camera.ray(self.at(cursor), self.aspect());
        let hit_m = ray.hit_plane(from_m, Vector3::z())?;
        let reach_m = 20.0 * (from_m - ray.origin_m).norm();
        ((hit_m - from_m).norm() < reach_m).then_some(hit_m)
    }

    /// The height change (m) of a target at `from_m` when the cursor moves up by `up` points.
    #[must_use]
    pub fn dragged_up_m(&self, up: f32, from_m: Vector3<f32>) -> f32 {
        let per_metre = self.length(from_m, 1.0).max(1e-3);
        // Seen from above, height is foreshortened: the target keeps pace with the cursor up to
        // here.
        up / (per_metre * self.camera.axes().up.z.max(0.35))
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::UnitQuaternion;
    use rivus_math::{Finite, Positive};
    use rivus_scene::Solid;

    use super::*;

    fn boxy() -> RobotInfo {
        RobotInfo { name: "cart".into(), ..RobotInfo::default() }
    }

    fn at(x: f32, y: f32, z: f32) -> Camera {
        let mut camera = Camera::new(0.04);
        camera.track(Vector3::new(x, y, z), &UnitQuaternion::identity());
        camera
    }

    #[test]
    fn the_camera_stands_back_for_what_stands_in_the_way() {
        let ball = |size_m: f64| {
            let center_m = [0.0; 3].map(|m| Finite::new(m).unwrap()).into();
            let radius_m = Positive::new(0.5 * size_m).unwrap();
            let obstacles = vec![Solid::Sphere { center_m, radius_m }];
            first_distance_m(&SceneInfo { obstacles, ..SceneInfo::default() }, &boxy())
        };
        let near_m = first_distance_m(&SceneInfo::default(), &boxy());
        assert_eq!(near_m, follow_distance_m(OTHER_ARM_M));
        let [small_m, large_m, huge_m] = [0.5, 3.0, 300.0].map(ball);
        assert_eq!((small_m, large_m), (near_m, 3.0 * OBSTACLE_DISTANCE));
        assert!(huge_m < 6.0 * near_m, "the robot is to be seen as well");
    }

    #[test]
    fn the_screen_starts_in_the_upper_left() {
        let camera = at(0.0, 0.0, 1.0);
        let screen = Screen { camera: &camera, size: Vector2::new(800.0, 600.0) };
        let middle = screen.place(Vector3::z()).unwrap();
        assert!((middle - Vector2::new(400.0, 300.0)).norm() < 0.1);
        assert!(screen.place(Vector3::z() * 1.1).unwrap().y < 290.0, "up is up");
        assert!((screen.at(Vector2::zeros()) - Vector2::new(-1.0, 1.0)).norm() < 1e-6);
        let right_m = Vector3::z() + camera.axes().right * 0.1;
        let moved = screen.place(right_m).unwrap() - middle;
        assert!((moved.x - screen.length(Vector3::z(), 0.1)).abs() < 0.1);
    }

    #[test]
    fn the_target_is_hit_on_ball_and_ring_and_not_between() {
        let camera = at(0.0, 0.0, 1.0);
        let screen = Screen { camera: &camera, size: Vector2::new(800.0, 600.0) };
        let (target_m, radius_m) = (Vector3::z(), 0.1);
        let on_ring_m = target_m + Vector3::x() * radius_m;
        let between_m = target_m + Vector3::x() * (0.6 * radius_m);
        let hit = |point_m: Vector3<f32>| {
            screen.is_on_target(screen.place(point_m).unwrap(), target_m, radius_m)
        };
        assert!(hit(target_m) && hit(on_ring_m));
        assert!(!hit(between_m) && !hit(target_m + Vector3::z() * 0.1));
    }

    #[test]
    fn dragging_stays_in_the_plane_and_under_the_cursor() {
        let camera = at(0.0, 0.0, 1.0);
        let screen = Screen { camera: &camera, size: Vector2::new(800.0, 600.0) };
        let from_m = Vector3::new(0.05, 0.0, 1.02);
        let cursor = Vector2::new(520.0, 280.0);
        let to_m = screen.dragged_flat(cursor, from_m).unwrap();
        assert!((to_m.z - from_m.z).abs() < 1e-5);
        assert!((screen.place(to_m).unwrap() - cursor).norm() < 0.1);
        let level = camera.at_angles(0.0, 0.0);
        let level = Screen { camera: &level, size: screen.size };
        assert!(level.dragged_flat(Vector2::new(400.0, 10.0), Vector3::zeros()).is_none());
        let up_m = level.dragged_up_m(30.0, Vector3::z());
        let before = level.place(Vector3::z()).unwrap();
        let after = level.place(Vector3::z() * (1.0 + up_m)).unwrap();
        assert!((before.y - after.y - 30.0).abs() < 0.5);
    }

    #[test]
    fn wind_points_at_the_robot_and_grows_with_its_speed() {
        let wind = |speed_mps: f32| {
            let state = RobotState {
                wind_mps: Vector3::new(speed_mps, 0.0, 0.0),
                position_m: Vector3::new(1.0, 2.0, 3.0),
                ..RobotState::default()
            };
            wind_arrow(&boxy(), &state)
        };
        assert!(wind(0.04).is_none() && wind(f32::NAN).is_none());
        let (weak, strong) = (wind(1.0).unwrap(), wind(4.0).unwrap());
        assert!(weak.tail_m.x < weak.tip_m.x && weak.tip_m.x < 1.0);
        assert!((strong.tip_m - strong.tail_m).norm() > 1.5 * (weak.tip_m - weak.tail_m).norm());
    }

    #[test]
    fn robots_that_are_nowhere_are_left_out() {
        let info = SceneInfo { robots: vec![boxy(), boxy()], ..SceneInfo::default() };
        let lost =
            RobotState { position_m: Vector3::new(f32::NAN, 0.0, 0.0), ..RobotState::default() };
        let now = Snapshot { robots: vec![lost, RobotState::default()], ..Snapshot::default() };
        let scene = Scene3d::new(&info, &now);
        assert_eq!(scene.robots().map(|(id, ..)| id).collect::<Vec<_>>(), [1]);
        assert!(scene.selected_robot().is_none());
    }

    #[test]
    fn a_target_far_away_is_still_large_enough_to_grab() {
        let camera = at(0.0, 0.0, 1.0).at_distance(100.0);
        let screen = Screen { camera: &camera, size: Vector2::new(800.0, 600.0) };
        let radius_m = target_radius_m(&boxy(), Vector3::z(), &camera);
        assert!(screen.length(Vector3::z(), radius_m) > 10.0);
    }
}
