//! How many ticks are due.

use crate::Speed;

/// Debt that is forgiven, seconds on the wall: a machine that is too slow lags behind, it does not
/// race afterwards.
const DEBT_MAX_S: f64 = 0.1;

/// Keeps the robots' time in step with the wall, at any speed.
#[derive(Clone, Debug)]
pub(super) struct Pacer {
    speed: Speed,
    period_s: f64,
    /// Seconds of the robots that are due.
    due_s: f64,
}

impl Pacer {
    /// For ticks of `period_s` seconds.
    pub(super) const fn new(speed: Speed, period_s: f64) -> Self {
        Self { speed, period_s, due_s: 0.0 }
    }

    pub(super) const fn speed(&self) -> Speed {
        self.speed
    }

    pub(super) const fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
        self.due_s = 0.0;
    }

    /// Lets `elapsed_s` seconds pass on the wall; the number of ticks that are due, or `None` if as
    /// many as possible are.
    pub(super) fn pass(&mut self, elapsed_s: f64) -> Option<u64> {
        let times = self.speed.times()?;
        let most_s = (DEBT_MAX_S * times).max(self.period_s);
        self.due_s = (self.due_s + elapsed_s.max(0.0) * times).min(most_s);
        let ticks = (self.due_s / self.period_s).floor();
        self.due_s -= ticks * self.period_s;
        // At most a tenth of a second at ten times the speed.
        Some(ticks as u64)
    }

    /// Seconds on the wall until the next tick is due; none without a limit.
    pub(super) fn wait_s(&self) -> f64 {
        self.speed.times().map_or(0.0, |times| (self.period_s - self.due_s).max(0.0) / times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_keep_step_with_the_wall_at_any_speed() {
        for times in [0.1, 1.0, 10.0] {
            let mut pacer = Pacer::new(Speed::Times(times), 0.001);
            let ticks: u64 = (0..1000).filter_map(|_| pacer.pass(0.007)).sum();
            let expected = 7000.0 * times;
            assert!((ticks as f64 - expected).abs() <= 1.0, "{ticks} at {times}");
        }
    }

    #[test]
    fn debt_is_forgiven_and_no_limit_is_no_number() {
        let mut pacer = Pacer::new(Speed::Times(2.0), 0.001);
        assert_eq!(pacer.pass(5.0), Some(200));
        assert_eq!(pacer.pass(-1.0), Some(0));
        assert!((pacer.wait_s() - 0.0005).abs() < 1e-6);
        pacer.set_speed(Speed::Unlimited);
        assert_eq!((pacer.pass(0.1), pacer.wait_s()), (None, 0.0));
    }
}
