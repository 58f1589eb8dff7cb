//! How well a vehicle held its setpoint.

use rivus_math::ops;

/// A vehicle that is farther than this from its setpoint has not settled, m.
pub const SETTLED_M: f64 = 0.1;

/// How well a vehicle held its setpoint, measured on its true motion.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Root mean square of the distance to the setpoint in the scored time, m; `None` before it.
    pub rmse_m: Option<f64>,
    /// Largest distance to the setpoint in the scored time, m; `None` before it.
    pub max_error_m: Option<f64>,
    /// Last time of the whole flight at which the distance was above [`SETTLED_M`], s; 0 if never.
    pub settle_s: f64,
    /// Largest angle out of level in the whole flight, deg.
    pub max_tilt_deg: f64,
}

impl Score {
    /// The worse of two vehicles, number by number; a number that only one of them has is taken.
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

/// Gathers a [`Score`], sample by sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scoring {
    from_s: f64,
    square_sum_m2: f64,
    /// Samples in the scored time.
    count: u64,
    max_error_m: f64,
    settle_s: f64,
    max_tilt_deg: f64,
}

impl Scoring {
    /// Scores the time from `from_s` to the end of the flight.
    #[must_use]
    pub const fn from(from_s: f64) -> Self {
        Self {
            from_s,
            square_sum_m2: 0.0,
            count: 0,
            max_error_m: 0.0,
            settle_s: 0.0,
            max_tilt_deg: 0.0,
        }
    }

    /// Adds the sample of the time `t_s`: distance to the setpoint and angle out of level.
    ///
    /// A number that is not finite counts as infinite, so that a lost vehicle cannot score well.
    pub fn add(&mut self, t_s: f64, error_m: f32, tilt_rad: f32) {
        let finite = |x: f32| if x.is_finite() { f64::from(x) } else { f64::INFINITY };
        let (error_m, tilt_rad) = (finite(error_m), finite(tilt_rad));
        if t_s >= self.from_s {
            self.square_sum_m2 += error_m * error_m;
            self.count += 1;
            self.max_error_m = self.max_error_m.max(error_m);
        }
        if error_m > SETTLED_M {
            self.settle_s = t_s;
        }
        self.max_tilt_deg = self.max_tilt_deg.max(tilt_rad.to_degrees());
    }

    /// The score so far.
    #[must_use]
    pub fn score(&self) -> Score {
        let is_scored = self.count > 0;
        // A count of samples is far below 2⁵³.
        let rmse_m = || ops::f64::sqrt(self.square_sum_m2 / self.count as f64);
        Score {
            rmse_m: is_scored.then(rmse_m),
            max_error_m: is_scored.then_some(self.max_error_m),
            settle_s: self.settle_s,
            max_tilt_deg: self.max_tilt_deg,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_count_from_the_scored_time_settling_and_tilt_always() {
        let mut scoring = Scoring::from(2.0);
        scoring.add(0.0, 5.0, 0.5);
        scoring.add(1.0, 0.2, 0.1);
        let early = scoring.score();
        assert_eq!((early.rmse_m, early.max_error_m, early.settle_s), (None, None, 1.0));
        scoring.add(2.0, 0.03, 0.1);
        scoring.add(3.0, 0.04, 0.0);
        let score = scoring.score();
        assert!((score.rmse_m.unwrap() - ops::f64::sqrt(12.5e-4)).abs() < 1e-8);
        assert!((score.max_error_m.unwrap() - 0.04).abs() < 1e-8);
        assert_eq!(score.settle_s, 1.0);
        assert!((score.max_tilt_deg - 28.648).abs() < 1e-3);
    }

    #[test]
    fn a_lost_vehicle_scores_infinitely_badly() {
        let mut scoring = Scoring::from(0.0);
        scoring.add(0.5, f32::NAN, f32::NAN);
        scoring.add(1.0, 0.0, 0.0);
        let infinite = f64::INFINITY;
        let expected = Score {
            rmse_m: Some(infinite),
            max_error_m: Some(infinite),
            settle_s: 0.5,
            max_tilt_deg: infinite,
        };
        assert_eq!(scoring.score(), expected);
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
