//! The thread below the loop that sees when the processor stands still.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::attribution::{Gap, UNKNOWN_NS};
use super::book::Book;
use crate::clock::{monotonic_ns, sleep_until};
use crate::thread::{RealTimeOptions, RtStep, RtThread};

/// Two readings of the clock further apart than this are noted. The loop's own runs are shorter, on
/// a processor of half the speed too, and much less than the lateness that is to be explained.
pub(super) const GAP_NS: u64 = 300_000;

/// The detector naps once in this time.
const NAP_EVERY_NS: u64 = 1_000_000;

/// Length of a nap. Linux lets threads in real time have 95 % of each second and stops all of them
/// for the rest (`sched_rt_runtime_us`), the loop included; with a nap of 10 % it does not come to
/// that, and others get their turn.
const NAP_NS: u64 = 100_000;

/// Most gaps that are noted; what is missing explains nothing.
const GAPS_MAX: usize = 1 << 16;

/// What a detector saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The gaps in their order.
    pub(super) gaps: Vec<Gap>,
    /// Gaps for which there was no more room.
    pub(super) lost: u64,
}

/// The detector of one run.
#[derive(Debug)]
pub(super) struct Detector {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<Seen>>,
}

impl Detector {
    /// Starts the thread on `cpu` and waits until it watches, or says why it cannot.
    pub(super) fn start(priority: u8, cpu: usize) -> Result<Self, String> {
        let is_over = Arc::new(AtomicBool::new(false));
        let (ready, is_ready) = sync_channel(1);
        let seen = Arc::clone(&is_over);
        let options = RealTimeOptions {
            priority: Some(priority),
            cpu: Some(cpu),
            required: None,
            watchdog: None,
        };
        let thread = Builder::new()
            .name("rivus-detector".to_owned())
            .spawn(move || watch(&options, &seen, &ready))
            .map_err(|error| format!("no thread can be started: {error}"))?;
        let detector = Self { is_over, thread: Some(thread) };
        let is_ready = is_ready.recv().map_err(|_gone| "the detector ended early".to_owned())?;
        is_ready.map(|()| detector)
    }

    /// What it saw until now; ends the thread.
    pub(super) fn end(mut self) -> Seen {
        self.join()
    }

    fn join(&mut self) -> Seen {
        self.is_over.store(true, Ordering::Relaxed);
        let seen = self.thread.take().map(JoinHandle::join);
        seen.and_then(std::thread::Result::ok).unwrap_or_default()
    }
}

impl Drop for Detector {
    fn drop(&mut self) {
        self.join();
    }
}

/// The thread.
fn watch(
    options: &RealTimeOptions,
    is_over: &AtomicBool,
    ready: &SyncSender<Result<(), String>>,
) -> Seen {
    let thread = RtThread::set_up(options);
    let report = thread.report();
    let book = Book::open();
    let refused = match (&report.scheduling, &report.affinity, &book) {
        (RtStep::Refused(reason), ..) | (_, RtStep::Refused(reason), _) => Some(reason.clone()),
        (.., None) => Some("the kernel does not tell how long threads wait (schedstat)".to_owned()),
        _ => None,
    };
    let can_watch = refused.map_or(Ok(()), Err);
    let is_watching = can_watch.is_ok();
    // Who started it waits for this.
    let _ = ready.send(can_watch);
    match book {
        Some(book) if is_watching => gaps_until(is_over, &book),
        _ => Seen::default(),
    }
}

/// Reads the clock, with naps, until `is_over`.
fn gaps_until(is_over: &AtomicBool, book: &Book) -> Seen {
    let mut seen = Seen { gaps: Vec::with_capacity(GAPS_MAX), lost: 0 };
    let mut note = |gap: Gap| {
        if gap.to_ns - gap.from_ns <= GAP_NS {
            return;
        }
        match seen.gaps.len() < GAPS_MAX {
            true => seen.gaps.push(gap),
            false => seen.lost += 1,
        }
    };
    let mut last_ns = monotonic_ns();
    let mut nap_ns = last_ns + NAP_EVERY_NS;
    while !is_over.load(Ordering::Relaxed) {
        let now_ns = monotonic_ns();
        note(Gap { from_ns: last_ns, to_ns: now_ns, waited_ns: 0, is_nap: false });
        last_ns = now_ns;
        if now_ns >= nap_ns {
            last_ns = nap(book, now_ns, &mut note);
            nap_ns = last_ns + NAP_EVERY_NS - NAP_NS;
        }
    }
    seen
}

/// Naps from `now_ns` and returns the time after it.
fn nap(book: &Book, now_ns: u64, note: &mut impl FnMut(Gap)) -> u64 {
    let up_ns = now_ns + NAP_NS;
    let before_ns = book.waited_ns();
    let from_ns = monotonic_ns();
    // It was awake until here.
    note(Gap { from_ns: now_ns, to_ns: from_ns, waited_ns: 0, is_nap: false });
    let to_ns = sleep_until(up_ns);
    let waited_ns = book.waited_ns().zip(before_ns).map(|(after_ns, before)| after_ns - before);
    // Without books it is no evidence.
    let waited_ns = waited_ns.unwrap_or(UNKNOWN_NS);
    note(Gap { from_ns: from_ns.max(up_ns), to_ns, waited_ns, is_nap: true });
    to_ns
}
