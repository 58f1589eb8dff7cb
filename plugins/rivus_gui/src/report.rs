//! How well the ticks keep their time.

use alloc::string::String;
use alloc::vec::Vec;

use rivus_run::RtGrade;

/// What the loop that runs the ticks says about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoopReport {
    /// Seconds of the robots per second on the wall, lately; `None` while it is paused and of a
    /// recording.
    pub realtime_factor: Option<f64>,
    /// What was wanted; `None` if as fast as possible.
    pub wanted_speed: Option<f64>,
    /// How the operating system schedules the thread of the ticks; `None` of a recording.
    pub grade: Option<RtGrade>,
    /// Snapshots that the window was too slow for.
    pub dropped_snapshots: u64,
    /// Ticks that the control side missed.
    pub skipped_ticks: u64,
    /// The last overruns as sentences, newest last.
    pub recent_overruns: Vec<String>,
}
