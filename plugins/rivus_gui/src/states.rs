//! The words about the state of things.

use egui::{Color32, Ui};
use rivus_sim::SensorFaults;

use crate::{Palette, Pilot, Session};

/// The words that stand in the view of the robots, most important first.
pub(crate) fn states(ui: &Ui, session: &Session) -> Vec<(String, Color32)> {
    let palette = Palette::of(ui.visuals());
    let mut states = Vec::new();
    if session.recording().is_some() {
        states.push(("REC".to_owned(), palette.red));
    }
    if session.is_recorded() {
        states.push(("RECORDED".to_owned(), palette.blue));
    }
    if session.sought_s().is_some() && !session.is_recorded() {
        states.push(("HISTORY".to_owned(), palette.amber));
    } else if session.is_paused() {
        states.push(("PAUSED".to_owned(), palette.amber));
    }
    let robot = session.robot();
    if robot.is_some_and(|robot| robot.motor_health.iter().any(|health| *health < 1.0)) {
        states.push(("MOTOR FAULT".to_owned(), palette.red));
    }
    if robot.is_some_and(|robot| robot.sensor_faults != SensorFaults::default()) {
        states.push(("SENSOR FAULT".to_owned(), palette.red));
    }
    let airframe = session.info().robots.get(session.selected()).and_then(|info| info.airframe);
    if let Some((robot, airframe)) = robot.zip(airframe) {
        let most_radps = airframe.rotor_speed_max_radps;
        if robot.command_radps.iter().any(|speed| *speed >= most_radps) {
            states.push(("SATURATED".to_owned(), palette.amber));
        }
    }
    match robot.map(|robot| robot.pilot).filter(|_| session.has_rotors()) {
        Some(Pilot::Policy) | None => {}
        Some(Pilot::Backup) => states.push(("LEE FLIES".to_owned(), palette.blue)),
        Some(pilot) => states.push((pilot.name().to_uppercase(), palette.red)),
    }
    states
}
