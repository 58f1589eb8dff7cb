//! Running commands one after the other, with their times.

use core::time::Duration;
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::ci::is_everything_required;
use crate::error::TaskError;
use crate::task::Task;

/// A stage that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StageError {
    /// The program ran and said no.
    #[error("`{stage}` failed: {command}")]
    Red {
        /// Name of the stage.
        stage: String,
        /// What was run.
        command: String,
    },
    /// The program could not be started.
    #[error("{command}: {source}")]
    Start {
        /// What was run.
        command: String,
        /// Why it did not start.
        source: io::Error,
    },
    /// A command of this program failed.
    #[error("`{stage}` failed: {source}")]
    Task {
        /// Name of the stage.
        stage: String,
        /// Why.
        source: TaskError,
    },
    /// The programs ran, and what they said is wrong.
    #[error("`{stage}` failed: {message}")]
    Wrong {
        /// Name of the stage.
        stage: String,
        /// What is wrong.
        message: String,
    },
}

/// The stages run so far.
pub(crate) struct Stages {
    root: PathBuf,
    done: Vec<(String, Outcome)>,
}

enum Outcome {
    Passed(Duration),
    Skipped(String),
}

impl Stages {
    /// No stage yet; commands will run in `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), done: Vec::new() }
    }

    /// Runs Cargo; its output goes to ours.
    pub(crate) fn cargo(&mut self, stage: &str, arguments: &[&str]) -> Result<(), StageError> {
        self.cargo_with(stage, arguments, &[])
    }

    /// Runs Cargo with some environment variables set.
    pub(crate) fn cargo_with(
        &mut self,
        stage: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<(), StageError> {
        let settings = variables.iter().map(|(name, value)| format!("{name}=\"{value}\" "));
        println!("\n=== {stage}: {}{}", settings.collect::<String>(), shown(arguments));
        let start = now();
        let status = self.command(arguments).envs(variables.iter().copied()).status();
        if !status.map_err(|source| start_error(arguments, source))?.success() {
            return Err(red(stage, arguments));
        }
        self.passed(stage, start);
        Ok(())
    }

    /// Runs Cargo once per command line and returns what each printed on its standard output.
    pub(crate) fn cargo_outputs<const N: usize>(
        &mut self,
        stage: &str,
        command_lines: [&[&str]; N],
    ) -> Result<[String; N], StageError> {
        println!();
        let start = now();
        let mut outputs = [const { String::new() }; N];
        for (output, arguments) in outputs.iter_mut().zip(command_lines) {
            println!("=== {stage}: {}", shown(arguments));
            let run = self.command(arguments).stderr(Stdio::inherit()).output();
            let run = run.map_err(|source| start_error(arguments, source))?;
            *output = String::from_utf8_lossy(&run.stdout).into_owned();
            if !run.status.success() {
                println!("{output}");
                return Err(red(stage, arguments));
            }
        }
        self.passed(stage, start);
        Ok(outputs)
    }

    /// Runs a command of this program. Without the packages or rights it needs it is left out,
    /// unless everything is required.
    pub(crate) fn task(&mut self, task: Task) -> Result<(), StageError> {
        let stage = task.name();
        println!("\n=== {stage}");
        let start = now();
        match task.run() {
            Ok(()) => self.passed(&stage, start),
            Err(error) if error.is_lack() && !is_everything_required() => {
                self.skip(&stage, &error.to_string().replace('\n', " "));
            }
            Err(source) => return Err(StageError::Task { stage, source }),
        }
        Ok(())
    }

    /// Says that a stage was left out, and why.
    pub(crate) fn skip(&mut self, stage: &str, why: &str) {
        println!("\n=== {stage}: SKIPPED, {why}");
        self.done.push((stage.to_owned(), Outcome::Skipped(why.to_owned())));
    }

    /// Prints every stage with its time, and what was left out.
    pub(crate) fn summarise(&self) {
        println!("\n=== all stages passed");
        for (stage, outcome) in &self.done {
            match outcome {
                Outcome::Passed(took) => println!("{:>8.1} s  {stage}", took.as_secs_f64()),
                Outcome::Skipped(why) => println!("   SKIPPED  {stage}: {why}"),
            }
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        // Under `cargo xtask` this is the Cargo that started us, so the toolchain stays the same.
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(&self.root);
        command
    }

    fn passed(&mut self, stage: &str, start: Instant) {
        self.done.push((stage.to_owned(), Outcome::Passed(start.elapsed())));
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a stage took on the host, for the reader")]
fn now() -> Instant {
    Instant::now()
}

fn shown(arguments: &[&str]) -> String {
    format!("cargo {}", arguments.join(" "))
}

fn red(stage: &str, arguments: &[&str]) -> StageError {
    StageError::Red { stage: stage.to_owned(), command: shown(arguments) }
}

fn start_error(arguments: &[&str], source: io::Error) -> StageError {
    StageError::Start { command: shown(arguments), source }
}
