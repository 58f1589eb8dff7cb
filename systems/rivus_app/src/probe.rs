//! What is measured in the running tick.

use alloc::sync::Arc;
use core::ops::Range;

use bevy_ecs::message::Messages;
use bevy_ecs::world::World;
use rivus_rate::{Budget, Spent, Verdict};

use crate::plan::StageGroup;
use crate::stop_watch::{Run, StopWatch, TimedSystem};
use crate::{BudgetOverrun, Stage, StageTiming, SystemTiming, TickConfig, Timing, Timings};

/// Places of what the tick before took.
const TICK: usize = 0;
const OBSERVERS: usize = 1;
const FIRST_STAGE: usize = 2;

/// The run of a stage in the current tick, or in an earlier one if it is not due.
#[derive(Clone, Copy, Debug)]
struct StageRun {
    wall_ns: u64,
    verdict: Verdict,
    /// The place and the wall time of the system that took longest.
    slowest: Option<(usize, u64)>,
}

/// A run over its own budget of the system at `place`.
#[derive(Clone, Copy, Debug)]
struct LateSystem {
    place: usize,
    stage: Stage,
    wall_ns: u64,
}

/// The clocks at the start of the running tick.
#[derive(Clone, Copy, Debug, Default)]
struct TickStart {
    ns: u64,
    /// Read only if there are budgets.
    cpu_ns: Option<u64>,
}

/// The clocks, and what was measured in the running tick. It never allocates after it was made.
#[derive(Debug)]
pub(crate) struct Probe {
    watch: Arc<StopWatch>,
    tick_budget: Option<Budget>,
    /// Without budgets there is nothing to judge and no need for the CPU clock, which is slow.
    has_budgets: bool,
    /// All systems, in the order in which they run when all are due.
    systems: Vec<TimedSystem>,
    start: TickStart,
    /// End of the stage that ran last, or of the observers.
    end_ns: u64,
    /// What the observers took in this tick, if they looked.
    observers_ns: Option<u64>,
    /// What reports call them.
    observers: Arc<str>,
    /// One for each group.
    stages: Vec<StageRun>,
    late_systems: Vec<LateSystem>,
    /// See [`Observed::took_ns`](crate::Observed::took_ns).
    took_ns: Vec<u32>,
    /// Wall time of the tick, if it was over the budget.
    late_tick_ns: Option<u64>,
}

impl Probe {
    /// A probe for `groups`, whose timed systems it takes over and adds to `timings`.
    pub(crate) fn new(
        watch: Arc<StopWatch>,
        groups: &mut [StageGroup],
        timings: &mut Timings,
    ) -> Self {
        let tick_budget = timings.tick.budget;
        let mut systems = Vec::new();
        for group in groups.iter_mut() {
            for entry in &mut group.entries {
                timings.systems.extend(entry.systems.iter().map(|system| SystemTiming {
                    name: Arc::clone(&system.name),
                    stage: group.stage,
                    rate_hz: entry.cadence.rate().get(),
                    timing: Timing::new(system.budget),
                }));
                let first = systems.len();
                systems.append(&mut entry.systems);
                entry.places = first..systems.len();
            }
        }
        let has_budgets = tick_budget.is_some()
            || groups.iter().any(|group| group.budget.is_some())
            || systems.iter().any(|system: &TimedSystem| system.budget.is_some());
        let idle = StageRun { wall_ns: 0, verdict: Verdict::Within, slowest: None };
        Self {
            watch,
            tick_budget,
            has_budgets,
            start: TickStart::default(),
            end_ns: 0,
            observers_ns: None,
            observers: Arc::from(crate::overrun::OBSERVERS),
            stages: vec![idle; groups.len()],
            late_systems: Vec::with_capacity(systems.len()),
            took_ns: vec![0; FIRST_STAGE + groups.len() + systems.len()],
            late_tick_ns: None,
            systems,
        }
    }

    /// Starts a tick.
    pub(crate) fn begin_tick(&mut self) {
        let cpu_ns = if self.has_budgets { self.watch.cpu_ns() } else { None };
        self.start = TickStart { ns: self.watch.read_ns(), cpu_ns };
        self.end_ns = self.start.ns;
        self.observers_ns = None;
    }

    /// Notes that something, like applying commands, came after the last system of a schedule.
    pub(crate) fn end_tail(&self) {
        self.watch.read_ns();
    }

    /// Ends the stage at `place`.
    pub(crate) fn end_stage(&mut self, place: usize, budget: Option<Budget>) {
        // One reading ended the last system of this stage, ends the stage and begins the next.
        let end_ns = self.watch.last_ns();
        let start_ns = core::mem::replace(&mut self.end_ns, end_ns);
        let verdict = self.judge_now(budget, start_ns, end_ns);
        let wall_ns = end_ns.saturating_sub(start_ns);
        self.stages[place] = StageRun { wall_ns, verdict, slowest: None };
    }

    /// Notes that the observers have looked.
    pub(crate) fn end_observers(&mut self) {
        let end_ns = self.watch.read_ns();
        let start_ns = core::mem::replace(&mut self.end_ns, end_ns);
        self.observers_ns = Some(end_ns.saturating_sub(start_ns));
    }

    /// Judges what has just ended.
    fn judge_now(&self, budget: Option<Budget>, start_ns: u64, end_ns: u64) -> Verdict {
        let is_late = |budget: Budget| budget.is_late(end_ns.saturating_sub(start_ns));
        let cpu_ns = if budget.is_some_and(is_late) { self.watch.cpu_ns() } else { None };
        self.start.judge(budget, Run { start_ns, end_ns, cpu_ns })
    }

    /// Adds the measurements of this tick to `timings`; whether there was an overrun.
    ///
    /// Whoever replaced [`Timings`] in between loses the rows of stages and systems.
    // As for `end_systems`.
    #[inline(never)]
    pub(crate) fn end_tick(&mut self, groups: &mut [StageGroup], timings: &mut Timings) -> bool {
        let mut is_late = false;
        let mut end_ns = self.end_ns;
        self.late_systems.clear();
        self.took_ns.fill(0);
        for (place, group) in groups.iter_mut().enumerate().filter(|(_, group)| group.has_run) {
            for entry in group.entries.iter_mut().filter(|entry| entry.has_run) {
                entry.has_run = false;
                self.end_systems((place, group.stage), entry.places.clone(), timings);
            }
            let delay_ns = core::mem::take(&mut group.delay_ns);
            end_ns += delay_ns;
            let run = &mut self.stages[place];
            run.delay(delay_ns, group.budget);
            is_late |= run.verdict == Verdict::Overrun;
            self.took_ns[FIRST_STAGE + place] = short(run.wall_ns);
            if let Some(stage) = timings.stages.get_mut(place) {
                stage.timing.record(run.wall_ns, run.verdict);
            }
        }
        if let Some(wall_ns) = self.observers_ns {
            self.took_ns[OBSERVERS] = short(wall_ns);
            timings.observers.record(wall_ns, Verdict::Within);
        }
        let verdict = self.judge_now(self.tick_budget, self.start.ns, end_ns);
        let wall_ns = end_ns.saturating_sub(self.start.ns);
        self.took_ns[TICK] = short(wall_ns);
        timings.tick.record(wall_ns, verdict);
        self.late_tick_ns = (verdict == Verdict::Overrun).then_some(wall_ns);
        is_late || self.late_tick_ns.is_some() || !self.late_systems.is_empty()
    }

    /// Takes what the stop-watches of the systems at `places` say, as far as they have run.
    // In line its loop would have no registers left.
    #[inline(never)]
    fn end_systems(
        &mut self,
        (group, stage): (usize, Stage),
        places: Range<usize>,
        timings: &mut Timings,
    ) {
        let all_took_ns = &mut self.took_ns[FIRST_STAGE + self.stages.len()..];
        let systems = places.clone().zip(&self.systems[places.clone()]);
        let took_ns = &mut all_took_ns[places.clone()];
        let mut rows = timings.systems.get_mut(places).unwrap_or_default().iter_mut();
        let mut slowest = self.stages[group].slowest;
        for ((place, system), took_ns) in systems.zip(took_ns) {
            let row = rows.next();
            let Some(run) = system.take_run() else { continue };
            let wall_ns = run.wall_ns();
            *took_ns = short(wall_ns);
            let verdict = self.start.judge(system.budget, run);
            if let Some(row) = row {
                row.timing.record(wall_ns, verdict);
            }
            if verdict == Verdict::Overrun {
                self.late_systems.push(LateSystem { place, stage, wall_ns });
            }
            if slowest.is_none_or(|(_, slowest_ns)| wall_ns > slowest_ns) {
                slowest = Some((place, wall_ns));
            }
        }
        self.stages[group].slowest = slowest;
    }

    /// What the last tick took.
    pub(crate) fn took_ns(&self) -> &[u32] {
        &self.took_ns
    }

    /// Writes a message for each overrun of this tick: of systems, of stages, of the tick.
    pub(crate) fn report(&self, tick: u64, groups: &[StageGroup], world: &mut World) {
        let mut reports = world.resource_mut::<Messages<BudgetOverrun>>();
        let name = |place: usize| Arc::clone(&self.systems[place].name);
        let mut write = |stage, system, wall_ns, budget: Option<Budget>| {
            let budget_ns = budget.map_or(0, Budget::limit_ns);
            reports.write(BudgetOverrun { tick, stage, system, wall_ns, budget_ns });
        };
        for late in &self.late_systems {
            let budget = self.systems[late.place].budget;
            write(Some(late.stage), Some(name(late.place)), late.wall_ns, budget);
        }
        let ran = || groups.iter().zip(&self.stages).filter(|(group, _)| group.has_run);
        for (group, run) in ran().filter(|(_, run)| run.verdict == Verdict::Overrun) {
            let slowest = run.slowest.map(|(place, _)| name(place));
            write(Some(group.stage), slowest, run.wall_ns, group.budget);
        }
        if let Some(wall_ns) = self.late_tick_ns {
            let slowest = ran().filter_map(|(_, run)| run.slowest).max_by_key(|(_, ns)| *ns);
            let system_ns = slowest.map_or(0, |(_, system_ns)| system_ns);
            let slowest = match self.observers_ns {
                Some(wall_ns) if wall_ns > system_ns => Some(Arc::clone(&self.observers)),
                _ => slowest.map(|(place, _)| name(place)),
            };
            write(None, slowest, wall_ns, self.tick_budget);
        }
    }
}

impl TickStart {
    /// Judges a run of this tick.
    ///
    /// The CPU clock, which was read only if the run was late, gives the CPU time of the tick so
    /// far; what came before the run is taken to have had the CPU all the time, so a run is an
    /// overrun only if it used the CPU for longer than its budget for certain.
    fn judge(self, budget: Option<Budget>, run: Run) -> Verdict {
        let Some(budget) = budget else {
            return Verdict::Within;
        };
        let before_ns = run.start_ns.saturating_sub(self.ns);
        let cpu_ns = run.cpu_ns.zip(self.cpu_ns).map(|(end_ns, tick_start_ns)| {
            end_ns.saturating_sub(tick_start_ns).saturating_sub(before_ns)
        });
        budget.judge(Spent { wall_ns: run.wall_ns(), cpu_ns })
    }
}

impl StageRun {
    /// Makes it seem `delay_ns` longer than it was, as if it had used the CPU.
    fn delay(&mut self, delay_ns: u64, budget: Option<Budget>) {
        let was_late = self.verdict != Verdict::Within;
        self.wall_ns += delay_ns;
        if let Some(budget) = budget
            && (budget.is_late(delay_ns) || budget.is_late(self.wall_ns) && !was_late)
        {
            self.verdict = Verdict::Overrun;
        }
    }
}

/// Four seconds and more are as good as each other.
fn short(wall_ns: u64) -> u32 {
    u32::try_from(wall_ns).unwrap_or(u32::MAX)
}

/// Empty timings of stages and ticks.
pub(crate) fn timings(groups: &[StageGroup], config: &TickConfig) -> Timings {
    let stages = groups.iter().map(|group| {
        let rates = group.entries.iter().map(|entry| entry.cadence.rate().get());
        let rate_hz = rates.max().unwrap_or(0);
        StageTiming { stage: group.stage, rate_hz, timing: Timing::new(group.budget) }
    });
    let tick = Timing::new(config.tick_budget_us.map(Budget::us));
    Timings { stages: stages.collect(), tick, ..Timings::default() }
}
