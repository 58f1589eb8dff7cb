//! `rivus policy bench`: the step of a policy on every kernel that this machine can run.

mod report;
mod subject;
mod timing;

use std::path::PathBuf;

use anyhow::ensure;
use rivus_kernels::{Backend, Kernels};

use self::report::{NotRun, Report, Row};
use self::subject::{How, Subject};
use self::timing::Times;
use super::stimulus::Stimulus;
use super::{Outcome, out, read};

/// Most robots in a batch.
const BATCH_MAX: usize = 1 << 20;

/// Longest time for one row of the table.
const SECONDS_MAX: f64 = 3600.0;

/// Steps with inputs of their own; the measurement goes round.
const STEPS: usize = 64;

/// Turns that all kernels take, so that a busy minute of the machine meets all of them.
const PASSES: u32 = 20;

/// Arguments of `rivus policy bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A policy file.
    file: PathBuf,
    /// Step this many robots as one batch; with 1, one robot alone is measured too. One robot alone
    /// if not given.
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Time for each row of the table.
    #[arg(long, value_name = "S", default_value_t = 0.5)]
    seconds: f64,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
}

/// Measures and prints; fails if a kernel gives other bits than the scalar one.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (policy, bytes) = read(&args.file)?;
    let is_time = args.seconds > 0.0 && args.seconds <= SECONDS_MAX;
    ensure!(is_time, "--seconds {}: expected above 0, at most {SECONDS_MAX}", args.seconds);
    let robots = args.batch.unwrap_or(1);
    let is_count = (1..=BATCH_MAX).contains(&robots);
    ensure!(is_count, "--batch {robots}: expected at least 1, at most {BATCH_MAX}");
    let hows: &[How] = match args.batch {
        None => &[How::Step],
        Some(1) => &[How::Step, How::StepBatch],
        Some(_) => &[How::StepBatch],
    };
    let stimulus = Stimulus::new(STEPS, robots, policy.network().inputs());
    let mut subjects = Vec::new();
    let mut not_run = Vec::new();
    for backend in Backend::ALL {
        match Kernels::new(backend) {
            Some(kernels) => subjects.extend(
                hows.iter().map(|&how| (Subject::new(&policy, kernels, how, robots), Times::new())),
            ),
            None => not_run.push(NotRun::new(backend)),
        }
    }
    let mut hashes = Vec::new();
    for (subject, _) in &subjects {
        hashes.push(subject.clone().hash(&stimulus)?);
    }
    for _ in 0..PASSES {
        for (subject, times) in &mut subjects {
            times.measure(subject, &stimulus, args.seconds / f64::from(PASSES))?;
        }
    }
    let cost = policy.network().cost();
    let rows: Vec<Row> = subjects
        .iter_mut()
        .zip(&hashes)
        .map(|((subject, times), &hash)| Row::new(subject, times, &cost, (hash, hashes[0])))
        .collect();
    let is_equal = rows.iter().all(|row| row.bits_equal_scalar);
    let report = Report::new(&args.file, bytes, &policy, robots, rows, not_run);
    if args.json {
        out(format_args!("{}", serde_json::to_string_pretty(&report)?));
    } else {
        out(format_args!("{report}"));
    }
    Ok(Outcome::pass_if(is_equal))
}
