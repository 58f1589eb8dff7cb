//! What was found, as numbers and as text.

use core::fmt;

use rivus_run::{Attribution, JitterReport, RtGrade, RtReport};
use serde::Serialize;

use super::machine::Machine;
use super::trial::Trial;

/// The rows of the table.
pub(super) const ALONE: &str = "fifo";
pub(super) const WATCHED: &str = "fifo, watched";
pub(super) const OTHER: &str = "other";

/// Time from the last sign of life to the safe frame that is promised, ms.
const SAFE_FRAME_MS: f64 = 50.0;

/// Lateness in `SCHED_FIFO` that is promised, us.
const P50_US: f64 = 50.0;
const P99_US: f64 = 200.0;

/// All that `--json` prints.
#[derive(Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    machine: Machine,
    real_time: RealTime,
    watchdog: Watchdog,
    /// `null` unless `--jitter` asks for it.
    jitter: Option<Jitter>,
    promises: Vec<Promise>,
}

/// What the operating system grants to a loop.
#[derive(Serialize)]
pub(super) struct RealTime {
    /// `best effort`, `fifo` or `deadline`.
    grade: String,
    scheduling: String,
    memory_lock: String,
    affinity: String,
    timer_slack: String,
    #[serde(skip)]
    is_fifo: bool,
}

impl RealTime {
    pub(super) fn new(report: &RtReport) -> Self {
        Self {
            grade: report.grade.to_string(),
            scheduling: report.scheduling.to_string(),
            memory_lock: report.memory_locked.to_string(),
            affinity: report.affinity.to_string(),
            timer_slack: report.timer_slack.to_string(),
            is_fifo: report.grade >= RtGrade::Fifo,
        }
    }
}

/// What the watchdog did about a loop that was parked on purpose.
#[derive(Serialize)]
struct Watchdog {
    grade: String,
    scheduling: String,
    /// Whether a loop that spins cannot keep it from the processor.
    can_stop_loop: bool,
    limit_ms: f64,
    check_ms: f64,
    repeat_ms: f64,
    /// Times that the loop was parked, and that the safe frame came.
    parked: usize,
    rescued: usize,
    /// Longest time from the begin of a tick to the end of the first safe frame.
    latency_max_ms: f64,
}

impl Watchdog {
    fn new(trial: &Trial) -> Self {
        let ms = |us: u32| f64::from(us) / 1e3;
        Self {
            grade: trial.report.grade.to_string(),
            scheduling: trial.report.scheduling.to_string(),
            can_stop_loop: trial.report.can_stop(trial.loop_grade),
            limit_ms: ms(trial.options.limit_us),
            check_ms: ms(trial.options.check_us),
            repeat_ms: ms(trial.options.repeat_us),
            parked: trial.parked,
            rescued: trial.rescued,
            latency_max_ms: trial.report.latency_max_ns as f64 / 1e6,
        }
    }
}

/// How late a loop wakes up.
#[derive(Serialize)]
pub(super) struct Jitter {
    pub(super) seconds_per_row: f64,
    pub(super) rate_hz: u32,
    pub(super) work_us: u32,
    pub(super) cpu: Option<usize>,
    pub(super) busy_processes: usize,
    pub(super) rows: Vec<JitterRow>,
    /// `null` if the processor cannot be watched.
    pub(super) attribution: Option<AttributionRow>,
    /// Why it cannot.
    pub(super) unwatched: Option<String>,
}

/// One way to run the loop.
#[derive(Serialize)]
pub(super) struct JitterRow {
    how: &'static str,
    grade: String,
    wakes: usize,
    p50_us: f64,
    p99_us: f64,
    p999_us: f64,
    p9999_us: f64,
    max_us: f64,
    over_1ms: usize,
    /// Those in which the loop could have run and waited for other threads for more than 1 ms;
    /// `null` if the kernel does not tell.
    waited_1ms: Option<usize>,
    /// Periods in which the loop did not run.
    missed: u64,
    is_complete: bool,
}

impl JitterRow {
    pub(super) fn new(how: &'static str, report: &JitterReport) -> Self {
        Self {
            how,
            grade: report.granted.grade.to_string(),
            wakes: report.wakes,
            p50_us: us(report.p50_ns),
            p99_us: us(report.p99_ns),
            p999_us: us(report.p999_ns),
            p9999_us: us(report.p9999_ns),
            max_us: us(report.max_ns),
            over_1ms: report.over_1ms,
            waited_1ms: report.waited_1ms,
            missed: report.missed,
            is_complete: report.is_complete,
        }
    }
}

/// Whose fault the lateness above 1 ms of the watched row is.
#[derive(Serialize)]
pub(super) struct AttributionRow {
    /// Whether the run was as long as it was to be.
    #[serde(skip)]
    is_complete: bool,
    over_1ms: usize,
    explained_by_clock: usize,
    explained_by_timer: usize,
    unexplained: usize,
    /// The most lateness of one of them that nothing explains.
    rest_max_us: f64,
    /// Times that the processor stood still for more than 1 ms.
    stops: usize,
    stop_max_us: f64,
    stopped_ms: f64,
    /// Gaps of the detector that were too many to be noted; they explain nothing.
    lost_gaps: u64,
}

impl AttributionRow {
    pub(super) fn new(found: &Attribution, report: &JitterReport) -> Self {
        Self {
            is_complete: report.is_complete,
            over_1ms: report.over_1ms,
            explained_by_clock: found.by_clock,
            explained_by_timer: found.by_timer,
            unexplained: found.unexplained,
            rest_max_us: us(found.rest_max_ns),
            stops: found.stops,
            stop_max_us: us(found.stop_max_ns),
            stopped_ms: found.stopped_ns as f64 / 1e6,
            lost_gaps: found.lost_gaps,
        }
    }
}

/// Something that a robot relies on.
#[derive(Serialize)]
struct Promise {
    name: &'static str,
    found: String,
    pass: bool,
}

fn us(ns: u64) -> f64 {
    ns as f64 / 1e3
}

impl Report {
    pub(super) fn new(
        machine: Machine,
        real_time: RealTime,
        trial: &Trial,
        jitter: Option<Jitter>,
    ) -> Self {
        let watchdog = Watchdog::new(trial);
        let promises = promises(&real_time, &watchdog, jitter.as_ref());
        Self { machine, real_time, watchdog, jitter, promises }
    }

    /// Whether all promises hold.
    pub(super) fn holds(&self) -> bool {
        self.promises.iter().all(|promise| promise.pass)
    }
}

fn not_known() -> String {
    "not known".to_owned()
}

fn promises(real_time: &RealTime, watchdog: &Watchdog, jitter: Option<&Jitter>) -> Vec<Promise> {
    let is_rescued = watchdog.parked > 0 && watchdog.rescued == watchdog.parked;
    let mut promises = vec![
        Promise {
            name: "the loop runs before all others (fifo)",
            found: real_time.grade.clone(),
            pass: real_time.is_fifo,
        },
        Promise {
            name: "a stuck loop: safe frame within 50 ms",
            found: format!("{:.1} ms", watchdog.latency_max_ms),
            pass: is_rescued && watchdog.can_stop_loop && watchdog.latency_max_ms <= SAFE_FRAME_MS,
        },
    ];
    let Some(jitter) = jitter else { return promises };
    for row in jitter.rows.iter().filter(|row| row.how == ALONE) {
        let at_most = |name, value_us: f64, limit_us: f64| Promise {
            name,
            found: format!("{value_us:.1} us"),
            pass: row.is_complete && value_us <= limit_us,
        };
        promises.push(at_most("fifo: half of the ticks late by 50 us at most", row.p50_us, P50_US));
        promises.push(at_most("fifo: 99 % of them by 200 us at most", row.p99_us, P99_US));
        promises.push(Promise {
            name: "fifo: nothing above 1 ms behind other programs",
            found: row.waited_1ms.map_or_else(not_known, |count| format!("{count} waited")),
            pass: row.is_complete && row.waited_1ms == Some(0),
        });
    }
    promises.push(Promise {
        name: "watched: nothing above 1 ms but by the processor",
        found: jitter
            .attribution
            .as_ref()
            .map_or_else(not_known, |found| format!("{} unexplained", found.unexplained)),
        pass: jitter
            .attribution
            .as_ref()
            .is_some_and(|found| found.is_complete && found.unexplained == 0),
    });
    promises
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, real_time, watchdog, .. } = self;
        let Machine { processor, cpus, clock, .. } = machine;
        writeln!(f, "processor     {processor}, {cpus} usable")?;
        writeln!(f, "system        {}", machine.system)?;
        let available = machine.kernels_available.join(", ");
        let unavailable = machine.kernels_unavailable.join(", ");
        write!(f, "kernel        {} of {available}", machine.kernel)?;
        writeln!(f, "{}", note(&unavailable, "not here"))?;
        writeln!(
            f,
            "clock         {}, {} ns resolution, {:.0} ns to read",
            clock.source, clock.resolution_ns, clock.read_ns
        )?;
        writeln!(f, "grade         {}", real_time.grade)?;
        writeln!(f, "  scheduling  {}", real_time.scheduling)?;
        writeln!(f, "  memory lock {}", real_time.memory_lock)?;
        writeln!(f, "  affinity    {}", real_time.affinity)?;
        writeln!(f, "  timer slack {}", real_time.timer_slack)?;
        writeln!(
            f,
            "watchdog      {}; parked {} times, safe frame {} times, within {:.1} ms",
            watchdog.grade, watchdog.parked, watchdog.rescued, watchdog.latency_max_ms
        )?;
        if let Some(jitter) = &self.jitter {
            write!(f, "\n{jitter}")?;
        }
        writeln!(f)?;
        let width = self.promises.iter().map(|promise| promise.name.len()).max().unwrap_or(0);
        for Promise { name, found, pass } in &self.promises {
            let verdict = if *pass { "pass" } else { "FAIL" };
            writeln!(f, "{verdict}  {name:<width$}  {found}")?;
        }
        Ok(())
    }
}

/// A remark in brackets, if there is anything to remark.
fn note(what: &str, why: &str) -> String {
    if what.is_empty() { String::new() } else { format!(" ({why}: {what})") }
}

impl fmt::Display for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds_per_row, rate_hz, work_us, busy_processes, .. } = self;
        let cpu = self.cpu.map_or_else(String::new, |cpu| format!(" on processor {cpu}"));
        writeln!(
            f,
            "how late a loop at {rate_hz} Hz with {work_us} us of work wakes up{cpu}, in us; \
             {seconds_per_row} s per row, {busy_processes} busy processes\n"
        )?;
        writeln!(
            f,
            "{:<14} {:<12} {:>7} {:>8} {:>9} {:>9} {:>9} {:>6} {:>7} {:>7}",
            "loop", "grade", "p50", "p99", "p99.9", "p99.99", "max", ">1 ms", "waited", "missed"
        )?;
        for row in &self.rows {
            let waited = row.waited_1ms.map_or_else(|| "-".to_owned(), |count| count.to_string());
            writeln!(
                f,
                "{:<14} {:<12} {:>7.1} {:>8.1} {:>9.1} {:>9.1} {:>9.1} {:>6} {waited:>7} {:>7}",
                row.how,
                row.grade,
                row.p50_us,
                row.p99_us,
                row.p999_us,
                row.p9999_us,
                row.max_us,
                row.over_1ms,
                row.missed
            )?;
        }
        writeln!(
            f,
            "\npercentiles: of all ticks, those that were given up (missed) as late as they were then\n\
             waited: wake-ups above 1 ms in which the loop could have run and others did, as far as \
             the kernel tells"
        )?;
        match (&self.attribution, &self.unwatched) {
            (Some(attribution), _) => write!(f, "{attribution}"),
            (None, Some(reason)) => writeln!(f, "nobody watched the processor: {reason}"),
            (None, None) => writeln!(f, "interrupted"),
        }
    }
}

impl fmt::Display for AttributionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "watched: {} above 1 ms, {} because the processor stood still ({} seen on the clock, \
             {} by a timer), {} unexplained",
            self.over_1ms,
            self.explained_by_clock + self.explained_by_timer,
            self.explained_by_clock,
            self.explained_by_timer,
            self.unexplained
        )?;
        if self.unexplained > 0 {
            let rest_us = self.rest_max_us;
            writeln!(f, "of the lateness of one of them, nothing explains {rest_us:.0} us")?;
        }
        if self.lost_gaps > 0 {
            let lost = self.lost_gaps;
            writeln!(
                f,
                "the detector saw {lost} gaps more than it has room for; they explain nothing"
            )?;
        }
        writeln!(
            f,
            "the processor stood still {} times for more than 1 ms, {:.1} ms at most, {:.1} ms in \
             all (by its host or its firmware)",
            self.stops,
            self.stop_max_us / 1e3,
            self.stopped_ms
        )
    }
}

#[cfg(test)]
mod tests {
    use rivus_run::{RtStep, WatchdogOptions, WatchdogReport};

    use super::*;

    fn trial(latency_max_ns: u64, rescued: usize) -> Trial {
        let report = WatchdogReport {
            grade: RtGrade::Fifo,
            scheduling: RtStep::Granted,
            is_running: true,
            outputs: 1,
            episodes: 3,
            frames: 3,
            failures: 0,
            latency_max_ns,
        };
        let (loop_grade, options) = (RtGrade::Fifo, WatchdogOptions::default());
        Trial { report, loop_grade, options, rescued, parked: 3 }
    }

    fn report(p99_ns: u64) -> JitterReport {
        let granted = RtReport {
            grade: RtGrade::Fifo,
            scheduling: RtStep::Granted,
            memory_locked: RtStep::Granted,
            affinity: RtStep::NotAsked,
            timer_slack: RtStep::Granted,
        };
        JitterReport {
            granted,
            wakes: 1000,
            p50_ns: 8_000,
            p99_ns,
            p999_ns: 300_000,
            p9999_ns: 2_000_000,
            max_ns: 3_000_000,
            over_1ms: 2,
            waited_1ms: Some(0),
            missed: 5,
            is_complete: true,
        }
    }

    /// Which of the promises hold.
    fn verdicts(trial: &Trial, alone: &JitterReport, unexplained: Option<usize>) -> Vec<bool> {
        let found = |unexplained| Attribution { unexplained, ..Attribution::default() };
        let jitter = Jitter {
            seconds_per_row: 1.0,
            rate_hz: 1000,
            work_us: 50,
            cpu: Some(1),
            busy_processes: 4,
            rows: vec![JitterRow::new(ALONE, alone)],
            attribution: unexplained.map(|count| AttributionRow::new(&found(count), &report(0))),
            unwatched: None,
        };
        let real_time = RealTime {
            grade: "fifo".to_owned(),
            scheduling: String::new(),
            memory_lock: String::new(),
            affinity: String::new(),
            timer_slack: String::new(),
            is_fifo: true,
        };
        let promises = promises(&real_time, &Watchdog::new(trial), Some(&jitter));
        promises.iter().map(|promise| promise.pass).collect()
    }

    #[test]
    fn a_promise_holds_up_to_its_limit_and_not_beyond() {
        let (ok, in_time) = (trial(50_000_000, 3), report(200_000));
        assert_eq!(verdicts(&ok, &in_time, Some(0)), [true; 6]);
        assert_eq!(verdicts(&ok, &report(200_001), Some(0)), [true, true, true, false, true, true]);
        assert_eq!(verdicts(&ok, &in_time, Some(1)), [true, true, true, true, true, false]);
        // Lateness that nobody watched is not explained.
        assert_eq!(verdicts(&ok, &in_time, None), [true, true, true, true, true, false]);
    }

    #[test]
    fn waiting_for_other_programs_is_a_broken_promise_and_so_is_not_to_know() {
        for waited_1ms in [Some(1), None] {
            let waited = JitterReport { waited_1ms, ..report(0) };
            let verdicts = verdicts(&trial(45_000_000, 3), &waited, Some(0));
            assert_eq!(verdicts, [true, true, true, true, false, true]);
        }
    }

    #[test]
    fn a_safe_frame_that_comes_late_or_never_is_a_broken_promise() {
        assert!(!verdicts(&trial(50_000_001, 3), &report(0), Some(0))[1]);
        assert!(!verdicts(&trial(45_000_000, 2), &report(0), Some(0))[1]);
    }

    #[test]
    fn a_watchdog_that_is_not_above_the_loop_was_only_lucky() {
        for (grade, scheduling) in [
            (RtGrade::BestEffort, RtStep::Refused("a limit of 80".to_owned())),
            (RtGrade::Fifo, RtStep::Refused("nothing can be above it".to_owned())),
            (RtGrade::BestEffort, RtStep::NotAsked),
        ] {
            let mut lucky = trial(45_000_000, 3);
            (lucky.report.grade, lucky.report.scheduling) = (grade, scheduling);
            assert!(!verdicts(&lucky, &report(0), Some(0))[1]);
        }
    }
}
