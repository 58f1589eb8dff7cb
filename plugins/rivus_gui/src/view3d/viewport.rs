//! The scene in a window: it can be looked at from all sides, and the target can be dragged.

use alloc::vec::Vec;
use core::f32::consts::TAU;

use egui::{PointerButton, Rect, Response, Role, Sense, TextureId, Ui, Vec2, WidgetInfo};
use nalgebra::{Vector2, Vector3};
use rivus_vehicle::ROTORS;

use super::camera::{Camera, CameraMode};
use super::drawing::rotor_speed_part;
use super::overlay::Overlay;
use super::renderer::Renderer;
use super::scene::{Scene3d, Screen, arm_length_m, first_distance_m, target_radius_m};

/// How a propeller at full speed is shown to turn, rad/s: fast, but slow enough to be seen.
const SHOWN_SPEED_RADPS: f32 = 26.0;

/// Radians that the camera turns when the mouse moves by one point.
const ORBIT_RAD_PER_POINT: f32 = 0.0075;

/// Part of the full picture that is drawn and then enlarged, where there is no graphics card.
const SOFTWARE_SCALE: f32 = 0.75;

/// Frames for which a dragged target stays where it was dropped, until the robot has heard of it.
const HOLD_FRAMES: u32 = 30;

/// The widget; it lives as long as its window.
pub struct Viewport {
    camera: Camera,
    gpu: Option<Gpu>,
    rotor_angles_rad: Vec<[f32; ROTORS]>,
    shown_time_ns: u64,
    /// Which robot the camera is set up for, and how far from it, m.
    shown_robot: Option<(usize, f32)>,
    drag: Drag,
}

/// What the user did.
#[derive(Clone, Debug)]
pub struct ViewportResponse {
    /// Where the selected robot's target was dragged to in this frame, world frame, m.
    pub target_m: Option<Vector3<f32>>,
    /// Whether the target is under the cursor or held.
    pub is_target_hovered: bool,
    /// That of the whole picture.
    pub response: Response,
}

/// What the mouse holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Drag {
    #[default]
    Nothing,
    Camera,
    Target {
        /// Where it is dragged to, m.
        target_m: Vector3<f32>,
        /// From the point under the cursor to the target, in points.
        grip: Vector2<f32>,
    },
    /// Let go, but not yet heard of.
    Dropped {
        target_m: Vector3<f32>,
        frames: u32,
    },
}

struct Gpu {
    state: egui_wgpu::RenderState,
    renderer: Renderer,
    shown: Option<(TextureId, [u32; 2])>,
    is_software: bool,
}

impl Viewport {
    /// A view that follows the selected robot. Without a graphics adapter it says so instead of
    /// drawing, and the rest of the window works.
    #[must_use]
    pub fn new(render_state: Option<&egui_wgpu::RenderState>) -> Self {
        let gpu = render_state.map(|state| Gpu {
            renderer: Renderer::new(&state.device, &state.queue),
            shown: None,
            is_software: state.adapter.get_info().device_type == wgpu::DeviceType::Cpu,
            state: state.clone(),
        });
        Self {
            camera: Camera::default(),
            gpu,
            rotor_angles_rad: Vec::new(),
            shown_time_ns: 0,
            shown_robot: None,
            drag: Drag::Nothing,
        }
    }

    /// What the camera holds on to.
    #[must_use]
    pub const fn camera_mode(&self) -> CameraMode {
        self.camera.mode()
    }

    /// Makes the camera hold on to something else.
    pub fn set_camera_mode(&mut self, mode: CameraMode) {
        self.camera.set_mode(mode);
    }

    /// The eye.
    #[must_use]
    pub const fn camera(&self) -> &Camera {
        &self.camera
    }

    /// The eye, to be moved.
    pub const fn camera_mut(&mut self) -> &mut Camera {
        &mut self.camera
    }

    /// How far each propeller is shown turned in its own direction, rad, robot by robot.
    #[must_use]
    pub fn rotor_angles_rad(&self) -> &[[f32; ROTORS]] {
        &self.rotor_angles_rad
    }

    /// Whether a program draws and no graphics card: then pictures are coarser, and fewer of them
    /// are better.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.gpu.as_ref().is_some_and(|gpu| gpu.is_software)
    }

    /// Whether there is anything to draw with.
    #[must_use]
    pub const fn has_gpu(&self) -> bool {
        self.gpu.is_some()
    }

    /// Shows the scene in all the room that is left.
    ///
    /// Its `rotor_angles_rad`, `dragged_target_m` and `is_target_hovered` are the viewport's own
    /// business and may be left empty.
    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene3d<'_>) -> ViewportResponse {
        let size = ui.available_size().max(Vec2::splat(16.0));
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, describe(scene)));
        self.track(scene);
        self.turn_rotors(scene);
        self.move_camera(ui, &response, scene);
        let (target_m, is_target_hovered) = self.drag_target(ui, &response, scene);
        let angles_rad = core::mem::take(&mut self.rotor_angles_rad);
        let shown = Scene3d {
            rotor_angles_rad: &angles_rad,
            dragged_target_m: self.drag.shown_target_m(),
            is_target_hovered,
            ..*scene
        };
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, &shown);
        }
        self.rotor_angles_rad = angles_rad;
        ViewportResponse { target_m, is_target_hovered, response }
    }

    /// Points the camera at the selected robot, wherever it is by now.
    fn track(&mut self, scene: &Scene3d<'_>) {
        let Some((info, state)) = scene.selected_robot() else { return };
        let distance_m = first_distance_m(scene.info, info);
        if self.shown_robot != Some((scene.selected, distance_m)) {
            self.shown_robot = Some((scene.selected, distance_m));
            self.camera.look_at(state.position_m, distance_m);
            self.drag = Drag::Nothing;
        }
        self.camera.track(state.position_m, &state.world_from_body);
    }

    /// Turns the propellers on by the robots' own time: they stand while it stands.
    fn turn_rotors(&mut self, scene: &Scene3d<'_>) {
        self.rotor_angles_rad.resize(scene.info.robots.len(), [0.4, 1.1, 2.3, 2.9]);
        let passed_s = (scene.now.time_ns as f64 - self.shown_time_ns as f64) / 1e9;
        self.shown_time_ns = scene.now.time_ns;
        // A jump through history is no reason to whirl.
        let passed_s = (passed_s as f32).clamp(-0.1, 0.1);
        for (id, info, state) in scene.robots() {
            let Some(airframe) = &info.airframe else { continue };
            for (rotor, angle_rad) in self.rotor_angles_rad[id].iter_mut().enumerate() {
                let speed_radps = SHOWN_SPEED_RADPS * rotor_speed_part(airframe, state, rotor);
                *angle_rad = (*angle_rad + speed_radps * passed_s).rem_euclid(TAU);
            }
        }
    }

    fn move_camera(&mut self, ui: &Ui, response: &Response, scene: &Scene3d<'_>) {
        let rect = response.rect;
        let delta = response.drag_delta();
        let shift = ui.input(|input| input.modifiers.shift);
        let is_left = response.dragged_by(PointerButton::Primary);
        let pans = response.dragged_by(PointerButton::Secondary)
            || response.dragged_by(PointerButton::Middle)
            || (is_left && shift);
        // A drag that starts in this frame may be one of the target: that is decided afterwards.
        if delta != Vec2::ZERO && self.drag == Drag::Camera {
            if pans {
                let height = rect.height().max(1.0);
                self.camera.pan(-delta.x / height, delta.y / height);
            } else if is_left {
                let turn = delta * ORBIT_RAD_PER_POINT;
                self.camera.orbit(-turn.x, turn.y);
            }
        }
        if let Some(cursor) = response.hover_pos() {
            let (scroll, pinch) =
                ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = (-scroll * 0.0035).exp() / pinch.max(0.1);
            if (factor - 1.0).abs() > 1e-6 {
                let screen = self.screen(rect);
                let (at, aspect) = (screen.at(place_in(rect, cursor)), screen.aspect());
                self.camera.zoom(factor, at, aspect);
            }
        }
        if response.double_clicked()
            && let Some((info, state)) = scene.selected_robot()
        {
            self.camera.focus_on(state.position_m, arm_length_m(info));
        }
    }

    /// Where the target was dragged to, and whether it is under the cursor.
    fn drag_target(
        &mut self,
        ui: &Ui,
        response: &Response,
        scene: &Scene3d<'_>,
    ) -> (Option<Vector3<f32>>, bool) {
        let Some((info, state)) = scene.selected_robot() else { return (None, false) };
        self.drag = self.drag.after_frame(state.target_m);
        let rect = response.rect;
        let shown_m = self.drag.shown_target_m().unwrap_or(state.target_m);
        let camera = self.camera;
        let size = Vector2::new(rect.width(), rect.height());
        let screen = Screen { camera: &camera, size };
        let is_on_target = |at: egui::Pos2| {
            let radius_m = target_radius_m(info, shown_m, &camera);
            screen.is_on_target(place_in(rect, at), shown_m, radius_m)
        };
        if response.drag_started() {
            let pressed = ui.input(|input| input.pointer.press_origin());
            let is_left = response.drag_started_by(PointerButton::Primary);
            self.drag = match (pressed, screen.place(shown_m)) {
                (Some(at), Some(place)) if is_left && is_on_target(at) => {
                    Drag::Target { target_m: shown_m, grip: place - place_in(rect, at) }
                }
                _ => Drag::Camera,
            };
        }
        let Drag::Target { target_m, grip } = self.drag else {
            let is_hovered = response.hover_pos().is_some_and(is_on_target);
            if is_hovered && !response.dragged() {
                ui.ctx().set_cursor_icon(egui::CursorIcon::Grab);
            }
            if !response.dragged() && matches!(self.drag, Drag::Camera) {
                self.drag = Drag::Nothing;
            }
            return (None, is_hovered && !response.dragged());
        };
        if !response.dragged() {
            self.drag = Drag::Dropped { target_m, frames: 0 };
            return (None, true);
        }
        ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
        let Some(cursor) = response.interact_pointer_pos() else { return (None, true) };
        let cursor = place_in(rect, cursor) + grip;
        let dragged_m = if ui.input(|input| input.modifiers.shift) {
            let rise_m = screen.dragged_up_m(-response.drag_delta().y, target_m);
            Vector3::new(target_m.x, target_m.y, (target_m.z + rise_m).max(0.0))
        } else {
            screen.dragged_flat(cursor, target_m).unwrap_or(target_m)
        };
        // After a vertical drag the cursor is elsewhere: the target is held by where it is now.
        let held = screen.place(dragged_m);
        let grip = held.map_or(grip, |place| place - (cursor - grip));
        let moved = (dragged_m - target_m).norm() > 1e-5;
        self.drag = Drag::Target { target_m: dragged_m, grip };
        (moved.then_some(dragged_m), true)
    }

    fn screen(&self, rect: Rect) -> Screen<'_> {
        Screen { camera: &self.camera, size: Vector2::new(rect.width(), rect.height()) }
    }

    fn paint(&mut self, ui: &Ui, rect: Rect, scene: &Scene3d<'_>) {
        let painter = ui.painter_at(rect);
        let Some(gpu) = &mut self.gpu else {
            painter.rect_filled(rect, 0.0, scene.palette().canvas);
            painter.text(
                rect.center(),
                egui::Align2::CENTER_CENTER,
                "No graphics adapter: the 3D view is off.",
                egui::FontId::proportional(14.0),
                scene.palette().ink,
            );
            return;
        };
        let texture = gpu.draw(scene, &self.camera, rect.size(), ui.pixels_per_point());
        let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        painter.image(texture, rect, whole, egui::Color32::WHITE);
        let screen = self.screen(rect);
        Overlay { painter: &painter, rect, screen, scene }.draw();
    }
}

impl Drag {
    fn shown_target_m(self) -> Option<Vector3<f32>> {
        match self {
            Self::Target { target_m, .. } | Self::Dropped { target_m, .. } => Some(target_m),
            Self::Nothing | Self::Camera => None,
        }
    }

    /// A dropped target is let go once the robot has it, or will not take it.
    fn after_frame(self, robots_target_m: Vector3<f32>) -> Self {
        match self {
            Self::Dropped { target_m, frames } => {
                let is_heard = (target_m - robots_target_m).norm() < 0.01;
                if is_heard || frames >= HOLD_FRAMES {
                    Self::Nothing
                } else {
                    Self::Dropped { target_m, frames: frames + 1 }
                }
            }
            other => other,
        }
    }
}

impl Gpu {
    fn draw(
        &mut self,
        scene: &Scene3d<'_>,
        camera: &Camera,
        size: Vec2,
        pixels_per_point: f32,
    ) -> TextureId {
        let (scale, samples) = if self.is_software { (SOFTWARE_SCALE, 1) } else { (1.0, 4) };
        let pixels_per_point = pixels_per_point * scale;
        // Sides are positive and far below what a u32 holds.
        let size_px =
            [size.x, size.y].map(|side| (side * pixels_per_point).round().max(1.0) as u32);
        self.renderer.set_pixels_per_point(pixels_per_point);
        self.renderer.draw(scene, camera, size_px, samples);
        let view = self.renderer.view();
        let filter = wgpu::FilterMode::Linear;
        let mut egui_renderer = self.state.renderer.write();
        let device = &self.state.device;
        let id = match self.shown {
            Some((id, shown_px)) if shown_px == size_px => id,
            Some((id, _)) => {
                egui_renderer.update_egui_texture_from_wgpu_texture(device, view, filter, id);
                id
            }
            None => egui_renderer.register_native_texture(device, view, filter),
        };
        self.shown = Some((id, size_px));
        id
    }
}

/// Where on the picture a place of the window is, in points from its upper left corner.
fn place_in(rect: Rect, at: egui::Pos2) -> Vector2<f32> {
    let place = at - rect.min;
    Vector2::new(place.x, place.y)
}

/// The scene in words, for who cannot see it.
fn describe(scene: &Scene3d<'_>) -> String {
    let Some((info, state)) = scene.selected_robot() else { return "3D view".to_owned() };
    let place_m = state.position_m;
    format!(
        "3D view: {} at x {:.2}, y {:.2}, z {:.2} m",
        info.name, place_m.x, place_m.y, place_m.z
    )
}
