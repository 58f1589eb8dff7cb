//! The ways between the world and the window.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rivus_app::{BudgetOverrun, Timings};

use crate::{LoopReport, RecordedFlight, SceneInfo, Snapshot};

/// Snapshots between the two, used and unused.
const SNAPSHOTS: usize = 128;

/// Overruns that wait to be shown; more are counted only.
const OVERRUNS: usize = 64;

/// Reports that wait for the window; it wants the newest, and more would only be older.
const REPORTS: usize = 2;

/// How well the ticks keep their time.
pub(crate) type Report = Box<(Timings, LoopReport)>;

/// What the world answers to orders.
#[derive(Clone, Debug)]
pub enum News {
    /// A flight begins.
    Loaded(Arc<SceneInfo>),
    /// What is to be seen is a flight that is over.
    Recorded(Box<RecordedFlight>),
    /// A flight cannot begin, for this reason; the one before goes on.
    Refused(String),
    /// A tick cannot run, for this reason; the flight stands still.
    Stopped(String),
}

/// The end of the world. It never waits for the window.
#[derive(Clone, Debug)]
pub(crate) struct WorldEnd {
    /// Unused snapshots: all memory for them is here, and none is taken in a tick.
    pub(crate) unused: Receiver<Box<Snapshot>>,
    used: Sender<Box<Snapshot>>,
    pub(crate) overruns: Sender<BudgetOverrun>,
    pub(crate) recent: Receiver<BudgetOverrun>,
    news: Sender<News>,
    reports: Sender<Report>,
    dropped: Arc<AtomicU64>,
    /// Whether the next tick is to be shown, whichever it is.
    wants_next: Arc<AtomicBool>,
}

/// The end of the window.
#[derive(Debug)]
pub struct Channels {
    unused: Sender<Box<Snapshot>>,
    used: Receiver<Box<Snapshot>>,
    news: Receiver<News>,
    reports: Receiver<Report>,
    dropped: Arc<AtomicU64>,
}

/// Both ends.
pub(crate) fn channels() -> (WorldEnd, Channels) {
    let (unused, unused_rx) = bounded(SNAPSHOTS);
    let (used_tx, used) = bounded(SNAPSHOTS);
    let (overruns, recent) = bounded(OVERRUNS);
    // There are as many answers as the user gives orders.
    let (news_tx, news) = unbounded();
    let (reports_tx, reports) = bounded(REPORTS);
    let dropped = Arc::new(AtomicU64::new(0));
    for _ in 0..SNAPSHOTS {
        // There is room for exactly these.
        let _ = unused.try_send(Box::default());
    }
    let dropped_too = Arc::clone(&dropped);
    let world = WorldEnd {
        unused: unused_rx,
        used: used_tx,
        overruns,
        recent,
        news: news_tx,
        reports: reports_tx,
        dropped: dropped_too,
        wants_next: Arc::default(),
    };
    (world, Channels { unused, used, news, reports, dropped })
}

impl WorldEnd {
    /// Hands a snapshot over.
    pub(crate) fn send(&self, snapshot: Box<Snapshot>) {
        // There is room for all that exist; it fails only when the window is gone.
        let _ = self.used.try_send(snapshot);
    }

    /// Has the next tick shown, whichever it is.
    pub(crate) fn want_next(&self) {
        self.wants_next.store(true, Ordering::Relaxed);
    }

    /// Whether that was wanted since this was asked last.
    pub(crate) fn takes_next(&self) -> bool {
        self.wants_next.swap(false, Ordering::Relaxed)
    }

    /// Whether there is room for the snapshot of this number; it is counted as dropped if not.
    ///
    /// Every time that half of the room left is used up, only every second one finds room: what a
    /// burst of ticks leaves behind is coarser at its end, but reaches far.
    pub(crate) fn has_room(&self, number: u64) -> bool {
        let used_up = SNAPSHOTS / self.unused.len().max(1);
        let is_taken = number.is_multiple_of(used_up.next_power_of_two() as u64);
        if !is_taken {
            self.drop_one();
        }
        is_taken
    }

    /// Counts a snapshot that nobody could take: the window is behind.
    pub(crate) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Snapshots dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Answers.
    pub(crate) fn tell(&self, news: News) {
        // It fails only when the window is gone.
        let _ = self.news.send(news);
    }

    /// Reports, unless reports wait already.
    pub(crate) fn report(&self, report: Report) {
        let _ = self.reports.try_send(report);
    }
}

impl Channels {
    /// The newest report since the last call.
    #[must_use]
    pub fn report(&self) -> Option<Box<(Timings, LoopReport)>> {
        self.reports.try_iter().last()
    }

    /// What was answered, in order.
    pub fn news(&self) -> impl Iterator<Item = News> + '_ {
        self.news.try_iter()
    }

    /// Shows `look` every snapshot that has arrived, oldest first.
    pub fn snapshots(&self, mut look: impl FnMut(&Snapshot)) {
        while let Ok(snapshot) = self.used.try_recv() {
            look(&snapshot);
            // There is room for all that exist.
            let _ = self.unused.try_send(snapshot);
        }
    }

    /// Snapshots that were dropped because the window was behind.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
