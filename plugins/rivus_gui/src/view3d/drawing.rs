//! From a scene to what the graphics card is told.

use core::f32::consts::TAU;

use bytemuck::{Pod, Zeroable};
use egui::Color32;
use nalgebra::{Isometry3, Matrix3, Rotation3, UnitQuaternion, Vector3};
use rivus_math::Positive;
use rivus_scene::{KinematicTree, Solid};
use rivus_vehicle::Quadrotor;

use super::camera::{Camera, FIELD_OF_VIEW_RAD};
use super::look::{Look, ShaderLook};
use super::parts::{PROPELLER_HEIGHT, Part};
use super::scene::{
    Scene3d, arm_length_m, propeller_radius_m, target_ball_radius_m, target_radius_m, wind_arrow,
};
use crate::{RobotInfo, RobotState};

/// What all shaders know of a picture; the layout is that of `Frame` in `shader.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct Frame {
    view_projection: [[f32; 4]; 4],
    /// Where the eye is, m; last how far the ground is seen, m.
    eye: [f32; 4],
    /// Right edge, upper edge and middle of the picture as directions.
    sight: [[f32; 4]; 3],
    /// Width and height in pixels, pixels per point, near plane in m.
    screen: [f32; 4],
    look: ShaderLook,
}

/// One part in the world; the layout is that of the instance attributes in `shader.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct Instance {
    /// From the part to the world: three rows of linear map and translation.
    rows: [[f32; 4]; 3],
    /// Colour over the paint of the part; last how much of it, or how opaque a disc is.
    tint: [u8; 4],
    /// How much it shines by itself, 0 to 255; the rest is spare.
    glow: [u8; 4],
}

/// A straight line of even width on the screen.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct Line {
    /// Where it starts, m; last its width in points.
    from: [f32; 4],
    /// Where it ends, m.
    to: [f32; 4],
    from_color: [u8; 4],
    to_color: [u8; 4],
}

/// The shadow of one robot on the ground, all in m.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct Shadow {
    /// Middle (x, y), half side of the square that holds it, darkness 0 to 1.
    middle: [f32; 4],
    /// First and second hub.
    hubs_a: [f32; 4],
    /// Third and fourth hub.
    hubs_b: [f32; 4],
    /// Half thickness of the arms, radius of the propellers and of the body, softness of the edge.
    sizes: [f32; 4],
}

/// Everything of one picture, kept from one to the next for its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    pub frame: Frame,
    /// One list for each of [`Part::ALL`].
    pub parts: [Vec<Instance>; Part::ALL.len()],
    pub lines: Vec<Line>,
    pub shadows: Vec<Shadow>,
}

/// The orange of arms that point forward.
const FRONT: Color32 = Color32::from_rgb(245, 124, 32);
const REAR: Color32 = Color32::from_rgb(104, 111, 123);

/// Where the light comes from, as high as it is for a shadow that lies near its robot.
pub(super) fn key_direction() -> Vector3<f32> {
    Vector3::new(0.24, -0.16, 1.0).normalize()
}

impl Drawing {
    /// Draws a scene anew; `size_px` is that of the picture, `pixels_per_point` scales lines.
    pub(super) fn draw(
        &mut self,
        scene: &Scene3d<'_>,
        camera: &Camera,
        size_px: [u32; 2],
        pixels_per_point: f32,
    ) {
        self.parts.iter_mut().for_each(Vec::clear);
        self.lines.clear();
        self.shadows.clear();
        self.frame = frame(scene, camera, size_px, pixels_per_point);
        self.draw_origin(scene, camera);
        let world = Pose::new(Vector3::zeros(), UnitQuaternion::identity(), 1.0);
        for obstacle in &scene.info.obstacles {
            self.draw_solid(&world, obstacle, Look::of(scene.is_dark).obstacle);
        }
        for (id, info, state) in scene.robots() {
            if let Some(airframe) = &info.airframe {
                let angles = scene.rotor_angles_rad.get(id).copied().unwrap_or_default();
                self.draw_quadrotor(scene, airframe, state, angles);
            }
            if let Some(tree) = &info.tree {
                self.draw_links(tree, state);
            }
            let has_solids = info.tree.as_ref().is_some_and(|tree| tree.reach_m() > 0.0);
            if info.airframe.is_none() && !has_solids {
                self.draw_crate(info, state);
            }
            self.draw_drop_line(scene, info, state);
            self.draw_trail(scene, id);
            self.draw_target(scene, camera, id);
            self.draw_wind(scene, info, state);
        }
    }

    fn add(&mut self, part: Part, pose: &Pose, color: Color32, glow: f32) {
        self.parts[part as usize].push(pose.instance(color, glow));
    }

    /// A line from one point to another, m; its width is in points.
    fn add_line(&mut self, ends_m: [Vector3<f32>; 2], width: f32, colors: [[u8; 4]; 2]) {
        let [from, to] = ends_m;
        self.lines.push(Line {
            from: from.push(width).into(),
            to: to.push(0.0).into(),
            from_color: colors[0],
            to_color: colors[1],
        });
    }

    fn draw_origin(&mut self, scene: &Scene3d<'_>, camera: &Camera) {
        // On the ground the axes are part of the grid; near the origin they are arms to read from.
        let length_m = (0.22 * camera.distance_m()).clamp(0.1, 0.5);
        let lift_m = Vector3::z() * (0.0006 * camera.distance_m());
        let ends = [Vector3::x() * length_m, Vector3::y() * length_m, Vector3::z() * length_m];
        for (end_m, color) in ends.into_iter().zip(scene.palette().axes) {
            self.add_line([lift_m, end_m + lift_m], 3.0, [faded(color, 1.0); 2]);
        }
    }

    fn draw_quadrotor(
        &mut self,
        scene: &Scene3d<'_>,
        airframe: &Quadrotor<f32>,
        state: &RobotState,
        angles_rad: [f32; 4],
    ) {
        let palette = scene.palette();
        let hubs = airframe.rotor_position_m.map(|hub| Vector3::new(hub.x, hub.y, hub.z));
        let arm_m = hubs.iter().fold(0.01_f32, |most, hub| most.max(hub.xy().norm()));
        let propeller_m = propeller_radius_m(airframe);
        let body = Pose::new(state.position_m, state.world_from_body, arm_m);
        self.add(Part::Body, &body, Color32::TRANSPARENT, 0.0);
        for (index, hub) in hubs.into_iter().enumerate() {
            let health = state.motor_health[index];
            let fault = match health {
                dead if dead <= 0.0 => Some(palette.red),
                weak if weak < 0.995 => Some(palette.amber),
                _ => None,
            };
            let to_hub = UnitQuaternion::rotation_between(&Vector3::x(), &hub)
                .unwrap_or_else(|| UnitQuaternion::from_axis_angle(&Vector3::z_axis(), TAU / 2.0));
            let color = if hub.x > 0.3 * arm_m { FRONT } else { REAR };
            self.add(Part::Arm, &body.moved(Vector3::zeros(), to_hub, hub.norm()), color, 0.0);
            let level = UnitQuaternion::identity();
            let seat = body.moved(hub, level, propeller_m);
            let tint = fault.unwrap_or(Color32::TRANSPARENT);
            self.add(Part::Motor, &seat, tint, if_some(fault, 0.5));

            // The body is turned by the reaction, so the propeller turns against that sign.
            let turn = -airframe.rotor_spin[index].signum();
            let above = hub + Vector3::z() * (PROPELLER_HEIGHT * propeller_m);
            let turned =
                UnitQuaternion::from_axis_angle(&Vector3::z_axis(), turn * angles_rad[index]);
            let pose = body.moved(above, turned, propeller_m);
            let part = if turn > 0.0 { Part::Propeller } else { Part::PropellerClockwise };
            self.add(part, &pose, tint, if_some(fault, 0.45));
            let speed = rotor_speed_part(airframe, state, index);
            let opacity = if health <= 0.0 { 0.34 } else { 0.5 * speed.sqrt() };
            let disc = fault.unwrap_or(Look::of(scene.is_dark).disc);
            // Opacity is within 0 and 1.
            let tint = [disc.r(), disc.g(), disc.b(), (opacity * 255.0) as u8];
            let spare = Instance { tint, ..pose.instance(disc, 0.0) };
            self.parts[Part::Disc as usize].push(spare);
        }
        self.draw_shadow(&body, hubs, [0.055 * arm_m, propeller_m, 0.28 * arm_m]);
    }

    fn draw_links(&mut self, tree: &KinematicTree, state: &RobotState) {
        let body = Pose::new(state.position_m, state.world_from_body, 1.0);
        for (number, link) in tree.links().iter().enumerate() {
            let Isometry3 { translation, rotation } = tree.body_from_link(number, &state.joints);
            if !translation.vector.iter().chain(rotation.coords.iter()).all(|v| v.is_finite()) {
                continue;
            }
            let pose = body.moved(translation.vector, rotation, 1.0);
            let [red, green, blue] = link.rgb;
            for solid in &link.solids {
                self.draw_solid(&pose, solid, Color32::from_rgb(red, green, blue));
            }
        }
    }

    /// A solid body in these axes.
    fn draw_solid(&mut self, axes: &Pose, solid: &Solid, color: Color32) {
        let level = UnitQuaternion::identity();
        let middle_m = Vector3::from(solid.center_m());
        // What it is made of, the half of its longest axis, and how far it reaches beside that.
        let (part, pose, half_axis_m, reach_m) = match *solid {
            Solid::Box { size_m, yaw_deg, .. } => {
                let size_m: Vector3<f32> = <[Positive; 3]>::from(size_m).map(Positive::f32).into();
                let turn_rad = Vector3::z() * yaw_deg.f32().to_radians();
                let turn = UnitQuaternion::from_scaled_axis(turn_rad);
                let pose = Pose { scale: size_m, ..axes.moved(middle_m, turn, 1.0) };
                let longest = size_m.imax();
                let reach_m = 0.25 * (size_m.sum() - size_m[longest]);
                let half_m = (0.5 * size_m[longest] - reach_m).max(0.0);
                (Part::Cube, pose, turn * Vector3::ith(longest, half_m), reach_m)
            }
            Solid::Sphere { radius_m, .. } => {
                let radius_m = radius_m.f32();
                (Part::Ball, axes.moved(middle_m, level, radius_m), Vector3::zeros(), radius_m)
            }
            Solid::Cylinder { radius_m, height_m, .. } => {
                let (radius_m, height_m) = (radius_m.f32(), height_m.f32());
                let half_axis_m = Vector3::z() * (0.5 * height_m);
                let scale = Vector3::new(radius_m, radius_m, height_m);
                let pose = Pose { scale, ..axes.moved(middle_m - half_axis_m, level, 1.0) };
                (Part::Shaft, pose, half_axis_m, radius_m)
            }
        };
        self.add(part, &pose, color, 0.0);
        let ends_m = [half_axis_m, -half_axis_m, half_axis_m, -half_axis_m];
        self.draw_shadow(&axes.moved(middle_m, level, 1.0), ends_m, [reach_m, 0.0, reach_m]);
    }

    fn draw_crate(&mut self, info: &RobotInfo, state: &RobotState) {
        let size_m = 2.0 * arm_length_m(info);
        let pose = Pose::new(state.position_m, state.world_from_body, size_m);
        self.add(Part::Crate, &pose, Color32::TRANSPARENT, 0.0);
        let corner = Vector3::new(0.2, 0.0, 0.0) * size_m;
        let corners = [corner, -corner, corner, -corner];
        self.draw_shadow(&pose, corners, [0.3 * size_m, 0.0, 0.3 * size_m]);
    }

    /// Sizes: half thickness of the arms, radius of the propellers, radius of the body, m.
    fn draw_shadow(&mut self, body: &Pose, hubs_m: [Vector3<f32>; 4], sizes_m: [f32; 3]) {
        let height_m = body.origin_m.z.max(0.0);
        let key = key_direction();
        let on_ground = |point_m: Vector3<f32>| point_m - key * (point_m.z / key.z);
        let middle = on_ground(body.origin_m);
        let hubs = hubs_m.map(|hub| on_ground(body.origin_m + body.rotation * hub));
        let softness_m = 0.10 * sizes_m[2] + 0.016 * height_m;
        let reach = |hub: &Vector3<f32>| (hub - middle).norm();
        let reach_m = hubs.iter().map(reach).fold(0.0_f32, f32::max);
        let half_m = reach_m + sizes_m[0].max(sizes_m[1]).max(sizes_m[2]) + 2.0 * softness_m;
        // What is thin loses its shadow with height: the sun is not a point.
        let darkness = 0.62 / (1.0 + 0.10 * height_m);
        self.shadows.push(Shadow {
            middle: [middle.x, middle.y, half_m, darkness],
            hubs_a: [hubs[0].x, hubs[0].y, hubs[1].x, hubs[1].y],
            hubs_b: [hubs[2].x, hubs[2].y, hubs[3].x, hubs[3].y],
            sizes: [sizes_m[0], sizes_m[1], sizes_m[2], softness_m],
        });
    }

    fn draw_drop_line(&mut self, scene: &Scene3d<'_>, info: &RobotInfo, state: &RobotState) {
        let color = faded(scene.palette().ink, 0.42);
        let mut foot_m = state.position_m;
        foot_m.z = 0.0;
        if state.position_m.z.abs() > 0.02 {
            self.add_line([state.position_m, foot_m], 1.2, [color; 2]);
        }
        self.add_circle(foot_m, 0.35 * arm_length_m(info), color);
    }

    fn add_circle(&mut self, middle_m: Vector3<f32>, radius_m: f32, color: [u8; 4]) {
        const SEGMENTS: usize = 28;
        let point = |index: usize| {
            let (sin, cos) = (TAU * index as f32 / SEGMENTS as f32).sin_cos();
            middle_m + Vector3::new(cos, sin, 0.01) * radius_m
        };
        for index in 0..SEGMENTS {
            self.add_line([point(index), point(index + 1)], 1.2, [color; 2]);
        }
    }

    fn draw_trail(&mut self, scene: &Scene3d<'_>, id: usize) {
        let Some(trail) = scene.trail.get(id) else { return };
        let colors = Look::of(scene.is_dark).trail;
        let color = colors[id % colors.len()];
        let steps = trail.len().saturating_sub(1).max(1) as f32;
        for (index, ends_m) in trail.windows(2).enumerate() {
            let opacity = |index: usize| (index as f32 / steps).powf(1.3) * 0.95;
            let colors = [index, index + 1].map(|index| faded(color, opacity(index)));
            if ends_m.iter().flatten().all(|value| value.is_finite()) {
                self.add_line([ends_m[0], ends_m[1]], 2.6, colors);
            }
        }
    }

    fn draw_target(&mut self, scene: &Scene3d<'_>, camera: &Camera, id: usize) {
        let (Some(info), Some(state)) = (scene.info.robots.get(id), scene.now.robots.get(id))
        else {
            return;
        };
        let target_m = scene.target_m(id, state);
        if !target_m.iter().all(|value| value.is_finite()) {
            return;
        }
        let is_hot =
            id == scene.selected && (scene.is_target_hovered || scene.dragged_target_m.is_some());
        let (color, glow) = (scene.palette().amber, if is_hot { 0.85 } else { 0.35 });
        let radius_m = target_radius_m(info, target_m, camera);
        let level = UnitQuaternion::identity();
        self.add(Part::Ring, &Pose::new(target_m, level, radius_m), color, glow);
        let swollen = if is_hot { 1.35 } else { 1.0 };
        let ball_m = target_ball_radius_m(radius_m) * swollen;
        self.add(Part::Ball, &Pose::new(target_m, level, ball_m), color, glow);
        let foot_m = Vector3::new(target_m.x, target_m.y, 0.0);
        self.add_line([target_m, foot_m], 1.2, [faded(color, 0.55), faded(color, 0.25)]);
        self.add_circle(foot_m, 0.35 * arm_length_m(info), faded(color, 0.5));
    }

    fn draw_wind(&mut self, scene: &Scene3d<'_>, info: &RobotInfo, state: &RobotState) {
        let Some(arrow) = wind_arrow(info, state) else { return };
        let along = arrow.tip_m - arrow.tail_m;
        let length_m = along.norm();
        let tip_length_m = (5.5 * arrow.radius_m).min(0.5 * length_m);
        let turn = UnitQuaternion::rotation_between(&Vector3::z(), &along)
            .unwrap_or_else(|| UnitQuaternion::from_axis_angle(&Vector3::x_axis(), TAU / 2.0));
        let color = scene.palette().blue;
        let stretched = |start_m: Vector3<f32>, radius_m: f32, length_m: f32| Pose {
            origin_m: start_m,
            rotation: turn.to_rotation_matrix(),
            scale: Vector3::new(radius_m, radius_m, length_m),
        };
        let shaft = stretched(arrow.tail_m, arrow.radius_m, length_m - tip_length_m);
        let tip_m = arrow.tip_m - along * (tip_length_m / length_m);
        self.add(Part::Shaft, &shaft, color, 0.3);
        self.add(Part::Tip, &stretched(tip_m, tip_length_m, tip_length_m), color, 0.3);
    }
}

/// Where a part is, how it is turned, how large it is.
struct Pose {
    origin_m: Vector3<f32>,
    rotation: Rotation3<f32>,
    scale: Vector3<f32>,
}

impl Pose {
    fn new(origin_m: Vector3<f32>, rotation: UnitQuaternion<f32>, scale: f32) -> Self {
        let scale = Vector3::repeat(scale);
        Self { origin_m, rotation: rotation.to_rotation_matrix(), scale }
    }

    /// A part at `offset_m` in the axes of this one, of its own size.
    fn moved(&self, offset_m: Vector3<f32>, turn: UnitQuaternion<f32>, scale: f32) -> Self {
        Self {
            origin_m: self.origin_m + self.rotation * offset_m,
            rotation: self.rotation * turn.to_rotation_matrix(),
            scale: Vector3::repeat(scale),
        }
    }

    fn instance(&self, color: Color32, glow: f32) -> Instance {
        let linear: Matrix3<f32> = self.rotation.matrix() * Matrix3::from_diagonal(&self.scale);
        let row = |index: usize| {
            let row = linear.row(index);
            [row[0], row[1], row[2], self.origin_m[index]]
        };
        // Glow is within 0 and 1.
        let glow = [(glow * 255.0) as u8, 0, 0, 0];
        Instance { rows: [row(0), row(1), row(2)], tint: color.to_srgba_unmultiplied(), glow }
    }
}

/// How fast a rotor turns, as part of what it can; a dead one stands.
pub(super) fn rotor_speed_part(airframe: &Quadrotor<f32>, state: &RobotState, rotor: usize) -> f32 {
    let part = state.rotors_radps[rotor] / airframe.rotor_speed_max_radps.max(1.0);
    if state.motor_health[rotor] > 0.0 && part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
}

fn frame(scene: &Scene3d<'_>, camera: &Camera, size_px: [u32; 2], pixels_per_point: f32) -> Frame {
    let [width_px, height_px] = size_px.map(|side| side.max(1) as f32);
    let aspect = width_px / height_px;
    let axes = camera.axes();
    let slope = (FIELD_OF_VIEW_RAD / 2.0).tan();
    let eye_m = camera.eye_m();
    // The ground fades out where its lines would only flicker.
    let seen_m = (14.0 * camera.distance_m()).max(14.0 * eye_m.z.abs()).clamp(25.0, 6000.0);
    Frame {
        view_projection: camera.view_projection(aspect).into(),
        eye: eye_m.push(seen_m).into(),
        sight: [axes.right * (slope * aspect), axes.up * slope, -axes.back]
            .map(|direction| direction.push(0.0).into()),
        screen: [width_px, height_px, pixels_per_point, camera.near_m()],
        look: Look::of(scene.is_dark).lit_from(key_direction().into()),
    }
}

fn faded(color: Color32, opacity: f32) -> [u8; 4] {
    // Opacity is within 0 and 1.
    [color.r(), color.g(), color.b(), (opacity * 255.0) as u8]
}

fn if_some(fault: Option<Color32>, glow: f32) -> f32 {
    if fault.is_some() { glow } else { 0.0 }
}
