//! How long stages, systems and ticks take.

use alloc::sync::Arc;

use bevy_ecs::resource::Resource;
use rivus_rate::{Budget, Histogram, Verdict};

use crate::Stage;

/// Wall times of one thing, against its budget.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    /// All its runs, in nanoseconds of wall time.
    pub histogram: Histogram,
    /// Its limit, if it has one.
    pub budget: Option<Budget>,
    /// Runs over the limit.
    pub overruns: u64,
    /// Runs over the limit on the wall in which the thread did not have the CPU for that long.
    pub preempted: u64,
}

impl Timing {
    pub(crate) fn new(budget: Option<Budget>) -> Self {
        Self { budget, ..Self::default() }
    }

    pub(crate) fn record(&mut self, wall_ns: u64, verdict: Verdict) {
        self.histogram.record(wall_ns);
        match verdict {
            Verdict::Within => {}
            Verdict::Overrun => self.overruns += 1,
            Verdict::Preempted => self.preempted += 1,
        }
    }
}

/// Wall times of a stage: one value per tick in which it had something to run.
#[derive(Clone, Debug)]
pub struct StageTiming {
    /// The stage.
    pub stage: Stage,
    /// The highest rate in it.
    pub rate_hz: u32,
    /// Its times.
    pub timing: Timing,
}

/// Wall times of a system: one value per run.
///
/// They begin where what ran before in the tick ended and hold what the ticker and the ECS do for
/// the run, some 0.1 us; run conditions and commands that are applied are not in them.
#[derive(Clone, Debug)]
pub struct SystemTiming {
    /// Its full path.
    pub name: Arc<str>,
    /// The stage it runs in.
    pub stage: Stage,
    /// Runs per second.
    pub rate_hz: u32,
    /// Its times.
    pub timing: Timing,
}

/// Everything measured so far; without a [`Clock`](crate::Clock) nothing is, and no system has a row.
///
/// The rows are there from the moment the ticks are built. Brought up to date at the end of each tick.
#[derive(Resource, Debug, Default)]
pub struct Timings {
    /// The stages that have systems, in their order.
    pub stages: Vec<StageTiming>,
    /// All systems of the stages, in the order in which they run when all are due.
    pub systems: Vec<SystemTiming>,
    /// All [observers](crate::Observer) together, for as long as there are any.
    pub observers: Timing,
    /// Whole ticks, observers included.
    pub tick: Timing,
    /// Base ticks that were skipped because the one before took too long, and those that
    /// [`TimeFaults`](crate::TimeFaults) had the control side miss.
    pub skipped_ticks: u64,
}

impl Clone for Timings {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, from: &Self) {
        let Self { stages, systems, observers, tick, skipped_ticks } = self;
        stages.clone_from(&from.stages);
        systems.clone_from(&from.systems);
        observers.clone_from(&from.observers);
        tick.clone_from(&from.tick);
        *skipped_ticks = from.skipped_ticks;
    }
}

impl Timings {
    /// The times of one stage; `None` if nothing runs in it.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> Option<&StageTiming> {
        self.stages.iter().find(|timing| timing.stage == stage)
    }

    /// Overruns of stages and whole ticks; those of single systems are not added.
    #[must_use]
    pub fn overruns(&self) -> u64 {
        self.tick.overruns + self.stages.iter().map(|stage| stage.timing.overruns).sum::<u64>()
    }
}
