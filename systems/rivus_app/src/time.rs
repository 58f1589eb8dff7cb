//! Clocks and the time of the running tick.

use bevy_ecs::resource::Resource;

/// Monotonic time in nanoseconds, supplied by the runner; without it no budget is measured.
///
/// It must be there when the ticks are built and must never go back.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Clock(pub fn() -> u64);

/// CPU time of the calling thread in nanoseconds, supplied by the runner.
///
/// At [`Pace::Free`](crate::Pace::Free) it tells a slow system from a busy machine. It is read
/// once per tick and once more for each run that is late on the wall.
#[derive(Resource, Clone, Copy, Debug)]
pub struct CpuClock(pub fn() -> u64);

/// Time since the running schedule last ran, at its own rate.
///
/// The ticker alone writes it, and only when it changes.
/// It is counted on the grid of ticks, so it is the same in every run; ticks that were skipped
/// lengthen it. On the first run it is the nominal period.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct Dt {
    ns: u64,
    secs: f32,
}

impl Dt {
    /// An elapsed time in nanoseconds; for tests of systems, the ticker sets it otherwise.
    #[must_use]
    pub const fn from_ns(ns: u64) -> Self {
        // A double holds every plausible elapsed time exactly, so there is one rounding, to f32.
        Self { ns, secs: (ns as f64 / 1e9) as f32 }
    }

    /// Seconds.
    #[must_use]
    pub const fn secs(self) -> f32 {
        self.secs
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn ns(self) -> u64 {
        self.ns
    }
}

/// The running tick; between ticks, the last one.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Number of base ticks since the start, skipped ones included; the first tick is 0.
    pub index: u64,
    /// Time of the robot at the beginning of this tick, in nanoseconds since tick 0.
    pub time_ns: u64,
    /// Time from one base tick to the next in nanoseconds, rounded down.
    pub period_ns: u64,
}

impl Tick {
    /// Time of the robot in seconds.
    #[must_use]
    pub const fn time_s(self) -> f64 {
        self.time_ns as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_time_is_rounded_once() {
        assert_eq!(Dt::from_ns(10_000_000).secs(), 0.01);
        assert_eq!(Dt::from_ns(1_000_000).secs(), 0.001);
        assert_eq!(Dt::from_ns(1_500_000_000).ns(), 1_500_000_000);
    }
}
