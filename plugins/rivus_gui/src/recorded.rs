//! Flights that are over.

use rivus_app::Timings;

use crate::{History, SceneInfo};

/// A flight that was recorded, to be looked at.
#[derive(Clone, Debug, Default)]
pub struct RecordedFlight {
    /// What flew.
    pub info: SceneInfo,
    /// How it went, from the beginning of the recording to its end.
    pub history: History,
    /// How long everything took.
    pub timings: Timings,
    /// What is missing in it, for a person; `None` if it is whole.
    pub warning: Option<String>,
}
