//! How the loop that drives the robots is doing.

/// What the latency view tells beside the times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoopReport {
    /// Time of the robots by time on the wall.
    pub realtime_factor: f64,
    /// The factor that was asked for; `None`: as fast as possible.
    pub wanted_speed: Option<f64>,
    /// How far the machine can be trusted with time, such as "best effort".
    pub grade: String,
    /// Snapshots that the window was too slow for.
    pub dropped_snapshots: u64,
    /// Ticks that were given up so far.
    pub skipped_ticks: u64,
    /// The last overruns in words, newest last.
    pub recent_overruns: Vec<String>,
}
