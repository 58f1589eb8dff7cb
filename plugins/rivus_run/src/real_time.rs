//! In step with the time on the wall.

use core::sync::atomic::{AtomicBool, Ordering};

use bevy_app::{App, PluginsState};
use rivus_app::{AppError, AppExt, Pace, TickConfig};
use rivus_rate::{Grid, Histogram, Hz};

use crate::clock::{monotonic_ns, process_cpu_ns, sleep_until};
use crate::free::{is_aborted, passed_s, planned_ticks};
use crate::safe_output::SafeOutputs;
use crate::thread::{RealTimeOptions, RtGrade, RtReport, RtStep, RtThread};
use crate::wake_log::{Wake, WakeLog};
use crate::watchdog::{Watchdog, WatchdogReport};

/// Why a run in real time could not begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RealTimeError {
    /// The ticks cannot be built, or a tick cannot begin.
    #[error(transparent)]
    App(#[from] AppError),
    /// The ticks were built for another pace.
    #[error(
        "the ticks were built to run at any pace; set `TickConfig::pace` to `Pace::RealTime` \
         before they are built"
    )]
    NotRealTime,
    /// The operating system does not schedule the thread as is required.
    #[error("grade {required} is required, but this is what was granted:\n{report}")]
    Grade {
        /// The grade that is required.
        required: RtGrade,
        /// What was granted.
        report: Box<RtReport>,
    },
    /// The operating system does not schedule the watchdog as is required, so a tick that never ends
    /// may keep it from the processor.
    #[error(
        "grade {required} is required, but the watchdog above the loop has {granted}; its \
         scheduling: {scheduling}"
    )]
    Watchdog {
        /// The grade that is required.
        required: RtGrade,
        /// The grade that the watchdog has.
        granted: RtGrade,
        /// The scheduling class that was asked for it.
        scheduling: RtStep,
    },
}

/// What a run in real time did.
#[derive(Clone, Debug)]
pub struct RealTimeReport {
    /// Base ticks that ran.
    pub ticks: u64,
    /// Base ticks that were given up because the run was late.
    pub skipped_ticks: u64,
    /// How often ticks were given up, however many at a time.
    pub gaps: u64,
    /// Time of the robot that ticks and skipped ticks cover, s.
    pub simulated_s: f64,
    /// Time from the first tick being due to the end of the last, s.
    pub wall_s: f64,
    /// CPU time of all threads of the process meanwhile, s.
    pub cpu_s: f64,
    /// How late the run was for each tick, in nanoseconds after it was due; of the ticks of a gap,
    /// the first is in it.
    pub lateness: Histogram,
    /// What the operating system granted.
    pub granted: RtReport,
    /// What the watchdog did; `None` if there was to be none.
    pub watchdog: Option<WatchdogReport>,
    /// Whether the run reached its end; `false` if it was told to stop before, or aborted.
    pub is_complete: bool,
}

/// Ticks `app` in step with the wall until `seconds` have passed, until `stop` is set, or until an
/// overrun is answered by [`OnOverrun::Abort`](rivus_app::OnOverrun::Abort).
///
/// Tick `n` is due `n` base periods after the beginning, counted without drift; the thread sleeps
/// until then. A tick that is late by a base period at most runs at once. If it is later, it and
/// all others that are due by then are skipped, and the run goes on with the next one when it is
/// due: never more than one tick is caught up, and what follows a gap sees in
/// [`Dt`](rivus_app::Dt) how long it was. The tick after a gap runs however late it is, so that a
/// thread that always wakes up late ticks less often, but ticks.
///
/// The number of base ticks, skipped ones included, is `seconds` times the base rate, rounded to
/// the nearest; nothing runs if `seconds` is not above zero. [`TickConfig::pace`] is set to
/// [`Pace::RealTime`] if the ticks are not built yet. The calling thread is set up by `options` for
/// the time of the run ([`RtThread`]). `stop` is looked at before each sleep.
///
/// From the first tick to the end of the run a watchdog looks after it on a thread of its own. When
/// a tick does not end in time, it puts out what drivers registered with
/// [`add_safe_output`](crate::SafeOutputExt::add_safe_output), again and again until the loop goes
/// on; from then on the frames of the loop rule again. If the loop panics, ends with an error or is
/// aborted, the safe frame is put out before this function is left. Feeding the watchdog is one store
/// before and one after each tick.
///
/// If there is a [`WakeLog`], every wake-up is noted in it.
///
/// # Errors
/// If the ticks cannot be built or were built for another pace, if the grade that `options`
/// requires is not granted to the loop and to its watchdog, or if a tick cannot begin.
pub fn run_real_time(
    app: &mut App,
    seconds: f64,
    options: &RealTimeOptions,
    stop: &AtomicBool,
) -> Result<RealTimeReport, RealTimeError> {
    let base = build(app)?;
    let planned = planned_ticks(seconds, base.get());
    let watchdog = start_watchdog(app, options, base);
    let thread = RtThread::set_up(options);
    let granted = thread.report().clone();
    let watching = watchdog.as_ref().map(Watchdog::set_up_report);
    if let Err(error) = options.required.map_or(Ok(()), |grade| check(grade, &granted, watching)) {
        end_watchdog(app, watchdog.map(Watchdog::end));
        return Err(error);
    }
    if let Some(report) = watching.filter(|report| !report.can_stop(granted.grade)) {
        tracing::warn!(
            "a tick that never ends may keep the watchdog from stopping it; its scheduling: {}",
            report.scheduling
        );
    }
    let mut run = Run::new(Grid::new(base), planned);
    run.log = app.world_mut().remove_resource();
    let cpu_start_ns = process_cpu_ns();
    let ran = run.go(app, stop, watchdog.as_ref());
    let (wall_end_ns, cpu_end_ns) = (monotonic_ns(), process_cpu_ns());
    // Who asks for an abort does not want the last command to go on.
    let is_over = ran.is_ok() && !is_aborted(app);
    let end = if is_over { Watchdog::end } else { Watchdog::die };
    let watchdog = end_watchdog(app, watchdog.map(end));
    if let Some(log) = run.log {
        app.insert_resource(log);
    }
    ran?;
    Ok(RealTimeReport {
        ticks: run.plan.passed - run.plan.skipped,
        skipped_ticks: run.plan.skipped,
        gaps: run.plan.gaps,
        simulated_s: run.plan.passed as f64 / f64::from(base.get()),
        wall_s: passed_s(run.start_ns, wall_end_ns),
        cpu_s: passed_s(cpu_start_ns, cpu_end_ns),
        lateness: run.lateness,
        granted,
        watchdog,
        is_complete: run.plan.passed == planned && !is_aborted(app),
    })
}

/// Whether loop and watchdog are scheduled as is `required`.
fn check(
    required: RtGrade,
    granted: &RtReport,
    watching: Option<&WatchdogReport>,
) -> Result<(), RealTimeError> {
    if granted.grade < required {
        return Err(RealTimeError::Grade { required, report: Box::new(granted.clone()) });
    }
    match watching.filter(|report| report.grade < required || !report.can_stop(granted.grade)) {
        Some(WatchdogReport { grade, scheduling, .. }) => Err(RealTimeError::Watchdog {
            required,
            granted: *grade,
            scheduling: scheduling.clone(),
        }),
        None => Ok(()),
    }
}

/// Starts the watchdog with the outputs of the app, before the thread is in real time.
fn start_watchdog(app: &mut App, options: &RealTimeOptions, base: Hz) -> Option<Watchdog> {
    let watchdog = options.watchdog.as_ref()?;
    let outputs = app.world_mut().remove_resource().unwrap_or_default();
    Some(Watchdog::start(watchdog, options, base.period_ns(), outputs))
}

/// Gives the app its outputs back.
fn end_watchdog(
    app: &mut App,
    ended: Option<(WatchdogReport, SafeOutputs)>,
) -> Option<WatchdogReport> {
    let (report, outputs) = ended?;
    app.insert_resource(outputs);
    Some(report)
}

/// Builds the ticks for real time and returns their rate.
fn build(app: &mut App) -> Result<Hz, RealTimeError> {
    // Building the ticks cleans up the plugins, so before that they are not built for sure.
    let may_be_built = app.plugins_state() == PluginsState::Cleaned;
    let mut config = app.world_mut().get_resource_or_init::<TickConfig>();
    if config.pace != Pace::RealTime {
        if may_be_built {
            return Err(RealTimeError::NotRealTime);
        }
        config.pace = Pace::RealTime;
    }
    app.build_ticks()?;
    let base_hz = app.world().resource::<TickConfig>().base_hz;
    let zero = || AppError::ZeroRate { asked_by: "the base rate".to_owned() };
    Ok(Hz::new(base_hz).ok_or_else(zero)?)
}

/// A run on the grid, which begins one base period after it was made.
struct Run {
    plan: Plan,
    /// When the first tick is due.
    start_ns: u64,
    lateness: Histogram,
    log: Option<WakeLog>,
}

impl Run {
    fn new(grid: Grid, planned: u64) -> Self {
        Self {
            plan: Plan { grid, planned, passed: 0, skipped: 0, gaps: 0, is_after_gap: false },
            start_ns: monotonic_ns().saturating_add(grid.base().period_ns()),
            lateness: Histogram::new(),
            log: None,
        }
    }

    fn go(
        &mut self,
        app: &mut App,
        stop: &AtomicBool,
        watchdog: Option<&Watchdog>,
    ) -> Result<(), AppError> {
        let feed = |sign_ns| watchdog.map_or((), |watchdog| watchdog.feed(sign_ns));
        let mut ticks = app.ticks()?;
        while !self.plan.is_over() && !stop.load(Ordering::Relaxed) {
            let due_ns = self.due_ns();
            let now_ns = self.sleep_until(due_ns);
            self.lateness.record(now_ns - due_ns);
            match self.plan.step(now_ns - self.start_ns) {
                Step::Tick => {
                    feed(now_ns);
                    ticks.tick()?;
                    if is_aborted(ticks.app()) {
                        break;
                    }
                }
                Step::Skip(missed) => ticks.skip(missed)?,
            }
            // The sleep that follows may be long; the next tick runs after it for sure, and if it
            // does not, the watchdog counts from when it was due.
            if self.plan.has_ticked() {
                feed(self.due_ns());
            }
        }
        Ok(())
    }

    /// When the next tick is due.
    const fn due_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.plan.due_ns())
    }

    /// As the sleep of the clock, with a note of it.
    fn sleep_until(&mut self, due_ns: u64) -> u64 {
        let Some(log) = &mut self.log else { return sleep_until(due_ns) };
        let ready_ns = monotonic_ns();
        let woken_ns = sleep_until(due_ns);
        log.note(Wake { due_ns, ready_ns, woken_ns });
        woken_ns
    }
}

/// Which ticks run and which are given up; times are arguments, from when tick 0 is due.
#[derive(Clone, Copy)]
struct Plan {
    grid: Grid,
    planned: u64,
    /// Ticks that ran or were skipped.
    passed: u64,
    skipped: u64,
    gaps: u64,
    /// Whether the last step was a gap.
    is_after_gap: bool,
}

/// What to do at a wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Tick,
    /// Give up this many ticks.
    Skip(u64),
}

impl Plan {
    const fn is_over(&self) -> bool {
        self.passed >= self.planned
    }

    const fn has_ticked(&self) -> bool {
        self.passed > self.skipped
    }

    const fn due_ns(&self) -> u64 {
        self.grid.time_ns(self.passed)
    }

    /// The step at `now_ns`, which counts as done. There are never two gaps in a row: if every
    /// wake-up is later than a base period, no tick would ever run.
    fn step(&mut self, now_ns: u64) -> Step {
        let missed = missed_ticks(self.grid, self.passed, now_ns);
        if missed == 0 || self.is_after_gap {
            self.is_after_gap = false;
            self.passed += 1;
            return Step::Tick;
        }
        // The last tick of the run is not the last of the grid.
        let missed = missed.min(self.planned - self.passed);
        self.is_after_gap = true;
        self.passed += missed;
        self.skipped += missed;
        self.gaps += 1;
        Step::Skip(missed)
    }
}

/// Ticks to give up when tick `next` is to run and `now_ns` have passed since tick 0 was due: none
/// if it is late by a base period at most, and otherwise all that were due before now.
const fn missed_ticks(grid: Grid, next: u64, now_ns: u64) -> u64 {
    if now_ns <= grid.time_ns(next.saturating_add(1)) {
        return 0;
    }
    const NS_PER_S: u64 = 1_000_000_000;
    let base = grid.base().get() as u64;
    // The first tick that is due now or later; the product stays below 2^32 * 10^9 < 2^62.
    let first = (now_ns / NS_PER_S) * base + ((now_ns % NS_PER_S) * base).div_ceil(NS_PER_S);
    first.saturating_sub(next)
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use bevy_ecs::prelude::*;
    use rivus_app::{Dt, Rate, Stage, Tick, Timings};

    use super::*;
    use crate::RunPlugin;

    const MS: u64 = 1_000_000;
    const PLAIN: RealTimeOptions =
        RealTimeOptions { priority: None, cpu: None, required: None, watchdog: None };

    #[test]
    fn a_tick_is_missed_when_it_is_more_than_a_period_late() {
        let missed = |next, now_ns| missed_ticks(Grid::new(Hz::of(1000)), next, now_ns);
        // On time, and early.
        assert_eq!(missed(0, 0), 0);
        assert_eq!(missed(5, 5 * MS), 0);
        assert_eq!(missed(5, 0), 0);
        // Late by a period at most.
        assert_eq!(missed(5, 5 * MS + 1), 0);
        assert_eq!(missed(5, 6 * MS), 0);
        // Later: the run goes on with the first that is not late.
        assert_eq!(missed(5, 6 * MS + 1), 2);
        assert_eq!(missed(5, 7 * MS), 2);
        assert_eq!(missed(5, 9 * MS + MS / 2), 5);
        assert_eq!(missed(0, 3 * MS + 1), 4);
    }

    #[test]
    fn missing_hours_is_exact_at_any_rate() {
        let day_ns = 86_400_000 * MS;
        for hz in [1, 333, 1000, 8000, u32::MAX] {
            let day = 86_400 * u64::from(hz);
            assert_eq!(missed_ticks(Grid::new(Hz::of(hz)), 7, day_ns), day - 7, "{hz} Hz");
        }
        let grid = Grid::new(Hz::of(1000));
        assert_eq!(missed_ticks(grid, 7, day_ns + 1), 86_400_001 - 7);
        assert_eq!(missed_ticks(grid, 0, u64::MAX), u64::MAX / MS + 1);
    }

    #[test]
    fn the_tick_after_a_gap_is_the_first_that_is_not_late() {
        for hz in [1, 3, 333, 1000, 3600] {
            let grid = Grid::new(Hz::of(hz));
            for now_ns in (0..4_000 * MS).step_by(7_777_777) {
                let missed = missed_ticks(grid, 2, now_ns);
                if missed > 0 {
                    assert!(grid.time_ns(3) < now_ns);
                    assert!(grid.time_ns(2 + missed) >= now_ns, "{hz} Hz at {now_ns} ns");
                    assert!(grid.time_ns(1 + missed) < now_ns, "{hz} Hz at {now_ns} ns");
                }
            }
        }
    }

    #[test]
    fn a_thread_that_always_wakes_up_late_ticks_less_often_but_ticks() {
        for late_ns in [1_000_001, 2_500_000, 40 * MS] {
            let grid = Grid::new(Hz::of(1000));
            let mut plan =
                Plan { grid, planned: 1000, passed: 0, skipped: 0, gaps: 0, is_after_gap: false };
            let (mut now_ns, mut ran) = (0, Vec::new());
            while !plan.is_over() {
                let (index, due_ns) = (plan.passed, plan.due_ns());
                // A sleep that would end in the past is none.
                if due_ns > now_ns {
                    now_ns = due_ns + late_ns;
                }
                if plan.step(now_ns) == Step::Tick {
                    ran.push(index);
                    now_ns += MS / 20;
                }
            }
            assert_eq!(plan.passed, 1000);
            assert_eq!(ran.len() as u64, plan.passed - plan.skipped);
            // Every other wake-up is a tick, so of every other sleep at least there is one.
            assert!(ran.len() as u64 + 1 >= plan.gaps, "{late_ns} ns: {ran:?}");
            assert!(ran.is_sorted() && ran.len() >= 1000 / 45, "{late_ns} ns: {ran:?}");
        }
    }

    /// Index, elapsed time and time on the wall of each tick.
    #[derive(Resource, Default)]
    struct Log(Vec<(u64, u64, u64)>);

    fn note(tick: Res<Tick>, dt: Res<Dt>, mut log: ResMut<Log>) {
        log.0.push((tick.index, dt.ns(), monotonic_ns()));
    }

    fn app(base_hz: u32) -> App {
        let mut config = TickConfig::default();
        config.base_hz = base_hz;
        let mut app = App::empty();
        app.insert_resource(config)
            .init_resource::<Log>()
            .add_plugins(RunPlugin)
            .add_systems(Stage::Control.at(Rate::STAGE), note);
        app
    }

    /// What holds for every run, however late it was.
    fn check_run(app: &App, report: &RealTimeReport, planned: u64, before_ns: u64) {
        let log = &app.world().resource::<Log>().0;
        let config = app.world().resource::<TickConfig>();
        let grid = Grid::new(Hz::of(config.base_hz));
        assert_eq!(report.ticks + report.skipped_ticks, planned);
        assert_eq!(report.ticks, log.len() as u64);
        assert_eq!(report.lateness.count(), report.ticks + report.gaps);
        assert_eq!(app.world().resource::<Timings>().skipped_ticks, report.skipped_ticks);
        // Neither ahead of the wall nor off the grid.
        for &(index, _, now_ns) in log {
            assert!(now_ns - before_ns >= grid.time_ns(index), "tick {index}");
        }
        for pair in log.windows(2) {
            let [(last, ..), (index, dt_ns, _)] = [pair[0], pair[1]];
            assert_eq!(dt_ns, grid.time_ns(index) - grid.time_ns(last));
        }
        let between: u64 = log.windows(2).map(|pair| pair[1].0 - pair[0].0 - 1).sum();
        assert!(between <= report.skipped_ticks);
    }

    #[test]
    fn a_run_covers_the_time_that_passes() {
        let mut app = app(1000);
        let before_ns = monotonic_ns();
        let report = run_real_time(&mut app, 0.05, &PLAIN, &AtomicBool::new(false)).unwrap();
        assert!(report.is_complete && report.wall_s > 0.0 && report.cpu_s > 0.0);
        assert_eq!(report.simulated_s, 0.05);
        check_run(&app, &report, 50, before_ns);
        assert_eq!(app.world().resource::<TickConfig>().pace, Pace::RealTime);
    }

    #[derive(Resource)]
    struct StopAt {
        tick: u64,
        flag: Arc<AtomicBool>,
    }

    fn stop_then(tick: Res<Tick>, at: Res<StopAt>) {
        if tick.index >= at.tick {
            at.flag.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_run_stops_when_told_and_says_so() {
        let flag = Arc::new(AtomicBool::new(false));
        let mut app = app(1000);
        app.insert_resource(StopAt { tick: 4, flag: Arc::clone(&flag) })
            .add_systems(Stage::Policy.at(Rate::STAGE), stop_then);
        let before_ns = monotonic_ns();
        let report = run_real_time(&mut app, f64::INFINITY, &PLAIN, &flag).unwrap();
        assert!(!report.is_complete);
        let last = app.world().resource::<Tick>().index;
        assert!(last >= 4);
        check_run(&app, &report, last + 1, before_ns);
    }

    /// The tick that parked.
    #[derive(Resource, Default)]
    struct Parked(Option<u64>);

    /// Parks the loop once for three periods and a half and stops it in the tick after that.
    fn park(tick: Res<Tick>, mut parked: ResMut<Parked>, stop: Res<StopAt>) {
        if parked.0.is_some() {
            stop.flag.store(true, Ordering::Relaxed);
        } else if tick.index >= stop.tick {
            parked.0 = Some(tick.index);
            let start_ns = monotonic_ns();
            while monotonic_ns() - start_ns < 7 * tick.period_ns / 2 {}
        }
    }

    #[test]
    fn a_tick_that_takes_too_long_costs_ticks_but_not_the_grid() {
        let flag = Arc::new(AtomicBool::new(false));
        let mut app = app(500);
        app.insert_resource(StopAt { tick: 3, flag: Arc::clone(&flag) })
            .init_resource::<Parked>()
            .add_systems(Stage::Policy.at(Rate::STAGE), park);
        let before_ns = monotonic_ns();
        let report = run_real_time(&mut app, f64::INFINITY, &PLAIN, &flag).unwrap();
        let last = app.world().resource::<Tick>().index;
        check_run(&app, &report, last + 1, before_ns);
        // Three ticks were due by the end of the long one, so the fourth is the next to run.
        let parked = app.world().resource::<Parked>().0.unwrap();
        assert!(last >= parked + 4, "{last} after {parked}");
        assert!(report.skipped_ticks >= 3 && report.gaps >= 1);
        let (_, dt_ns, _) = app.world().resource::<Log>().0.last().copied().unwrap();
        assert_eq!(dt_ns, (last - parked) * 2 * MS);
    }

    #[test]
    fn nothing_runs_without_the_grade_that_is_required() {
        let mut app = app(1000);
        let options = RealTimeOptions { required: Some(RtGrade::Deadline), ..PLAIN };
        let error = run_real_time(&mut app, 1.0, &options, &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().starts_with("grade deadline is required, but"), "{error}");
        assert!(error.to_string().contains("\ngrade        best effort\n"), "{error}");
        assert!(app.world().resource::<Log>().0.is_empty());
    }

    #[test]
    fn a_watchdog_that_cannot_get_past_the_loop_does_not_do_where_a_grade_is_required() {
        let granted = RtReport {
            grade: RtGrade::Fifo,
            scheduling: RtStep::Granted,
            memory_locked: RtStep::Granted,
            affinity: RtStep::NotAsked,
            timer_slack: RtStep::Granted,
        };
        let watching = |grade, scheduling| WatchdogReport {
            grade,
            scheduling,
            is_running: true,
            outputs: 1,
            episodes: 0,
            frames: 0,
            failures: 0,
            latency_max_ns: 0,
        };
        let require = |report: &WatchdogReport| check(RtGrade::Fifo, &granted, Some(report));
        assert!(check(RtGrade::Fifo, &granted, None).is_ok());
        assert!(require(&watching(RtGrade::Fifo, RtStep::Granted)).is_ok());
        let refused = || RtStep::Refused("a limit of 80".to_owned());
        for grade in [RtGrade::BestEffort, RtGrade::Fifo] {
            let error = require(&watching(grade, refused())).unwrap_err().to_string();
            assert!(error.contains("the watchdog") && error.contains("a limit of 80"), "{error}");
        }
    }

    #[test]
    fn nothing_runs_where_the_watchdog_must_be_above_the_highest_priority() {
        let mut app = app(1000);
        let options = RealTimeOptions {
            priority: Some(99),
            required: Some(RtGrade::Fifo),
            ..RealTimeOptions::default()
        };
        let error = run_real_time(&mut app, 0.1, &options, &AtomicBool::new(false)).unwrap_err();
        // Without the right to be in real time it is the loop that is refused.
        let is_refused =
            matches!(error, RealTimeError::Grade { .. } | RealTimeError::Watchdog { .. });
        assert!(is_refused && app.world().resource::<Log>().0.is_empty(), "{error}");
    }

    #[test]
    fn ticks_that_were_built_for_another_pace_are_refused() {
        let mut app = app(1000);
        app.tick().unwrap();
        let error = run_real_time(&mut app, 1.0, &PLAIN, &AtomicBool::new(false)).unwrap_err();
        assert!(matches!(error, RealTimeError::NotRealTime), "{error}");
        assert_eq!(app.world().resource::<Log>().0.len(), 1);
    }

    #[test]
    fn ticks_that_were_built_for_real_time_go_on_where_they_were() {
        let mut app = app(1000);
        app.world_mut().resource_mut::<TickConfig>().pace = Pace::RealTime;
        app.build_ticks().unwrap();
        for planned in [5, 10] {
            let report = run_real_time(&mut app, 0.005, &PLAIN, &AtomicBool::new(false)).unwrap();
            assert_eq!(report.ticks + report.skipped_ticks, 5);
            assert!(app.world().resource::<Tick>().index < planned);
        }
    }

    #[test]
    fn no_time_is_no_ticks() {
        for seconds in [0.0, -1.0, f64::NAN] {
            let report =
                run_real_time(&mut app(1000), seconds, &PLAIN, &AtomicBool::new(false)).unwrap();
            assert_eq!((report.ticks, report.skipped_ticks), (0, 0));
        }
    }
}
