//! The thread of the watchdog and what the loop holds of it.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::mpsc::sync_channel;
use std::thread::{Builder, JoinHandle, park_timeout};

use super::judge::{Judge, Order, Sign};
use super::{WatchdogOptions, WatchdogReport};
use crate::clock::monotonic_ns;
use crate::safe_output::SafeOutputs;
use crate::thread::{
    RealTimeOptions, RtGrade, RtReport, RtStep, RtThread, leave_cpu, real_time_priority,
};

/// No tick has begun.
const OFF: u64 = 0;
/// The thread is to end.
const END: u64 = u64::MAX;
/// Set beside the last sign of life when the loop died; a clock of 63 bits lasts for 292 years.
const DIED: u64 = 1 << 63;

/// The highest priority in `SCHED_FIFO`.
const PRIORITY_MAX: u8 = 99;

/// How often the safe frame of a loop that died is tried if an output fails, and the longest time
/// between two of these.
const LAST_TRIES: u32 = 5;
const LAST_REPEAT_MAX_NS: u64 = 100_000_000;

/// The watchdog of one run.
#[derive(Debug)]
pub(crate) struct Watchdog {
    sign: Arc<AtomicU64>,
    thread: Option<JoinHandle<(WatchdogReport, SafeOutputs)>>,
    /// What there is to say without a thread.
    report: WatchdogReport,
    outputs: SafeOutputs,
}

impl Watchdog {
    /// Starts the thread and waits until it is set up, above the priority that `loop_options` give
    /// the loop and that the calling thread has.
    pub(crate) fn start(
        options: &WatchdogOptions,
        loop_options: &RealTimeOptions,
        base_period_ns: u64,
        mut outputs: SafeOutputs,
    ) -> Self {
        let mut report = report(&mut outputs);
        let sign = Arc::new(AtomicU64::new(OFF));
        let (judge, seen) =
            (Judge::new(options.limit_ns(base_period_ns), options.repeat_ns()), Arc::clone(&sign));
        let (check_ns, last_repeat_ns) =
            (options.check_ns(), options.repeat_ns().min(LAST_REPEAT_MAX_NS));
        let priority = loop_options.priority.max(real_time_priority());
        let (loop_cpu, empty) = (loop_options.cpu, report.clone());
        // The outputs must come back if there can be no thread, so they follow once it is there.
        let (hand_over, taken_over) = sync_channel(1);
        let (set_up, is_set_up) = sync_channel(1);
        let watch = move || {
            let outputs = taken_over.recv().unwrap_or_default();
            let (_thread, grade, scheduling) = set_up_above(priority, loop_cpu);
            let report = WatchdogReport { grade, scheduling, ..empty };
            // The loop waits for it.
            let _ = set_up.send(report.clone());
            let mut watch = Watch { judge, check_ns, last_repeat_ns, outputs, report };
            watch.go(&seen);
            watch.end()
        };
        match Builder::new().name("rivus-watchdog".to_owned()).spawn(watch) {
            Ok(thread) => {
                // The thread waits for the one and sends the other.
                let _ = hand_over.send(outputs);
                if let Ok(granted) = is_set_up.recv() {
                    report = granted;
                }
                Self { sign, thread: Some(thread), report, outputs: SafeOutputs::default() }
            }
            Err(error) => {
                let scheduling = RtStep::Refused(format!("no thread can be started: {error}"));
                let report = WatchdogReport { scheduling, is_running: false, ..report };
                Self { sign, thread: None, report, outputs }
            }
        }
    }

    /// How the thread was scheduled before anything happened.
    pub(crate) const fn set_up_report(&self) -> &WatchdogReport {
        &self.report
    }

    /// A sign of life of the loop at `sign_ns`, from the first tick on; it may be when it is to wake
    /// up.
    pub(crate) fn feed(&self, sign_ns: u64) {
        // Nothing else is published by it.
        self.sign.store(sign_ns, Ordering::Relaxed);
    }

    /// Ends the thread after the last tick.
    pub(crate) fn end(mut self) -> (WatchdogReport, SafeOutputs) {
        self.sign.store(END, Ordering::Relaxed);
        self.join()
    }

    /// Has the safe frame put out if a tick has begun, and ends the thread after that.
    pub(crate) fn die(mut self) -> (WatchdogReport, SafeOutputs) {
        self.say_died();
        self.join()
    }

    fn say_died(&self) {
        let fed_ns = self.sign.load(Ordering::Relaxed);
        let last = if fed_ns == OFF { END } else { fed_ns | DIED };
        self.sign.store(last, Ordering::Relaxed);
    }

    fn join(&mut self) -> (WatchdogReport, SafeOutputs) {
        let ended = self.thread.take().map(|thread| {
            thread.thread().unpark();
            thread.join()
        });
        // The thread does not panic: what drivers gave it is caught.
        ended
            .and_then(std::thread::Result::ok)
            .unwrap_or_else(|| (self.report.clone(), core::mem::take(&mut self.outputs)))
    }
}

impl Drop for Watchdog {
    /// If it was neither ended nor told that the loop died, a panic of the loop goes by.
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.say_died();
            let _ = self.join();
        }
    }
}

/// Sets up the calling thread above a loop with this `priority`, beside the processor of the loop.
fn set_up_above(priority: Option<u8>, loop_cpu: Option<usize>) -> (RtThread, RtGrade, RtStep) {
    if let Some(cpu) = loop_cpu {
        // For as long as it runs.
        let _before = leave_cpu(cpu);
    }
    let thread = RtThread::set_up(&RealTimeOptions {
        priority: priority.map(|priority| priority.saturating_add(1).min(PRIORITY_MAX)),
        cpu: None,
        required: None,
        watchdog: None,
    });
    let RtReport { grade, scheduling, .. } = thread.report().clone();
    let is_highest = priority.is_some_and(|priority| priority >= PRIORITY_MAX);
    if is_highest && scheduling == RtStep::Granted {
        let reason = format!("nothing can be above the loop, which has priority {PRIORITY_MAX}");
        return (thread, grade, RtStep::Refused(reason));
    }
    (thread, grade, scheduling)
}

/// What there is to report before anything happened.
fn report(outputs: &mut SafeOutputs) -> WatchdogReport {
    WatchdogReport {
        grade: RtGrade::BestEffort,
        scheduling: RtStep::NotAsked,
        is_running: true,
        outputs: outputs.count(),
        episodes: 0,
        frames: 0,
        failures: 0,
        latency_max_ns: 0,
    }
}

/// The thread.
struct Watch {
    judge: Judge,
    check_ns: u64,
    /// Time between two tries of the safe frame of a loop that died, ns.
    last_repeat_ns: u64,
    outputs: SafeOutputs,
    report: WatchdogReport,
}

impl Watch {
    /// Checks until the run is over.
    fn go(&mut self, sign: &AtomicU64) {
        loop {
            // The end of the run ends the wait.
            park_timeout(Duration::from_nanos(self.check_ns));
            let sign = match sign.load(Ordering::Relaxed) {
                END => return,
                OFF => Sign::Off,
                fed_ns if fed_ns & DIED == 0 => Sign::Fed(fed_ns),
                died => return self.put_out_last(Sign::Died(died & !DIED)),
            };
            self.check(sign);
        }
    }

    /// Puts out the safe frame of a loop that died, again if an output fails.
    fn put_out_last(&mut self, died: Sign) {
        for _ in 1..LAST_TRIES {
            if self.check(died) == 0 {
                return;
            }
            park_timeout(Duration::from_nanos(self.last_repeat_ns));
        }
        self.check(died);
    }

    fn end(mut self) -> (WatchdogReport, SafeOutputs) {
        self.report.episodes = self.judge.episodes();
        self.report.frames = self.judge.frames();
        (self.report, self.outputs)
    }

    /// Does what is to be done now and returns how many outputs failed.
    fn check(&mut self, sign: Sign) -> u64 {
        let Order::PutOut { fed_ns, is_first } = self.judge.check(sign, monotonic_ns()) else {
            return 0;
        };
        let failures = self.outputs.put_out();
        self.report.failures += failures;
        if is_first {
            let latency_ns = monotonic_ns().saturating_sub(fed_ns);
            self.report.latency_max_ns = self.report.latency_max_ns.max(latency_ns);
        }
        failures
    }
}
