//! The whole window.

use alloc::vec::Vec;
use core::time::Duration;

use egui::{CentralPanel, Color32, Context, Frame, Margin, RichText, ThemePreference, Ui};
use nalgebra::Vector3;

use crate::controls::controls;
use crate::help::help;
use crate::kept::Kept;
use crate::latency_view::{LatencyInput, LatencyView};
use crate::plots::{Plots, PlotsInput, Series};
use crate::policy_view::PolicyView;
use crate::shortcuts::{Action, pressed};
use crate::states::states;
use crate::transport::{TopBar, scrub_bar};
use crate::view3d::{CameraMode, Scene3d, Viewport};
use crate::{Palette, Panel, Pilot, SEEK_STEP_S, Session, Speed};

/// Frames per second of a window that a program draws and no graphics card.
const SOFTWARE_FPS: f64 = 12.0;

/// A longer frame is an interruption: time does not jump after it, s.
const FRAME_MAX_S: f32 = 0.5;

/// Frames per second while nothing moves.
const PAUSED_FPS: f64 = 10.0;

/// Room in which wiring and latencies stand side by side, points.
const BOTH_PX: f32 = 860.0;

/// What the lower panels show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Policy,
    Latency,
}

/// How a window is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOptions {
    /// Whether it tells of this machine: adapter, frames per second, how fast ticks are. Pictures
    /// that are compared leave it out.
    pub tells_machine: bool,
}

impl Default for WindowOptions {
    fn default() -> Self {
        Self { tells_machine: true }
    }
}

/// The window: a [`Session`] and everything that shows it.
pub struct RivusWindow {
    session: Session,
    options: WindowOptions,
    adapter: String,
    viewport: Viewport,
    plots: Plots,
    policy: PolicyView,
    latency: LatencyView,
    top: TopBar,
    panels: Vec<(bool, Box<dyn Panel>)>,
    trails: Vec<Vec<Vector3<f32>>>,
    tab: Tab,
    is_help_open: bool,
    is_light: bool,
    #[cfg(feature = "gamepad")]
    gamepad: Option<crate::gamepad::Gamepad>,
    /// The scene that the title tells.
    titled: String,
    /// Time between two frames lately, s.
    frame_s: f32,
}

impl RivusWindow {
    /// A window on `session`, drawn with what eframe has.
    #[must_use]
    pub fn new(
        creation: &eframe::CreationContext<'_>,
        session: Session,
        options: WindowOptions,
    ) -> Self {
        let kept = creation.storage.map(Kept::read).unwrap_or_default();
        set_up(&creation.egui_ctx, kept);
        let render_state = creation.wgpu_render_state.as_ref();
        let adapter = render_state.map(|state| state.adapter.get_info());
        let mut viewport = Viewport::new(render_state);
        viewport.set_camera_mode(kept.camera);
        Self {
            session,
            options,
            adapter: adapter.map_or_else(String::new, |info| {
                alloc::format!("{} ({})", info.name, info.backend)
            }),
            viewport,
            plots: Plots::default(),
            policy: PolicyView::default(),
            latency: LatencyView::default(),
            top: TopBar::default(),
            panels: Vec::new(),
            trails: Vec::new(),
            tab: Tab::Policy,
            is_help_open: false,
            is_light: kept.is_light,
            #[cfg(feature = "gamepad")]
            gamepad: crate::gamepad::Gamepad::new(),
            titled: String::new(),
            frame_s: 1.0 / 60.0,
        }
    }

    /// Adds a panel of a plugin; it is shown from the beginning.
    #[must_use]
    pub fn with_panel(mut self, panel: Box<dyn Panel>) -> Self {
        self.panels.push((true, panel));
        self
    }

    /// What is shown.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The view of the robots.
    #[must_use]
    pub const fn viewport(&self) -> &Viewport {
        &self.viewport
    }

    /// The session, to be told what to do.
    pub const fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    fn act(&mut self, ctx: &Context, action: Action) {
        let session = &mut self.session;
        match action {
            Action::PlayPause => session.pause(!session.is_paused()),
            Action::Step => session.step(),
            Action::Reset => session.reset(),
            Action::NextScene => session.load_next_scene(),
            Action::Back => session.seek_by(-SEEK_STEP_S),
            Action::Forward => session.seek_by(SEEK_STEP_S),
            Action::First => session.seek(0.0),
            Action::Live => session.seek_live(),
            Action::Faster => change_speed(session, 2.0),
            Action::Slower => change_speed(session, 0.5),
            Action::Motor(motor) => session.toggle_motor(motor),
            Action::Lee => {
                let pilot = session.present_robot().map(|robot| robot.pilot);
                session.fly_by_lee(pilot != Some(Pilot::Backup));
            }
            Action::SlowPolicy => session.slow_policy(),
            Action::Camera(place) => {
                if let Some(mode) = CameraMode::ALL.get(place) {
                    self.viewport.set_camera_mode(*mode);
                }
            }
            Action::Theme => switch_theme(ctx),
            Action::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            Action::Help => self.is_help_open = !self.is_help_open,
            Action::Close if self.is_help_open => self.is_help_open = false,
            Action::Close => session.dismiss(),
        }
    }

    fn take_dropped_file(&mut self, ctx: &Context) {
        let path = ctx.input(|input| {
            let file = input.raw.dropped_files.first()?;
            Some(file.path().display().to_string())
        });
        if let Some(path) = path {
            self.session.load_scene(&path);
        }
    }

    fn tell_title(&mut self, ctx: &Context) {
        if self.titled != self.session.info().wanted.scene {
            self.titled.clone_from(&self.session.info().wanted.scene);
            let title = alloc::format!("Rivus: {}", self.titled);
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title));
        }
    }

    fn view(&mut self, ui: &mut Ui) {
        let Some(now) = self.session.now() else {
            ui.centered_and_justified(|ui| ui.weak("nothing flies yet"));
            return;
        };
        self.session.history().trails(now.time_s(), &mut self.trails);
        let states = states(ui, &self.session);
        let states: Vec<(&str, Color32)> =
            states.iter().map(|(word, color)| (word.as_str(), *color)).collect();
        let scene = Scene3d {
            trail: &self.trails,
            selected: self.session.selected(),
            is_dark: ui.visuals().dark_mode,
            states: &states,
            ..Scene3d::new(self.session.info(), now)
        };
        let response = self.viewport.ui(ui, &scene);
        if let Some(target_m) = response.target_m.filter(|_| !self.session.is_recorded()) {
            self.session.set_target(target_m);
        }
    }

    fn right_panel(&mut self, ui: &mut Ui) {
        let pins = self.policy.pins().iter();
        let pins: Vec<Series> = pins.map(|pin| Series::channel(&pin.name, pin.what)).collect();
        let view = PlotsInput {
            info: self.session.info(),
            history: self.session.history(),
            robot: self.session.selected(),
            pins: &pins,
            other: self.session.other(),
            cursor_s: self.session.sought_s(),
        };
        let response = self.plots.ui(ui, &view);
        if let Some(seek_s) = response.seek_s {
            self.session.seek(seek_s);
        } else if response.is_following_again {
            self.session.seek_live();
        }
    }

    fn lower_panel(&mut self, ui: &mut Ui) {
        scrub_bar(ui, &mut self.session);
        ui.separator();
        let is_wide = ui.available_width() > BOTH_PX;
        if is_wide {
            ui.columns(2, |columns| {
                self.policy_wiring(&mut columns[0]);
                self.latencies(&mut columns[1]);
            });
            return;
        }
        ui.horizontal(|ui| {
            ui.selectable_value(&mut self.tab, Tab::Policy, "Policy");
            ui.selectable_value(&mut self.tab, Tab::Latency, "Latency");
        });
        match self.tab {
            Tab::Policy => self.policy_wiring(ui),
            Tab::Latency => self.latencies(ui),
        }
    }

    fn policy_wiring(&mut self, ui: &mut Ui) {
        let robot = self.session.selected();
        let info = self.session.info().robots.get(robot);
        if let Some((info, now)) = info.zip(self.session.now()) {
            self.policy.ui(ui, info, now, self.session.history(), robot);
        }
    }

    fn latencies(&mut self, ui: &mut Ui) {
        match self.session.report() {
            Some((timings, report)) => self.latency.ui(ui, &LatencyInput { timings, report }),
            None => {
                ui.weak("nothing was measured yet");
            }
        }
    }

    fn left_panel(&mut self, ui: &mut Ui) {
        controls(ui, &mut self.session);
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            ui.label("camera");
            for mode in CameraMode::ALL {
                let is_on = self.viewport.camera_mode() == mode;
                if ui.selectable_label(is_on, mode.name()).clicked() {
                    self.viewport.set_camera_mode(mode);
                }
            }
        });
        ui.horizontal(|ui| {
            let hover = "Draws what was seen of this run so far faintly behind the next ones in the \
                         plots";
            if ui.button("Compare with this run").on_hover_text(hover).clicked() {
                self.session.keep_run(true);
            }
            let is_kept = self.session.other().is_some();
            let forget = ui.add_enabled(is_kept, egui::Button::new("Forget"));
            if forget.on_hover_text("No longer compares with it").clicked() {
                self.session.keep_run(false);
            }
        });
        if let Some(name) = self.session.other_name() {
            ui.weak(alloc::format!("compared with {name}"));
        }
        for (is_open, panel) in &mut self.panels {
            let title = panel.title().to_owned();
            ui.checkbox(is_open, title);
        }
    }

    fn status_bar(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            if !self.viewport.has_gpu() {
                ui.label("no GPU: 3D view off");
            } else if self.viewport.is_software() {
                ui.label("software rendering: reduced quality and rate");
            }
            if self.options.tells_machine {
                let frame_s = ui.input(|input| input.unstable_dt).max(1e-3);
                // The last frame counts for a tenth, or the number could not be read.
                self.frame_s += 0.1 * (frame_s - self.frame_s);
                ui.weak(alloc::format!("{:3.0} fps", 1.0 / self.frame_s));
                ui.weak(&self.adapter);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let keys = ui.button("Keys (F1)");
                if keys.on_hover_text("What keys and mouse do").clicked() {
                    self.is_help_open = true;
                }
                let is_dark = ui.visuals().dark_mode;
                let text = if is_dark { "☀ Light" } else { "🌙 Dark" };
                if ui.button(text).on_hover_text("The other theme  (D)").clicked() {
                    switch_theme(ui.ctx());
                }
                let info = self.session.info();
                ui.weak(alloc::format!("{} · seed {}", info.wanted.scene, info.seed));
            });
        });
    }

    /// What did not work, above everything else, until it is dismissed.
    fn failure(&mut self, ui: &mut Ui) {
        let Some(failure) = self.session.failure().cloned() else { return };
        let red = Palette::of(ui.visuals()).red;
        let frame = Frame::group(ui.style()).stroke(egui::Stroke::new(1.5, red));
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(alloc::format!("⚠ {}", failure.what)).strong().color(red));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if ui.button("Dismiss").on_hover_text("Escape").clicked() {
                        self.session.dismiss();
                    }
                    if ui.button("Copy").clicked() {
                        ui.ctx().copy_text(failure.reason.clone());
                    }
                    if !self.session.history().is_empty() && !self.session.is_recorded() {
                        ui.weak("the last good flight goes on");
                    }
                });
            });
            egui::ScrollArea::vertical().max_height(160.0).show(ui, |ui| {
                ui.monospace(&failure.reason);
            });
        });
    }

    fn repaint(&self, ctx: &Context) {
        let is_still = self.session.is_paused();
        let is_slow = self.viewport.is_software();
        match (is_still, is_slow) {
            (true, _) => ctx.request_repaint_after(Duration::from_secs_f64(1.0 / PAUSED_FPS)),
            (_, true) => ctx.request_repaint_after(Duration::from_secs_f64(1.0 / SOFTWARE_FPS)),
            (false, false) => ctx.request_repaint(),
        }
    }
}

impl eframe::App for RivusWindow {
    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        Kept { is_light: self.is_light, camera: self.viewport.camera_mode() }.write(storage);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.is_light = ctx.theme() == egui::Theme::Light;
        // Not the stable one: it is a guess in windows that are drawn at leisure.
        let elapsed_s = ctx.input(|input| input.unstable_dt).min(FRAME_MAX_S);
        self.session.poll(f64::from(elapsed_s));
        for action in pressed(&ctx) {
            self.act(&ctx, action);
        }
        #[cfg(feature = "gamepad")]
        if let Some(gamepad) = &mut self.gamepad {
            for action in gamepad.poll(&mut self.session, elapsed_s) {
                self.act(&ctx, action);
            }
        }
        self.take_dropped_file(&ctx);
        self.tell_title(&ctx);

        egui::Panel::top("top").show(ui, |ui| {
            ui.add_space(2.0);
            self.top.ui(ui, &mut self.session, self.options.tells_machine);
            self.failure(ui);
            ui.add_space(2.0);
        });
        egui::Panel::bottom("status").show(ui, |ui| self.status_bar(ui));
        egui::Panel::left("controls").default_size(262.0).min_size(230.0).show(ui, |ui| {
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| self.left_panel(ui));
        });
        // The robots keep half of a small window.
        let most_px = (0.5 * (ui.available_width() - 80.0)).max(180.0);
        let plots = egui::Panel::right("plots").default_size(400.0).min_size(180.0);
        plots.max_size(most_px).show(ui, |ui| {
            self.right_panel(ui);
        });
        egui::Panel::bottom("lower")
            .default_size(300.0)
            .min_size(120.0)
            .resizable(true)
            .show(ui, |ui| self.lower_panel(ui));
        let middle = Frame::NONE.inner_margin(Margin::ZERO).fill(ui.visuals().panel_fill);
        CentralPanel::default().frame(middle).show(ui, |ui| {
            self.view(ui);
        });
        help(&ctx, &mut self.is_help_open);
        for (is_open, panel) in &mut self.panels {
            let title = panel.title().to_owned();
            egui::Window::new(title).open(is_open).show(&ctx, |ui| {
                panel.ui(ui, &mut self.session);
            });
        }
        self.repaint(&ctx);
    }
}

/// Fonts, spacing and colours.
fn set_up(ctx: &Context, kept: Kept) {
    ctx.set_theme(if kept.is_light { ThemePreference::Light } else { ThemePreference::Dark });
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = egui::vec2(6.0, 4.0);
        style.spacing.slider_width = 96.0;
        style.interaction.tooltip_delay = 0.35;
    });
}

fn switch_theme(ctx: &Context) {
    let is_dark = ctx.theme() == egui::Theme::Dark;
    ctx.set_theme(if is_dark { ThemePreference::Light } else { ThemePreference::Dark });
}

fn change_speed(session: &mut Session, factor: f64) {
    let times = session.speed().times().unwrap_or(10.0);
    session.set_speed(Speed::Times((times * factor).clamp(0.1, 10.0)));
}
