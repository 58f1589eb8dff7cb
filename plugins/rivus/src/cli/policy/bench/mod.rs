//! `rivus policy bench`: the step of a policy on every kernel that this machine can run.

mod report;
mod subject;
mod timing;

use std::path::PathBuf;

use anyhow::ensure;
use rivus_kernels::{Backend, Kernels};
use rivus_liquid::Policy;

use self::report::{Report, Row};
use self::subject::{How, Subject};
use self::timing::Times;
use super::quantize::rounded;
use super::stimulus::Stimulus;
use super::{Outcome, out, read};

/// Most robots in a batch.
const BATCH_MAX: usize = 1 << 20;

/// Longest time for one row of the table.
const SECONDS_MAX: f64 = 3600.0;

/// Steps with inputs of their own; the measurement goes round.
const STEPS: usize = 64;

/// Most inputs of all robots and steps, unless two steps have more: in flight, inputs have just
/// been written and are in the cache.
const STIMULUS_MAX: usize = 1 << 16;

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
    /// Measure the same network with weights of 8 bits too, in the same run.
    #[arg(long)]
    int8: bool,
    /// Time for each row of the table.
    #[arg(long, value_name = "S", default_value_t = 0.5)]
    seconds: f64,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
}

/// A policy in one of the ways to step it, on one kernel.
struct Contest<'a> {
    policy: &'a Policy,
    subject: Subject,
    times: Times,
}

/// Measures and prints; fails if a kernel gives other bits than the scalar one.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (policy, bytes) = read(&args.file)?;
    let is_time = args.seconds > 0.0 && args.seconds <= SECONDS_MAX;
    ensure!(is_time, "--seconds {}: expected above 0, at most {SECONDS_MAX}", args.seconds);
    let robots = args.batch.unwrap_or(1);
    let is_count = (1..=BATCH_MAX).contains(&robots);
    ensure!(is_count, "--batch {robots}: expected at least 1, at most {BATCH_MAX}");
    let quantized = if args.int8 { Some(rounded(&policy, &args.file)?) } else { None };
    let inputs = policy.network().inputs();
    let steps = (STIMULUS_MAX / (robots * inputs).max(1)).clamp(2, STEPS);
    let stimulus = Stimulus::new(steps, robots, inputs);
    let mut contests = contests(&policy, args.batch);
    let others = quantized.as_ref().map(|policy| self::contests(policy, args.batch));
    contests.extend(others.into_iter().flatten());
    let mut hashes = Vec::new();
    for Contest { subject, .. } in &contests {
        hashes.push(subject.clone().hash(&stimulus)?);
    }
    for _ in 0..PASSES {
        for Contest { subject, times, .. } in &mut contests {
            times.measure(subject, &stimulus, args.seconds / f64::from(PASSES))?;
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut scalar = hashes.first().copied();
    for (Contest { policy, subject, times }, &hash) in contests.iter_mut().zip(&hashes) {
        // The scalar kernel is the first of a policy.
        if rows.last().is_some_and(|row| row.weights != weights(policy)) {
            scalar = Some(hash);
        }
        rows.push(Row::new(policy, subject, times, (hash, scalar == Some(hash))));
    }
    report::compare_weights(&mut rows);
    let is_equal = rows.iter().all(|row| row.bits_equal_scalar);
    let report = Report::new(&args.file, bytes, &policy, robots, rows);
    if args.json {
        out(format_args!("{}", serde_json::to_string_pretty(&report)?));
    } else {
        out(format_args!("{report}"));
    }
    Ok(Outcome::pass_if(is_equal))
}

/// The policy on all kernels that there are, the scalar one first.
fn contests(policy: &Policy, batch: Option<usize>) -> Vec<Contest<'_>> {
    let hows: &[How] = match batch {
        None => &[How::Step],
        Some(1) => &[How::Step, How::StepBatch],
        Some(_) => &[How::StepBatch],
    };
    let contest = |kernels, how| Contest {
        policy,
        subject: Subject::new(policy, kernels, how, batch.unwrap_or(1)),
        times: Times::new(),
    };
    let kernels = Backend::ALL.into_iter().filter_map(Kernels::new);
    kernels.flat_map(|kernels| hows.iter().map(move |&how| contest(kernels, how))).collect()
}

/// What weights are called in a report.
fn weights(policy: &Policy) -> &'static str {
    if policy.network().is_quantized() { "int8" } else { "f32" }
}
