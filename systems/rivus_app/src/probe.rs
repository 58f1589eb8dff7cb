//! The stop-watch of the running tick.
//!
//! Stages are timed by the ticker, which holds the probe; a system with a budget of its own has no
//! way to the ticker, so the probe of the tick that runs on this thread is reached through the
//! thread. Systems run on the thread of their tick and nowhere else (the executor is the
//! single-threaded one), and outside a tick there is no probe and nothing is measured.

use alloc::sync::Arc;
use core::cell::RefCell;

use rivus_rate::{Budget, Spent, Verdict};

use crate::budget::Budgeted;
use crate::{Clock, CpuClock, Stage};

thread_local! {
    static RUNNING: RefCell<Option<Box<Probe>>> = const { RefCell::new(None) };
}

/// A system with a budget, as the ticker knows it.
#[derive(Debug)]
pub(crate) struct ProbedSystem {
    pub(crate) name: Arc<str>,
    pub(crate) budget: Budget,
    pub(crate) stage: Stage,
    pub(crate) rate_hz: u32,
}

/// One run of a system with a budget.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemRun {
    pub(crate) slot: usize,
    pub(crate) stage: Stage,
    pub(crate) wall_ns: u64,
    pub(crate) verdict: Verdict,
}

/// Clocks, and what was measured in the running tick.
#[derive(Debug)]
pub(crate) struct Probe {
    clock: Clock,
    cpu_clock: Option<CpuClock>,
    tick_start_ns: u64,
    tick_start_cpu_ns: u64,
    /// What the clocks were put forward by in this tick.
    forward_ns: u64,
    stage: Stage,
    rate_hz: u32,
    pub(crate) systems: Vec<ProbedSystem>,
    pub(crate) runs: Vec<SystemRun>,
}

impl Probe {
    /// A probe with room for `systems` systems; it never allocates afterwards.
    pub(crate) fn new(clock: Clock, cpu_clock: Option<CpuClock>, systems: usize) -> Self {
        Self {
            clock,
            cpu_clock,
            tick_start_ns: 0,
            tick_start_cpu_ns: 0,
            forward_ns: 0,
            stage: Stage::Sense,
            rate_hz: 0,
            systems: Vec::with_capacity(systems),
            runs: Vec::with_capacity(systems),
        }
    }

    /// Starts a tick and returns its time.
    pub(crate) fn begin_tick(&mut self) -> u64 {
        self.runs.clear();
        self.forward_ns = 0;
        self.tick_start_cpu_ns = self.cpu_clock.map_or(0, |cpu| self.cpu_ns(cpu));
        self.tick_start_ns = self.now_ns();
        self.tick_start_ns
    }

    pub(crate) fn now_ns(&self) -> u64 {
        self.clock.0() + self.forward_ns
    }

    /// Lets what runs at present take `by_ns` longer, on all clocks.
    pub(crate) const fn put_forward(&mut self, by_ns: u64) {
        self.forward_ns += by_ns;
    }

    fn cpu_ns(&self, clock: CpuClock) -> u64 {
        clock.0() + self.forward_ns
    }

    /// Judges a run of this tick that began at `start_ns` and has just ended at `end_ns`.
    ///
    /// The CPU clock is read only if the run was late. It gives the CPU time of the tick so far;
    /// what came before the run is taken to have had the CPU all the time, so a run is an overrun
    /// only if it used the CPU for longer than its budget for certain.
    pub(crate) fn judge(&self, budget: Option<Budget>, start_ns: u64, end_ns: u64) -> Verdict {
        let Some(budget) = budget else {
            return Verdict::Within;
        };
        let wall_ns = end_ns.saturating_sub(start_ns);
        if !budget.is_late(wall_ns) {
            return Verdict::Within;
        }
        let before_ns = start_ns.saturating_sub(self.tick_start_ns);
        let cpu_ns = self.cpu_clock.map(|cpu| {
            let tick_cpu_ns = self.cpu_ns(cpu).saturating_sub(self.tick_start_cpu_ns);
            tick_cpu_ns.saturating_sub(before_ns)
        });
        budget.judge(Spent { wall_ns, cpu_ns })
    }

    /// The timed system that took longest in `stage` in this tick.
    pub(crate) fn slowest(&self, stage: Stage) -> Option<Arc<str>> {
        let runs = self.runs.iter().filter(|run| run.stage == stage);
        let slot = runs.max_by_key(|run| run.wall_ns)?.slot;
        self.systems.get(slot).map(|system| Arc::clone(&system.name))
    }

    fn finish(&mut self, system: &mut Budgeted, start_ns: u64) {
        let end_ns = self.now_ns();
        let slot = *system.slot.get_or_insert_with(|| {
            self.systems.push(ProbedSystem {
                name: Arc::clone(&system.name),
                budget: system.budget,
                stage: self.stage,
                rate_hz: self.rate_hz,
            });
            self.systems.len() - 1
        });
        // A system that something else runs once more in the same tick is measured as long as
        // there is room.
        if self.runs.len() < self.runs.capacity() {
            let wall_ns = end_ns.saturating_sub(start_ns);
            let verdict = self.judge(Some(system.budget), start_ns, end_ns);
            self.runs.push(SystemRun { slot, stage: self.stage, wall_ns, verdict });
        }
    }
}

/// Makes `probe` the one of the tick that runs on this thread.
pub(crate) fn install(probe: Option<Box<Probe>>) {
    RUNNING.replace(probe);
}

/// Takes the probe back.
pub(crate) fn remove() -> Option<Box<Probe>> {
    RUNNING.take()
}

/// Tells the probe which schedule runs next.
pub(crate) fn enter(stage: Stage, rate_hz: u32) {
    RUNNING.with_borrow_mut(|running| {
        if let Some(probe) = running {
            (probe.stage, probe.rate_hz) = (stage, rate_hz);
        }
    });
}

/// The time, if a measured tick runs on this thread.
pub(crate) fn now_ns() -> Option<u64> {
    RUNNING.with_borrow(|running| running.as_ref().map(|probe| probe.now_ns()))
}

/// Notes that `system`, which began at `start_ns`, has ended.
pub(crate) fn finish(system: &mut Budgeted, start_ns: u64) {
    RUNNING.with_borrow_mut(|running| {
        if let Some(probe) = running {
            probe.finish(system, start_ns);
        }
    });
}
