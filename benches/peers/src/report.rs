//! The table and the verdicts.

use std::fmt::{self, Write as _};

use anyhow::{Context, Result};

use crate::measure::Samples;
use crate::{COPPER, COPPER_LOGGED, ECS, RIVUS_CHAIN, RIVUS_RECORDED, RIVUS_STAGES};

/// All runs of one variant.
pub struct Row {
    name: &'static str,
    runs: Vec<Samples>,
}

impl Row {
    pub const fn new(name: &'static str) -> Self {
        Self { name, runs: Vec::new() }
    }

    pub fn add(&mut self, run: Option<Samples>) {
        self.runs.extend(run);
    }

    /// Median, smallest and largest of one figure over the runs; `None` without runs.
    fn spread(&self, figure: fn(&Samples) -> u64) -> Option<[u64; 3]> {
        let mut values: Vec<u64> = self.runs.iter().map(figure).collect();
        values.sort_unstable();
        let median = *values.get(values.len() / 2)?;
        Some([median, *values.first()?, *values.last()?])
    }
}

/// One line per variant.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from("ns per tick: median over the rounds [smallest, largest]\n\n");
    let line = |name: &str, cells: [String; 3]| {
        format!("{name:<42} {:>20} {:>22} {:>28}\n", cells[0], cells[1], cells[2])
    };
    text += &line("variant", ["p50", "p99", "p99.9"].map(str::to_owned));
    for row in rows {
        let cell = |figure| match row.spread(figure) {
            Some([median, least, most]) => format!("{median} [{least}, {most}]"),
            None => "not measured".to_owned(),
        };
        text += &line(row.name, [cell(|s| s.p50_ns), cell(|s| s.p99_ns), cell(|s| s.p999_ns)]);
    }
    text
}

/// What is measured over what it is compared with.
struct Verdict {
    what: String,
    ratio: f64,
    /// `None` if the ratio is for information.
    limit: Option<f64>,
}

/// All bars that have figures.
pub struct Verdicts(Vec<Verdict>);

impl Verdicts {
    pub fn is_pass(&self) -> bool {
        self.0.iter().all(|verdict| verdict.limit.is_none_or(|limit| verdict.ratio <= limit))
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for Verdict { what, ratio, limit } in &self.0 {
            match limit {
                Some(limit) if ratio <= limit => {
                    writeln!(text, "pass  {what}: {ratio:.2}, at most {limit:.2}")?;
                }
                Some(limit) => writeln!(text, "FAIL  {what}: {ratio:.2}, at most {limit:.2}")?,
                None => writeln!(text, "      {what}: {ratio:.2}")?,
            }
        }
        f.write_str(text.trim_end())
    }
}

/// A figure of a run.
type Figure = (&'static str, fn(&Samples) -> u64);

const P50: Figure = ("p50", |samples| samples.p50_ns);
const P99: Figure = ("p99", |samples| samples.p99_ns);

/// Without a record at most 1.5 times Copper's median, with one at most 0.6 times its median and
/// 99th percentile.
///
/// The ratio is that of the medians over the rounds. Judged is what is most alike: one list of three
/// steps on both sides. Three stages are three such lists, each timed as a whole too.
pub fn judge(rows: &[Row]) -> Result<Verdicts> {
    let bars = [
        (RIVUS_CHAIN, COPPER, P50, Some(1.5)),
        (RIVUS_STAGES, COPPER, P50, None),
        (ECS, COPPER_LOGGED, P50, None),
        (RIVUS_RECORDED, COPPER_LOGGED, P50, Some(0.6)),
        (RIVUS_RECORDED, COPPER_LOGGED, P99, Some(0.6)),
    ];
    let row = |name: &str| {
        rows.iter().find(|row| row.name == name).with_context(|| format!("no row {name}"))
    };
    let mut verdicts = Vec::new();
    for (ours, theirs, (figure_name, figure), limit) in bars {
        let medians = row(ours)?.spread(figure).zip(row(theirs)?.spread(figure));
        if let Some(([ours_ns, ..], [theirs_ns, ..])) = medians {
            // Nanoseconds of a tick are far below 2^53.
            let ratio = ours_ns as f64 / theirs_ns as f64;
            let what = format!("{figure_name} of \"{ours}\" over \"{theirs}\"");
            verdicts.push(Verdict { what, ratio, limit });
        }
    }
    Ok(Verdicts(verdicts))
}
