//! A thread beside the loop that stops the robot when the loop does not.

mod guard;
mod judge;

pub(crate) use guard::Watchdog;

use core::fmt;

use crate::thread::{RtGrade, RtStep};

const US: u64 = 1000;

/// When the watchdog acts. All times are in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchdogOptions {
    /// The loop counts as stuck when a tick takes longer than this, or does not begin for as long
    /// after it was due; never before a base period is over, which is what a tick may take.
    pub limit_us: u32,
    /// Time from one check to the next; at least 1.
    pub check_us: u32,
    /// Time from one safe frame to the next while the loop stays stuck, rounded up to whole checks:
    /// a motor controller that hears nothing for some time does as it likes.
    pub repeat_us: u32,
}

impl Default for WatchdogOptions {
    /// 40 ms, looked at every 5 ms, so that the safe frame is out within 50 ms of the begin of a
    /// tick, at 25 Hz and above; a frame every 10 ms.
    fn default() -> Self {
        Self { limit_us: 40_000, check_us: 5_000, repeat_us: 10_000 }
    }
}

impl WatchdogOptions {
    /// The limit for a loop with this base period, ns.
    fn limit_ns(&self, base_period_ns: u64) -> u64 {
        (u64::from(self.limit_us) * US).max(base_period_ns)
    }

    fn check_ns(&self) -> u64 {
        u64::from(self.check_us.max(1)) * US
    }

    fn repeat_ns(&self) -> u64 {
        u64::from(self.repeat_us) * US
    }
}

/// What the watchdog of a run did. As text, it is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchdogReport {
    /// How its thread was scheduled.
    pub grade: RtGrade,
    /// The scheduling class above the loop's: without it, a loop that never ends may keep the
    /// watchdog from the processor. Refused too if there could be no thread at all.
    pub scheduling: RtStep,
    /// Whether there was a thread.
    pub is_running: bool,
    /// Safe outputs that there were; without any, it only counts.
    pub outputs: usize,
    /// How often the loop was stuck, however long each time.
    pub episodes: u64,
    /// How often the outputs were put out, all of them each time.
    pub frames: u64,
    /// How often one of them returned an error or panicked.
    pub failures: u64,
    /// Longest time from the last sign of life, the begin of a tick or the time when one was due, to
    /// the end of the first safe frame, ns; 0 if the loop was never stuck.
    pub latency_max_ns: u64,
}

impl WatchdogReport {
    /// Whether a loop of `loop_grade` that never ends cannot keep the watchdog from the processor:
    /// it is above the loop, or they share the processor like all other programs.
    #[must_use]
    pub fn can_stop(&self, loop_grade: RtGrade) -> bool {
        let is_refused = matches!(self.scheduling, RtStep::Refused(_));
        let is_above = self.grade >= loop_grade && !is_refused;
        self.is_running && (is_above || loop_grade == RtGrade::BestEffort)
    }
}

impl fmt::Display for WatchdogReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { grade, outputs, episodes, frames, failures, .. } = self;
        match &self.scheduling {
            RtStep::Refused(reason) => write!(f, "{grade} ({reason})")?,
            RtStep::Granted | RtStep::NotAsked => write!(f, "{grade}")?,
        }
        if *episodes == 0 {
            return write!(f, ", {outputs} safe outputs, never needed");
        }
        write!(
            f,
            ", {outputs} safe outputs; the loop was stuck {episodes} times, the safe frame out \
             within {:.1} ms, {frames} frames",
            self.latency_max_ns as f64 / 1e6
        )?;
        if *failures > 0 {
            write!(f, ", {failures} failures")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_loop_gets_a_period_and_a_fast_one_the_limit() {
        let options = WatchdogOptions::default();
        assert_eq!(options.limit_ns(1_000_000), 40_000_000);
        assert_eq!(options.limit_ns(40_000_000), 40_000_000);
        assert_eq!(options.limit_ns(100_000_000), 100_000_000);
        assert_eq!(options.limit_ns(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_watchdog_stops_a_loop_that_it_is_above_or_that_shares_with_all() {
        let report = |grade, scheduling| WatchdogReport {
            grade,
            scheduling,
            is_running: true,
            outputs: 1,
            episodes: 0,
            frames: 0,
            failures: 0,
            latency_max_ns: 0,
        };
        let refused = || RtStep::Refused("a limit of 80".to_owned());
        assert!(report(RtGrade::Fifo, RtStep::Granted).can_stop(RtGrade::Fifo));
        assert!(report(RtGrade::BestEffort, refused()).can_stop(RtGrade::BestEffort));
        for grade in [RtGrade::BestEffort, RtGrade::Fifo] {
            assert!(!report(grade, refused()).can_stop(RtGrade::Fifo));
        }
        assert!(!report(RtGrade::BestEffort, RtStep::NotAsked).can_stop(RtGrade::Fifo));
        let absent = WatchdogReport { is_running: false, ..report(RtGrade::BestEffort, refused()) };
        assert!(!absent.can_stop(RtGrade::BestEffort));
    }

    #[test]
    fn the_defaults_leave_room_within_50_ms() {
        let WatchdogOptions { limit_us, check_us, .. } = WatchdogOptions::default();
        assert!(limit_us + check_us + 5_000 <= 50_000);
    }
}
