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

/// Reports between the two: one is shown, one waits, one is made. They are large, and go round so that
/// no memory comes and goes with each; one that nobody took is made anew.
const REPORTS: usize = 3;

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
    /// Unused snapshots.
    pub(crate) unused: Receiver<Box<Snapshot>>,
    put_back: Sender<Box<Snapshot>>,
    used: Sender<Box<Snapshot>>,
    pub(crate) overruns: Sender<BudgetOverrun>,
    pub(crate) recent: Receiver<BudgetOverrun>,
    news: Sender<News>,
    reports: Sender<Report>,
    unused_reports: Receiver<Report>,
    waiting_reports: Receiver<Report>,
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
    unused_reports: Sender<Report>,
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
    let (unused_reports, unused_reports_rx) = bounded(REPORTS);
    for _ in 0..REPORTS {
        // There is room for exactly these.
        let _ = unused_reports.try_send(Box::default());
    }
    let dropped = Arc::new(AtomicU64::new(0));
    for _ in 0..SNAPSHOTS {
        // There is room for exactly these.
        let _ = unused.try_send(Box::default());
    }
    let dropped_too = Arc::clone(&dropped);
    let world = WorldEnd {
        unused: unused_rx,
        put_back: unused.clone(),
        used: used_tx,
        overruns,
        recent,
        news: news_tx,
        reports: reports_tx,
        unused_reports: unused_reports_rx,
        waiting_reports: reports.clone(),
        dropped: dropped_too,
        wants_next: Arc::default(),
    };
    (world, Channels { unused, used, news, reports, unused_reports, dropped })
}

impl WorldEnd {
    /// Hands a snapshot over.
    pub(crate) fn send(&self, snapshot: Box<Snapshot>) {
        // There is room for all that exist; it fails only when the window is gone.
        let _ = self.used.try_send(snapshot);
    }

    /// Shows `look` every snapshot that is unused now.
    pub(crate) fn each_unused(&self, mut look: impl FnMut(&mut Snapshot)) {
        for _ in 0..self.unused.len() {
            let Ok(mut snapshot) = self.unused.try_recv() else { return };
            look(&mut snapshot);
            // There is room for all that exist.
            let _ = self.put_back.try_send(snapshot);
        }
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
    /// Every time that half of the room left is used up, only every second one of those finds room:
    /// what waits becomes coarser, but covers several seconds.
    pub(crate) fn has_room(&self, number: u64) -> bool {
        let halvings = (SNAPSHOTS / self.unused.len().max(1)).ilog2();
        let is_taken = number.is_multiple_of(1 << halvings);
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

    /// Reports what `fill` writes, in place of the oldest that waits if all are in use.
    pub(crate) fn report(&self, fill: impl FnOnce(&mut Timings, &mut LoopReport)) {
        let unused = self.unused_reports.try_recv();
        let Ok(mut report) = unused.or_else(|_none| self.waiting_reports.try_recv()) else {
            return;
        };
        let (timings, about) = &mut *report;
        fill(timings, about);
        // There is room for all that exist; it fails only when the window is gone.
        let _ = self.reports.try_send(report);
    }
}

impl Channels {
    /// Puts the newest report, if there is one, in the place of the last.
    pub fn report(&self, shown: &mut Option<Box<(Timings, LoopReport)>>) {
        for report in self.reports.try_iter() {
            if let Some(last) = shown.replace(report) {
                self.give_back(last);
            }
        }
    }

    /// Takes back a report that is not shown any more.
    pub fn give_back(&self, report: Box<(Timings, LoopReport)>) {
        // There is room for all that were made here.
        let _ = self.unused_reports.try_send(report);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_looks_late_sees_the_newest_report() {
        let (world, window) = channels();
        let mut shown = None;
        for round in 0..2 {
            for tick in 1..=10 {
                world.report(|_, about| about.skipped_ticks = 100 * round + tick);
            }
            window.report(&mut shown);
            assert_eq!(shown.as_ref().map(|report| report.1.skipped_ticks), Some(100 * round + 10));
        }
    }
}
