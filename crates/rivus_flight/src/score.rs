//! How well a vehicle held its setpoint.

use rivus_math::ops;

/// A vehicle that is farther than this from its setpoint has not settled, m.
pub const SETTLED_M: f64 = 0.1;

/// How well a vehicle held its setpoint, measured on its true motion.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Root mean square of the distance to the setpoint in the scored time, m.
    pub rmse_m: f64,
    /// Largest distance to the setpoint in the scored time, m.
    pub max_error_m: f64,
    /// Last time of the whole flight at which the distance was above [`SETTLED_M`], s.
    pub settle_s: f64,
    /// Largest angle out of level in the whole flight, deg.
    pub max_tilt_deg: f64,
}

/// Gathers a [`Score`], sample by sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scoring {
    from_s: f64,
    square_sum_m2: f64,
    count: u64,
    worst: Score,
}

impl Scoring {
    /// Scores the time from `from_s` to the end of the flight.
    #[must_use]
    pub fn from(from_s: f64) -> Self {
        Self { from_s, square_sum_m2: 0.0, count: 0, worst: Score::default() }
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
            self.worst.max_error_m = self.worst.max_error_m.max(error_m);
        }
        if error_m > SETTLED_M {
            self.worst.settle_s = t_s;
        }
        self.worst.max_tilt_deg = self.worst.max_tilt_deg.max(tilt_rad.to_degrees());
    }

    /// The score so far; its RMSE is zero as long as no sample was in the scored time.
    #[must_use]
    pub fn score(&self) -> Score {
        // A count of samples is far below 2⁵³.
        let rmse_m = ops::f64::sqrt(self.square_sum_m2 / self.count.max(1) as f64);
        Score { rmse_m, ..self.worst }
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
        scoring.add(2.0, 0.03, 0.1);
        scoring.add(3.0, 0.04, 0.0);
        let score = scoring.score();
        assert!((score.rmse_m - ops::f64::sqrt(12.5e-4)).abs() < 1e-8);
        assert!((score.max_error_m - 0.04).abs() < 1e-8);
        assert_eq!(score.settle_s, 1.0);
        assert!((score.max_tilt_deg - 28.648).abs() < 1e-3);
    }

    #[test]
    fn a_lost_vehicle_scores_infinitely_badly() {
        let mut scoring = Scoring::from(0.0);
        scoring.add(0.0, f32::NAN, 0.0);
        assert_eq!(scoring.score().rmse_m, f64::INFINITY);
        assert_eq!(Scoring::from(1.0).score().rmse_m, 0.0);
    }
}
