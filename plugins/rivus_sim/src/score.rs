//! How well robots hold their setpoints, by the truth.

use bevy_ecs::component::Component;
use bevy_ecs::system::{Query, Res};
use rivus_app::Tick;
use rivus_flight::{Score, Scoring, tilt_rad};
use rivus_robot::{Pose, Setpoint, Truth};

/// The score of one robot, brought up to date in `Record`.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct FlightScore(Scoring);

impl FlightScore {
    /// Nothing flown yet; errors count from `from_s` on.
    pub(crate) const fn new(from_s: f64) -> Self {
        Self(Scoring::from(from_s))
    }

    /// The score so far.
    #[must_use]
    pub fn score(&self) -> Score {
        self.0.score()
    }
}

/// Adds the end of this tick to the scores.
pub(crate) fn score_flights(
    tick: Res<Tick>,
    mut robots: Query<(&Pose<Truth>, &Setpoint, &mut FlightScore)>,
) {
    // A double holds the nanoseconds of a flight exactly.
    let end_s = (tick.time_ns + tick.period_ns) as f64 / 1e9;
    for (pose, setpoint, mut score) in &mut robots {
        let error_m = (pose.position_m - setpoint.0.position_m).norm();
        score.0.add(end_s, error_m, tilt_rad(&pose.world_from_body));
    }
}
