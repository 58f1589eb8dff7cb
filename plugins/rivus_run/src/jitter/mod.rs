//! How late the loop wakes up on this machine, and whose fault that is.

mod attribution;
mod book;
mod detector;

use core::sync::atomic::AtomicBool;

use bevy_app::App;
use bevy_ecs::prelude::*;
use rivus_app::{Rate, Stage, TickConfig};

use self::attribution::{Evidence, Gap, UNKNOWN_NS, Work};
use self::book::Book;
use self::detector::{Detector, GAP_NS};
use crate::clock::{RunPlugin, monotonic_ns};
use crate::real_time::{RealTimeError, RealTimeReport, run_real_time};
use crate::thread::{RealTimeOptions, RtReport};
use crate::wake_log::{Wake, WakeLog};

/// CPU time that each tick takes.
const WORK_NS: u64 = JitterOptions::WORK_US as u64 * 1000;

const PERIOD_NS: u64 = 1_000_000_000 / JitterOptions::RATE_HZ as u64;

/// Wake-ups later than this are counted and must be explained.
const LATE_NS: u64 = 1_000_000;

/// Most gaps in the work of the loop that are noted.
const GAPS_MAX: usize = 1 << 16;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JitterOptions {
    /// For how long, s.
    pub seconds: f64,
    /// Priority of the loop in `SCHED_FIFO`; `None` leaves it in the class that the thread is in.
    pub priority: Option<u8>,
    /// The processor of the loop; `None` leaves the choice as it is.
    pub cpu: Option<usize>,
}

impl JitterOptions {
    /// Ticks per second of the loop.
    pub const RATE_HZ: u32 = 1000;
    /// Work of each tick, us: about what a robot with a policy has to do.
    pub const WORK_US: u32 = 50;
}

/// Why lateness could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JitterError {
    /// The loop cannot run.
    #[error(transparent)]
    RealTime(#[from] RealTimeError),
    /// Nobody can watch the processor of the loop.
    #[error("the processor cannot be watched: {0}")]
    Unwatched(String),
}

/// How late a loop at 1 kHz was.
///
/// Percentiles are exact (nearest rank) and of all ticks, those that were given up included: each of
/// them is as late as it was when the loop woke up and gave it up, so that a long stop counts for
/// every tick that it cost and not only once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JitterReport {
    /// What the operating system granted.
    pub granted: RtReport,
    /// Times that the loop woke up.
    pub wakes: usize,
    /// Half of the ticks were late by this at most, ns.
    pub p50_ns: u64,
    /// 99 % of them.
    pub p99_ns: u64,
    /// 99.9 % of them.
    pub p999_ns: u64,
    /// 99.99 % of them.
    pub p9999_ns: u64,
    /// The latest, ns.
    pub max_ns: u64,
    /// How many wake-ups were late by more than 1 ms.
    pub over_1ms: usize,
    /// In how many of these the loop could have run and waited for other threads for more than 1 ms
    /// since the work before; `None` if the kernel does not tell.
    pub waited_1ms: Option<usize>,
    /// Periods in which the loop did not run.
    pub missed: u64,
    /// Whether it ran for as long as it was to.
    pub is_complete: bool,
}

/// Whose fault the lateness above 1 ms was.
///
/// A wake-up is explained if no more than 1 ms of its lateness is left after what the processor
/// stood still meanwhile. What the loop itself takes, awake or asleep in its work, explains nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    /// Explained by readings of the clock, one directly after the other, in the detector, and in the
    /// loop's work if it worked.
    pub by_clock: usize,
    /// Explained by the detector's timer, which was late as well, while it napped.
    pub by_timer: usize,
    /// Not explained.
    pub unexplained: usize,
    /// The most lateness that nothing explains, ns, of any wake-up above 1 ms.
    pub rest_max_ns: u64,
    /// Times that the processor stood still for more than 1 ms, whether the loop was due or not.
    pub stops: usize,
    /// The longest of them, ns.
    pub stop_max_ns: u64,
    /// All of them together, ns.
    pub stopped_ns: u64,
    /// Gaps of the detector that were too many to be noted; they explain nothing.
    pub lost_gaps: u64,
}

/// Runs a loop at 1 kHz with 50 us of work per tick by [`run_real_time`], until `stop` is set or
/// its time is over.
///
/// # Errors
/// If it cannot run.
pub fn measure_jitter(
    options: &JitterOptions,
    stop: &AtomicBool,
) -> Result<JitterReport, JitterError> {
    let (report, app) = run(options, stop)?;
    Ok(jitter_report(&report, &app))
}

/// As [`measure_jitter`], with a detector that watches the processor of the loop, one priority
/// below it.
///
/// The detector takes nine tenths of the processor and lets the loop find it awake, so lateness is
/// best taken from a run without it.
///
/// # Errors
/// If the loop cannot run, or nobody can watch it: `priority` must be 2 at least and `cpu` be given,
/// both must be granted, and the kernel must tell how long threads wait.
pub fn attribute_jitter(
    options: &JitterOptions,
    stop: &AtomicBool,
) -> Result<(JitterReport, Attribution), JitterError> {
    let unwatched = |reason: &str| JitterError::Unwatched(reason.to_owned());
    let cpu = options.cpu.ok_or_else(|| unwatched("the loop has no processor of its own"))?;
    let below = options.priority.and_then(|priority| priority.checked_sub(1));
    let below = below.filter(|&priority| priority > 0);
    let below = below.ok_or_else(|| unwatched("there is no priority below that of the loop"))?;
    let detector = Detector::start(below, cpu).map_err(JitterError::Unwatched)?;
    let (report, app) = run(options, stop)?;
    let seen = detector.end();
    let load = app.world().resource::<Load>();
    let evidence = Evidence {
        wakes: wakes(&app),
        works: &load.works,
        in_work: &load.in_work,
        detected: &seen.gaps,
    };
    let found = Attribution { lost_gaps: seen.lost, ..attribute(&evidence) };
    Ok((jitter_report(&report, &app), found))
}

/// Runs the loop.
fn run(options: &JitterOptions, stop: &AtomicBool) -> Result<(RealTimeReport, App), JitterError> {
    // The cast saturates; one more than needed costs nothing.
    let ticks_max = (options.seconds * f64::from(JitterOptions::RATE_HZ)).ceil() as usize + 1;
    let mut config = TickConfig::default();
    config.base_hz = JitterOptions::RATE_HZ;
    let mut app = App::empty();
    app.insert_resource(config)
        .insert_resource(WakeLog::new(ticks_max))
        .insert_resource(Load::new(ticks_max))
        .add_plugins(RunPlugin)
        .add_systems(Stage::Control.at(Rate::STAGE), work);
    let real_time = RealTimeOptions {
        priority: options.priority,
        cpu: options.cpu,
        ..RealTimeOptions::default()
    };
    let report = run_real_time(&mut app, options.seconds, &real_time, stop)?;
    Ok((report, app))
}

fn wakes(app: &App) -> &[Wake] {
    app.world().get_resource::<WakeLog>().map_or(&[], WakeLog::wakes)
}

/// What a tick has to do.
#[derive(Resource)]
struct Load {
    book: Option<Book>,
    /// The loop's waiting until the end of the work before, ns.
    waited_ns: Option<u64>,
    works: Vec<Work>,
    in_work: Vec<Gap>,
}

impl Load {
    fn new(ticks_max: usize) -> Self {
        let (works, in_work) = (Vec::with_capacity(ticks_max), Vec::with_capacity(GAPS_MAX));
        // This thread runs the loop.
        Self { book: Book::open(), waited_ns: None, works, in_work }
    }

    /// The loop's waiting until now, ns.
    fn read_book(&self) -> Option<u64> {
        self.book.as_ref().and_then(Book::waited_ns)
    }

    fn note_gap(&mut self, from_ns: u64, to_ns: u64, waited_ns: u64) {
        if to_ns - from_ns > GAP_NS && self.in_work.len() < self.in_work.capacity() {
            self.in_work.push(Gap { from_ns, to_ns, waited_ns, is_nap: false });
        }
    }
}

/// Reads the clock for as long as a robot would think.
fn work(mut load: ResMut<Load>) {
    let begin_ns = monotonic_ns();
    let waited_ns = load.read_book();
    let waited_before_ns = between(load.waited_ns, waited_ns);
    let mut last_ns = begin_ns;
    let mut longest = (0, 0);
    while last_ns - begin_ns < WORK_NS {
        let now_ns = monotonic_ns();
        if now_ns - last_ns > longest.1 - longest.0 {
            longest = (last_ns, now_ns);
        }
        last_ns = now_ns;
    }
    load.waited_ns = load.read_book();
    // It waited at most for all that it waited in this work.
    let waited_within_ns = between(waited_ns, load.waited_ns);
    load.note_gap(longest.0, longest.1, waited_within_ns);
    let end_ns = monotonic_ns();
    load.note_gap(last_ns, end_ns, waited_within_ns);
    if load.works.len() < load.works.capacity() {
        load.works.push(Work { begin_ns, end_ns, waited_before_ns, waited_within_ns });
    }
}

/// The waiting between two readings of the books, ns. If one is missing, the loop may have waited all
/// the time, which explains nothing.
fn between(first_ns: Option<u64>, last_ns: Option<u64>) -> u64 {
    let waited_ns = first_ns.zip(last_ns).map(|(first_ns, last_ns)| last_ns.abs_diff(first_ns));
    waited_ns.unwrap_or(UNKNOWN_NS)
}

fn jitter_report(report: &RealTimeReport, app: &App) -> JitterReport {
    let (wakes, load) = (wakes(app), app.world().resource::<Load>());
    let evidence = Evidence { wakes, works: &load.works, in_work: &[], detected: &[] };
    let late = (0..wakes.len()).filter(|&index| wakes[index].lateness_ns() > LATE_NS);
    let waited = late.filter(|&index| evidence.waited_since_work_ns(index) > LATE_NS).count();
    let over_1ms = wakes.iter().filter(|wake| wake.lateness_ns() > LATE_NS).count();
    let mut lateness_ns = lateness_of_ticks_ns(wakes, PERIOD_NS);
    lateness_ns.sort_unstable();
    let quantile_ns = |per_10000: usize| {
        let rank = (lateness_ns.len() * per_10000).div_ceil(10_000).max(1);
        lateness_ns.get(rank - 1).copied().unwrap_or(0)
    };
    JitterReport {
        granted: report.granted.clone(),
        wakes: wakes.len(),
        p50_ns: quantile_ns(5000),
        p99_ns: quantile_ns(9900),
        p999_ns: quantile_ns(9990),
        p9999_ns: quantile_ns(9999),
        max_ns: quantile_ns(10_000),
        over_1ms,
        waited_1ms: load.book.is_some().then_some(waited),
        missed: report.skipped_ticks,
        is_complete: report.is_complete,
    }
}

/// How late each tick was, ns: a wake-up stands for the tick that was due, and for those up to the
/// next wake-up that were due by then and were given up with it.
fn lateness_of_ticks_ns(wakes: &[Wake], period_ns: u64) -> Vec<u64> {
    let mut lateness_ns = Vec::with_capacity(wakes.len());
    let next_due_ns = wakes.iter().skip(1).map(|next| next.due_ns).chain([u64::MAX]);
    for (wake, next_due_ns) in wakes.iter().zip(next_due_ns) {
        let mut due_ns = wake.due_ns;
        while due_ns == wake.due_ns || due_ns < wake.woken_ns.min(next_due_ns) {
            lateness_ns.push(wake.woken_ns - due_ns);
            due_ns += period_ns;
        }
    }
    lateness_ns
}

fn attribute(evidence: &Evidence<'_>) -> Attribution {
    let mut found = Attribution::default();
    for (index, wake) in evidence.wakes.iter().enumerate() {
        if wake.lateness_ns() <= LATE_NS {
            continue;
        }
        let blame = evidence.blame(index);
        let rest_ns = wake.lateness_ns().saturating_sub(blame.seen_ns + blame.napped_ns);
        found.rest_max_ns = found.rest_max_ns.max(rest_ns);
        if rest_ns > LATE_NS {
            found.unexplained += 1;
        } else if blame.napped_ns > blame.seen_ns {
            found.by_timer += 1;
        } else {
            found.by_clock += 1;
        }
    }
    for stopped_ns in evidence.stops_ns() {
        if stopped_ns > LATE_NS {
            found.stops += 1;
            found.stopped_ns += stopped_ns;
            found.stop_max_ns = found.stop_max_ns.max(stopped_ns);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    const fn wake(due_ns: u64, woken_ns: u64) -> Wake {
        Wake { due_ns, ready_ns: 0, woken_ns }
    }

    #[test]
    fn a_long_stop_counts_for_every_tick_that_it_cost() {
        let wakes = [wake(MS, MS + 9), wake(2 * MS, 5 * MS + 7), wake(6 * MS, 6 * MS + 5)];
        let lateness_ns = lateness_of_ticks_ns(&wakes, MS);
        assert_eq!(lateness_ns, [9, 3 * MS + 7, 2 * MS + 7, MS + 7, 7, 5]);
    }

    #[test]
    fn a_tick_that_ran_late_is_counted_once() {
        // The second of them ran after a gap although it was late, so the third is a wake-up too.
        let wakes = [wake(MS, 4 * MS), wake(4 * MS, 7 * MS), wake(5 * MS, 7 * MS + 60_000)];
        let lateness_ns = lateness_of_ticks_ns(&wakes, MS);
        let first = [3 * MS, 2 * MS, MS];
        let last = [2 * MS + 60_000, MS + 60_000, 60_000];
        assert_eq!(lateness_ns, [&first[..], &[3 * MS], &last].concat());
        assert_eq!(lateness_of_ticks_ns(&[wake(MS, MS)], MS), [0]);
    }

    #[test]
    fn work_that_sleeps_for_3_ms_is_unexplained() {
        let wakes = [wake(MS, MS), Wake { ready_ns: 4 * MS, ..wake(2 * MS, 4 * MS) }];
        let work =
            |begin_ns, end_ns| Work { begin_ns, end_ns, waited_before_ns: 0, waited_within_ns: 0 };
        let works = [work(MS, 4 * MS), work(4 * MS, 4 * MS + 50_000)];
        let gap = |from_ns, to_ns| Gap { from_ns, to_ns, waited_ns: 0, is_nap: false };
        let in_work = [gap(MS + 1, 4 * MS - 1)];
        let attribute = |detected: &[Gap]| {
            attribute(&Evidence { wakes: &wakes, works: &works, in_work: &in_work, detected })
        };
        assert_eq!(attribute(&[]).unexplained, 1);
        // The same time without a detector that runs is a stop.
        let found = attribute(&[gap(MS - 1, 4 * MS + 50_000)]);
        assert_eq!((found.unexplained, found.by_clock), (0, 1));
    }
}
