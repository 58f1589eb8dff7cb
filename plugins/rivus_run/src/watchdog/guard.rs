//! The thread of the watchdog and what the loop holds of it.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::{Builder, JoinHandle};

use super::judge::{Judge, Order, Sign};
use super::{WatchdogOptions, WatchdogReport};
use crate::clock::{monotonic_ns, sleep_until};
use crate::safe_output::SafeOutputs;
use crate::thread::{RealTimeOptions, RtGrade, RtReport, RtStep, RtThread, real_time_priority};

/// No tick has begun, or the last is over.
const OFF: u64 = 0;
/// The thread is to end.
const END: u64 = u64::MAX;
/// Set beside the last sign of life when the loop died; a clock of 63 bits lasts for 292 years.
const DIED: u64 = 1 << 63;

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
        let report = report(&mut outputs);
        let sign = Arc::new(AtomicU64::new(OFF));
        let judge = Judge::new(options.limit_ns(base_period_ns), options.repeat_ns());
        let priority = loop_options.priority.max(real_time_priority());
        let scheduled = RealTimeOptions {
            priority: priority.map(|priority| priority.saturating_add(1).min(99)),
            cpu: None,
            required: None,
            watchdog: None,
        };
        let (check_ns, seen, mut empty) = (options.check_ns(), Arc::clone(&sign), report.clone());
        // The outputs must come back if there can be no thread, so they follow once it is there.
        let (hand_over, taken_over) = sync_channel(1);
        let (set_up, is_set_up) = sync_channel(1);
        let watch = move || {
            let outputs = taken_over.recv().unwrap_or_default();
            let thread = RtThread::set_up(&scheduled);
            let RtReport { grade, scheduling, .. } = thread.report().clone();
            (empty.grade, empty.scheduling) = (grade, scheduling);
            let mut watch = Watch { judge, check_ns, outputs, report: empty };
            // The loop waits for it.
            let _ = set_up.send(());
            watch.go(&seen);
            watch.end()
        };
        match Builder::new().name("rivus-watchdog".to_owned()).spawn(watch) {
            Ok(thread) => {
                // The thread waits for the one and sends the other.
                let _ = hand_over.send(outputs);
                let _ = is_set_up.recv();
                Self { sign, thread: Some(thread), report, outputs: SafeOutputs::default() }
            }
            Err(error) => {
                let scheduling = RtStep::Refused(format!("no thread can be started: {error}"));
                let report = WatchdogReport { scheduling, ..report };
                Self { sign, thread: None, report, outputs }
            }
        }
    }

    /// A sign of life of the loop at `now_ns`, from the first tick on.
    pub(crate) fn feed(&self, now_ns: u64) {
        // Nothing else is published by it.
        self.sign.store(now_ns, Ordering::Relaxed);
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
        let ended = self.thread.take().map(JoinHandle::join);
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

/// What there is to report before anything happened.
fn report(outputs: &mut SafeOutputs) -> WatchdogReport {
    WatchdogReport {
        grade: RtGrade::BestEffort,
        scheduling: RtStep::NotAsked,
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
    outputs: SafeOutputs,
    report: WatchdogReport,
}

impl Watch {
    /// Checks until the run is over.
    fn go(&mut self, sign: &AtomicU64) {
        let mut check_ns = monotonic_ns();
        loop {
            // Counted from now and not from the last check: checks that were missed are gone.
            check_ns = monotonic_ns().max(check_ns).saturating_add(self.check_ns);
            let now_ns = sleep_until(check_ns);
            let raw = sign.load(Ordering::Relaxed);
            let sign = match raw {
                END => return,
                OFF => Sign::Off,
                fed_ns if fed_ns & DIED == 0 => Sign::Fed(fed_ns),
                died => Sign::Died(died & !DIED),
            };
            if let Order::PutOut { fed_ns, is_first } = self.judge.check(sign, now_ns) {
                self.put_out(fed_ns, is_first);
            }
            if let Sign::Died(_) = sign {
                return;
            }
        }
    }

    fn end(mut self) -> (WatchdogReport, SafeOutputs) {
        self.report.episodes = self.judge.episodes();
        self.report.frames = self.judge.frames();
        (self.report, self.outputs)
    }

    fn put_out(&mut self, fed_ns: u64, is_first: bool) {
        self.report.failures += self.outputs.put_out();
        if is_first {
            let latency_ns = monotonic_ns().saturating_sub(fed_ns);
            self.report.latency_max_ns = self.report.latency_max_ns.max(latency_ns);
        }
    }
}
