//! `rivus policy`: policy files outside of a flight.

mod bake;
mod bench;
mod description;
mod import;
mod init;
mod quantize;
mod show;
mod stimulus;
mod wiring_arg;

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use rivus_liquid::{Layer, Policy};

use super::{Outcome, out};

/// What can be done with policy files.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Describe a policy file: layers, channels, rates, cost and where it comes from.
    Show(show::Args),
    /// Make a policy with initial parameters, for benches and training.
    Init(init::Args),
    /// Make a policy file of a Python `ncps` checkpoint.
    Import(import::Args),
    /// Round the weights of a policy to 8 bits, and tell what that changes.
    Quantize(quantize::Args),
    /// Measure the step of a policy on every kernel that this machine can run.
    Bench(bench::Args),
    /// Write a policy as Rust source, for a firmware without files and heap.
    Bake(bake::Args),
}

/// Runs one of the commands.
pub(super) fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Show(args) => show::run(args),
        Command::Init(args) => init::run(args),
        Command::Import(args) => import::run(args),
        Command::Quantize(args) => quantize::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Bake(args) => bake::run(args),
    }
}

/// Refuses a path that cannot be written, or is what is read, before the work is done.
fn check_out(path: &Path, input: Option<&Path>) -> anyhow::Result<()> {
    super::check_out(path)?;
    // A file that does not exist yet is no other.
    let same = |input: &Path| Some(path.canonicalize().ok()? == input.canonicalize().ok()?);
    ensure!(
        input.and_then(same) != Some(true),
        "--out {}: is the file that is read, expected another",
        path.display()
    );
    Ok(())
}

/// The policy in a file, and the file's length in bytes.
fn read(path: &Path) -> anyhow::Result<(Policy, usize)> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let policy = Policy::from_bytes(&bytes).with_context(|| path.display().to_string())?;
    Ok((policy, bytes.len()))
}

/// Writes the policy, and says how large it is; [`check_out`] it first.
fn write(policy: &Policy, path: &Path) -> anyhow::Result<()> {
    let bytes = policy.to_bytes()?;
    fs::write(path, &bytes).with_context(|| path.display().to_string())?;
    let network = policy.network();
    out(format_args!(
        "{}: {} inputs, {} neurons, {} outputs, {} bytes",
        path.display(),
        network.inputs(),
        network.layers().iter().map(Layer::units).sum::<usize>(),
        network.outputs(),
        bytes.len(),
    ));
    Ok(())
}
