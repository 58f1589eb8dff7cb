//! `rivus policy bake`: a policy as Rust source, for a firmware.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;

use super::{Outcome, check_out, out, read};

/// Arguments of `rivus policy bake`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A policy file.
    file: PathBuf,
    /// Where the source goes; standard output if not given.
    #[arg(long, value_name = "FILE.rs")]
    out: Option<PathBuf>,
}

/// Writes the source and, if it went to a file, says so.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if let Some(path) = &args.out {
        check_out(path, Some(&args.file))?;
    }
    let (policy, _) = read(&args.file)?;
    let source = policy.to_rust();
    let Some(path) = &args.out else {
        io::stdout().lock().write_all(source.as_bytes()).context("standard output")?;
        return Ok(Outcome::Pass);
    };
    fs::write(path, source).with_context(|| path.display().to_string())?;
    out(format_args!("{}: written", path.display()));
    Ok(Outcome::Pass)
}
