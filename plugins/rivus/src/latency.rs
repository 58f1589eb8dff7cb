//! How long stages and systems took, as numbers and as a table.

use core::fmt;

use rivus_app::{Stage, SystemTiming, Timing, Timings};
use serde::Serialize;

/// Wall times of one stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageSummary {
    /// `sense` to `record`, `observers`, and `tick` for all of them together.
    pub name: String,
    /// Highest rate in the stage.
    pub rate_hz: u32,
    /// Budget; `null` if the scene gives none.
    pub budget_us: Option<f64>,
    /// Ticks in which the stage ran.
    pub count: u64,
    /// Median.
    pub p50_us: f64,
    /// 99th percentile.
    pub p99_us: f64,
    /// Largest.
    pub max_us: f64,
    /// Runs over the budget by the stage's own doing.
    pub overruns: u64,
    /// Runs over the budget in which the machine gave the CPU to somebody else.
    pub preempted: u64,
}

/// Wall times of one system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemSummary {
    /// Its full path.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// Runs per second.
    pub rate_hz: u32,
    /// Budget of its own; `null` if it has none.
    pub budget_us: Option<f64>,
    /// Times it ran.
    pub count: u64,
    /// Median.
    pub p50_us: f64,
    /// 99th percentile.
    pub p99_us: f64,
    /// Largest.
    pub max_us: f64,
    /// Runs over its budget by its own doing.
    pub overruns: u64,
    /// Runs over its budget in which the machine gave the CPU to somebody else.
    pub preempted: u64,
}

impl StageSummary {
    /// One row per stage that ran, one for recorders and others that looked on, if any did, and a
    /// last one for the whole tick.
    #[must_use]
    pub fn rows(timings: &Timings, base_hz: u32) -> Vec<Self> {
        let stages = timings.stages.iter();
        let mut rows: Vec<Self> = stages
            .map(|stage| Self::row(Stage::name(stage.stage), stage.rate_hz, &stage.timing))
            .collect();
        if timings.observers.histogram.count() > 0 {
            rows.push(Self::row("observers", base_hz, &timings.observers));
        }
        rows.push(Self::row("tick", base_hz, &timings.tick));
        rows
    }

    fn row(name: &str, rate_hz: u32, timing: &Timing) -> Self {
        let times = &timing.histogram;
        Self {
            name: name.to_owned(),
            rate_hz,
            budget_us: timing.budget.map(|budget| us(budget.limit_ns())),
            count: times.count(),
            p50_us: us(times.p50_ns()),
            p99_us: us(times.p99_ns()),
            max_us: us(times.max_ns()),
            overruns: timing.overruns,
            preempted: timing.preempted,
        }
    }
}

impl SystemSummary {
    /// One row per system, in the order in which they run.
    #[must_use]
    pub fn rows(timings: &Timings) -> Vec<Self> {
        timings.systems.iter().map(Self::row).collect()
    }

    fn row(system: &SystemTiming) -> Self {
        let SystemTiming { name, stage, rate_hz, timing } = system;
        let row = StageSummary::row(name, *rate_hz, timing);
        let StageSummary { name, rate_hz, budget_us, count, p50_us, p99_us, max_us, .. } = row;
        Self {
            name,
            stage: stage.name().to_owned(),
            rate_hz,
            budget_us,
            count,
            p50_us,
            p99_us,
            max_us,
            overruns: row.overruns,
            preempted: row.preempted,
        }
    }
}

const fn us(ns: u64) -> f64 {
    ns as f64 / 1e3
}

/// A table of all stages, and below each the systems that make up most of it.
pub(crate) struct LatencyTable<'a> {
    pub(crate) stages: &'a [StageSummary],
    pub(crate) systems: &'a [SystemSummary],
}

/// One line of the table.
struct Row {
    name: String,
    /// Everything but the name; `None` for a remark.
    times: Option<StageSummary>,
}

impl LatencyTable<'_> {
    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for stage in self.stages {
            rows.push(Row { name: stage.name.clone(), times: Some(stage.clone()) });
            let systems = self.systems.iter().filter(|system| system.stage == stage.name);
            // A system that is a small part of its stage says nothing, unless it was given a limit.
            let (shown, small): (Vec<_>, Vec<_>) =
                systems.filter(|system| system.count > 0).partition(|system| {
                    system.budget_us.is_some() || system.p50_us >= 0.1 * stage.p50_us
                });
            rows.extend(shown.into_iter().map(Row::of_system));
            if !small.is_empty() {
                rows.push(Row { name: format!("  + {} small ones", small.len()), times: None });
            }
        }
        rows
    }
}

impl Row {
    fn of_system(system: &SystemSummary) -> Self {
        let SystemSummary { rate_hz, budget_us, count, p50_us, p99_us, max_us, .. } = *system;
        let (overruns, preempted) = (system.overruns, system.preempted);
        let name = format!("  {}", short_name(&system.name));
        let times = StageSummary {
            name: String::new(),
            rate_hz,
            budget_us,
            count,
            p50_us,
            p99_us,
            max_us,
            overruns,
            preempted,
        };
        Self { name, times: Some(times) }
    }
}

impl fmt::Display for LatencyTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let names = rows.iter().filter(|row| row.times.is_some()).map(|row| &row.name);
        let width = names.map(|name| name.chars().count()).max().unwrap_or(0).max(9);
        writeln!(
            f,
            "  {:<width$} {:>6} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9}",
            "stage", "Hz", "budget", "runs", "p50 us", "p99 us", "max us", "overruns", "preempted"
        )?;
        for Row { name, times } in &rows {
            let Some(times) = times else {
                writeln!(f, "  {name}")?;
                continue;
            };
            let budget = times.budget_us.map_or_else(|| "-".to_owned(), |us| format!("{us:.0}"));
            writeln!(
                f,
                "  {name:<width$} {:>6} {budget:>8} {:>7} {:>8.1} {:>8.1} {:>8.1} {:>8} {:>9}",
                times.rate_hz,
                times.count,
                times.p50_us,
                times.p99_us,
                times.max_us,
                times.overruns,
                times.preempted,
            )?;
        }
        Ok(())
    }
}

/// A path without its modules, also within its type parameters: `step<Policy>`.
fn short_name(path: &str) -> String {
    let is_in_path = |c: char| c.is_alphanumeric() || "_:{}#".contains(c);
    let mut short = String::new();
    let mut rest = path;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_in_path(c) != is_in_path(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        short += if is_in_path(first) { last_segment(part) } else { part };
        rest = after;
    }
    short
}

/// `c` of `a::b::c`; a closure is named after the function that it is in.
fn last_segment(path: &str) -> &str {
    let is_name = |(_, segment): &(usize, &str)| !segment.starts_with('{');
    let mut start = 0;
    let segments = path.split("::").map(|segment| {
        let at = start;
        start += segment.len() + 2;
        (at, segment)
    });
    segments.filter(is_name).last().map_or(path, |(at, _)| &path[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short() {
        for (path, short) in [
            ("think", "think"),
            ("rivus_sim::sense::imu", "imu"),
            ("rivus_control::mix::mix<rivus_robot::by::Policy>", "mix<Policy>"),
            ("a::b<c::D, &e::F>", "b<D, &F>"),
            ("a::plugin::build::{{closure}}", "build::{{closure}}"),
        ] {
            assert_eq!(short_name(path), short);
        }
    }

    fn stage(name: &str, p50_us: f64) -> StageSummary {
        StageSummary {
            name: name.to_owned(),
            rate_hz: 500,
            budget_us: Some(400.0),
            count: 4000,
            p50_us,
            p99_us: 2.0 * p50_us,
            max_us: 100.0,
            overruns: 1,
            preempted: 2,
        }
    }

    fn system(name: &str, stage: &str, budget_us: Option<f64>, p50_us: f64) -> SystemSummary {
        SystemSummary {
            name: name.to_owned(),
            stage: stage.to_owned(),
            rate_hz: 250,
            budget_us,
            count: 2000,
            p50_us,
            p99_us: 2.0 * p50_us,
            max_us: 90.0,
            overruns: 0,
            preempted: 0,
        }
    }

    #[test]
    fn systems_stand_below_their_stage_and_small_ones_are_counted() {
        let stages = [stage("control", 10.0), stage("tick", 12.0)];
        let systems = [
            system("a::outer_loop", "control", None, 6.0),
            system("a::small", "control", None, 0.9),
            system("a::limited", "control", Some(7.0), 0.2),
            system("a::smaller", "control", None, 0.1),
        ];
        let table = LatencyTable { stages: &stages, systems: &systems };
        assert_eq!(format!("\n{table}"), TABLE);
    }

    const TABLE: &str = "
  stage            Hz   budget    runs   p50 us   p99 us   max us overruns preempted
  control         500      400    4000     10.0     20.0    100.0        1         2
    outer_loop    250        -    2000      6.0     12.0     90.0        0         0
    limited       250        7    2000      0.2      0.4     90.0        0         0
    + 2 small ones
  tick            500      400    4000     12.0     24.0    100.0        1         2
";
}
