//! Running programs, with what was run shown to the reader.

use std::process::{Child, Command, Stdio};

use crate::error::TaskError;

/// A program that ends with this.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Shows the command line, then runs the program; its output goes to ours.
pub(crate) fn run(command: &mut Command) -> Result<(), TaskError> {
    println!("$ {}", shown(command));
    run_quietly(command)
}

/// Runs a program; its output goes to ours.
pub(crate) fn run_quietly(command: &mut Command) -> Result<(), TaskError> {
    let status = command.status().map_err(|source| start_error(command, source))?;
    if status.success() {
        return Ok(());
    }
    Err(TaskError::Red { command: shown(command), status: status.to_string() })
}

/// Runs a program and returns what it printed on its standard output; errors go to ours.
pub(crate) fn output(command: &mut Command) -> Result<String, TaskError> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|source| start_error(command, source))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    println!("{text}");
    Err(TaskError::Red { command: shown(command), status: output.status.to_string() })
}

/// The program with its arguments, for a reader.
pub(crate) fn shown(command: &Command) -> String {
    let words: Vec<_> = core::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}

/// The program could not be started.
pub(crate) fn start_error(command: &Command, source: std::io::Error) -> TaskError {
    TaskError::System { what: shown(command), source }
}
