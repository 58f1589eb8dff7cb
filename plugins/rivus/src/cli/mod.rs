//! What `rivus` says and does on the command line.
//!
//! Results go to stdout, logs and errors to stderr. Exit codes: 0 done, 1 a judgement was "fail",
//! 2 bad input, 130 interrupted.

#[cfg(feature = "sim")]
mod check;
mod doctor;
#[cfg(feature = "gui")]
mod gui;
#[cfg(feature = "record")]
mod log;
mod policy;
#[cfg(feature = "gui")]
mod render;
#[cfg(feature = "record")]
mod replay;
mod scenes;
#[cfg(feature = "sim")]
mod seeds;
#[cfg(feature = "sim")]
mod sim;
#[cfg(feature = "train")]
mod train;
mod verify_ncps;
mod verify_vehicle;

use core::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use rivus_kernels::Kernels;
use tracing_subscriber::EnvFilter;

#[cfg(feature = "sim")]
use seeds::Seeds;

const EXAMPLES: &str = "\
Examples:
  rivus                                   Fly the drone hover scene, in a window if there is a display
  rivus gui drone_gust                    Fly another scene in a window
  rivus sim drone_gust --seeds 0..31      Fly a scene from 32 starts
  rivus sim my_robot.ron --out flight     Fly your own scene, trajectory as CSV
  rivus sim --record flight.mcap          Fly and record; then: rivus replay flight.mcap
  rivus check scenes/*.ron                Judge scenes by what they expect
  rivus train drone_hover --cell cfc --out my_policy.safetensors
  rivus sim drone_hover --policy my_policy.safetensors";

/// A Bevy-style ECS framework for robots controlled by liquid neural networks.
#[derive(Parser)]
#[command(name = "rivus", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Fly a scene in a window.
    #[cfg(feature = "gui")]
    Gui(gui::Args),
    /// Draw a moment of a flight into a PNG file, without a window.
    #[cfg(feature = "gui")]
    Render(render::Args),
    /// Fly a scene and report how it went.
    #[cfg(feature = "sim")]
    Sim(sim::Args),
    /// Fly scenes and judge them by what they expect; one line each.
    #[cfg(feature = "sim")]
    Check(check::Args),
    /// Run the control side of a recorded flight again and compare its commands, bit for bit.
    #[cfg(feature = "record")]
    Replay(replay::Args),
    /// Say what is in a recording, or print one of its channels.
    #[cfg(feature = "record")]
    Log(log::Args),
    /// List the built-in scenes.
    Scenes,
    /// List the parts that a robot in a scene can have, and their fields.
    Parts,
    /// Say what this machine is good for in real time.
    Doctor(doctor::Args),
    /// Compare an implementation with reference data.
    #[command(subcommand)]
    Verify(Verify),
    /// Train a liquid policy for the vehicle of a scene.
    #[cfg(feature = "train")]
    Train(train::Args),
    /// Make, describe, measure and convert policy files.
    #[command(subcommand)]
    Policy(policy::Command),
}

#[derive(Subcommand)]
enum Verify {
    /// Run recorded Python `ncps` cases and compare outputs, states and wirings.
    Ncps {
        /// Case folders, or folders of case folders with or without a `wirings.json`.
        #[arg(required = true, value_name = "DIR")]
        dirs: Vec<PathBuf>,
    },
    /// Fly recorded commands and compare with the reference trajectories listed in DIR/params.json.
    Vehicle(verify_vehicle::Args),
}

/// How a command that ran to its end turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pass,
    Fail,
    Interrupted,
}

impl Outcome {
    fn pass_if(passed: bool) -> Self {
        if passed { Self::Pass } else { Self::Fail }
    }

    fn exit_code(self) -> ExitCode {
        match self {
            Self::Pass => ExitCode::SUCCESS,
            Self::Fail => ExitCode::from(1),
            Self::Interrupted => ExitCode::from(130),
        }
    }
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    start_log();
    match start().and_then(run) {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => {
            fail(&error);
            ExitCode::from(2)
        }
    }
}

/// Chooses the kernels and reads the arguments; ends the program if they ask for help or are wrong.
fn start() -> anyhow::Result<Cli> {
    let kernels = rivus::choose_kernels();
    let version = kernels.as_ref().map_or_else(|_| String::new(), |kernels| version(*kernels));
    let matches = Cli::command().version(version).try_get_matches();
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    if let Err(error) = &cli
        // The version tells the kernel, so it cannot be told without one.
        && (kernels.is_ok() || error.kind() != ErrorKind::DisplayVersion)
    {
        error.exit();
    }
    let kernel = kernels?.backend().name();
    tracing::info!(kernel, "started");
    Ok(cli?)
}

fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        #[cfg(feature = "gui")]
        None if rivus_gui::has_display() => gui::run(&gui::Args::default()),
        #[cfg(feature = "sim")]
        None => {
            #[cfg(feature = "gui")]
            tell(
                "no display: flying without a window (`rivus gui` needs DISPLAY or WAYLAND_DISPLAY)",
            );
            sim::run(&sim::Args::default())
        }
        #[cfg(not(feature = "sim"))]
        None => {
            anyhow::bail!("built without the feature `sim`, there is nothing to fly; see --help")
        }
        #[cfg(feature = "gui")]
        Some(Command::Gui(args)) => gui::run(&args),
        #[cfg(feature = "gui")]
        Some(Command::Render(args)) => render::run(&args),
        #[cfg(feature = "sim")]
        Some(Command::Sim(args)) => sim::run(&args),
        #[cfg(feature = "sim")]
        Some(Command::Check(args)) => check::run(&args),
        #[cfg(feature = "record")]
        Some(Command::Replay(args)) => replay::run(&args),
        #[cfg(feature = "record")]
        Some(Command::Log(args)) => log::run(&args),
        Some(Command::Scenes) => scenes::list(),
        Some(Command::Parts) => scenes::parts(),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Verify(Verify::Ncps { dirs })) => verify_ncps::run(&dirs),
        Some(Command::Verify(Verify::Vehicle(args))) => verify_vehicle::run(&args),
        #[cfg(feature = "train")]
        Some(Command::Train(args)) => train::run(&args),
        Some(Command::Policy(command)) => policy::run(&command),
    }
}

/// Version, features and the kernel that this machine runs.
fn version(kernels: Kernels) -> String {
    let features = [
        ("gui", cfg!(feature = "gui")),
        ("sim", cfg!(feature = "sim")),
        ("record", cfg!(feature = "record")),
        ("train", cfg!(feature = "train")),
    ];
    let features: Vec<&str> =
        features.into_iter().filter_map(|(name, is_on)| is_on.then_some(name)).collect();
    format!(
        "{}\nfeatures: {}\nkernel: {}",
        env!("CARGO_PKG_VERSION"),
        if features.is_empty() { "none".to_owned() } else { features.join(" ") },
        kernels.backend().name(),
    )
}

/// Logs go to stderr; `RUST_LOG` filters and `NO_COLOR` bleaches them.
fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let has_color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(has_color)
        .without_time()
        .init();
}

/// Writes a line of results. A reader that went away, such as `head`, ends the program quietly.
fn out(line: fmt::Arguments<'_>) {
    if writeln!(io::stdout().lock(), "{line}").is_err() {
        #[expect(clippy::exit, reason = "nobody reads what would follow")]
        std::process::exit(0);
    }
}

/// Refuses a path that cannot be written before the work is done.
fn check_out(path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(!path.is_dir(), "{}: is a folder, expected a file", path.display());
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        anyhow::ensure!(parent.is_dir(), "{}: there is no such folder", parent.display());
    }
    Ok(())
}

/// Writes an error with its causes.
fn fail(error: &anyhow::Error) {
    tell(&format!("error: {error:#}"));
}

/// Writes a line beside the results.
fn tell(line: &str) {
    // Nothing is left to do if stderr is gone too.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
