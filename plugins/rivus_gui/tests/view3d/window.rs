//! The view as a widget: what the mouse does, with and without a graphics adapter.

use egui::{Color32, Event, Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use nalgebra::Vector3;
use rivus_gui::view3d::{CameraMode, Scene3d, Screen, Viewport};
use rivus_gui::{SceneInfo, Snapshot};

use crate::flights::{CRAZYFLIE_M, hovering, moment, one, trail_to};
use crate::gallery;

const SIZE: Vec2 = Vec2::new(900.0, 600.0);

/// A window that is nothing but the view.
struct Window {
    viewport: Viewport,
    info: SceneInfo,
    now: Snapshot,
    trail: Vec<Vec<Vector3<f32>>>,
    states: Vec<(&'static str, Color32)>,
    dragged_to_m: Option<Vector3<f32>>,
    is_dark: bool,
}

impl Window {
    fn new(render_state: Option<&egui_wgpu::RenderState>) -> Self {
        Self {
            viewport: Viewport::new(render_state),
            info: one(CRAZYFLIE_M),
            now: moment(vec![hovering()]),
            trail: vec![trail_to(hovering().position_m)],
            states: Vec::new(),
            dragged_to_m: None,
            is_dark: true,
        }
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        let scene = Scene3d {
            trail: &self.trail,
            states: &self.states,
            is_dark: self.is_dark,
            ..Scene3d::new(&self.info, &self.now)
        };
        let response = self.viewport.ui(ui, &scene);
        self.dragged_to_m = response.target_m.or(self.dragged_to_m);
    }

    fn place(&self, point_m: Vector3<f32>) -> Pos2 {
        let size = nalgebra::Vector2::new(SIZE.x, SIZE.y);
        let screen = Screen { camera: self.viewport.camera(), size };
        let place = screen.place(point_m).unwrap();
        Pos2::new(place.x, place.y)
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }
}

fn open() -> Harness<'static, Window> {
    let builder = Harness::builder().with_size(SIZE).with_step_dt(1.0 / 60.0);
    let mut harness = builder.build_eframe(|_| Window::new(None));
    harness.run_steps(2);
    harness
}

fn drag(
    harness: &mut Harness<'_, Window>,
    button: PointerButton,
    modifiers: Modifiers,
    path: [Pos2; 2],
) {
    let press = |pos, pressed| Event::PointerButton { pos, button, pressed, modifiers };
    harness.event(Event::ModifiersChanged(modifiers));
    harness.hover_at(path[0]);
    harness.run_steps(1);
    harness.event(press(path[0], true));
    harness.run_steps(1);
    for step in 1..=8 {
        let pos = path[0].lerp(path[1], step as f32 / 8.0);
        harness.event(Event::PointerMoved(pos));
        harness.run_steps(1);
    }
    harness.event(press(path[1], false));
    harness.event(Event::ModifiersChanged(Modifiers::NONE));
    harness.run_steps(1);
}

const EMPTY_PLACE: Pos2 = Pos2::new(120.0, 120.0);

#[test]
fn the_view_has_a_name_and_works_without_an_adapter() {
    let harness = open();
    harness.get_by_label_contains("3D view: drone at x 0.04");
    assert!(!harness.state().viewport.has_gpu() && !harness.state().viewport.is_software());
    assert_eq!(harness.state().viewport.camera_mode(), CameraMode::Follow);
    assert!(harness.state().place(hovering().position_m).distance((SIZE / 2.0).to_pos2()) < 1.0);
}

#[test]
fn dragging_orbits_and_keeps_following() {
    let mut harness = open();
    let before = harness.state().viewport.camera().axes();
    let path = [EMPTY_PLACE, EMPTY_PLACE + Vec2::new(120.0, 0.0)];
    drag(&mut harness, PointerButton::Primary, Modifiers::NONE, path);
    let after = harness.state().viewport.camera().axes();
    assert!((after.back - before.back).norm() > 0.3);
    // The scene turns along with the mouse: what was in front goes to the right.
    assert!(after.right.dot(&before.back) > 0.3);
    assert_eq!(harness.state().viewport.camera_mode(), CameraMode::Follow);
}

#[test]
fn panning_works_with_three_buttons_and_lets_go() {
    for (button, modifiers) in [
        (PointerButton::Secondary, Modifiers::NONE),
        (PointerButton::Middle, Modifiers::NONE),
        (PointerButton::Primary, Modifiers::SHIFT),
    ] {
        let mut harness = open();
        let point_m = hovering().position_m;
        let before = harness.state().place(point_m);
        let path = [EMPTY_PLACE, EMPTY_PLACE + Vec2::new(80.0, 60.0)];
        drag(&mut harness, button, modifiers, path);
        assert_eq!(harness.state().viewport.camera_mode(), CameraMode::Orbit, "{button:?}");
        let moved = harness.state().place(point_m) - before;
        // What is held stays under the mouse, but for what passes before it is a drag.
        assert!((moved - Vec2::new(80.0, 60.0)).length() < 25.0, "{button:?} {moved:?}");
        assert!(harness.state().dragged_to_m.is_none());
    }
}

#[test]
fn the_wheel_zooms_and_a_double_click_comes_back() {
    let mut harness = open();
    let far_m = harness.state().viewport.camera().distance_m();
    harness.hover_at(EMPTY_PLACE);
    harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: Vec2::new(0.0, 4.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(30);
    assert!(harness.state().viewport.camera().distance_m() < 0.8 * far_m);
    let path = [EMPTY_PLACE, EMPTY_PLACE + Vec2::new(80.0, 60.0)];
    drag(&mut harness, PointerButton::Middle, Modifiers::NONE, path);
    for pressed in [true, false, true, false] {
        let button = PointerButton::Primary;
        let modifiers = Modifiers::NONE;
        harness.event(Event::PointerButton { pos: EMPTY_PLACE, button, pressed, modifiers });
        harness.run_steps(1);
    }
    assert_eq!(harness.state().viewport.camera_mode(), CameraMode::Follow);
    assert!((harness.state().viewport.camera().distance_m() - far_m).abs() < 1e-3);
}

#[test]
fn the_target_is_dragged_flat_and_with_shift_upwards() {
    let mut harness = open();
    let target_m = hovering().target_m;
    let start = harness.state().place(target_m);
    let path = [start, start + Vec2::new(90.0, 40.0)];
    drag(&mut harness, PointerButton::Primary, Modifiers::NONE, path);
    let flat_m = harness.state().dragged_to_m.unwrap();
    assert!((flat_m.z - target_m.z).abs() < 1e-5, "{flat_m}");
    assert!(harness.state().place(flat_m).distance(path[1]) < 2.0, "it is under the mouse");
    assert_eq!(harness.state().viewport.camera_mode(), CameraMode::Follow);

    let mut harness = open();
    let path = [start, start - Vec2::new(0.0, 60.0)];
    drag(&mut harness, PointerButton::Primary, Modifiers::SHIFT, path);
    let raised_m = harness.state().dragged_to_m.unwrap();
    assert!(raised_m.z > target_m.z + 0.02 && raised_m.xy() == target_m.xy(), "{raised_m}");
}

#[test]
fn propellers_turn_with_the_robots_time_and_dead_ones_stand() {
    let mut harness = open();
    harness.state_mut().now.robots[0].motor_health[2] = 0.0;
    harness.run_steps(1);
    let angles_rad = |harness: &Harness<'_, Window>| harness.state().viewport.rotor_angles_rad()[0];
    let before = angles_rad(&harness);
    harness.run_steps(5);
    assert_eq!(angles_rad(&harness), before, "time stands still");
    harness.state_mut().now.time_ns += 16_000_000;
    harness.run_steps(1);
    let after = angles_rad(&harness);
    let turned = [0, 1, 2, 3].map(|rotor| after[rotor] != before[rotor]);
    assert_eq!(turned, [true, true, false, true]);
}

#[test]
fn the_window_gallery() {
    let Some(folder) = gallery() else { return };
    if let Err(error) = rivus_gui::view3d::Studio::new() {
        return crate::skip(&error.to_string());
    }
    for is_dark in [true, false] {
        let theme = if is_dark { egui::Theme::Dark } else { egui::Theme::Light };
        let builder = Harness::builder().with_size(SIZE).with_step_dt(1.0 / 60.0);
        let mut harness = builder.with_theme(theme).wgpu().build_eframe(|cc| {
            let mut window = Window::new(cc.wgpu_render_state.as_ref());
            window.is_dark = is_dark;
            window
        });
        let mut state = hovering();
        state.wind_mps = Vector3::new(3.0, -2.4, 0.2);
        harness.state_mut().now = moment(vec![state]);
        harness.run_steps(3);
        let name = if is_dark { "window-dark.png" } else { "window-light.png" };
        harness.render().unwrap().save(folder.join(name)).unwrap();

        let (red, amber) = (Color32::from_rgb(240, 82, 76), Color32::from_rgb(246, 186, 60));
        harness.state_mut().states = vec![("PAUSED", amber), ("FAULT", red)];
        harness.state_mut().viewport.set_camera_mode(CameraMode::Chase);
        let mut state = hovering();
        state.motor_health[1] = 0.0;
        state.target_m = Vector3::new(0.3, -0.1, 1.1);
        harness.state_mut().now = moment(vec![state]);
        let camera = harness.state_mut().viewport.camera_mut();
        *camera = camera.at_distance(0.55);
        harness.run_steps(3);
        let name = if is_dark { "window-fault-dark.png" } else { "window-fault-light.png" };
        harness.render().unwrap().save(folder.join(name)).unwrap();
    }
}
