//! Rates and budgets, which a scene fills in before the first tick.

use core::ops::{Index, IndexMut};

use bevy_ecs::resource::Resource;

use crate::{OnOverrun, Stage};

/// How ticks relate to real time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the machine allows, or as a peer says.
    ///
    /// Measured overruns are counted and reported but never acted on, so that what the robot does
    /// does not depend on the machine; a late run that did not have the CPU counts as preempted.
    #[default]
    Free,
    /// One base tick per base period. Every late run is an overrun and is acted on, and the budgets
    /// that can fall into one tick must fit the base period.
    RealTime,
}

/// Rate and budget of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageConfig {
    /// Runs per second of everything added at [`Rate::STAGE`](crate::Rate::STAGE); `None` is the
    /// base rate.
    pub rate_hz: Option<u32>,
    /// Limit on the wall time of the stage in one tick, in microseconds.
    pub budget_us: Option<u32>,
}

/// Rates and budgets of the whole tick. Index it with a [`Stage`].
///
/// Read once, when the ticks are built.
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub struct TickConfig {
    /// Base ticks per second; every other rate must divide it.
    pub base_hz: u32,
    /// Limit on the wall time of one tick in microseconds.
    pub tick_budget_us: Option<u32>,
    /// What an overrun leads to.
    pub on_overrun: OnOverrun,
    /// How ticks relate to real time.
    pub pace: Pace,
    stages: [StageConfig; Stage::ALL.len()],
}

impl Default for TickConfig {
    /// 1 kHz, everything at the base rate, no budgets.
    fn default() -> Self {
        Self {
            base_hz: 1000,
            tick_budget_us: None,
            on_overrun: OnOverrun::default(),
            pace: Pace::default(),
            stages: [StageConfig::default(); Stage::ALL.len()],
        }
    }
}

impl Index<Stage> for TickConfig {
    type Output = StageConfig;

    fn index(&self, stage: Stage) -> &StageConfig {
        &self.stages[stage.index()]
    }
}

impl IndexMut<Stage> for TickConfig {
    fn index_mut(&mut self, stage: Stage) -> &mut StageConfig {
        &mut self.stages[stage.index()]
    }
}
