//! Runs what is due, measures it and keeps the world's books.

use alloc::sync::Arc;

use bevy_ecs::change_detection::{CheckChangeTicks, DetectChanges, Tick as ChangeTick};
use bevy_ecs::message::{Message, MessageCursor, Messages, message_update_system};
use bevy_ecs::observer::On;
use bevy_ecs::resource::Resource;
use bevy_ecs::schedule::{Schedule, ScheduleLabel, Schedules, SingleThreadedExecutor};
use bevy_ecs::system::ResMut;
use bevy_ecs::world::World;
use rivus_rate::{Budget, Grid, Hz, Verdict};

use crate::plan::{self, StageGroup};
use crate::probe::{self, Probe};
use crate::{
    AppError, BudgetOverrun, Clock, CpuClock, Dt, Fault, FaultKind, Faults, OverrunResponse, Pace,
    Stage, StageTiming, SystemTiming, Tick, TickConfig, TickOrders, TimeFaults, Timing, Timings,
};

/// Faults of one tick that there is room for, on average over a turn of the slowest schedule.
const FAULTS_PER_TICK: usize = 64;

/// Most messages of one kind that room is made for before the first tick: some 1 MB.
const ROOM_MAX: usize = 16_384;

/// Where the ticker waits between ticks; empty before the build and during a tick.
#[derive(Resource, Default)]
pub(crate) struct TickerSlot {
    pub(crate) ticker: Option<Box<Ticker>>,
    pub(crate) is_built: bool,
}

/// The ECS keeps the age of changes in 32 bits and asks every system to forget old ones now and
/// then. It does not know the schedules that the ticker holds, so the request waits here.
#[derive(Resource, Default)]
struct OldChanges(Option<CheckChangeTicks>);

/// The label of the schedule that rotates messages; it is never in the world.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
struct RotateMessages;

/// The schedules of all stages, held outside the world: running one by its label costs twice as
/// much.
pub(crate) struct Ticker {
    grid: Grid,
    next_index: u64,
    groups: Vec<StageGroup>,
    /// Base ticks between two turns of the slowest schedule.
    slowest_every: u64,
    rotate_messages: Schedule,
    /// Turns of the slowest schedule that had begun when messages were rotated last.
    turns: u64,
    fault_cursor: MessageCursor<Fault>,
    probe: Option<Box<Probe>>,
    stage_runs: Vec<StageRun>,
    tick_budget: Option<Budget>,
    pace: Pace,
    schedules_seen: ChangeTick,
}

/// One run of a stage in the current tick.
#[derive(Clone, Copy)]
struct StageRun {
    group: usize,
    wall_ns: u64,
    verdict: Verdict,
}

/// What was measured in the current tick, besides its stages.
struct Measured {
    probe: Box<Probe>,
    wall_ns: u64,
    verdict: Verdict,
}

impl Ticker {
    /// Takes the schedules out of the world and makes them ready.
    pub(crate) fn build(world: &mut World) -> Result<Self, AppError> {
        let config = world.get_resource_or_init::<TickConfig>().clone();
        let groups = plan::build(world, &config)?;
        let base = Hz::new(config.base_hz)
            .ok_or_else(|| AppError::ZeroRate { asked_by: "the base rate".to_owned() })?;
        let grid = Grid::new(base);
        let entries = || groups.iter().flat_map(|group| &group.entries);
        let system_count = entries().map(|entry| entry.schedule.systems_len()).sum();
        let cpu_clock = match config.pace {
            Pace::Free => world.get_resource::<CpuClock>().copied(),
            Pace::RealTime => None,
        };
        let clock = world.get_resource::<Clock>().copied();
        let probe = clock.map(|clock| Box::new(Probe::new(clock, cpu_clock, system_count)));
        let slowest_every = entries().map(|entry| entry.cadence.every()).max().unwrap_or(1);
        make_room_for_messages(world, slowest_every, system_count + groups.len() + 1);
        let tick_budget = config.tick_budget_us.map(Budget::us);
        let skipped_ticks = world.get_resource_or_init::<Timings>().skipped_ticks;
        world.insert_resource(Timings {
            stages: groups.iter().map(stage_timing).collect(),
            systems: Vec::with_capacity(system_count),
            tick: Timing::new(tick_budget),
            skipped_ticks,
        });
        world.insert_resource(OverrunResponse::new(config.on_overrun, config.base_hz));
        world.init_resource::<OldChanges>();
        world.add_observer(
            |check: On<'_, '_, CheckChangeTicks>, mut pending: ResMut<'_, OldChanges>| {
                pending.0 = Some(*check);
            },
        );
        let schedules_seen = world.resource_ref::<Schedules>().last_changed();
        // From here on a change of the schedules has a later change tick.
        world.increment_change_tick();
        Ok(Self {
            grid,
            next_index: 0,
            slowest_every,
            rotate_messages: rotate_messages(world)?,
            turns: 0,
            fault_cursor: world.resource::<Messages<Fault>>().get_cursor(),
            probe,
            stage_runs: Vec::with_capacity(groups.len()),
            groups,
            tick_budget,
            pace: config.pace,
            schedules_seen,
        })
    }

    /// Lets `count` base ticks pass without running anything.
    pub(crate) fn skip(&mut self, count: u64, world: &mut World) {
        self.next_index += count;
        world.resource_mut::<TimeFaults>().miss_ticks(count);
        world.resource_mut::<Timings>().skipped_ticks += count;
    }

    /// Runs one base tick.
    pub(crate) fn tick(&mut self, world: &mut World) -> Result<(), AppError> {
        self.refuse_late_systems(world)?;
        let index = self.next_index;
        self.next_index += 1;
        *world.resource_mut::<Tick>() = Tick {
            index,
            time_ns: self.grid.time_ns(index),
            period_ns: self.grid.base().period_ns(),
        };
        let is_overrun = world.resource_mut::<OverrunResponse>().begin_tick(index);
        let is_dropped = self.take_time_faults(is_overrun, world);
        let measured = match self.probe.take() {
            Some(probe) => self.run_measured(index, is_dropped, probe, world),
            None => {
                let groups = self.groups.iter_mut();
                for group in groups.filter(|group| !is_dropped || !is_control(group)) {
                    if run_due(group, index, world) {
                        delay(group, world);
                    }
                }
                None
            }
        };
        self.count_faults(world);
        self.rotate(index, world);
        // After the rotation, so that a report is readable for as long as any other message.
        if let Some(measured) = measured {
            self.book(index, &measured, world);
            self.probe = Some(measured.probe);
        }
        Ok(())
    }

    /// Begins what was asked of [`TimeFaults`]; whether the control side misses this tick.
    fn take_time_faults(&mut self, is_overrun: bool, world: &mut World) -> bool {
        let mut faults = world.resource_mut::<TimeFaults>();
        let jump_ns = faults.take_jump_ns();
        let is_dropped = faults.take_dropped_tick();
        *world.resource_mut::<TickOrders>() = TickOrders { is_dropped, jump_ns, is_overrun };
        if jump_ns > 0 {
            let control = self.groups.iter_mut().filter(|group| is_control(group));
            let entries = control.flat_map(|group| &mut group.entries);
            entries.for_each(|entry| entry.jump_ns = entry.jump_ns.saturating_add(jump_ns));
        }
        if is_dropped {
            world.resource_mut::<Timings>().skipped_ticks += 1;
        }
        is_dropped
    }

    /// Runs what is due with the probe in place.
    fn run_measured(
        &mut self,
        index: u64,
        is_dropped: bool,
        mut probe: Box<Probe>,
        world: &mut World,
    ) -> Option<Measured> {
        let tick_start_ns = probe.begin_tick();
        self.stage_runs.clear();
        let mut end_ns = tick_start_ns;
        let mut running = Some(probe);
        let groups = self.groups.iter_mut().enumerate();
        for (place, group) in groups.filter(|(_, group)| !is_dropped || !is_control(group)) {
            probe::install(running.take());
            let has_run = run_due(group, index, world);
            running = probe::remove();
            if let Some(probe) = running.as_deref_mut().filter(|_| has_run) {
                let (delay_ns, is_late) = delay(group, world);
                probe.put_forward(delay_ns);
                // One reading ends this stage and begins the next.
                let start_ns = core::mem::replace(&mut end_ns, probe.now_ns());
                let verdict = match is_late {
                    true => Verdict::Overrun,
                    false => probe.judge(group.budget, start_ns, end_ns),
                };
                let wall_ns = end_ns.saturating_sub(start_ns);
                self.stage_runs.push(StageRun { group: place, wall_ns, verdict });
            }
        }
        let probe = running?;
        let verdict = probe.judge(self.tick_budget, tick_start_ns, end_ns);
        Some(Measured { probe, wall_ns: end_ns.saturating_sub(tick_start_ns), verdict })
    }

    /// Adds the measurements of this tick to [`Timings`].
    fn book(&self, tick: u64, measured: &Measured, world: &mut World) {
        let Measured { probe, wall_ns, verdict } = measured;
        let mut timings = world.resource_mut::<Timings>();
        // Whoever replaced `Timings` in between loses the rows of its stages, not the tick.
        let known = timings.systems.len();
        timings.systems.extend(probe.systems.iter().skip(known).map(|system| SystemTiming {
            name: Arc::clone(&system.name),
            stage: system.stage,
            rate_hz: system.rate_hz,
            timing: Timing::new(Some(system.budget)),
        }));
        for run in &probe.runs {
            if let Some(system) = timings.systems.get_mut(run.slot) {
                system.timing.record(run.wall_ns, run.verdict);
            }
        }
        for run in &self.stage_runs {
            if let Some(stage) = timings.stages.get_mut(run.group) {
                stage.timing.record(run.wall_ns, run.verdict);
            }
        }
        timings.tick.record(*wall_ns, *verdict);

        let is_late = |verdict: Verdict| verdict == Verdict::Overrun;
        if is_late(*verdict)
            || self.stage_runs.iter().any(|run| is_late(run.verdict))
            || probe.runs.iter().any(|run| is_late(run.verdict))
        {
            self.report(tick, measured, world);
        }
    }

    /// Writes a message for each overrun of this tick.
    fn report(&self, tick: u64, measured: &Measured, world: &mut World) {
        let Measured { probe, wall_ns, verdict } = measured;
        let mut reports = world.resource_mut::<Messages<BudgetOverrun>>();
        for run in probe.runs.iter().filter(|run| run.verdict == Verdict::Overrun) {
            let system = &probe.systems[run.slot];
            reports.write(BudgetOverrun {
                tick,
                stage: Some(run.stage),
                system: Some(Arc::clone(&system.name)),
                wall_ns: run.wall_ns,
                budget_ns: system.budget.limit_ns(),
            });
        }
        for run in self.stage_runs.iter().filter(|run| run.verdict == Verdict::Overrun) {
            let group = &self.groups[run.group];
            reports.write(BudgetOverrun {
                tick,
                stage: Some(group.stage),
                system: group.only_system.clone().or_else(|| probe.slowest(group.stage)),
                wall_ns: run.wall_ns,
                budget_ns: group.budget.map_or(0, Budget::limit_ns),
            });
        }
        if *verdict == Verdict::Overrun {
            reports.write(BudgetOverrun {
                tick,
                stage: None,
                system: None,
                wall_ns: *wall_ns,
                budget_ns: self.tick_budget.map_or(0, Budget::limit_ns),
            });
        }
        if self.pace == Pace::RealTime {
            world.resource_mut::<OverrunResponse>().inject();
        }
    }

    fn count_faults(&mut self, world: &mut World) {
        // One at a time: a scope that takes the messages out of the world would use the heap.
        let mut next = |world: &World| {
            self.fault_cursor.read(world.resource::<Messages<Fault>>()).next().copied()
        };
        while let Some(fault) = next(world) {
            world.resource_mut::<Faults>().count(fault);
        }
    }

    /// Lets go of old messages, of the lists of what was removed, and of old change ticks.
    ///
    /// Once per turn of the slowest schedule, so that no reader at any rate misses a message unless
    /// it misses a turn itself: each is readable for at least one such turn, and for two at most.
    fn rotate(&mut self, index: u64, world: &mut World) {
        // The tick of a turn may have been skipped.
        let turns = index / self.slowest_every + 1;
        if turns != self.turns {
            self.turns = turns;
            self.rotate_messages.run(world);
            world.clear_trackers();
        }
        if let Some(check) = world.resource_mut::<OldChanges>().0.take() {
            self.rotate_messages.check_change_ticks(check);
            let entries = self.groups.iter_mut().flat_map(|group| &mut group.entries);
            entries.for_each(|entry| entry.schedule.check_change_ticks(check));
        }
    }

    /// Finds systems that were added to a stage after the build.
    fn refuse_late_systems(&mut self, world: &World) -> Result<(), AppError> {
        let Some(schedules) = world.get_resource_ref::<Schedules>() else {
            return Ok(());
        };
        if schedules.last_changed() == self.schedules_seen {
            return Ok(());
        }
        self.schedules_seen = schedules.last_changed();
        let late = schedules.iter().filter(|(_, schedule)| schedule.systems_len() > 0);
        if let Some(label) = late.filter_map(|(label, _)| plan::stage_rate(label)).min() {
            return Err(AppError::AddedLate { label });
        }
        self.schedules_seen = schedules.last_changed();
        Ok(())
    }
}

/// Makes room for the messages of the ticker itself, so that the first one does not use the heap.
///
/// They are kept for `slowest_every` ticks; a tick has at most `overruns_per_tick` late runs.
fn make_room_for_messages(world: &mut World, slowest_every: u64, overruns_per_tick: usize) {
    // Saturates far above the limit on the room.
    let ticks = usize::try_from(slowest_every).unwrap_or(usize::MAX);
    let fault = Fault { robot: 0, kind: FaultKind::Dropped };
    make_room(world, ticks.saturating_mul(FAULTS_PER_TICK), &fault);
    let overrun = BudgetOverrun { tick: 0, stage: None, system: None, wall_ns: 0, budget_ns: 0 };
    make_room(world, ticks.saturating_mul(overruns_per_tick), &overrun);
}

/// Gives both buffers of a message room for `count`, up to a limit, and keeps what waits in them.
///
/// The ECS has no way to reserve it, so `example` is written that often and taken out again.
fn make_room<M: Message + Clone>(world: &mut World, count: usize, example: &M) {
    let mut messages = world.resource_mut::<Messages<M>>();
    let waiting: Vec<M> = messages.drain().collect();
    for _ in 0..2 {
        messages.write_batch(core::iter::repeat_n(example, count.min(ROOM_MAX)).cloned());
        messages.update();
    }
    messages.clear();
    messages.write_batch(waiting);
}

/// Whether a stage is one of those that decide what the robot does.
fn is_control(group: &StageGroup) -> bool {
    group.stage < Stage::Simulate
}

/// How much longer a stage is to seem to have taken, in nanoseconds, and whether that alone is over
/// its budget.
fn delay(group: &StageGroup, world: &mut World) -> (u64, bool) {
    let time_ns = world.resource::<Tick>().time_ns;
    let delay_ns = world.resource::<TimeFaults>().delay_ns(group.stage, time_ns);
    let is_late = group.budget.is_some_and(|budget| budget.is_late(delay_ns));
    if is_late {
        world.resource_mut::<OverrunResponse>().inject();
    }
    (delay_ns, is_late)
}

/// Runs the schedules of a stage that are due; whether there were any.
fn run_due(group: &mut StageGroup, index: u64, world: &mut World) -> bool {
    let mut has_run = false;
    for entry in &mut group.entries {
        if entry.cadence.due(index) {
            let jump_ns = core::mem::take(&mut entry.jump_ns);
            *world.resource_mut::<Dt>() =
                Dt::from_ns(entry.cadence.run_at(index).saturating_add(jump_ns));
            probe::enter(group.stage, entry.cadence.rate().get());
            entry.schedule.run(world);
            has_run = true;
        }
    }
    has_run
}

fn stage_timing(group: &StageGroup) -> StageTiming {
    let rates = group.entries.iter().map(|entry| entry.cadence.rate().get());
    let rate_hz = rates.max().unwrap_or(0);
    StageTiming { stage: group.stage, rate_hz, timing: Timing::new(group.budget) }
}

fn rotate_messages(world: &mut World) -> Result<Schedule, AppError> {
    let mut schedule = Schedule::new(RotateMessages);
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.add_systems(message_update_system);
    match schedule.initialize(world) {
        Ok(_) => Ok(schedule),
        Err(error) => Err(AppError::Messages(error)),
    }
}
