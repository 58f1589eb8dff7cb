//! What a page is told of the flight.

use rivus_gui::{RobotInfo, RobotState, Session};
use serde::Serialize;

/// A flight in a few numbers.
#[derive(Serialize)]
pub(crate) struct State {
    scene: String,
    seed: u64,
    /// Time of the robots at the moment that is shown, s.
    time_s: f64,
    is_paused: bool,
    /// What did not work.
    failure: Option<String>,
    /// The hash of the bits of all ticks so far, as `rivus sim` prints it.
    state_hash: Option<String>,
    robots: Vec<Robot>,
}

#[derive(Serialize)]
struct Robot {
    name: String,
    /// Who flies it.
    pilot: &'static str,
    height_m: f32,
    /// How far it is from its target, m.
    error_m: f32,
    /// What each motor gives of its thrust, 0 to 1.
    motor_health: Vec<f32>,
}

impl State {
    /// The state at the moment that is shown.
    pub(crate) fn of(session: &Session) -> Self {
        let info = session.info();
        let now = session.now();
        let robots = now.map_or(&[][..], |now| &now.robots);
        Self {
            scene: info.wanted.scene.clone(),
            seed: info.seed,
            time_s: now.map_or(0.0, rivus_gui::Snapshot::time_s),
            is_paused: session.is_paused(),
            failure: session
                .failure()
                .map(|failure| format!("{}: {}", failure.what, failure.reason)),
            state_hash: session.state_hash().map(|hash| format!("{hash:016x}")),
            robots: info.robots.iter().zip(robots).map(Robot::of).collect(),
        }
    }
}

impl Robot {
    fn of((info, state): (&RobotInfo, &RobotState)) -> Self {
        Self {
            name: info.name.clone(),
            pilot: state.pilot.name(),
            height_m: state.position_m.z,
            error_m: state.error_m(),
            motor_health: state.motor_health.to_vec(),
        }
    }
}
