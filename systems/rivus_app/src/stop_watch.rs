//! The stop-watch of every system.
//!
//! It is there from the moment the ticks are built, if there is a clock; authors of systems have
//! nothing to do for it. The executor of this crate reads it between systems; where another one runs
//! them, it is put around each. A reading of the clock costs as much as a small system, so one reading
//! ends a system and begins the next where nothing lies between them but the steps of the executor.
//!
//! The stop-watches and the ticker share plain numbers. They are atomic because systems must be
//! `Sync`; all are used by the thread of the tick only (no executor has threads), so
//! nothing is ordered by them.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::any::TypeId;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use bevy_ecs::schedule::graph::Direction;
use bevy_ecs::schedule::{
    ApplyDeferred, NodeId, Schedule, ScheduleGraph, SystemKey, SystemWithAccess,
};
use bevy_ecs::system::{
    Adapt, AdapterSystem, IntoSystem, RunSystemError, System, SystemIn, SystemInput,
};
use rivus_rate::Budget;

use crate::budget::budget;
use crate::conflicts::reachable;
use crate::{Clock, CpuClock};

/// Stands for a time that was not taken.
const NEVER: u64 = u64::MAX;

/// The clocks and the latest reading; the ticker and all systems share one.
#[derive(Debug)]
pub(crate) struct StopWatch {
    clock: Clock,
    cpu_clock: Option<CpuClock>,
    last_ns: AtomicU64,
}

impl StopWatch {
    pub(crate) const fn new(clock: Clock, cpu_clock: Option<CpuClock>) -> Self {
        Self { clock, cpu_clock, last_ns: AtomicU64::new(0) }
    }

    /// Reads the clock.
    pub(crate) fn read_ns(&self) -> u64 {
        let now_ns = self.clock.0();
        self.last_ns.store(now_ns, Relaxed);
        now_ns
    }

    /// What the clock read last.
    pub(crate) fn last_ns(&self) -> u64 {
        self.last_ns.load(Relaxed)
    }

    /// Reads the CPU clock, if there is one.
    pub(crate) fn cpu_ns(&self) -> Option<u64> {
        self.cpu_clock.map(|cpu_clock| cpu_clock.0())
    }
}

/// What the stop-watch of one system tells the ticker.
#[derive(Debug)]
struct Lap {
    /// Whether the latest reading is where the system begins.
    follows: AtomicBool,
    start_ns: AtomicU64,
    /// [`NEVER`] if the system has not run since the lap was taken.
    end_ns: AtomicU64,
    /// The CPU clock at the end of a run over the budget; [`NEVER`] if there is none.
    cpu_ns: AtomicU64,
}

/// One run of a system, on the clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    /// Read only if the run was over the budget, and if there is such a clock.
    pub(crate) cpu_ns: Option<u64>,
}

impl Run {
    pub(crate) const fn wall_ns(self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }
}

/// Times the runs of one system.
#[derive(Debug)]
pub(crate) struct Timed {
    watch: Arc<StopWatch>,
    lap: Arc<Lap>,
    budget: Option<Budget>,
}

impl Timed {
    /// When the system begins that runs next.
    pub(crate) fn start_ns(&self) -> u64 {
        let Self { watch, lap, .. } = self;
        if lap.follows.load(Relaxed) { watch.last_ns() } else { watch.read_ns() }
    }

    /// Notes that the system which began at `start_ns` has ended.
    pub(crate) fn end(&self, start_ns: u64, out: &Result<(), RunSystemError>) {
        let Self { watch, lap, budget } = self;
        let end_ns = watch.read_ns();
        if !matches!(out, Err(RunSystemError::Skipped(_))) {
            let is_late = |budget: Budget| budget.is_late(end_ns.saturating_sub(start_ns));
            if budget.is_some_and(is_late) {
                lap.cpu_ns.store(watch.cpu_ns().unwrap_or(NEVER), Relaxed);
            }
            lap.start_ns.store(start_ns, Relaxed);
            lap.end_ns.store(end_ns, Relaxed);
        }
    }
}

impl Adapt<SystemWithAccess> for Timed {
    type In = ();
    type Out = ();

    fn adapt(
        &mut self,
        input: <Self::In as SystemInput>::Inner<'_>,
        run_system: impl FnOnce(SystemIn<'_, SystemWithAccess>) -> Result<(), RunSystemError>,
    ) -> Result<(), RunSystemError> {
        let start_ns = self.start_ns();
        let out = run_system(input);
        self.end(start_ns, &out);
        out
    }
}

/// A system with a stop-watch, as the ticker knows it.
#[derive(Debug)]
pub(crate) struct TimedSystem {
    pub(crate) name: Arc<str>,
    pub(crate) budget: Option<Budget>,
    /// Whether it is left out at times, and what decides that takes time itself.
    has_conditions: bool,
    lap: Arc<Lap>,
}

impl TimedSystem {
    /// Its run since this was called last; `None` if there was none.
    pub(crate) fn take_run(&self) -> Option<Run> {
        let Lap { start_ns, end_ns, cpu_ns, .. } = &*self.lap;
        let run_end_ns = end_ns.load(Relaxed);
        if run_end_ns == NEVER {
            return None;
        }
        end_ns.store(NEVER, Relaxed);
        let cpu_ns = cpu_ns.load(Relaxed);
        Some(Run {
            start_ns: start_ns.load(Relaxed),
            end_ns: run_end_ns,
            cpu_ns: (cpu_ns != NEVER).then_some(cpu_ns),
        })
    }
}

/// The systems of a schedule and the stop-watches for them, while it is being built.
pub(crate) struct Watched {
    watch: Arc<StopWatch>,
    systems: BTreeMap<SystemKey, TimedSystem>,
}

impl Watched {
    /// A stop-watch for every system of a schedule that is not initialised yet.
    pub(crate) fn new(schedule: &Schedule, watch: &Arc<StopWatch>) -> Self {
        let graph = schedule.graph();
        // A sync point does nothing by itself.
        let systems = graph
            .systems
            .iter()
            .filter(|(_, system, _)| system.system_type() != TypeId::of::<ApplyDeferred>());
        let timed = systems.map(|(key, system, _)| {
            let timed = TimedSystem {
                name: (&*system.name()).into(),
                budget: budget(graph, key),
                has_conditions: has_conditions(graph, key),
                lap: Arc::new(Lap {
                    follows: AtomicBool::new(false),
                    start_ns: AtomicU64::new(0),
                    end_ns: AtomicU64::new(NEVER),
                    cpu_ns: AtomicU64::new(NEVER),
                }),
            };
            (key, timed)
        });
        Self { watch: Arc::clone(watch), systems: timed.collect() }
    }

    /// Puts the stop-watches around the systems, for an executor that knows nothing of them.
    pub(crate) fn wrap(&self, schedule: &mut Schedule) {
        let graph = schedule.graph_mut();
        for (key, timed) in self.systems.keys().filter_map(|key| Some((*key, self.timed(*key)?))) {
            let Some(place) = graph.systems.get_mut(key) else { continue };
            let nothing = SystemWithAccess::new(Box::new(IntoSystem::into_system(|| {})));
            let inner = core::mem::replace(place, nothing);
            let name = inner.name();
            *place = SystemWithAccess::new(Box::new(AdapterSystem::new(timed, inner, name)));
        }
    }

    /// What times a system; `None` for a sync point.
    pub(crate) fn timed(&self, key: SystemKey) -> Option<Timed> {
        let system = self.systems.get(&key)?;
        let (watch, lap) = (Arc::clone(&self.watch), Arc::clone(&system.lap));
        Some(Timed { watch, lap, budget: system.budget })
    }

    /// The timed systems in the order in which the schedule, which is initialised by now, runs them;
    /// and whether something happens after the last of them, such as commands that are applied.
    pub(crate) fn in_order(mut self, schedule: &Schedule) -> (Vec<TimedSystem>, bool) {
        let mut in_order = Vec::with_capacity(self.systems.len());
        // The ticker reads the clock before a schedule, or knows that nothing has happened since.
        let mut is_current = true;
        let mut has_deferred = false;
        // An error would mean that the schedule is not initialised, and then it has no order.
        for (key, system) in schedule.systems().into_iter().flatten() {
            has_deferred |= system.has_deferred();
            let Some(timed) = self.systems.remove(&key) else {
                is_current = false;
                continue;
            };
            timed.lap.follows.store(is_current && !timed.has_conditions, Relaxed);
            is_current = !timed.has_conditions;
            in_order.push(timed);
        }
        (in_order, has_deferred || !is_current)
    }
}

/// Whether a system has run conditions, its own or those of a set that holds it.
pub(crate) fn has_conditions(graph: &ScheduleGraph, system: SystemKey) -> bool {
    let holders = reachable(graph.hierarchy(), NodeId::System(system), Direction::Incoming);
    let sets = holders.into_iter().filter_map(|node| node.as_set());
    graph.systems.has_conditions(system)
        || sets.into_iter().any(|set| {
            graph.system_sets.get_conditions(set).is_some_and(|conditions| !conditions.is_empty())
        })
}
