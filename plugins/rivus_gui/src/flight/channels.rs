//! The ways between the world and the window.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rivus_app::{BudgetOverrun, Timings};

use crate::{LoopReport, SceneInfo, Snapshot};

/// Snapshots between the two, used and unused.
const SNAPSHOTS: usize = 64;

/// Overruns that wait to be shown; more are counted only.
const OVERRUNS: usize = 64;

/// Other messages that wait for the window.
const NEWS: usize = 16;

/// What the world tells the window, beside snapshots.
#[derive(Clone, Debug)]
pub enum News {
    /// A flight begins.
    Loaded(Arc<SceneInfo>),
    /// A flight cannot begin, for this reason; the one before goes on.
    Refused(String),
    /// A tick cannot run, for this reason; the flight stands still.
    Stopped(String),
    /// How well the ticks keep their time.
    Report(Box<(Timings, LoopReport)>),
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
    dropped: Arc<AtomicU64>,
}

/// The end of the window.
#[derive(Debug)]
pub struct Channels {
    unused: Sender<Box<Snapshot>>,
    used: Receiver<Box<Snapshot>>,
    news: Receiver<News>,
    dropped: Arc<AtomicU64>,
}

/// Both ends.
pub(crate) fn channels() -> (WorldEnd, Channels) {
    let (unused, unused_rx) = bounded(SNAPSHOTS);
    let (used_tx, used) = bounded(SNAPSHOTS);
    let (overruns, recent) = bounded(OVERRUNS);
    let (news_tx, news) = bounded(NEWS);
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
        dropped: dropped_too,
    };
    (world, Channels { unused, used, news, dropped })
}

impl WorldEnd {
    /// Hands a snapshot over.
    pub(crate) fn send(&self, snapshot: Box<Snapshot>) {
        // There is room for all that exist; it fails only when the window is gone.
        let _ = self.used.try_send(snapshot);
    }

    /// Counts a snapshot that nobody could take: the window is behind.
    pub(crate) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Snapshots dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Tells the window something; whether there was room for it.
    pub(crate) fn tell(&self, news: News) -> bool {
        !matches!(self.news.try_send(news), Err(TrySendError::Full(_)))
    }

    /// Tells the window something that it must not miss.
    ///
    /// Only between ticks: it waits while the window has not taken what came before.
    pub(crate) fn tell_surely(&self, news: News) {
        // It fails only when the window is gone.
        let _ = self.news.send(news);
    }
}

impl Channels {
    /// What there is to tell, in order.
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
