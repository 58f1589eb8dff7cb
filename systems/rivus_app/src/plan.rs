//! From the schedules that plugins filled to the list that the ticker runs.

use alloc::sync::Arc;
use core::any::{Any, TypeId};
use core::ops::Range;

use bevy_app::{
    FixedPostUpdate, FixedPreUpdate, FixedUpdate, Last, PostStartup, PostUpdate, PreStartup,
    PreUpdate, Startup, Update,
};
use bevy_ecs::resource::Resource;
use bevy_ecs::schedule::{
    LogLevel, Schedule, ScheduleBuildSettings, ScheduleLabel, Schedules, SingleThreadedExecutor,
};
use bevy_ecs::world::World;
use rivus_rate::{Budget, Cadence, Grid, Hz};

use crate::executor::PlainExecutor;
use crate::stop_watch::{self, StopWatch, TimedSystem, Watched};
use crate::{AppError, Dt, Pace, Rate, Stage, StageRate, TickConfig, conflicts};

/// One schedule and its turns.
pub(crate) struct Entry {
    pub(crate) label: StageRate,
    pub(crate) cadence: Cadence,
    pub(crate) schedule: Schedule,
    /// What the last run was told.
    pub(crate) dt: Dt,
    /// What the next run is told to have elapsed on top of what has.
    pub(crate) jump_ns: u64,
    /// The systems with a stop-watch, in the order in which they run; the probe takes them over.
    pub(crate) systems: Vec<TimedSystem>,
    /// Where the probe keeps them.
    pub(crate) places: Range<usize>,
    /// Whether something comes after the last of them.
    pub(crate) has_tail: bool,
    /// Whether it has run since the probe asked last.
    pub(crate) has_run: bool,
}

impl Entry {
    fn new(label: StageRate, cadence: Cadence, schedule: Schedule) -> Self {
        Self {
            label,
            cadence,
            schedule,
            dt: Dt::default(),
            jump_ns: 0,
            systems: Vec::new(),
            places: 0..0,
            has_tail: false,
            has_run: false,
        }
    }
}

/// The schedules of one stage in the order in which they run in a shared tick.
pub(crate) struct StageGroup {
    pub(crate) stage: Stage,
    pub(crate) budget: Option<Budget>,
    pub(crate) entries: Vec<Entry>,
    /// Whether it has run in the current tick, or in the last.
    pub(crate) has_run: bool,
    /// What this run is to seem longer by.
    pub(crate) delay_ns: u64,
}

/// What to do to every schedule of a stage before it is built.
#[derive(Resource, Default)]
pub(crate) struct StageSetup(pub(crate) Vec<(Stage, fn(&mut Schedule))>);

/// Takes all stage schedules out of the world, checks and initialises them; with `watch`, every
/// system gets a stop-watch.
pub(crate) fn build(
    world: &mut World,
    config: &TickConfig,
    watch: Option<&Arc<StopWatch>>,
) -> Result<Vec<StageGroup>, AppError> {
    let base = rate(config.base_hz, "the base rate")?;
    let grid = Grid::new(base);
    for stage in Stage::ALL {
        if let Some(hz) = config[stage].rate_hz {
            let asked_by = format!("stage {stage}");
            grid.cadence(rate(hz, &asked_by)?, asked_by)?;
        }
    }
    refuse_unrun_schedules(world)?;
    let mut entries = Vec::new();
    for (label, schedule) in take_schedules(world) {
        let hz = match (label.rate, config[label.stage].rate_hz) {
            (Rate::Fixed(hz), _) => hz,
            (Rate::Stage, Some(hz)) => rate(hz, label.stage.name())?,
            (Rate::Stage, None) => base,
        };
        let asked_by = format!("stage {} ({})", label.stage, system_names(&schedule));
        let cadence = grid.cadence(hz, asked_by)?;
        entries.push(initialise(Entry::new(label, cadence, schedule), world, watch)?);
    }
    // The label breaks ties, so that the order never depends on a hash.
    entries.sort_by_key(|entry| (entry.label.stage, entry.cadence.rate(), entry.label));
    let groups = group(entries, config, world)?;
    check_budgets(&groups, config, base)?;
    Ok(groups)
}

/// The label, if it is one of ours.
pub(crate) fn stage_rate(label: &dyn ScheduleLabel) -> Option<StageRate> {
    let label: &dyn Any = label;
    label.downcast_ref::<StageRate>().copied()
}

fn rate(hz: u32, asked_by: &str) -> Result<Hz, AppError> {
    Hz::new(hz).ok_or_else(|| AppError::ZeroRate { asked_by: asked_by.to_owned() })
}

/// Finds systems in the schedules of `App::update`, which is not used.
fn refuse_unrun_schedules(world: &World) -> Result<(), AppError> {
    let unrun = [
        TypeId::of::<PreStartup>(),
        TypeId::of::<Startup>(),
        TypeId::of::<PostStartup>(),
        TypeId::of::<PreUpdate>(),
        TypeId::of::<Update>(),
        TypeId::of::<PostUpdate>(),
        TypeId::of::<FixedPreUpdate>(),
        TypeId::of::<FixedUpdate>(),
        TypeId::of::<FixedPostUpdate>(),
        TypeId::of::<Last>(),
    ];
    let Some(schedules) = world.get_resource::<Schedules>() else {
        return Ok(());
    };
    let mut found: Vec<(String, String)> = schedules
        .iter()
        .filter(|(label, schedule)| {
            let label: &dyn Any = *label;
            unrun.contains(&label.type_id()) && schedule.systems_len() > 0
        })
        .map(|(label, schedule)| (format!("{label:?}"), system_names(schedule)))
        .collect();
    found.sort();
    match found.into_iter().next() {
        Some((schedule, systems)) => Err(AppError::NeverRuns { schedule, systems }),
        None => Ok(()),
    }
}

/// Takes the schedules that have systems, in the order of their labels.
fn take_schedules(world: &mut World) -> Vec<(StageRate, Schedule)> {
    let Some(mut schedules) = world.get_resource_mut::<Schedules>() else {
        return Vec::new();
    };
    let mut labels: Vec<StageRate> =
        schedules.iter().filter_map(|(label, _)| stage_rate(label)).collect();
    labels.sort();
    let taken = labels.into_iter().filter_map(|label| Some((label, schedules.remove(label)?)));
    taken.filter(|(_, schedule)| schedule.systems_len() > 0).collect()
}

/// The names of the systems of a schedule that is not initialised yet.
fn system_names(schedule: &Schedule) -> String {
    let systems = schedule.graph().systems.iter();
    let names: Vec<String> = systems.map(|(_, system, _)| system.name().to_string()).collect();
    names.join(", ")
}

fn initialise(
    mut entry: Entry,
    world: &mut World,
    watch: Option<&Arc<StopWatch>>,
) -> Result<Entry, AppError> {
    let Entry { label, schedule, .. } = &mut entry;
    let setup = world.get_resource_or_init::<StageSetup>();
    for (_, configure) in setup.0.iter().filter(|(stage, _)| *stage == label.stage) {
        configure(schedule);
    }
    // `SingleThreadedExecutor::default()` would never apply commands at the end of the schedule.
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..ScheduleBuildSettings::default()
    });
    let graph = schedule.graph();
    let has_conditions =
        graph.systems.iter().any(|(key, ..)| stop_watch::has_conditions(graph, key));
    let watched = watch.map(|watch| Watched::new(schedule, watch));
    if let Some(watched) = watched.as_ref().filter(|_| has_conditions) {
        watched.wrap(schedule);
    }
    make_ready(*label, schedule, world)?;
    if !has_conditions {
        schedule.set_executor(PlainExecutor::new(schedule, watched.as_ref()));
        make_ready(*label, schedule, world)?;
    }
    if let Some(watched) = watched {
        (entry.systems, entry.has_tail) = watched.in_order(schedule);
    }
    Ok(entry)
}

fn make_ready(
    label: StageRate,
    schedule: &mut Schedule,
    world: &mut World,
) -> Result<(), AppError> {
    match schedule.initialize(world) {
        Ok(_) => Ok(()),
        Err(error) => {
            let reason = error.to_string(schedule.graph(), world);
            Err(AppError::Schedule { label, reason })
        }
    }
}

/// Groups sorted entries by stage and settles the order within each.
fn group(
    entries: Vec<Entry>,
    config: &TickConfig,
    world: &World,
) -> Result<Vec<StageGroup>, AppError> {
    let mut groups: Vec<StageGroup> = Vec::new();
    for entry in entries {
        let stage = entry.label.stage;
        if let Some(group) = groups.last_mut().filter(|group| group.stage == stage) {
            group.entries.push(entry);
        } else {
            let budget = config[stage].budget_us.map(Budget::us);
            let entries = vec![entry];
            groups.push(StageGroup { stage, budget, entries, has_run: false, delay_ns: 0 });
        }
    }
    for group in &mut groups {
        settle_order(&mut group.entries, world)?;
    }
    Ok(groups)
}

/// Checks every two schedules of a stage; swaps two of equal rate if their sets say so.
///
/// Two are of equal rate when one was added at a fixed rate that the scene also gives the stage.
fn settle_order(entries: &mut [Entry], world: &World) -> Result<(), AppError> {
    for later in 1..entries.len() {
        let is_twin = entries[later - 1].cadence.rate() == entries[later].cadence.rate();
        if is_twin
            && conflicts::check(&entries[later - 1], &entries[later], world).is_err()
            && conflicts::check(&entries[later], &entries[later - 1], world).is_ok()
        {
            entries.swap(later - 1, later);
        }
    }
    for (later, second) in entries.iter().enumerate() {
        for first in &entries[..later] {
            conflicts::check(first, second, world)?;
        }
    }
    Ok(())
}

/// In real time, refuses budgets that can fall into one tick and are longer than it.
fn check_budgets(groups: &[StageGroup], config: &TickConfig, base: Hz) -> Result<(), AppError> {
    if config.pace != Pace::RealTime {
        return Ok(());
    }
    let too_long = |total_us: u64, shares: String| AppError::BudgetsTooLong {
        total_us,
        shares,
        base_hz: base.get(),
        period_us: base.period_ns() / 1000,
    };
    let exceeds = |total_us: u64| total_us * 1000 > base.period_ns();
    // In tick 0, as in many others, every stage is due.
    let budgeted: Vec<(Stage, u32)> = groups
        .iter()
        .filter_map(|group| Some((group.stage, config[group.stage].budget_us?)))
        .collect();
    let total_us = budgeted.iter().map(|(_, budget_us)| u64::from(*budget_us)).sum();
    if exceeds(total_us) {
        let shares: Vec<String> =
            budgeted.iter().map(|(stage, budget_us)| format!("{stage} {budget_us} us")).collect();
        return Err(too_long(total_us, shares.join(", ")));
    }
    match config.tick_budget_us.map(u64::from) {
        Some(tick_us) if exceeds(tick_us) => Err(too_long(tick_us, "the whole tick".to_owned())),
        _ => Ok(()),
    }
}
