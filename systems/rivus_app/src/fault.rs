//! What went wrong inside a tick: data, because a tick cannot fail.

use core::fmt;

use bevy_ecs::message::Message;
use bevy_ecs::resource::Resource;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// No fresh reading for longer than the sensor allows.
    StaleSensor,
    /// A NaN or an infinity where a number was expected; the value was not used.
    NotFinite,
    /// An elapsed time of zero or less, or not finite; the state was left unchanged.
    BadElapsed,
    /// A value outside the range its consumer accepts; it was clamped or not used.
    OutOfRange,
    /// Something took longer than its budget.
    Overrun,
    /// A bounded queue was full and a value was lost.
    Dropped,
    /// Something that a plugin defines; the name is unique to it, like `"gps: jammed"`.
    Plugin(&'static str),
}

impl FaultKind {
    /// What it is called in summaries and recordings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StaleSensor => "stale sensor",
            Self::NotFinite => "not finite",
            Self::BadElapsed => "bad elapsed time",
            Self::OutOfRange => "out of range",
            Self::Overrun => "overrun",
            Self::Dropped => "dropped",
            Self::Plugin(name) => name,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Raise it with `MessageWriter<Fault>`; several systems may, in any order.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The robot's stable id from the scene.
    pub robot: u32,
    /// What went wrong.
    pub kind: FaultKind,
}

/// How often each kind of fault happened, per robot; the ticker counts at the end of each tick.
///
/// There is room for 256 pairs of robot and kind; the rest is counted together.
#[derive(Resource, Clone, Debug)]
pub struct Faults {
    counts: Vec<(Fault, u64)>,
    other: u64,
}

impl Faults {
    const CAPACITY: usize = 256;

    /// All faults of all robots.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum::<u64>() + self.other
    }

    /// Faults of one kind of one robot.
    #[must_use]
    pub fn of(&self, robot: u32, kind: FaultKind) -> u64 {
        let fault = Fault { robot, kind };
        self.counts.iter().find(|(seen, _)| *seen == fault).map_or(0, |(_, count)| *count)
    }

    /// Every kind seen so far with its number, in the order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (Fault, u64)> + '_ {
        self.counts.iter().copied()
    }

    pub(crate) fn count(&mut self, fault: Fault) {
        if let Some((_, count)) = self.counts.iter_mut().find(|(seen, _)| *seen == fault) {
            *count += 1;
        } else if self.counts.len() < Self::CAPACITY {
            // The capacity was reserved, so this does not allocate.
            self.counts.push((fault, 1));
        } else {
            self.other += 1;
        }
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self { counts: Vec::with_capacity(Self::CAPACITY), other: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_counted_per_robot_and_kind() {
        let mut faults = Faults::default();
        let jammed = FaultKind::Plugin("gps: jammed");
        for (robot, kind) in [(0, FaultKind::NotFinite), (1, jammed), (0, FaultKind::NotFinite)] {
            faults.count(Fault { robot, kind });
        }
        assert_eq!(faults.of(0, FaultKind::NotFinite), 2);
        assert_eq!(faults.of(1, jammed), 1);
        assert_eq!(faults.of(1, FaultKind::NotFinite), 0);
        assert_eq!(faults.total(), 3);
        let named: Vec<String> = faults.iter().map(|(fault, _)| fault.kind.to_string()).collect();
        assert_eq!(named, ["not finite", "gps: jammed"]);
    }

    #[test]
    fn more_kinds_than_there_is_room_for_are_counted_together() {
        let mut faults = Faults::default();
        for robot in 0..300 {
            faults.count(Fault { robot, kind: FaultKind::Dropped });
        }
        assert_eq!((faults.total(), faults.iter().count()), (300, Faults::CAPACITY));
    }
}
