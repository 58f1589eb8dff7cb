//! The panel of what can be done to the flight.

use core::ops::RangeInclusive;

use egui::{CollapsingHeader, ComboBox, DragValue, Grid, RichText, Slider, Ui};
use rivus_math::NonNegative;
use rivus_sim::SensorFault;
use rivus_vehicle::ROTORS;

use crate::shortcuts::{Action, key_of};
use crate::transport::name;
use crate::{Flier, Palette, Pilot, Sensor, Session, WindSetting};

/// The delay that "late" adds to a sensor, s.
const LATE_S: f64 = 0.05;

/// Shows all controls.
pub(crate) fn controls(ui: &mut Ui, session: &mut Session) {
    if session.info().robots.len() > 1 {
        robot_picker(ui, session);
    }
    // What is over cannot be changed.
    let is_live = !session.is_recorded();
    type Section = (&'static str, fn(&mut Ui, &mut Session));
    let all: [Section; 4] =
        [("Flight", flight), ("Wind", wind), ("Motors", motors), ("Sensors and timing", sensors)];
    let others: [Section; 2] = [("Flight", flight), ("Timing", timing)];
    let sections: &[Section] = if session.has_rotors() { &all } else { &others };
    for (title, contents) in sections {
        section(ui, title, |ui| {
            ui.add_enabled_ui(is_live, |ui| contents(ui, session));
        });
    }
    section(ui, "State", |ui| state(ui, session));
}

fn section(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    CollapsingHeader::new(RichText::new(title).strong()).default_open(true).show(ui, contents);
}

fn flight(ui: &mut Ui, session: &mut Session) {
    Grid::new("flight").num_columns(2).show(ui, |ui| {
        if session.has_rotors() {
            ui.label("policy");
            policy_picker(ui, session);
            ui.end_row();
        }
        let label = ui.label("seed");
        let mut seed = session.info().seed;
        let drag = ui.add(DragValue::new(&mut seed).speed(0.1)).labelled_by(label.id);
        if drag.changed() {
            session.set_seed(seed);
        }
        drag.on_hover_text("Seed of start and noise; a new one flies from the beginning");
        ui.end_row();
    });
    if !session.has_rotors() {
        return;
    }
    let pilot = session.present_robot().map_or(Pilot::Nobody, |robot| robot.pilot);
    ui.horizontal(|ui| {
        ui.label("flown by");
        let key = key_of(ui.ctx(), Action::Lee);
        let text = format!("The policy has the say; Lee takes over if it fails  ({key})");
        let is_lee = pilot == Pilot::Backup;
        if ui.selectable_label(!is_lee, "policy").on_hover_text(text).clicked() {
            session.fly_by_lee(false);
        }
        let text = format!("The geometric controller of Lee has the say  ({key})");
        if ui.selectable_label(is_lee, "Lee").on_hover_text(text).clicked() {
            session.fly_by_lee(true);
        }
    });
}

fn robot_picker(ui: &mut Ui, session: &mut Session) {
    let mut chosen = session.selected();
    let robots = &session.info().robots;
    let text = robots.get(chosen).map_or("", |robot| robot.name.as_str()).to_owned();
    let picker = ComboBox::from_id_salt("robot").selected_text(text).show_ui(ui, |ui| {
        for (place, robot) in robots.iter().enumerate() {
            ui.selectable_value(&mut chosen, place, &robot.name);
        }
    });
    name(&picker.response, "robot");
    session.select(chosen);
}

fn policy_picker(ui: &mut Ui, session: &mut Session) {
    let flown = session.wanted().flier.clone();
    let mut chosen = flown.clone();
    let text = |flier: &Flier| match flier {
        Flier::Scene => "as the scene says".to_owned(),
        Flier::Policy(file) => file.rsplit('/').next().unwrap_or(file).to_owned(),
        Flier::Lee => "none: Lee flies".to_owned(),
    };
    let picker = ComboBox::from_id_salt("policy").selected_text(text(&flown)).width(150.0);
    let picker = picker.show_ui(ui, |ui| {
        let policies = session.policies.iter().cloned().map(Flier::Policy);
        for flier in core::iter::once(Flier::Scene).chain(policies).chain([Flier::Lee]) {
            let label = text(&flier);
            ui.selectable_value(&mut chosen, flier, label);
        }
    });
    name(&picker.response, "policy");
    picker.response.on_hover_text("Who flies; another one begins from the beginning");
    if chosen != flown {
        session.fly_by(chosen);
    }
}

fn wind(ui: &mut Ui, session: &mut Session) {
    let mut wind = session.wind();
    Grid::new("wind").num_columns(2).show(ui, |ui| {
        slider(ui, "speed", &mut wind.speed_mps, 0.0..=12.0, " m/s", 1);
        slider(ui, "heading", &mut wind.heading_deg, -180.0..=180.0, "°", 0);
        slider(ui, "up", &mut wind.up_mps, -5.0..=5.0, " m/s", 1);
    });
    if wind != session.wind() {
        session.set_wind(wind);
    }
    let is_calm = wind == WindSetting::default();
    if ui.add_enabled(!is_calm, egui::Button::new("Calm")).clicked() {
        session.set_wind(WindSetting::default());
    }
}

fn slider(
    ui: &mut Ui,
    text: &str,
    value: &mut f32,
    range: RangeInclusive<f32>,
    unit: &str,
    decimals: usize,
) {
    let label = ui.label(text);
    let slider = Slider::new(value, range).suffix(unit).fixed_decimals(decimals);
    ui.add(slider).labelled_by(label.id);
    ui.end_row();
}

fn motors(ui: &mut Ui, session: &mut Session) {
    let palette = Palette::of(ui.visuals());
    let health = session.present_robot().map_or([1.0; ROTORS], |robot| robot.motor_health);
    Grid::new("motors").num_columns(3).show(ui, |ui| {
        for (motor, now) in health.into_iter().enumerate() {
            let number = motor + 1;
            let label = ui.label(format!("motor {number}"));
            let mut percent = now * 100.0;
            ui.spacing_mut().slider_width = 64.0;
            let slider = Slider::new(&mut percent, 0.0..=100.0).suffix(" %").fixed_decimals(0);
            let response = ui.add(slider).labelled_by(label.id);
            let is_by_hand = response.dragged() || response.clicked() || response.has_focus();
            if response.changed() && is_by_hand {
                session.set_motor(motor, percent / 100.0);
            }
            response.on_hover_text("How much of its thrust it gives");
            let is_well = now >= 1.0;
            let text = if is_well { format!("Kill {number}") } else { format!("Mend {number}") };
            let text = RichText::new(text).color(if is_well { palette.red } else { palette.green });
            let key = key_of(ui.ctx(), Action::Motor(motor));
            if ui.button(text).on_hover_text(format!("Key {key}")).clicked() {
                session.toggle_motor(motor);
            }
            ui.end_row();
        }
    });
}

fn sensors(ui: &mut Ui, session: &mut Session) {
    Grid::new("sensors").num_columns(2).show(ui, |ui| {
        ui.label("motion capture");
        sensor_picker(ui, session, Sensor::MotionCapture, "motion capture fault");
        ui.end_row();
        ui.label("gyroscope");
        sensor_picker(ui, session, Sensor::Gyroscope, "gyroscope fault");
        ui.end_row();
    });
    timing(ui, session);
}

fn timing(ui: &mut Ui, session: &mut Session) {
    ui.horizontal(|ui| {
        let key = key_of(ui.ctx(), Action::SlowPolicy);
        let text = format!(
            "The policy takes 5 ms longer for half a second: what the scene says of overruns \
             follows  ({key})"
        );
        if ui.button("Slow the policy").on_hover_text(text).clicked() {
            session.slow_policy();
        }
        if ui.button("Mend all").on_hover_text("Motors and sensors in health again").clicked() {
            session.mend();
        }
    });
}

fn sensor_picker(ui: &mut Ui, session: &mut Session, sensor: Sensor, label: &'static str) {
    let now = session.sensor_fault(sensor);
    let mut chosen = now;
    // The number is above zero.
    let late = NonNegative::new(LATE_S).map_or(SensorFault::None, SensorFault::Delayed);
    let faults = [
        (SensorFault::None, "in health"),
        (SensorFault::Dropped, "drops out"),
        (SensorFault::Frozen, "frozen"),
        (late, "50 ms late"),
    ];
    let text = faults.iter().find(|(fault, _)| *fault == now).map_or("", |(_, text)| *text);
    let picker = ComboBox::from_id_salt(label).selected_text(text).show_ui(ui, |ui| {
        for (fault, text) in faults {
            ui.selectable_value(&mut chosen, fault, text);
        }
    });
    name(&picker.response, label);
    if chosen != now {
        session.set_sensor(sensor, chosen);
    }
}

fn state(ui: &mut Ui, session: &Session) {
    let Some(robot) = session.robot() else { return };
    let palette = Palette::of(ui.visuals());
    let (roll, pitch, yaw) = robot.world_from_body.euler_angles();
    let degrees = [roll, pitch, yaw].map(f32::to_degrees);
    let rates = robot.body_rates_radps.map(f32::to_degrees);
    Grid::new("state").num_columns(4).striped(true).show(ui, |ui| {
        ui.label("");
        for axis in ["x", "y", "z"] {
            ui.weak(axis);
        }
        ui.end_row();
        row(ui, "p [m]", robot.position_m.into(), 3);
        row(ui, "v [m/s]", robot.velocity_mps.into(), 2);
        row(ui, "rpy [°]", degrees, 1);
        row(ui, "ω [°/s]", rates.into(), 0);
        if session.has_rotors() {
            row(ui, "wind [m/s]", robot.wind_mps.into(), 1);
        }
    });
    let error_m = robot.error_m();
    let color = match error_m {
        ..0.1 => palette.green,
        0.1..0.5 => palette.amber,
        _ => palette.red,
    };
    let text = RichText::new(format!("{error_m:6.3} m from the target")).monospace().color(color);
    ui.label(text).on_hover_text(format!("{error_m} m"));
}

fn row(ui: &mut Ui, label: &str, values: [f32; 3], decimals: usize) {
    ui.label(label);
    for value in values {
        // Fixed width, and no minus before what is shown as zero.
        let shown = if value.abs() < 0.5 * 0.1_f32.powi(decimals as i32) { 0.0 } else { value };
        ui.monospace(format!("{shown:8.decimals$}")).on_hover_text(format!("{value}"));
    }
    ui.end_row();
}
