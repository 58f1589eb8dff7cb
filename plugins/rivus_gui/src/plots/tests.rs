//! The plots as a user meets them, without a GPU.

use alloc::sync::Arc;

use egui::accesskit::{Role, Toggled};
use egui::{Event, PointerButton, Pos2, Vec2, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use nalgebra::{UnitQuaternion, Vector3};
use rivus_liquid::Policy;
use rivus_vehicle::Quadrotor;

use super::*;
use crate::{RobotInfo, RobotState, Signal, Snapshot};

const POLICY: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_cfc.safetensors");

/// A quadrotor of half a kilogram.
pub(crate) fn airframe() -> Quadrotor<f32> {
    Quadrotor {
        mass_kg: 0.5,
        inertia_kgm2: Vector3::new(1e-3, 1e-3, 2e-3).into(),
        rotor_position_m: [[1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]]
            .map(|[x, y]| Vector3::new(0.1 * x, 0.1 * y, 0.0).into()),
        rotor_spin: [1.0, -1.0, 1.0, -1.0],
        thrust_n_per_radps2: 1e-6,
        torque_nm_per_radps2: 1e-8,
        motor_lag_s: 0.03,
        rotor_speed_min_radps: 0.0,
        rotor_speed_max_radps: 2500.0,
        rotor_plane_drag: 0.0,
        rotor_axial_drag: 0.0,
        frame_drag: Vector3::zeros().into(),
        gravity_mps2: 9.81,
    }
}

fn info() -> SceneInfo {
    let policy = Some(Arc::new(Policy::from_bytes(POLICY).unwrap()));
    let airframe = Some(airframe());
    let robots = vec![RobotInfo { name: "drone".into(), airframe, policy, ..RobotInfo::default() }];
    SceneInfo { robots, ..SceneInfo::default() }
}

/// A robot that is pushed at 2 s and 22 s and swings back.
fn flight(seconds: u32, stiffness: f32) -> History {
    let mut history = History::default();
    for tick in 1..=seconds * 100 {
        let time_s = tick as f32 * 0.01;
        let since_s = (time_s - 2.0).max(0.0) % 20.0;
        let swing = |delay_s: f32, rate: f32| {
            let t = (since_s - delay_s).max(0.0);
            (-0.9 * t).exp() * (rate * stiffness * t).sin()
        };
        let noise = |seed: f32| (time_s * 97.0 + seed).sin() * (time_s * 61.0 + seed).cos();
        let error =
            Vector3::new(0.8 * swing(0.0, 2.4), -0.5 * swing(0.1, 2.1), 0.25 * swing(0.0, 3.0));
        let error = error + Vector3::new(0.04, -0.02, 0.006 * noise(1.0));
        let target_m = Vector3::new(0.0, 0.0, 1.0);
        let wind_mps =
            Vector3::new(3.0 + 0.4 * noise(2.0), 1.5 + 0.3 * noise(3.0), 0.1 * noise(4.0));
        let command_radps = [1.0, -1.0, 1.0, -1.0].map(|sign: f32| {
            1204.0 + sign * 60.0 * swing(0.0, 2.4) + 90.0 * swing(0.05, 3.0) + 6.0 * noise(sign)
        });
        let (roll, pitch) = (-0.2 * swing(0.1, 2.1), 0.28 * swing(0.0, 2.4));
        let state = RobotState {
            position_m: target_m + error,
            target_m,
            world_from_body: UnitQuaternion::from_euler_angles(roll, pitch, 0.2),
            wind_mps,
            command_radps,
            observation: (0..12).map(|input| error.x * (input as f32 * 0.7).cos()).collect(),
            action: command_radps.map(|command| command / 1204.0).to_vec(),
            ..RobotState::default()
        };
        let time_ns = u64::from(tick) * 10_000_000;
        history.push(&Snapshot { time_ns, robots: vec![state], ..Snapshot::default() });
    }
    history
}

/// The plots, what they are shown, and what came of it.
struct Desk {
    plots: Plots,
    info: SceneInfo,
    history: History,
    other: Option<History>,
    pins: Vec<Series>,
    cursor_s: Option<f64>,
    seek_s: Option<f64>,
    is_following_again: bool,
}

impl Desk {
    fn new() -> Self {
        Self {
            plots: Plots::default(),
            info: info(),
            history: flight(42, 1.0),
            other: None,
            pins: Vec::new(),
            cursor_s: None,
            seek_s: None,
            is_following_again: false,
        }
    }

    fn ui(&mut self, ui: &mut Ui) {
        let response = self.plots.ui(
            ui,
            &PlotsInput {
                info: &self.info,
                history: &self.history,
                robot: 0,
                pins: &self.pins,
                other: self.other.as_ref(),
                cursor_s: self.cursor_s,
            },
        );
        self.seek_s = response.seek_s.or(self.seek_s);
        self.is_following_again |= response.is_following_again;
    }
}

fn harness(desk: Desk) -> Harness<'static, Desk> {
    let mut harness = Harness::builder()
        .with_size([400.0, 800.0])
        .with_step_dt(1.0 / 60.0)
        .build_ui_state(|ui, desk: &mut Desk| desk.ui(ui), desk);
    harness.run_steps(4);
    harness
}

/// The rectangle of a plot on the screen.
fn plot_rect(harness: &Harness<'_, Desk>, title: &str) -> egui::Rect {
    harness.get_by_label(&format!("{title} over time")).rect()
}

fn button(harness: &Harness<'_, Desk>, pos: Pos2, pressed: bool) {
    let (button, modifiers) = (PointerButton::Primary, egui::Modifiers::NONE);
    harness.event(Event::PointerButton { pos, button, pressed, modifiers });
}

fn click(harness: &mut Harness<'_, Desk>, pos: Pos2) {
    harness.event(Event::PointerMoved(pos));
    button(harness, pos, true);
    harness.step();
    button(harness, pos, false);
    harness.run_steps(2);
}

fn shown_s(harness: &Harness<'_, Desk>) -> RangeInclusive<f64> {
    let desk = harness.state();
    desk.plots.window.range_s(desk.history.span_s().1, desk.cursor_s)
}

#[test]
fn a_click_seeks_to_the_moment_under_the_pointer() {
    let mut harness = harness(Desk::new());
    let rect = plot_rect(&harness, "Attitude");
    // The plots show 32 s to 42 s; a quarter of the way is 34.5 s.
    click(&mut harness, pos2(rect.left() + 0.25 * rect.width(), rect.center().y));
    let seek_s = harness.state().seek_s.unwrap();
    assert!((seek_s - 34.5).abs() < 0.03, "{seek_s}");
    assert!(harness.state().plots.is_following());
}

#[test]
fn dragging_pans_all_plots_and_a_double_click_follows_again() {
    let mut harness = harness(Desk::new());
    let rect = plot_rect(&harness, "Attitude");
    let (from, to) = (rect.center(), rect.center() + Vec2::new(0.3 * rect.width(), 0.0));
    harness.event(Event::PointerMoved(from));
    button(&harness, from, true);
    harness.step();
    harness.event(Event::PointerMoved(to));
    harness.step();
    button(&harness, to, false);
    harness.run_steps(2);
    let range_s = shown_s(&harness);
    assert!((range_s.start() - 29.0).abs() < 0.05, "{range_s:?}");
    assert!(!harness.state().plots.is_following() && harness.state().seek_s.is_none());
    assert!(harness.query_by_label("held").is_some());

    // Newer moments do not move it.
    harness.state_mut().history = flight(50, 1.0);
    harness.run_steps(2);
    assert_eq!(shown_s(&harness), range_s);

    let rect = plot_rect(&harness, "Position error");
    [true, false, true, false]
        .into_iter()
        .for_each(|pressed| button(&harness, rect.center(), pressed));
    harness.run_steps(3);
    assert!(harness.state().is_following_again);
    assert_eq!(shown_s(&harness), 40.0..=50.0);
}

#[test]
fn the_wheel_zooms_about_the_pointer() {
    let mut harness = harness(Desk::new());
    let rect = plot_rect(&harness, "Rotor commands");
    harness.event(Event::PointerMoved(rect.center()));
    harness.step();
    harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: Vec2::new(0.0, 60.0),
        phase: egui::TouchPhase::Move,
        modifiers: egui::Modifiers::NONE,
        source: egui::MouseWheelSource::Wheel,
    });
    harness.run_steps(30);
    let range_s = shown_s(&harness);
    let middle_s = (range_s.start() + range_s.end()) / 2.0;
    assert!((middle_s - 37.0).abs() < 0.05 && range_s.end() - range_s.start() < 9.0, "{range_s:?}");
}

#[test]
fn plots_fold_and_make_room() {
    let mut harness = harness(Desk::new());
    let before = plot_rect(&harness, "Position error").height();
    assert!(harness.query_by_label("Wind over time").is_none());
    harness.get_by_role_and_label(Role::DisclosureTriangle, "Attitude").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Attitude over time").is_none());
    let after = plot_rect(&harness, "Position error").height();
    assert!(after > before + 20.0, "{before} {after}");
    harness.get_by_role_and_label(Role::DisclosureTriangle, "Wind").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Wind over time").is_some());
}

#[test]
fn everything_fits_the_panel_and_times_stand_in_line() {
    let harness = harness(Desk::new());
    let titles = ["Position error", "Attitude", "Rotor commands", "Policy outputs"];
    let rects = titles.map(|title| plot_rect(&harness, title));
    assert!(rects.iter().all(|rect| rect.height() > 80.0 && rect.right() <= 400.0));
    let aligned = rects.iter().all(|rect| (rect.left() - rects[0].left()).abs() < 0.1);
    assert!(aligned, "{rects:?}");
    let folded = harness.get_by_role_and_label(Role::DisclosureTriangle, "Wind").rect();
    assert!(folded.bottom() <= 800.0);
}

#[test]
fn the_legend_hides_lines() {
    let mut harness = harness(Desk::new());
    let entry = "Position error: x";
    harness.get_by_role_and_label(Role::CheckBox, entry).click();
    harness.run_steps(2);
    let node = harness.get_by_role_and_label(Role::CheckBox, entry);
    assert_eq!(node.accesskit_node().toggled(), Some(Toggled::False));
    assert!(harness.state().plots.hidden.contains(&(PlotKind::PositionError, "x".into())));
}

#[test]
fn a_length_of_time_is_one_click_away() {
    let mut harness = harness(Desk::new());
    harness.get_by_label("follow the last 60 s").click();
    harness.run_steps(2);
    assert_eq!(shown_s(&harness), 0.0..=60.0);
}

#[test]
fn pins_have_a_plot_of_their_own_and_an_empty_scene_has_none() {
    let mut desk = Desk::new();
    desk.pins = vec![Series::channel("command.3", Signal::State(3))];
    let mut harness = harness(desk);
    assert!(harness.query_by_label("Pinned over time").is_some());
    harness.state_mut().info = SceneInfo::default();
    harness.state_mut().history = History::default();
    harness.run_steps(2);
    assert!(harness.query_by_label("nothing to plot").is_some());
}
