//! Why an app cannot tick.

use bevy_ecs::system::SystemParamValidationError;
use rivus_rate::UnevenRate;

use crate::{Stage, StageRate};

/// Why the ticks could not be built, or why a tick could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// A rate of zero.
    #[error("{asked_by} asks for 0 Hz, which never runs")]
    ZeroRate {
        /// Who asked for it.
        asked_by: String,
    },
    /// A rate that does not divide the base rate.
    #[error(transparent)]
    UnevenRate(#[from] UnevenRate<String>),
    /// In real time, budgets that can fall into one tick and are longer than it.
    #[error(
        "the budgets due in one tick add up to {total_us} us ({shares}), \
         but a tick at {base_hz} Hz lasts {period_us} us"
    )]
    BudgetsTooLong {
        /// Sum of the budgets in microseconds.
        total_us: u64,
        /// Each stage with its budget.
        shares: String,
        /// Base ticks per second.
        base_hz: u32,
        /// Base period in microseconds.
        period_us: u64,
    },
    /// The systems of one schedule cannot be ordered; the reason names them.
    #[error("{label}: {reason}")]
    Schedule {
        /// The schedule.
        label: StageRate,
        /// What is wrong.
        reason: String,
    },
    /// Two systems of one stage at different rates touch the same data, and nothing says that the
    /// order in which they run is meant.
    #[error(
        "stage {stage}: {first} at {first_hz} Hz runs before {second} at {second_hz} Hz in a tick \
         in which both are due, and both use {data}, at least one of them to write; put them in \
         two system sets and order these sets the same way, such as \
         `configure_sets((SetOfFirst, SetOfSecond).chain())`"
    )]
    Conflict {
        /// The stage.
        stage: Stage,
        /// The system that runs first.
        first: String,
        /// Its rate.
        first_hz: u32,
        /// The system that runs second.
        second: String,
        /// Its rate.
        second_hz: u32,
        /// The components and resources.
        data: String,
    },
    /// Systems in a schedule that Rivus does not run.
    #[error(
        "schedule {schedule} never runs here, but {systems} was added to it; \
         add it to a stage, such as `Stage::Control.at(Rate::STAGE)`"
    )]
    NeverRuns {
        /// The schedule.
        schedule: String,
        /// The systems in it.
        systems: String,
    },
    /// Systems that were added after the ticks were built.
    #[error("{label}: systems were added after the ticks were built, so they would never run")]
    AddedLate {
        /// The schedule.
        label: StageRate,
    },
    /// A resource that every tick uses was taken out of the world.
    #[error("something that every tick uses is gone: {0}")]
    Missing(#[from] SystemParamValidationError),
    /// A plugin is still waiting for something.
    #[error("the ticks cannot be built while a plugin says that it is not ready")]
    PluginsNotReady,
    /// A tick inside a tick, or a tick after one that panicked.
    #[error("a tick is already running, or the last one panicked")]
    Busy,
}
