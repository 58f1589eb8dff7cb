//! Where in a tick a system runs, and how often.

use core::fmt;

use bevy_ecs::schedule::ScheduleLabel;
use rivus_rate::Hz;

/// A part of the tick; stages run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Readings enter: from a simulator, a driver or a recording.
    Sense,
    /// Readings become estimates.
    Estimate,
    /// Networks turn observations into actions.
    Policy,
    /// Control laws propose, one proposal is chosen and mixed into commands.
    Control,
    /// Commands leave.
    Actuate,
    /// The simulated world moves from this tick to the next; absent on a real robot.
    Simulate,
    /// What happened is hashed, logged and shown.
    Record,
}

impl Stage {
    /// All stages in the order in which they run.
    pub const ALL: [Self; 7] = [
        Self::Sense,
        Self::Estimate,
        Self::Policy,
        Self::Control,
        Self::Actuate,
        Self::Simulate,
        Self::Record,
    ];

    /// The schedule of this stage at `rate`, for `App::add_systems`.
    #[must_use]
    pub const fn at(self, rate: Rate) -> StageRate {
        StageRate { stage: self, rate }
    }

    /// Its name in scenes, summaries and errors: lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sense => "sense",
            Self::Estimate => "estimate",
            Self::Policy => "policy",
            Self::Control => "control",
            Self::Actuate => "actuate",
            Self::Simulate => "simulate",
            Self::Record => "record",
        }
    }

    /// The stage of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Its place in [`Stage::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often a system runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// The rate that the scene gives the stage, or the base rate if it gives none.
    Stage,
    /// The same in every scene.
    Fixed(Hz),
}

impl Rate {
    /// Short for [`Rate::Stage`] that reads well beside `Rate::hz(250)`.
    pub const STAGE: Self = Self::Stage;

    /// A fixed rate; it must divide the base rate of the scene.
    ///
    /// # Panics
    /// If `hz` is zero; in a constant that is a compile error.
    #[must_use]
    pub const fn hz(hz: u32) -> Self {
        Self::Fixed(Hz::of(hz))
    }
}

/// The label of one schedule: a stage at a rate.
#[derive(ScheduleLabel, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageRate {
    /// The stage.
    pub stage: Stage,
    /// The rate.
    pub rate: Rate,
}

impl fmt::Display for StageRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rate {
            Rate::Stage => write!(f, "{} at the rate of the stage", self.stage),
            Rate::Fixed(hz) => write!(f, "{} at {hz}", self.stage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_ordered_and_named() {
        assert!(Stage::ALL.is_sorted());
        for stage in Stage::ALL {
            assert_eq!(Stage::ALL[stage.index()], stage);
            assert_eq!(Stage::from_name(stage.name()), Some(stage));
        }
        assert_eq!(Stage::from_name("think"), None);
    }

    #[test]
    fn labels_say_where_and_how_often() {
        const ATTITUDE: StageRate = Stage::Control.at(Rate::hz(500));
        assert_eq!(ATTITUDE.to_string(), "control at 500 Hz");
        let label = Stage::Policy.at(Rate::STAGE);
        assert_eq!(label.to_string(), "policy at the rate of the stage");
    }
}
