//! `rivus replay`: runs the control side of a recorded flight again.

use std::path::PathBuf;

use anyhow::ensure;
use rivus::replay_file;
use rivus_record::{Ending, RecordingFile, ReplayRange};

use super::{Outcome, out};

/// Arguments of `rivus replay`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A recording, as `rivus sim --record` makes it.
    file: PathBuf,
    /// Compare from this time of the robot on; what comes before is run, too.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    from: Option<f64>,
    /// Stop after this time of the robot.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    to: Option<f64>,
}

/// Replays the file and says whether every command came out with the same bits.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let all = ReplayRange::default();
    let range =
        ReplayRange { from_s: args.from.unwrap_or(all.from_s), to_s: args.to.unwrap_or(all.to_s) };
    for (name, value) in [("from", args.from), ("to", args.to)] {
        if let Some(value) = value {
            ensure!(value >= 0.0, "--{name} {value}: expected a time in seconds, at least 0");
        }
    }
    ensure!(range.from_s <= range.to_s, "--from must not be later than --to");
    let recording = RecordingFile::open(&args.file)?;
    let report = replay_file(&recording, range)?;
    if report.ending == Ending::Cut {
        out(format_args!("the recording is cut off after {:.3} s", report.end_s));
    }
    if let Some(difference) = &report.difference {
        out(format_args!("{difference}"));
    }
    if report.commands == 0 {
        out(format_args!("there are no commands to compare"));
    }
    out(format_args!("{} commands, {} equal", report.commands, report.equal));
    Ok(Outcome::pass_if(report.commands > 0 && report.difference.is_none()))
}
