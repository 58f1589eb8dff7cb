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
}

impl From<UnknownChannel<'_>> for LoadError {
    fn from(unknown: UnknownChannel<'_>) -> Self {
        Self::Channel { reason: unknown.to_string() }
    }
}
