//! Comparison with recordings of Python `ncps`: what `rivus verify ncps` reports, without its
//! files.
//!
//! A case is a configuration, weights and a recorded run: `case.json`, `model.safetensors`,
//! `io.safetensors` and one `wiring.<i>.json` per wired layer. Everything is taken from these;
//! nothing depends on a case's name.

mod case;
mod run;
mod wirings;

use alloc::string::String;

use thiserror::Error;

pub use case::Case;
pub use wirings::{WiringsReport, verify_wirings};

use crate::TensorFileError;
use crate::ncps::NcpsError;

/// Allowed deviation of a value from its reference `r`: `TOLERANCE + TOLERANCE |r|`.
pub const TOLERANCE: f64 = 1e-5;

/// The result of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseReport {
    /// The case's own name.
    pub name: String,
    /// Steps compared.
    pub steps: usize,
    /// Independent streams compared.
    pub streams: usize,
    /// The deviation that is largest relative to its limit.
    pub worst: Deviation,
}

impl CaseReport {
    /// Whether every value is within its limit.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.worst.ratio() <= 1.0
    }
}

/// How far one value is from its reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// What was compared: `outputs`, `h.<layer>` or `c.<layer>`.
    pub signal: String,
    /// Step, from 0.
    pub step: usize,
    /// Stream, from 0.
    pub stream: usize,
    /// Index within the signal.
    pub index: usize,
    /// The value that was computed.
    pub value: f32,
    /// The recorded value.
    pub reference: f64,
}

impl Deviation {
    /// Absolute difference of value and reference.
    #[must_use]
    pub fn error(&self) -> f64 {
        (f64::from(self.value) - self.reference).abs()
    }

    /// Largest difference that passes.
    #[must_use]
    pub fn limit(&self) -> f64 {
        TOLERANCE + TOLERANCE * self.reference.abs()
    }

    /// Difference in units of the limit; infinite if either is not a number.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        let ratio = self.error() / self.limit();
        if ratio.is_nan() { f64::INFINITY } else { ratio }
    }
}

/// Why a case could not be run at all.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A JSON file is not what it should be.
    #[error("{file}: {reason}")]
    Json {
        /// Which file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The weights do not make the network that the case describes.
    #[error("model.safetensors: {0}")]
    Model(#[from] NcpsError),
    /// The recording is damaged.
    #[error("io.safetensors: {0}")]
    Recording(#[from] TensorFileError),
    /// Two files of the case contradict each other.
    #[error("{file}: {what} is {found}, but {expected} by {by}")]
    Disagreement {
        /// The file that is at odds.
        file: String,
        /// What is at odds.
        what: String,
        /// What it says.
        found: String,
        /// What the other says.
        expected: String,
        /// The other.
        by: String,
    },
    /// The recording asks for a step that no cell can take.
    #[error("step {step}: {fault}")]
    Step {
        /// Which step.
        step: usize,
        /// Why it was refused.
        fault: crate::StepFault,
    },
}
