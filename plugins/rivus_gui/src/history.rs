//! What was seen of a flight, for plots and for looking back.

use alloc::collections::VecDeque;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

use nalgebra::Vector3;

use crate::Snapshot;

/// Snapshots per second of the robots' time.
pub const SNAPSHOT_HZ: u32 = 100;

/// Seconds that are kept.
pub const KEPT_S: u32 = 60;

/// How long trails are, s.
const TRAIL_S: f64 = 6.0;

/// Time between two points of a trail, ns.
const TRAIL_STEP_NS: u64 = 40_000_000;

/// A number that no history has had; 0 is that of new ones.
fn next_version() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Snapshots in order of time.
#[derive(Clone, Debug, Default)]
pub struct History {
    snapshots: VecDeque<Snapshot>,
    version: u64,
}

impl History {
    /// Snapshots that are kept of a flight that goes on.
    pub const CAPACITY: usize = (SNAPSHOT_HZ * KEPT_S) as usize;

    /// A whole flight, however long it was; `snapshots` are in order of time.
    #[must_use]
    pub fn of(snapshots: Vec<Snapshot>) -> Self {
        Self { snapshots: snapshots.into(), version: next_version() }
    }

    /// Adds a copy of a snapshot later than all others. One of the same moment takes the place of
    /// the newest, one from before it begins a new history; beyond [`CAPACITY`](Self::CAPACITY) the
    /// oldest makes room.
    pub fn push(&mut self, snapshot: &Snapshot) {
        self.version = next_version();
        if let Some(newest) = self.snapshots.back_mut() {
            if newest.time_ns == snapshot.time_ns {
                newest.clone_from(snapshot);
                return;
            }
            if newest.time_ns > snapshot.time_ns {
                self.clear();
            }
        }
        // The memory of the one that goes serves the one that comes.
        let spare = (self.snapshots.len() == Self::CAPACITY).then(|| self.snapshots.pop_front());
        let mut kept = spare.flatten().unwrap_or_default();
        kept.clone_from(snapshot);
        self.snapshots.push_back(kept);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.snapshots.clear();
        self.version = next_version();
    }

    /// A number that only copies of this history share, as they are now.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The last one.
    #[must_use]
    pub fn newest(&self) -> Option<&Snapshot> {
        self.snapshots.back()
    }

    /// The last one that is not later than `time_s`, or the oldest; `None` if there is none at all.
    #[must_use]
    pub fn at(&self, time_s: f64) -> Option<&Snapshot> {
        let after = self.snapshots.partition_point(|snapshot| snapshot.time_s() <= time_s);
        self.snapshots.get(after.saturating_sub(1))
    }

    /// First and last time in seconds; both 0 if it is empty.
    #[must_use]
    pub fn span_s(&self) -> (f64, f64) {
        let time = |snapshot: Option<&Snapshot>| snapshot.map_or(0.0, Snapshot::time_s);
        (time(self.snapshots.front()), time(self.newest()))
    }

    /// Those from `range.start` to `range.end` in seconds, in order of time.
    pub fn between(&self, range: Range<f64>) -> impl DoubleEndedIterator<Item = &Snapshot> + Clone {
        let first = self.snapshots.partition_point(|snapshot| snapshot.time_s() < range.start);
        let end = self.snapshots.partition_point(|snapshot| snapshot.time_s() < range.end);
        self.snapshots.range(first..end.max(first))
    }

    /// Where each robot, or the tip of its links, was in the seconds up to `until_s`, world frame, m,
    /// oldest first.
    pub fn trails(&self, until_s: f64, trails: &mut Vec<Vec<Vector3<f32>>>) {
        trails.iter_mut().for_each(Vec::clear);
        let Some(last) = self.at(until_s) else { return };
        trails.resize_with(last.robots.len(), Vec::new);
        // The same points every time, or the trail would flicker while it follows.
        let mut step = None;
        for snapshot in self.between(last.time_s() - TRAIL_S..last.time_s()) {
            let is_next = step.replace(snapshot.time_ns / TRAIL_STEP_NS) != step;
            if is_next {
                extend(trails, snapshot);
            }
        }
        extend(trails, last);
    }

    /// All, in order of time.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Snapshot> + Clone {
        self.snapshots.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.snapshots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.snapshots.is_empty()
    }
}

fn extend(trails: &mut [Vec<Vector3<f32>>], snapshot: &Snapshot) {
    for (trail, robot) in trails.iter_mut().zip(&snapshot.robots) {
        trail.push(robot.held_m());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RobotState;

    fn at_tick(tick: u64) -> Snapshot {
        Snapshot { time_ns: tick * 10_000_000, ..Snapshot::default() }
    }

    #[test]
    fn it_keeps_the_last_minute_and_finds_moments_in_it() {
        let mut history = History::default();
        assert!(history.at(1.0).is_none());
        (1..=7000).for_each(|tick| history.push(&at_tick(tick)));
        assert_eq!((history.len(), history.span_s()), (History::CAPACITY, (10.01, 70.0)));
        assert_eq!(history.at(20.004).map(|found| found.time_ns), Some(20_000_000_000));
        assert_eq!(history.at(0.0).map(|found| found.time_ns), Some(10_010_000_000));
        let times: Vec<u64> = history.between(20.0..20.03).map(|found| found.time_ns).collect();
        assert_eq!(times, [20_000_000_000, 20_010_000_000, 20_020_000_000]);
    }

    #[test]
    fn going_back_in_time_begins_anew() {
        let mut history = History::default();
        for tick in [5, 6, 1] {
            history.push(&at_tick(tick));
        }
        assert_eq!(history.len(), 1);
    }

    #[test]
    fn what_changes_while_time_stands_still_is_seen() {
        let mut history = History::default();
        history.push(&at_tick(5));
        history.push(&Snapshot { faults: 3, ..at_tick(5) });
        assert_eq!((history.len(), history.newest().map(|newest| newest.faults)), (1, Some(3)));
    }

    #[test]
    fn a_trail_has_the_same_points_whenever_it_is_asked_for() {
        let mut history = History::default();
        for tick in 1..=2000 {
            let mut snapshot = at_tick(tick);
            let robot = RobotState { position_m: Vector3::x() * tick as f32, ..Default::default() };
            snapshot.robots = vec![robot];
            history.push(&snapshot);
        }
        let xs = |until_s: f64| -> Vec<f32> {
            let mut trails = Vec::new();
            history.trails(until_s, &mut trails);
            trails[0].iter().map(|point| point.x).collect()
        };
        let (early, late) = (xs(15.0), xs(15.01));
        assert_eq!((early.len(), early.last(), late.last()), (151, Some(&1500.0), Some(&1501.0)));
        assert_eq!(early[1..early.len() - 1], late[1..late.len() - 2]);
    }
}
