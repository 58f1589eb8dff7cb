//! Runs what is due, measures it and keeps the world's books.

use alloc::sync::Arc;
use std::sync::{Mutex, PoisonError};

use bevy_ecs::change_detection::{DetectChanges, MAX_CHANGE_AGE, Res, ResMut, Tick as ChangeTick};
use bevy_ecs::message::{Message, MessageCursor, MessageRegistry, Messages};
use bevy_ecs::resource::Resource;
use bevy_ecs::schedule::Schedules;
use bevy_ecs::system::SystemState;
use bevy_ecs::world::World;
use rivus_rate::{Grid, Hz};

use crate::plan::{self, Entry, StageGroup};
use crate::probe::{self, Probe};
use crate::stop_watch::StopWatch;
use crate::{
    AppError, BudgetOverrun, Clock, CpuClock, Dt, Fault, FaultKind, Faults, Observed, Observer,
    OverrunResponse, Pace, Stage, Tick, TickConfig, TickOrders, TimeFaults, Timings,
};

/// Faults of one tick that there is room for, on average from one rotation to the next.
const FAULTS_PER_TICK: usize = 64;

/// Base ticks between two rotations of messages, at least: in each tick it would cost as much as a
/// system.
const ROTATE_EVERY_MIN: u64 = 16;

/// Most messages of one kind that room is made for before the first tick: some 1 MB.
const ROOM_MAX: usize = 16_384;

/// Where the ticker waits between ticks; empty before the build and during a tick.
#[derive(Resource, Default)]
pub(crate) struct TickerSlot {
    pub(crate) ticker: Option<Box<Ticker>>,
    pub(crate) is_built: bool,
}

/// The schedules of all stages, held outside the world: running one by its label costs twice as
/// much.
pub(crate) struct Ticker {
    grid: Grid,
    period_ns: u64,
    next_index: u64,
    groups: Vec<StageGroup>,
    /// Base ticks between two rotations of messages.
    rotate_every: u64,
    next_rotation: u64,
    rotated: ChangeTick,
    fault_cursor: MessageCursor<Fault>,
    probe: Option<Probe>,
    pace: Pace,
    /// What the running tick was told.
    orders: TickOrders,
    schedules_seen: ChangeTick,
    /// What the schedule that ran last was told.
    told: Option<Dt>,
    observers: Observers,
    /// When stage `Sense` was over; kept up to date while there are observers.
    sensed: ChangeTick,
    before: SystemState<Before>,
    books: SystemState<Books>,
    /// Whether the last tick had overruns.
    was_late: bool,
}

/// Those who look, and when they looked last; in the world until the ticks are built.
///
/// The mutex is never locked: what is in the world must be `Sync`, and whoever owns a mutex need not
/// ask.
#[derive(Resource, Default)]
pub(crate) struct Observers(Mutex<Vec<(ChangeTick, Box<dyn Observer>)>>);

impl Observers {
    fn all(&mut self) -> &mut Vec<(ChangeTick, Box<dyn Observer>)> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one that sees everything as new in its first tick.
    pub(crate) fn add(&mut self, observer: Box<dyn Observer>, world_now: ChangeTick) {
        let long_ago = ChangeTick::new(world_now.get().wrapping_sub(MAX_CHANGE_AGE));
        self.all().push((long_ago, observer));
    }
}

/// What the ticker needs of the world before the stages run. Kept in a [`SystemState`], because it
/// takes half as long again to look resources up by their types.
type Before = (ResMut<'static, Tick>, Res<'static, OverrunResponse>, Res<'static, TimeFaults>);

/// What it reads after them, as observers do.
type Books = (Res<'static, TimeFaults>, Res<'static, Messages<Fault>>);

impl Ticker {
    /// Takes the schedules out of the world and makes them ready.
    pub(crate) fn build(world: &mut World) -> Result<Self, AppError> {
        let config = world.get_resource_or_init::<TickConfig>().clone();
        let base = Hz::new(config.base_hz)
            .ok_or_else(|| AppError::ZeroRate { asked_by: "the base rate".to_owned() })?;
        let cpu_clock = match config.pace {
            Pace::Free => world.get_resource::<CpuClock>().copied(),
            Pace::RealTime => None,
        };
        let clock = world.get_resource::<Clock>().copied();
        let watch = clock.map(|clock| Arc::new(StopWatch::new(clock, cpu_clock)));
        let mut groups = plan::build(world, &config, watch.as_ref())?;
        let entries = || groups.iter().flat_map(|group| &group.entries);
        let system_count: usize = entries().map(|entry| entry.schedule.systems_len()).sum();
        let slowest_every = entries().map(|entry| entry.cadence.every()).max().unwrap_or(1);
        let rotate_every = ROTATE_EVERY_MIN.next_multiple_of(slowest_every);
        make_room_for_messages(world, rotate_every, system_count + groups.len() + 1);
        let mut timings = probe::timings(&groups, &config);
        timings.skipped_ticks = world.get_resource_or_init::<Timings>().skipped_ticks;
        let probe = watch.map(|watch| Probe::new(watch, &mut groups, &mut timings));
        world.insert_resource(timings);
        world.insert_resource(OverrunResponse::new(config.on_overrun, config.base_hz));
        let schedules_seen = world.resource_ref::<Schedules>().last_changed();
        // From here on a change of the schedules has a later change tick.
        world.increment_change_tick();
        Ok(Self {
            grid: Grid::new(base),
            period_ns: base.period_ns(),
            next_index: 0,
            rotate_every,
            next_rotation: 0,
            rotated: ChangeTick::default(),
            fault_cursor: world.resource::<Messages<Fault>>().get_cursor(),
            probe,
            groups,
            pace: config.pace,
            orders: TickOrders::default(),
            schedules_seen,
            told: None,
            observers: core::mem::take(&mut *world.get_resource_or_init::<Observers>()),
            sensed: ChangeTick::default(),
            before: SystemState::new(world),
            books: SystemState::new(world),
            was_late: false,
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
        let tick = self.begin(world)?;
        self.run_stages(tick, world);
        self.end(tick, world)
    }

    /// Tells the world which tick it is and begins what was asked of [`TimeFaults`].
    fn begin(&mut self, world: &mut World) -> Result<Tick, AppError> {
        let index = self.next_index;
        if index >= self.next_rotation {
            self.refuse_late_systems(world)?;
        }
        self.next_index += 1;
        let time_ns = self.grid.time_ns(index);
        let tick = Tick { index, time_ns, period_ns: self.period_ns };
        let (mut current, response, faults) = self.before.get_mut(world)?;
        *current = tick;
        // Most ticks change neither, and then neither is to seem changed.
        let has_orders = response.changes_at(index) || faults.has_orders();
        self.orders = TickOrders::default();
        if has_orders {
            self.take_orders(index, world);
        }
        Ok(tick)
    }

    /// Takes what was asked of [`TimeFaults`] and [`OverrunResponse`].
    #[cold]
    fn take_orders(&mut self, index: u64, world: &mut World) {
        let is_overrun = world.resource_mut::<OverrunResponse>().begin_tick(index);
        let mut faults = world.resource_mut::<TimeFaults>();
        let (jump_ns, is_dropped) = (faults.take_jump_ns(), faults.take_dropped_tick());
        if jump_ns > 0 {
            let control = self.groups.iter_mut().filter(|group| is_control(group));
            let entries = control.flat_map(|group| &mut group.entries);
            entries.for_each(|entry| entry.jump_ns = entry.jump_ns.saturating_add(jump_ns));
        }
        if is_dropped {
            world.resource_mut::<Timings>().skipped_ticks += 1;
        }
        self.orders = TickOrders { is_dropped, jump_ns, is_overrun };
    }

    /// Runs what is due, without the control side if this tick is dropped.
    fn run_stages(&mut self, tick: Tick, world: &mut World) {
        if let Some(probe) = &mut self.probe {
            probe.begin_tick();
        }
        let mut notes_sensed = !self.observers.all().is_empty();
        for place in 0..self.groups.len() {
            let group = &mut self.groups[place];
            group.has_run = false;
            if self.orders.is_dropped && is_control(group) {
                continue;
            }
            if notes_sensed && group.stage > Stage::Sense {
                notes_sensed = false;
                self.sensed = world.increment_change_tick();
            }
            for turn in 0..group.entries.len() {
                if !self.groups[place].entries[turn].cadence.due(tick.index) {
                    continue;
                }
                forget_old_changes(&mut self.groups, world);
                let group = &mut self.groups[place];
                let entry = &mut group.entries[turn];
                tell_dt(entry, tick.time_ns, &mut self.told, world);
                entry.schedule.run(world);
                (entry.has_run, group.has_run) = (true, true);
                if let Some(probe) = self.probe.as_mut().filter(|_| entry.has_tail) {
                    probe.end_tail();
                }
            }
            let group = &self.groups[place];
            if let Some(probe) = self.probe.as_mut().filter(|_| group.has_run) {
                probe.end_stage(place, group.budget);
            }
        }
        if notes_sensed {
            self.sensed = world.increment_change_tick();
        }
    }

    /// Adds an observer, which sees everything as new in its first tick.
    pub(crate) fn add_observer(&mut self, observer: Box<dyn Observer>, world: &World) {
        self.observers.add(observer, world.read_change_tick());
    }

    /// Shows a tick whose stages have run to the observers, and keeps its books.
    fn end(&mut self, tick: Tick, world: &mut World) -> Result<(), AppError> {
        let observers = self.observers.all();
        let now = world.increment_change_tick();
        let (slowed, faults) = self.books.get(world)?;
        let is_slowed_late = slow_down(&mut self.groups, &slowed, tick.time_ns);
        let has_faults = !self.fault_cursor.is_empty(&faults);
        if !observers.is_empty() {
            let mut observed = Observed {
                world,
                tick,
                orders: self.orders,
                took_ns: self.probe.as_ref().map_or(&[], Probe::took_ns),
                faults: has_faults.then_some(&*faults),
                overruns: self.was_late.then(|| world.resource()),
                since: now,
                sensed: self.sensed,
                now,
            };
            for (since, observer) in observers {
                observed.since = core::mem::replace(since, now);
                observer.observe(&observed);
            }
            if let Some(probe) = &mut self.probe {
                probe.end_observers();
            }
        }
        // Not by a `SystemState`: that would wait until the processor has stored all that observers
        // wrote. Nor by `resource_mut`: that is not in line, and waits for what it has just written.
        if let Some(probe) = &mut self.probe {
            let timings = world.get_resource_mut::<Timings>();
            self.was_late =
                timings.is_some_and(|mut timings| probe.end_tick(&mut self.groups, &mut timings));
        }
        if has_faults {
            self.count_faults(world);
        }
        self.rotate(tick.index, world);
        // After the rotation, so that a report is readable for as long as any other message.
        if let Some(probe) = self.probe.as_ref().filter(|_| self.was_late) {
            probe.report(tick.index, &self.groups, world);
        }
        if is_slowed_late || self.was_late && self.pace == Pace::RealTime {
            world.resource_mut::<OverrunResponse>().inject();
        }
        Ok(())
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
        match late.filter_map(|(label, _)| plan::stage_rate(label)).min() {
            Some(label) => Err(AppError::AddedLate { label }),
            None => Ok(()),
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

    /// Lets go of old messages and of the lists of what was removed.
    ///
    /// After whole turns of the slowest schedule, so that no reader at any rate misses a message
    /// unless it misses a turn itself: each is readable for at least one such turn.
    fn rotate(&mut self, index: u64, world: &mut World) {
        // The very tick may have been skipped.
        if index < self.next_rotation {
            return;
        }
        self.next_rotation = (index / self.rotate_every + 1) * self.rotate_every;
        self.rotated = rotate_messages(self.rotated, world);
        world.clear_trackers();
    }
}

/// Notes how much longer [`TimeFaults`] makes each stage seem; whether that alone is over a budget.
fn slow_down(groups: &mut [StageGroup], faults: &TimeFaults, time_ns: u64) -> bool {
    let mut is_late = false;
    if faults.is_slow(time_ns) {
        for group in groups.iter_mut().filter(|group| group.has_run) {
            group.delay_ns = faults.delay_ns(group.stage, time_ns);
            is_late |= group.budget.is_some_and(|budget| budget.is_late(group.delay_ns));
        }
    }
    is_late
}

/// Makes room for the messages of the ticker itself, so that the first one does not use the heap.
///
/// They are kept for `rotate_every` ticks at least; a tick has at most `overruns_per_tick` late runs.
fn make_room_for_messages(world: &mut World, rotate_every: u64, overruns_per_tick: usize) {
    // Saturates far above the limit on the room.
    let ticks = usize::try_from(rotate_every).unwrap_or(usize::MAX);
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

/// Has all systems forget how old their changes are, when it is time.
///
/// The ECS keeps the age of changes in 32 bits and asks every system for that now and then, at the
/// beginning of a schedule. It does not know the schedules that the ticker holds, so the ticker asks
/// first; later would be wrong, for systems that had run in between.
fn forget_old_changes(groups: &mut [StageGroup], world: &mut World) {
    if let Some(check) = world.check_change_ticks() {
        let entries = groups.iter_mut().flat_map(|group| &mut group.entries);
        entries.for_each(|entry| entry.schedule.check_change_ticks(check));
    }
}

/// Tells the schedule of `entry`, which runs next, how much time has passed.
///
/// `told` is what the schedule before it was told.
fn tell_dt(entry: &mut Entry, time_ns: u64, told: &mut Option<Dt>, world: &mut World) {
    let jump_ns = core::mem::take(&mut entry.jump_ns);
    let elapsed_ns = entry.cadence.run_at(time_ns).saturating_add(jump_ns);
    if elapsed_ns != entry.dt.ns() {
        entry.dt = Dt::from_ns(elapsed_ns);
    }
    if *told != Some(entry.dt) {
        *told = Some(entry.dt);
        *world.resource_mut::<Dt>() = entry.dt;
    }
}

/// Lets go of the older half of the messages of every kind that changed since `last`; returns the
/// change tick to pass next time.
///
/// The system of the ECS for it does the same, but takes the registry out of the world and puts it
/// back in, which costs more than the work itself.
fn rotate_messages(last: ChangeTick, world: &mut World) -> ChangeTick {
    let registry = world.get_resource_mut::<MessageRegistry>();
    if let Some(mut registry) = registry.map(|mut registry| core::mem::take(&mut *registry)) {
        registry.run_updates(world, last);
        *world.resource_mut::<MessageRegistry>() = registry;
    }
    world.change_tick()
}
