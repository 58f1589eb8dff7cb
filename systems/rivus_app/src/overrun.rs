//! A budget that was not kept, and what follows from it.

use core::fmt;

use alloc::sync::Arc;
use bevy_ecs::message::Message;
use bevy_ecs::resource::Resource;

use crate::Stage;

/// What stands for the system if observers took longest.
pub(crate) const OBSERVERS: &str = "observers";

/// What an overrun leads to, for as long as its episode lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnOverrun {
    /// It is counted and reported.
    #[default]
    Count,
    /// Actuators keep their last command.
    HoldLast,
    /// The backup controller takes over.
    Fallback,
    /// The failsafe takes over.
    Failsafe,
    /// The runner stops and exits with an error.
    Abort,
}

/// One run took longer than its budget; the report for people and logs.
///
/// Control must not read this but [`OverrunResponse`]: what is measured depends on the machine.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct BudgetOverrun {
    /// Index of the tick.
    pub tick: u64,
    /// The stage; `None` for the budget of the whole tick.
    pub stage: Option<Stage>,
    /// The system whose budget it was, or the one that took longest in the late stage or tick;
    /// `observers` if those took longest in a tick; `None` if none has run.
    pub system: Option<Arc<str>>,
    /// Wall time it took in nanoseconds.
    pub wall_ns: u64,
    /// Its budget in nanoseconds.
    pub budget_ns: u64,
}

impl fmt::Display for BudgetOverrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wall_us = self.wall_ns / 1000;
        let budget_us = self.budget_ns / 1000;
        write!(f, "tick {}: ", self.tick)?;
        match self.stage {
            Some(stage) => write!(f, "stage {stage}")?,
            None => f.write_str("the whole tick")?,
        }
        match (&self.system, self.stage) {
            (Some(system), Some(_)) => {
                write!(f, ", system {system} took {wall_us} us of {budget_us} us")
            }
            (Some(system), None) if &**system == OBSERVERS => {
                write!(f, " took {wall_us} us of {budget_us} us, observers longest")
            }
            (Some(system), None) => {
                write!(f, " took {wall_us} us of {budget_us} us, system {system} longest")
            }
            (None, _) => write!(f, " took {wall_us} us of {budget_us} us"),
        }
    }
}

/// What the control side knows of overruns, and how it is to respond.
///
/// Overruns come from the measurement at [`Pace::RealTime`](crate::Pace::RealTime), and at any pace
/// from [`TimeFaults`](crate::TimeFaults) and [`inject`](Self::inject). Any number of them close together
/// are one episode: it begins with the first and ends half a second after the last.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverrunResponse {
    action: OnOverrun,
    hold_ticks: u64,
    requested: bool,
    until_tick: Option<u64>,
    episodes: u64,
}

impl OverrunResponse {
    pub(crate) const fn new(action: OnOverrun, base_hz: u32) -> Self {
        let hold_ticks = (base_hz as u64).div_ceil(2);
        Self { action, hold_ticks, requested: false, until_tick: None, episodes: 0 }
    }

    /// Makes the next tick respond as to an overrun.
    pub const fn inject(&mut self) {
        self.requested = true;
    }

    /// What to do in this tick; `None` when there is nothing to do.
    #[must_use]
    pub const fn active(&self) -> Option<OnOverrun> {
        match (self.until_tick, self.action) {
            (None, _) | (_, OnOverrun::Count) => None,
            (Some(_), action) => Some(action),
        }
    }

    /// Whether the runner is to stop.
    #[must_use]
    pub const fn is_abort(&self) -> bool {
        matches!(self.active(), Some(OnOverrun::Abort))
    }

    /// How many episodes have begun.
    #[must_use]
    pub const fn episodes(&self) -> u64 {
        self.episodes
    }

    /// Whether there is an episode to enter, to lengthen or to leave in tick `index`.
    pub(crate) fn changes_at(&self, index: u64) -> bool {
        self.requested || self.until_tick.is_some_and(|until| index >= until)
    }

    /// Enters and leaves episodes at the beginning of tick `index`; whether there was an overrun
    /// since the last one.
    pub(crate) fn begin_tick(&mut self, index: u64) -> bool {
        let is_overrun = core::mem::take(&mut self.requested);
        if is_overrun {
            if self.until_tick.is_none() {
                self.episodes += 1;
            }
            self.until_tick = Some(index + self.hold_ticks);
        } else if self.until_tick.is_some_and(|until| index >= until) {
            self.until_tick = None;
        }
        is_overrun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_is_entered_once_and_left_after_half_a_second() {
        let mut response = OverrunResponse::new(OnOverrun::Fallback, 10);
        response.begin_tick(0);
        assert_eq!(response.active(), None);
        for index in 1..4 {
            response.inject();
            response.begin_tick(index);
            assert_eq!(response.active(), Some(OnOverrun::Fallback));
        }
        for index in 4..8 {
            response.begin_tick(index);
            assert_eq!(response.active(), Some(OnOverrun::Fallback), "tick {index}");
        }
        response.begin_tick(8);
        assert_eq!((response.active(), response.episodes()), (None, 1));
        response.inject();
        response.begin_tick(9);
        assert_eq!(response.episodes(), 2);
    }

    #[test]
    fn counting_is_not_an_action() {
        let mut response = OverrunResponse::new(OnOverrun::Count, 10);
        response.inject();
        response.begin_tick(1);
        assert_eq!((response.active(), response.episodes()), (None, 1));
    }

    #[test]
    fn the_report_names_stage_and_system() {
        let mut overrun = BudgetOverrun {
            tick: 12,
            stage: Some(Stage::Policy),
            system: Some("think".into()),
            wall_ns: 4_100_000,
            budget_ns: 3_000_000,
        };
        let text = "tick 12: stage policy, system think took 4100 us of 3000 us";
        assert_eq!(overrun.to_string(), text);
        overrun.stage = None;
        let text = "tick 12: the whole tick took 4100 us of 3000 us";
        assert_eq!(overrun.to_string(), format!("{text}, system think longest"));
        overrun.system = Some("observers".into());
        assert_eq!(overrun.to_string(), format!("{text}, observers longest"));
        overrun.system = None;
        assert_eq!(overrun.to_string(), text);
    }
}
