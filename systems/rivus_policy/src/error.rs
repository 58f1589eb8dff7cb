//! Why a robot cannot fly a policy.

use rivus_flight::UnknownChannel;
use rivus_liquid::{PolicyFileError, RateError};
use thiserror::Error;

/// What is wrong with a policy, before anything moves.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file is damaged or something else.
    #[error(transparent)]
    File(#[from] PolicyFileError),
    /// The rate of the stage `Policy` is not one the policy was trained for.
    #[error(transparent)]
    Rate(#[from] RateError),
    /// The policy reads or writes something that the vehicle does not have.
    #[error("{reason}")]
    Channel {
        /// The channel, and the known ones.
        reason: String,
    },
    /// A rotor would never turn.
    #[error("the policy has no output `rotor_speed.{rotor}`, so this rotor would stand still")]
    IdleRotor {
        /// Its number.
        rotor: usize,
    },
    /// A step of all policies together never kept the budget of the stage `Policy`.
    #[error(
        "a step of {policies} takes {best_us:.1} us at best ({median_us:.1} us in the median of \
         {tries}), more than the budget of {budget_us} us"
    )]
    Costly {
        /// The networks: file, number of robots and kernel of each.
        policies: String,
        /// The shortest time of a step in microseconds.
        best_us: f64,
        /// The median in microseconds.
        median_us: f64,
        /// Number of steps.
        tries: u64,
        /// What it may take, in microseconds.
        budget_us: u32,
    },
}

impl From<UnknownChannel<'_>> for LoadError {
    fn from(unknown: UnknownChannel<'_>) -> Self {
        Self::Channel { reason: unknown.to_string() }
    }
}
