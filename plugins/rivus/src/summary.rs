//! How a flight went, as numbers and as text.

use core::fmt;

use serde::Serialize;

use crate::latency::LatencyTable;
use crate::{StageSummary, SystemSummary};

/// How one flight went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the scene.
    pub scene: String,
    /// Seed of start and noise.
    pub seed: u64,
    /// Who flew: `policy`, `lee` or `lee_i`.
    pub controller: String,
    /// The vector kernels that networks ran on; the results do not depend on them.
    pub kernel: String,
    /// Time of the robot that was flown, s.
    pub seconds: f64,
    /// Base ticks that ran.
    pub ticks: u64,
    /// Whether every expectation of the scene was met.
    pub outcome: Verdict,
    /// The scene's expectations.
    pub expectations: Vec<Expectation>,
    /// Root mean square distance from the setpoint since the scene's `score.from_s`, m; `None` if
    /// the flight ended before.
    pub rmse_m: Option<f64>,
    /// Largest distance from the setpoint in the same time, m.
    pub max_error_m: Option<f64>,
    /// Last time at which the distance was above 0.1 m, s.
    pub settle_s: f64,
    /// Largest angle between the body's up axis and the vertical, over the whole flight, deg.
    pub max_tilt_deg: f64,
    /// How often the backup took over because the policy's proposal was unusable.
    pub takeovers: u64,
    /// How often overruns began that the scene has an answer to, injected or at real time; any
    /// number of them close together are one episode.
    pub overrun_episodes: u64,
    /// Faults of all kinds.
    pub faults: u64,
    /// Time of each stage, in the order of the stages, of observers, if there are any, and of the
    /// whole tick.
    pub stages: Vec<StageSummary>,
    /// Time of each system, in the order in which they run.
    pub systems: Vec<SystemSummary>,
    /// How well the flight kept step with the wall; `None` if it was not to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_time: Option<RealTimeSummary>,
    /// How the recording went; `None` if there is none.
    pub recording: Option<RecordingSummary>,
    /// Simulated seconds per second of CPU time of the process.
    pub realtime_factor: f64,
    /// Simulated seconds per second on the wall.
    pub realtime_factor_wall: f64,
    /// FNV-1a 64 over every tick, 16 hexadecimal digits.
    pub state_hash: String,
}

/// Whether what was demanded was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of it.
    Pass,
    /// Not all of it.
    Fail,
}

/// One demand of a scene.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expectation {
    /// What is limited, as the scene names it.
    pub name: String,
    /// The largest value that passes.
    pub limit: f64,
    /// The value that was reached.
    pub value: f64,
    /// Whether it passes.
    pub pass: bool,
}

/// How the recording of a flight went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordingSummary {
    /// The file.
    pub file: String,
    /// Ticks that were written; a ring has let go of the older ones.
    pub ticks: u64,
    /// Ticks that were not: the disk was too slow or could not be written, or a message was longer
    /// than its type says.
    pub lost_ticks: u64,
    /// Its length.
    pub bytes: u64,
    /// What ended it early.
    pub error: Option<String>,
}

impl fmt::Display for RecordingSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, ticks, lost_ticks, bytes, error } = self;
        let megabytes = *bytes as f64 / 1e6;
        writeln!(f, "  recorded   {ticks} ticks in {file}, {megabytes:.1} MB; {lost_ticks} lost")?;
        match error {
            Some(error) => writeln!(f, "  recording ended early: {error}"),
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// Pass if `is_met`.
    #[must_use]
    pub const fn pass_if(is_met: bool) -> Self {
        if is_met { Self::Pass } else { Self::Fail }
    }
}

impl Expectation {
    /// A value against its limit; NaN does not pass.
    #[must_use]
    pub fn new(name: &str, limit: f64, value: f64) -> Self {
        Self { name: name.to_owned(), limit, value, pass: value <= limit }
    }
}

/// How well a flight kept step with the wall.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RealTimeSummary {
    /// `best effort`, `fifo` or `deadline`.
    pub grade: String,
    /// What was asked of the operating system and what became of it, one line each.
    pub granted: Vec<String>,
    /// Base ticks that were given up because the flight was late.
    pub skipped_ticks: u64,
    /// How often ticks were given up, however many at a time.
    pub gaps: u64,
    /// Median time by which a tick began late.
    pub lateness_p50_us: f64,
    /// 99th percentile.
    pub lateness_p99_us: f64,
    /// 99.9th percentile.
    pub lateness_p999_us: f64,
    /// Largest.
    pub lateness_max_us: f64,
    /// How the watchdog was scheduled and what it did; `null` if there was none.
    pub watchdog: Option<String>,
    /// How often the loop was stuck until the watchdog put out the safe frame.
    pub watchdog_episodes: u64,
    /// Longest time from the last sign of life to the end of the first safe frame; 0 without any.
    pub watchdog_latency_max_us: f64,
}

#[cfg(feature = "sim")]
impl RealTimeSummary {
    /// What the runner reports.
    #[must_use]
    pub fn new(report: &rivus_run::RealTimeReport) -> Self {
        let us = |ns: u64| ns as f64 / 1e3;
        let late = &report.lateness;
        let watchdog = report.watchdog.as_ref();
        Self {
            grade: report.granted.grade.to_string(),
            granted: report.granted.to_string().lines().map(str::to_owned).collect(),
            skipped_ticks: report.skipped_ticks,
            gaps: report.gaps,
            lateness_p50_us: us(late.p50_ns()),
            lateness_p99_us: us(late.p99_ns()),
            lateness_p999_us: us(late.p999_ns()),
            lateness_max_us: us(late.max_ns()),
            watchdog: watchdog.map(ToString::to_string),
            watchdog_episodes: watchdog.map_or(0, |watchdog| watchdog.episodes),
            watchdog_latency_max_us: watchdog.map_or(0.0, |watchdog| us(watchdog.latency_max_ns)),
        }
    }
}

impl fmt::Display for RealTimeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lateness_p50_us, lateness_p99_us, lateness_p999_us, lateness_max_us, .. } = self;
        for line in &self.granted {
            writeln!(f, "  {line}")?;
        }
        if let Some(watchdog) = &self.watchdog {
            writeln!(f, "  watchdog     {watchdog}")?;
        }
        writeln!(
            f,
            "  ticks began late by {lateness_p50_us:.0} us (median), {lateness_p99_us:.0} us \
             (99 %), {lateness_p999_us:.0} us (99.9 %), {lateness_max_us:.0} us at most"
        )?;
        writeln!(f, "  {} ticks given up in {} gaps", self.skipped_ticks, self.gaps)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scene, seed, controller, seconds, .. } = self;
        writeln!(
            f,
            "{scene}, seed {seed}, flown by {controller} for {seconds:.1} s: {}",
            self.outcome
        )?;
        writeln!(f)?;
        match self.rmse_m.zip(self.max_error_m) {
            Some((rmse_m, max_m)) => {
                writeln!(f, "  error      {rmse_m:.3} m RMSE, {max_m:.3} m at most")?;
            }
            None => {
                writeln!(f, "  error      not scored, the flight ended before the scoring began")?;
            }
        }
        writeln!(f, "  settled    {:.2} s to within 0.1 m", self.settle_s)?;
        writeln!(f, "  tilt       {:.0} deg at most", self.max_tilt_deg)?;
        if self.faults > 0 {
            let (faults, takeovers) = (self.faults, self.takeovers);
            writeln!(f, "  faults     {faults}; the backup took over {takeovers} times")?;
        }
        if self.overrun_episodes > 0 {
            writeln!(f, "  overruns   {} episodes", self.overrun_episodes)?;
        }
        for failed in self.expectations.iter().filter(|expectation| !expectation.pass) {
            writeln!(
                f,
                "  FAIL       {} is {:.3}, expected at most {}",
                failed.name, failed.value, failed.limit
            )?;
        }
        writeln!(f)?;
        writeln!(f, "{}", LatencyTable { stages: &self.stages, systems: &self.systems })?;
        if let Some(recording) = &self.recording {
            write!(f, "{recording}")?;
        }
        if let Some(real_time) = &self.real_time {
            write!(f, "{real_time}")?;
            return writeln!(f, "  state hash {}, which depends on the gaps", self.state_hash);
        }
        writeln!(
            f,
            "  {:.0} times real time ({:.0} on the wall), state hash {}",
            self.realtime_factor, self.realtime_factor_wall, self.state_hash
        )
    }
}
