//! `rivus policy`: policy files outside of a flight.

mod bake;
mod show;

use std::fs;
use std::path::Path;

use anyhow::Context;
use rivus_liquid::Policy;

use super::{Outcome, out};

/// What can be done with policy files.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Describe a policy file: layers, channels, rates, cost and where it comes from.
    Show(show::Args),
    /// Write a policy as Rust source, for a firmware without files and heap.
    Bake(bake::Args),
}

/// Runs one of the commands.
pub(super) fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Show(args) => show::run(args),
        Command::Bake(args) => bake::run(args),
    }
}

/// The policy in a file, and the file's length in bytes.
fn read(path: &Path) -> anyhow::Result<(Policy, usize)> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let policy = Policy::from_bytes(&bytes).with_context(|| path.display().to_string())?;
    Ok((policy, bytes.len()))
}
