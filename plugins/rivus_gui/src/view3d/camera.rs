//! From where the scene is looked at.
//!
//! The world is ENU with z up. The camera is a turntable: yaw and pitch give where the eye stands
//! as seen from the point it looks at. Its axes come from the two angles and not from a cross
//! product with "up", so straight down and straight up are views like any other.

use core::f32::consts::{FRAC_PI_2, PI};

use nalgebra::{Matrix4, UnitQuaternion, Vector2, Vector3};

/// Angle between the lower and the upper edge of the picture, rad.
pub const FIELD_OF_VIEW_RAD: f32 = 0.50;

/// How near and how far the eye may stand from what it looks at, m.
pub const DISTANCE_RANGE_M: (f32, f32) = (0.06, 400.0);

/// Distance of the eye from a robot that is followed, in lengths of its arms: 0.8 m for a
/// Crazyflie.
const DISTANCE_PER_ARM: f32 = 19.5;

/// What the camera holds on to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraMode {
    /// The robot stays in the middle, the directions stay as they are.
    #[default]
    Follow,
    /// The point that is looked at stays where it is.
    Orbit,
    /// Behind the robot, turning with its heading.
    Chase,
    /// Straight down on the robot: x to the right, y up.
    Top,
}

impl CameraMode {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Follow, Self::Orbit, Self::Chase, Self::Top];

    /// What the window calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Follow => "Follow",
            Self::Orbit => "Orbit",
            Self::Chase => "Chase",
            Self::Top => "Top",
        }
    }

    const fn start_angles_rad(self) -> (f32, f32) {
        match self {
            Self::Follow | Self::Orbit => (-2.12, 0.44),
            Self::Chase => (0.0, 0.30),
            Self::Top => (-FRAC_PI_2, FRAC_PI_2),
        }
    }
}

/// The eye: where it stands, what it looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    mode: CameraMode,
    yaw_rad: f32,
    pitch_rad: f32,
    distance_m: f32,
    focus_m: Vector3<f32>,
    heading_rad: f32,
}

/// The axes of the picture in the world, each of length one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewAxes {
    /// To the right of the picture.
    pub right: Vector3<f32>,
    /// To the top of the picture.
    pub up: Vector3<f32>,
    /// Out of the picture, towards who looks at it.
    pub back: Vector3<f32>,
}

/// A half line in the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it starts, m.
    pub origin_m: Vector3<f32>,
    /// Where it goes, length one.
    pub direction: Vector3<f32>,
}

impl Ray {
    /// Where it meets the plane through `point_m` with this normal; `None` if it goes along the
    /// plane or away from it.
    #[must_use]
    pub fn hit_plane(&self, point_m: Vector3<f32>, normal: Vector3<f32>) -> Option<Vector3<f32>> {
        let approach = self.direction.dot(&normal);
        let along_m = (point_m - self.origin_m).dot(&normal) / approach;
        (approach.abs() > 1e-4 && along_m > 0.0).then(|| self.origin_m + self.direction * along_m)
    }
}

/// A point of the world in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projected {
    /// Place in the picture: x to the right, y up, -1 to 1 from edge to edge.
    pub at: Vector2<f32>,
    /// Distance from the eye along the line of sight, m; positive.
    pub depth_m: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self::new(0.1)
    }
}

impl Camera {
    /// A camera that follows a robot with arms of this length (m), which stands at the origin until
    /// [`Self::track`] says otherwise.
    #[must_use]
    pub fn new(arm_m: f32) -> Self {
        let (yaw_rad, pitch_rad) = CameraMode::Follow.start_angles_rad();
        Self {
            mode: CameraMode::Follow,
            yaw_rad,
            pitch_rad,
            distance_m: follow_distance_m(arm_m),
            focus_m: Vector3::zeros(),
            heading_rad: 0.0,
        }
    }

    /// What it holds on to.
    #[must_use]
    pub const fn mode(&self) -> CameraMode {
        self.mode
    }

    /// The point that it looks at, m.
    #[must_use]
    pub const fn focus_m(&self) -> Vector3<f32> {
        self.focus_m
    }

    /// How far the eye is from that point, m.
    #[must_use]
    pub const fn distance_m(&self) -> f32 {
        self.distance_m
    }

    /// The same camera, `distance_m` (m) from what it looks at.
    #[must_use]
    pub fn at_distance(mut self, distance_m: f32) -> Self {
        self.distance_m = distance_m.clamp(DISTANCE_RANGE_M.0, DISTANCE_RANGE_M.1);
        self
    }

    /// The same camera with other angles (rad): where the eye stands as seen from what it looks at,
    /// from x towards y, and up. A chasing camera counts the first from behind the robot.
    #[must_use]
    pub const fn at_angles(mut self, yaw_rad: f32, pitch_rad: f32) -> Self {
        self.yaw_rad = yaw_rad;
        self.pitch_rad = pitch_rad.clamp(-FRAC_PI_2, FRAC_PI_2);
        self
    }

    /// Changes what it holds on to. Following and orbiting keep the view, if it was free before.
    pub fn set_mode(&mut self, mode: CameraMode) {
        if mode == self.mode {
            return;
        }
        let is_free = |mode| matches!(mode, CameraMode::Follow | CameraMode::Orbit);
        let keeps_view = mode == CameraMode::Orbit || (is_free(mode) && is_free(self.mode));
        if keeps_view {
            self.yaw_rad = self.azimuth_rad();
        } else {
            (self.yaw_rad, self.pitch_rad) = mode.start_angles_rad();
        }
        self.mode = mode;
    }

    /// Tells where the robot is that it looks at; without effect on an orbiting camera.
    pub fn track(&mut self, position_m: Vector3<f32>, world_from_body: &UnitQuaternion<f32>) {
        if !position_m.iter().all(|value| value.is_finite()) {
            return;
        }
        if self.mode != CameraMode::Orbit {
            self.focus_m = position_m;
        }
        let forward = world_from_body * Vector3::x();
        // A robot that points straight up has no heading: the last one holds.
        if forward.xy().norm() > 0.1 {
            self.heading_rad = forward.y.atan2(forward.x);
        }
    }

    /// Goes back to the robot: an orbiting camera follows again, and the distance fits its arms
    /// (m).
    pub fn focus_on(&mut self, position_m: Vector3<f32>, arm_m: f32) {
        if self.mode == CameraMode::Orbit {
            self.mode = CameraMode::Follow;
        }
        self.look_at(position_m, follow_distance_m(arm_m));
    }

    /// Looks at a robot from this distance, m; what the camera holds on to stays.
    pub fn look_at(&mut self, position_m: Vector3<f32>, distance_m: f32) {
        self.focus_m = position_m;
        self.distance_m = distance_m.clamp(DISTANCE_RANGE_M.0, DISTANCE_RANGE_M.1);
    }

    /// Turns around what it looks at. From above it only turns in the plane.
    pub fn orbit(&mut self, yaw_rad: f32, pitch_rad: f32) {
        self.yaw_rad = wrapped_rad(self.yaw_rad + yaw_rad);
        if self.mode != CameraMode::Top {
            self.pitch_rad = (self.pitch_rad + pitch_rad).clamp(-FRAC_PI_2, FRAC_PI_2);
        }
    }

    /// Moves the view by a part of the picture's height to the right and up; what was followed is
    /// let go.
    pub fn pan(&mut self, right: f32, up: f32) {
        let axes = self.axes();
        self.set_mode(CameraMode::Orbit);
        let height_m = 2.0 * self.distance_m * (FIELD_OF_VIEW_RAD / 2.0).tan();
        self.focus_m += (axes.right * right + axes.up * up) * height_m;
    }

    /// Makes the distance `factor` times what it was.
    ///
    /// An orbiting camera keeps the point under the cursor (`cursor` as in [`Projected::at`]) where
    /// it is in the picture; one that holds on to a robot keeps the robot in the middle.
    pub fn zoom(&mut self, factor: f32, cursor: Vector2<f32>, aspect: f32) {
        let under_cursor_m = self.point_under(cursor, aspect);
        let before_m = self.distance_m;
        *self = self.at_distance(before_m * factor);
        if self.mode == CameraMode::Orbit {
            let kept = self.distance_m / before_m;
            self.focus_m = under_cursor_m + (self.focus_m - under_cursor_m) * kept;
        }
    }

    /// The point on the plane across the view through what is looked at, m.
    fn point_under(&self, cursor: Vector2<f32>, aspect: f32) -> Vector3<f32> {
        let ray = self.ray(cursor, aspect);
        ray.hit_plane(self.focus_m, self.axes().back).unwrap_or(self.focus_m)
    }

    fn azimuth_rad(&self) -> f32 {
        match self.mode {
            CameraMode::Chase => wrapped_rad(self.heading_rad + PI + self.yaw_rad),
            CameraMode::Follow | CameraMode::Orbit | CameraMode::Top => self.yaw_rad,
        }
    }

    /// The axes of the picture.
    #[must_use]
    pub fn axes(&self) -> ViewAxes {
        let (yaw_sin, yaw_cos) = self.azimuth_rad().sin_cos();
        let (pitch_sin, pitch_cos) = self.pitch_rad.sin_cos();
        ViewAxes {
            right: Vector3::new(-yaw_sin, yaw_cos, 0.0),
            up: Vector3::new(-pitch_sin * yaw_cos, -pitch_sin * yaw_sin, pitch_cos),
            back: Vector3::new(pitch_cos * yaw_cos, pitch_cos * yaw_sin, pitch_sin),
        }
    }

    /// Where the eye is, m.
    #[must_use]
    pub fn eye_m(&self) -> Vector3<f32> {
        self.focus_m + self.axes().back * self.distance_m
    }

    /// Nothing nearer than this (m) is seen.
    #[must_use]
    pub fn near_m(&self) -> f32 {
        (self.distance_m * 0.04).clamp(0.004, 0.5)
    }

    /// From the world to the picture; `aspect` is its width over its height.
    ///
    /// Depth is 1 at the near plane and 0 infinitely far away: with floating-point depth this is
    /// the order that keeps a propeller and a grid 100 m behind it apart.
    #[must_use]
    pub fn view_projection(&self, aspect: f32) -> Matrix4<f32> {
        let ViewAxes { right, up, back } = self.axes();
        let eye_m = self.eye_m();
        let row = |axis: &Vector3<f32>| [axis.x, axis.y, axis.z, -axis.dot(&eye_m)];
        let (x, y, z) = (row(&right), row(&up), row(&back));
        let view = Matrix4::new(
            x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3], z[0], z[1], z[2], z[3], 0.0, 0.0, 0.0,
            1.0,
        );
        let scale = 1.0 / (FIELD_OF_VIEW_RAD / 2.0).tan();
        let mut projection = Matrix4::zeros();
        projection[(0, 0)] = scale / aspect;
        projection[(1, 1)] = scale;
        projection[(2, 3)] = self.near_m();
        projection[(3, 2)] = -1.0;
        projection * view
    }

    /// Where a point of the world (m) is in the picture; `None` if it is behind the near plane.
    #[must_use]
    pub fn project(&self, point_m: Vector3<f32>, aspect: f32) -> Option<Projected> {
        let clip = self.view_projection(aspect) * point_m.push(1.0);
        (clip.w > self.near_m()).then(|| Projected { at: clip.xy() / clip.w, depth_m: clip.w })
    }

    /// How much of the picture's height a length of 1 m covers at this depth (m).
    #[must_use]
    pub fn heights_per_metre(&self, depth_m: f32) -> f32 {
        0.5 / (depth_m.max(self.near_m()) * (FIELD_OF_VIEW_RAD / 2.0).tan())
    }

    /// The line of sight through a place in the picture, see [`Projected::at`].
    #[must_use]
    pub fn ray(&self, at: Vector2<f32>, aspect: f32) -> Ray {
        let ViewAxes { right, up, back } = self.axes();
        let slope = (FIELD_OF_VIEW_RAD / 2.0).tan();
        let direction = right * (at.x * slope * aspect) + up * (at.y * slope) - back;
        Ray { origin_m: self.eye_m(), direction: direction.normalize() }
    }
}

/// How far a camera that follows stands from a robot with arms of this length, both m.
#[must_use]
pub fn follow_distance_m(arm_m: f32) -> f32 {
    (arm_m * DISTANCE_PER_ARM).clamp(0.3, 30.0)
}

fn wrapped_rad(angle_rad: f32) -> f32 {
    (angle_rad + PI).rem_euclid(2.0 * PI) - PI
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASPECT: f32 = 1.6;

    fn looking_at(focus_m: Vector3<f32>) -> Camera {
        let mut camera = Camera::new(0.04);
        camera.track(focus_m, &UnitQuaternion::identity());
        camera
    }

    fn seen(camera: &Camera, point_m: Vector3<f32>) -> Vector2<f32> {
        camera.project(point_m, ASPECT).unwrap().at
    }

    #[test]
    fn what_is_followed_is_in_the_middle_and_up_is_up() {
        let focus_m = Vector3::new(1.0, -2.0, 3.0);
        let camera = looking_at(focus_m);
        assert!((camera.distance_m() - 0.78).abs() < 0.01);
        assert!(seen(&camera, focus_m).norm() < 1e-4);
        assert!(seen(&camera, focus_m + Vector3::z() * 0.1).y > 0.1);
        assert!(camera.project(camera.eye_m() + camera.axes().back, ASPECT).is_none());
    }

    #[test]
    fn a_ray_goes_through_the_point_that_is_seen_there() {
        let camera = looking_at(Vector3::new(0.0, 0.0, 1.0));
        let point_m = Vector3::new(0.1, -0.05, 1.08);
        let ray = camera.ray(seen(&camera, point_m), ASPECT);
        let hit_m = ray.hit_plane(point_m, Vector3::z()).unwrap();
        assert!((hit_m - point_m).norm() < 1e-4);
        assert!(ray.hit_plane(camera.eye_m() + Vector3::z(), Vector3::z()).is_none());
    }

    #[test]
    fn depth_falls_from_one_to_nothing() {
        let camera = looking_at(Vector3::zeros());
        let depth = |along_m: f32| {
            let point_m = camera.eye_m() - camera.axes().back * along_m;
            let clip = camera.view_projection(ASPECT) * point_m.push(1.0);
            clip.z / clip.w
        };
        assert!((depth(camera.near_m()) - 1.0).abs() < 1e-3);
        assert!(depth(1.0) > depth(10.0) && depth(1000.0) > 0.0);
    }

    #[test]
    fn the_poles_hold_nobody() {
        let mut camera = looking_at(Vector3::zeros());
        camera.orbit(0.0, 10.0);
        let above = camera.axes();
        assert!((above.back - Vector3::z()).norm() < 1e-3);
        camera.orbit(0.5, 0.0);
        assert!((camera.axes().right - above.right).norm() > 0.4, "it turns at the pole");
        camera.orbit(0.0, -0.5);
        assert!(camera.axes().back.z < 0.9, "and it leaves the pole");
        for _ in 0..1000 {
            camera.orbit(0.37, 0.11);
            let ViewAxes { right, up, back } = camera.axes();
            assert!((right.cross(&up) - back).norm() < 1e-4);
        }
    }

    #[test]
    fn chasing_turns_with_the_robot_and_following_does_not() {
        let east = UnitQuaternion::identity();
        let north = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), FRAC_PI_2);
        let mut camera = looking_at(Vector3::zeros());
        let before = camera.axes();
        camera.track(Vector3::zeros(), &north);
        assert_eq!(camera.axes(), before);
        camera.set_mode(CameraMode::Chase);
        camera.track(Vector3::zeros(), &east);
        assert!(camera.axes().back.x < -0.9 && camera.axes().right.y < -0.99);
        camera.track(Vector3::zeros(), &north);
        assert!(camera.axes().back.y < -0.9);
        let straight_up = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -FRAC_PI_2);
        camera.track(Vector3::zeros(), &straight_up);
        assert!(camera.axes().back.y < -0.9, "the last heading holds");
    }

    #[test]
    fn from_above_east_is_right_and_north_is_up() {
        let mut camera = looking_at(Vector3::zeros());
        camera.set_mode(CameraMode::Top);
        assert!((camera.axes().right - Vector3::x()).norm() < 1e-5);
        assert!((camera.axes().up - Vector3::y()).norm() < 1e-5);
    }

    #[test]
    fn panning_lets_go_and_focusing_follows_again() {
        let mut camera = looking_at(Vector3::zeros());
        camera.set_mode(CameraMode::Chase);
        let before = camera.axes();
        camera.pan(0.25, 0.0);
        assert_eq!(camera.mode(), CameraMode::Orbit);
        assert!((camera.axes().back - before.back).norm() < 1e-5, "the view does not jump");
        assert!(seen(&camera, Vector3::zeros()).x < -0.2);
        camera.track(Vector3::new(5.0, 0.0, 0.0), &UnitQuaternion::identity());
        assert!(camera.focus_m().norm() < 1.0);
        camera.focus_on(Vector3::new(5.0, 0.0, 0.0), 0.04);
        assert_eq!((camera.mode(), camera.focus_m().x), (CameraMode::Follow, 5.0));
    }

    #[test]
    fn zooming_keeps_what_is_under_the_cursor_or_what_is_followed() {
        let mut camera = looking_at(Vector3::zeros());
        let cursor = Vector2::new(0.6, -0.3);
        camera.zoom(0.5, cursor, ASPECT);
        assert!(seen(&camera, Vector3::zeros()).norm() < 1e-4);
        camera.set_mode(CameraMode::Orbit);
        let under_m = camera.point_under(cursor, ASPECT);
        camera.zoom(0.5, cursor, ASPECT);
        assert!((seen(&camera, under_m) - cursor).norm() < 1e-3);
        camera.zoom(0.0, cursor, ASPECT);
        assert!(camera.distance_m() >= DISTANCE_RANGE_M.0);
    }
}
