//! How well robots hold their setpoints, by the truth.

use bevy_ecs::component::Component;
use bevy_ecs::system::{Query, Res};
use rivus_app::Tick;
use rivus_flight::{Scoring, tilt_rad};
use rivus_robot::{Pose, Setpoint, Truth};

/// How well a robot flew so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Root mean square of the distance to the setpoint in the scored time, m; `None` before it.
    pub rmse_m: Option<f64>,
    /// Largest distance to the setpoint in the scored time, m; `None` before it.
    pub max_error_m: Option<f64>,
    /// The last time at which the distance was above 0.1 m, s; 0 if it never was.
    pub settle_s: f64,
    /// Largest angle out of level in the whole flight, degrees.
    pub max_tilt_deg: f64,
}

impl Score {
    /// The worse of two robots, number by number.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let larger = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (only, None) | (None, only) => only,
        };
        Self {
            rmse_m: larger(self.rmse_m, other.rmse_m),
            max_error_m: larger(self.max_error_m, other.max_error_m),
            settle_s: self.settle_s.max(other.settle_s),
            max_tilt_deg: self.max_tilt_deg.max(other.max_tilt_deg),
        }
    }
}

/// The score of one robot, brought up to date in `Record`.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct FlightScore {
    scoring: Scoring,
    from_s: f64,
    is_scored: bool,
}

impl FlightScore {
    /// Nothing flown yet; errors count from `from_s` on.
    pub(crate) fn new(from_s: f64) -> Self {
        Self { scoring: Scoring::from(from_s), from_s, is_scored: false }
    }

    fn add(&mut self, time_s: f64, error_m: f32, tilt_rad: f32) {
        self.is_scored |= time_s >= self.from_s;
        self.scoring.add(time_s, error_m, tilt_rad);
    }

    /// The score so far.
    #[must_use]
    pub fn score(&self) -> Score {
        let score = self.scoring.score();
        Score {
            rmse_m: self.is_scored.then_some(score.rmse_m),
            max_error_m: self.is_scored.then_some(score.max_error_m),
            settle_s: score.settle_s,
            max_tilt_deg: score.max_tilt_deg,
        }
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
        score.add(end_s, error_m, tilt_rad(&pose.world_from_body));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_unknown_until_they_are_scored() {
        let mut flight = FlightScore::new(2.0);
        flight.add(1.0, 0.2, 0.5);
        let early = flight.score();
        assert_eq!((early.rmse_m, early.max_error_m, early.settle_s), (None, None, 1.0));
        flight.add(2.0, 0.05, 0.0);
        let score = flight.score();
        assert!((score.rmse_m.unwrap() - 0.05).abs() < 1e-8);
        assert_eq!(score.settle_s, 1.0);
    }

    #[test]
    fn the_worst_of_two_is_taken_number_by_number() {
        let a = Score { rmse_m: Some(0.1), max_error_m: None, settle_s: 1.0, max_tilt_deg: 9.0 };
        let b = Score { rmse_m: None, max_error_m: Some(0.3), settle_s: 2.0, max_tilt_deg: 3.0 };
        let worst =
            Score { rmse_m: Some(0.1), max_error_m: Some(0.3), settle_s: 2.0, max_tilt_deg: 9.0 };
        assert_eq!(a.worst(b), worst);
    }
}
