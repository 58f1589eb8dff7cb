//! Which reading of each sensor the estimate rests on.

use bevy_ecs::component::Component;
use rivus_app::FaultKind;
use rivus_robot::Reading;

/// What the estimator knows about the sensors of one robot.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// Pose readings.
    pub pose: SensorIntake,
    /// Velocity readings.
    pub velocity: SensorIntake,
    /// Body rate readings.
    pub rates: SensorIntake,
}

/// What was taken from one sensor so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SensorIntake {
    count: u64,
    stamp_ns: Option<u64>,
    is_stale: bool,
}

/// One look at a sensor.
pub(crate) struct Look<V> {
    /// The value to use from now on, if there is a new one that is usable.
    pub(crate) fresh: Option<V>,
    /// Whether something usable is known that is not too old.
    pub(crate) is_valid: bool,
    /// Faults to raise.
    pub(crate) faults: [Option<FaultKind>; 2],
}

impl SensorIntake {
    /// When the reading in use was measured, ns of the robot's time.
    #[must_use]
    pub const fn stamp_ns(&self) -> Option<u64> {
        self.stamp_ns
    }

    /// Time since the reading in use was measured, s; infinite if there is none.
    #[must_use]
    pub fn age_s(&self, now_ns: u64) -> f32 {
        // A double holds the nanoseconds of a flight to better than one; then it is rounded once.
        let age_s = |stamp_ns: u64| (now_ns.saturating_sub(stamp_ns) as f64 / 1e9) as f32;
        self.stamp_ns.map_or(f32::INFINITY, age_s)
    }

    /// Takes the reading if it is new; `check` says what is usable of it.
    pub(crate) fn look<T, V>(
        &mut self,
        reading: Option<&Reading<T>>,
        (now_ns, limit_ns): (u64, u64),
        check: impl FnOnce(&T) -> Option<V>,
    ) -> Look<V> {
        let mut fresh = None;
        let mut refused = None;
        if let Some(reading) = reading.filter(|reading| reading.count != self.count) {
            self.count = reading.count;
            fresh = reading.get().and_then(check);
            if fresh.is_some() {
                self.stamp_ns = Some(reading.stamp_ns);
            } else {
                refused = Some(FaultKind::NotFinite);
            }
        }
        // What never delivered is as old as the robot.
        let age_ns = now_ns.saturating_sub(self.stamp_ns.unwrap_or(0));
        let was_stale = self.is_stale;
        self.is_stale = age_ns > limit_ns;
        let stale = (self.is_stale && !was_stale).then_some(FaultKind::StaleSensor);
        Look {
            fresh,
            is_valid: self.stamp_ns.is_some() && !self.is_stale,
            faults: [refused, stale],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usable(value: &f32) -> Option<f32> {
        value.is_finite().then_some(*value)
    }

    #[test]
    fn a_reading_is_taken_once_and_refused_if_not_finite() {
        let mut intake = SensorIntake::default();
        let mut reading = Reading::default();
        assert!(!intake.look(Some(&reading), (0, 10), usable).is_valid);
        reading.put(1.0, 5);
        let look = intake.look(Some(&reading), (6, 10), usable);
        assert_eq!((look.fresh, look.is_valid), (Some(1.0), true));
        let look = intake.look(Some(&reading), (7, 10), usable);
        assert_eq!((look.fresh, look.is_valid), (None, true));
        reading.put(f32::NAN, 8);
        let look = intake.look(Some(&reading), (8, 10), usable);
        assert_eq!((look.fresh, look.is_valid), (None, true));
        assert_eq!(look.faults, [Some(FaultKind::NotFinite), None]);
        assert_eq!(intake.stamp_ns(), Some(5));
    }

    #[test]
    fn a_silent_sensor_is_stale_once_per_episode() {
        let mut intake = SensorIntake::default();
        let mut faults = 0;
        for now_ns in 0..30 {
            let look = intake.look(None::<&Reading<f32>>, (now_ns, 10), usable);
            faults += look.faults.iter().flatten().count();
        }
        assert_eq!(faults, 1);
        let mut reading = Reading::default();
        reading.put(1.0, 30);
        assert!(intake.look(Some(&reading), (31, 10), usable).is_valid);
        let look = intake.look(Some(&reading), (41, 10), usable);
        assert_eq!((look.is_valid, look.faults), (false, [None, Some(FaultKind::StaleSensor)]));
    }
}
