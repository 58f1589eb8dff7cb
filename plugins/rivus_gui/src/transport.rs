//! The bars above and below: what flies, how fast time passes, and which moment is shown.

use egui::{Align, ComboBox, Key, Layout, PopupCloseBehavior, RichText, Slider, TextEdit, Ui};

use crate::shortcuts::{Action, key_of};
use crate::{Palette, Session, Speed};

/// What the slowest and the fastest speed are, apart from "as fast as possible".
const SPEEDS: core::ops::RangeInclusive<f64> = 0.1..=10.0;

/// Whether there are files to open and to write; a page has none.
const HAS_FILES: bool = cfg!(not(target_arch = "wasm32"));

/// Room for everything in one row, points.
const ONE_ROW_PX: f32 = 1260.0;

/// The bar at the top.
#[derive(Debug, Default)]
pub(crate) struct TopBar {
    /// What is typed into the field for a scene file.
    file: String,
}

impl TopBar {
    pub(crate) fn ui(&mut self, ui: &mut Ui, session: &mut Session, tells_machine: bool) {
        let right = |ui: &mut Ui, session: &Session| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                clock(ui, session);
                if tells_machine {
                    machine(ui, session);
                }
            });
        };
        // A second row where all of it does not fit into one.
        let is_wide = ui.available_width() > ONE_ROW_PX;
        ui.horizontal(|ui| {
            let accent = Palette::of(ui.visuals()).blue;
            ui.label(RichText::new("RIVUS").strong().size(15.0).color(accent));
            ui.separator();
            self.scene_picker(ui, session);
            ui.separator();
            play_buttons(ui, session);
            ui.separator();
            speed(ui, session);
            if HAS_FILES {
                ui.separator();
                record(ui, session);
            }
            if is_wide {
                right(ui, session);
            }
        });
        if !is_wide {
            ui.horizontal(|ui| right(ui, session));
        }
    }

    fn scene_picker(&mut self, ui: &mut Ui, session: &mut Session) {
        let flown = session.wanted().scene.clone();
        let mut chosen = None;
        let picker = ComboBox::from_id_salt("scene")
            .selected_text(&flown)
            .height(400.0)
            // A click into the field is not the choice yet.
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let response = picker.show_ui(ui, |ui| {
            for scene in &session.scenes {
                if ui.selectable_label(*scene == flown, scene).clicked() {
                    chosen = Some(scene.clone());
                }
            }
            if HAS_FILES {
                ui.separator();
                chosen = self.file_field(ui).or(chosen.take());
            }
            if chosen.is_some() {
                ui.close();
            }
        });
        name(&response.response, "scene");
        response.response.on_hover_text(
            "What is flown; a scene or a recording can also be dropped on the window",
        );
        if let Some(scene) = chosen {
            session.load_scene(&scene);
        }
    }

    /// Asks for a file; the one that is wanted, once it is.
    fn file_field(&mut self, ui: &mut Ui) -> Option<String> {
        let label = ui.label("scene file or recording");
        let field = TextEdit::singleline(&mut self.file).hint_text("my_robot.ron or flight.mcap");
        let field = ui.add(field.desired_width(180.0)).labelled_by(label.id);
        let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let is_wanted = ui.button("Open this file").clicked() || is_entered;
        let file = self.file.trim();
        (is_wanted && !file.is_empty()).then(|| file.to_owned())
    }
}

/// Gives a combo box its name for people who do not see it.
pub(crate) fn name(response: &egui::Response, name: &'static str) {
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, response.enabled(), name));
}

fn play_buttons(ui: &mut Ui, session: &mut Session) {
    let tip = |ui: &Ui, text: &str, action| format!("{text}  ({})", key_of(ui.ctx(), action));
    let is_paused = session.is_paused();
    let (label, text) = if is_paused { ("▶ Fly", "Go on") } else { ("⏸ Pause", "Stop") };
    let hover = tip(ui, text, Action::PlayPause);
    if ui.button(label).on_hover_text(hover).clicked() {
        session.pause(!is_paused);
    }
    let hover = tip(ui, "Run one tick and stop", Action::Step);
    if ui.button("⏭ Step").on_hover_text(hover).clicked() {
        session.step();
    }
    let text = "Back to the beginning: world, networks, faults; wind stays as it is set";
    let hover = tip(ui, text, Action::Reset);
    if ui.button("⟲ Reset").on_hover_text(hover).clicked() {
        session.reset();
    }
}

fn speed(ui: &mut Ui, session: &mut Session) {
    let label = ui.label("speed");
    let mut times = session.speed().times().unwrap_or(*SPEEDS.end());
    let is_limited = session.speed() != Speed::Unlimited;
    let slider = Slider::new(&mut times, SPEEDS).logarithmic(true).suffix("×").fixed_decimals(2);
    let response = ui.add_enabled(is_limited, slider).labelled_by(label.id);
    if response.changed() && is_limited {
        session.set_speed(Speed::Times(times));
    }
    response.on_hover_text("Seconds of the robots per second on the wall  (+ and −)");
    let mut is_max = !is_limited;
    let max = ui.toggle_value(&mut is_max, "max").on_hover_text("As fast as the machine allows");
    if max.changed() {
        session.set_speed(if is_max { Speed::Unlimited } else { Speed::REAL_TIME });
    }
}

fn record(ui: &mut Ui, session: &mut Session) {
    let red = Palette::of(ui.visuals()).red;
    if let Some(path) = session.recording() {
        let path = path.display().to_string();
        let stop = ui.button(RichText::new("⏹ Stop recording").color(red));
        if stop.on_hover_text("Ends the file and flies on from the beginning").clicked() {
            session.record(None);
        }
        ui.monospace(path);
        return;
    }
    if !session.is_recorded() {
        let text = "Flies from the beginning again and records everything into a new MCAP file in \
                    the working folder, which `rivus replay` runs again bit for bit";
        let record = ui.add_enabled(!session.history().is_empty(), egui::Button::new("⏺ Record"));
        if record.on_hover_text(text).clicked() {
            session.record(Some(free_name(&session.info().wanted.scene)));
        }
    }
    let made = session.made().map(|path| path.display().to_string());
    if let Some(made) = made.filter(|made| *made != session.info().wanted.scene) {
        let text = format!("Opens {made}, the recording that was made last");
        if ui.button("▶ Look at it").on_hover_text(text).clicked() {
            session.load_scene(&made);
        }
    }
}

/// A file name in the working folder that nothing has yet.
fn free_name(scene: &str) -> std::path::PathBuf {
    let stem = scene.rsplit('/').next().unwrap_or(scene).trim_end_matches(".ron");
    let names = (1_u32..).map(|count| std::path::PathBuf::from(format!("{stem}-{count}.mcap")));
    names.into_iter().find(|path| !path.exists()).unwrap_or_default()
}

/// The time that is shown.
fn clock(ui: &mut Ui, session: &Session) {
    let time_s = session.now().map_or(0.0, crate::Snapshot::time_s);
    let text = RichText::new(format!("t {time_s:8.3} s")).monospace().strong();
    ui.label(text).on_hover_text("Time of the robots since the beginning of the flight");
}

/// Whether the machine keeps up.
fn machine(ui: &mut Ui, session: &Session) {
    let palette = Palette::of(ui.visuals());
    let Some((timings, report)) = session.report() else { return };
    let overruns = timings.overruns();
    let (text, color) = match overruns {
        0 => ("✔ budgets kept".to_owned(), palette.green),
        1 => ("1 overrun".to_owned(), palette.red),
        _ => (format!("{overruns} overruns"), palette.red),
    };
    ui.separator();
    let budgets = ui.label(RichText::new(text).color(color));
    let about = "Stages and ticks over their budgets since the flight began".to_owned();
    let names = report.recent_overruns.iter().rev();
    budgets.on_hover_text(names.fold(about, |text, overrun| text + "\n" + overrun));
    let Some(reached) = report.realtime_factor else { return };
    ui.separator();
    let is_slow =
        !session.is_paused() && report.wanted_speed.is_some_and(|wanted| reached < 0.9 * wanted);
    let factor = RichText::new(format!("{reached:6.2}× real time")).monospace();
    let factor = if is_slow { factor.color(palette.amber) } else { factor.weak() };
    ui.label(factor).on_hover_text(if is_slow {
        "This machine is too slow for the wanted speed"
    } else {
        "Seconds of the robots per second on the wall"
    });
}

/// The bar under the view: which moment is shown.
pub(crate) fn scrub_bar(ui: &mut Ui, session: &mut Session) {
    ui.horizontal(|ui| {
        let (first_s, last_s) = session.history().span_s();
        let mut time_s = session.now().map_or(0.0, crate::Snapshot::time_s);
        let label = ui.label("moment");
        ui.spacing_mut().slider_width = (ui.available_width() - 190.0).max(80.0);
        let range = first_s..=last_s.max(first_s + 1e-3);
        let slider = Slider::new(&mut time_s, range).suffix(" s").fixed_decimals(2);
        let response = ui.add(slider).labelled_by(label.id);
        // A slider over a range that moves reports changes that nobody made.
        let is_by_hand = response.dragged() || response.clicked() || response.has_focus();
        if response.changed() && is_by_hand {
            session.seek(time_s);
        }
        response.on_hover_text("The last minute can be looked at again  (← →, Home, End)");
        let is_live = session.sought_s().is_none();
        let text = if session.is_recorded() { "End" } else { "Live" };
        let live = ui.add_enabled(!is_live, egui::Button::new(text));
        if live.on_hover_text("Back to the newest moment  (End)").clicked() {
            session.seek_live();
        }
    });
}
