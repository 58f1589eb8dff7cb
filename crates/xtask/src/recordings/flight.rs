//! Flights of the release binary, recorded and replayed.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// Builds the release binary of this machine and returns its path.
pub(crate) fn build(folders: &Folders) -> Result<PathBuf, TaskError> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--quiet", "--release", "--package", "rivus"]);
    process::run_quietly(command.current_dir(&folders.root))?;
    Ok(folders.target.join("release/rivus"))
}

/// An empty folder for the files of a task.
pub(crate) fn empty_folder(folders: &Folders, name: &str) -> Result<PathBuf, TaskError> {
    let folder = folders.target.join("recordings").join(name);
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(TaskError::at(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(TaskError::at(&folder))?;
    Ok(folder)
}

/// A flight that is over.
pub(crate) struct Flown {
    /// Exit code of the program.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) summary: Value,
}

impl Flown {
    /// Runs `command`, which is a `rivus` without arguments, with `sim --json` and `arguments`.
    pub(crate) fn with<S: AsRef<OsStr>>(
        mut command: Command,
        arguments: &[S],
    ) -> Result<Self, TaskError> {
        command.args(["sim", "--json"]).args(arguments).stderr(Stdio::inherit());
        let output = command.output().map_err(|source| process::start_error(&command, source))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let summary = serde_json::from_str(&text).map_err(|error| {
            TaskError::Wrong(format!("{}: {error}: {text}", process::shown(&command)))
        })?;
        Ok(Self { code: output.status.code(), summary })
    }

    /// The hash of all its states.
    pub(crate) fn state_hash(&self) -> &str {
        self.summary["state_hash"].as_str().unwrap_or_default()
    }

    /// A number of the summary, by its path.
    pub(crate) fn count(&self, pointer: &str) -> u64 {
        self.summary.pointer(pointer).and_then(Value::as_u64).unwrap_or(u64::MAX)
    }

    /// How the recording went, if that is not well.
    pub(crate) fn check_recording(&self) -> Result<(), String> {
        let recording = &self.summary["recording"];
        let is_whole = recording["error"].is_null()
            && recording["lost_ticks"] == 0
            && recording["ticks"] == self.summary["ticks"];
        if is_whole { Ok(()) } else { Err(format!("the recording is not whole: {recording}")) }
    }
}

/// A replay that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// Exit code of the program.
    pub(crate) code: Option<i32>,
    /// Commands, and how many were equal, from its last line.
    pub(crate) counts: Option<(u64, u64)>,
    /// What it printed and complained about.
    pub(crate) said: String,
}

impl Replayed {
    /// Runs `command`, which is a `rivus` without arguments, on the recording.
    pub(crate) fn with(mut command: Command, recording: &Path) -> Result<Self, TaskError> {
        let output = command.arg("replay").arg(recording).output();
        let output = output.map_err(|source| process::start_error(&command, source))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let counts = counts(&said);
        let said = said + &String::from_utf8_lossy(&output.stderr);
        Ok(Self { code: output.status.code(), counts, said })
    }

    /// How many commands there were, if all were equal and it was one at least.
    pub(crate) fn all_equal(&self) -> Option<u64> {
        let (commands, equal) = self.counts?;
        (self.code == Some(0) && commands == equal && commands > 0).then_some(commands)
    }

    /// How many commands there were; an error unless all were equal and it was one at least.
    pub(crate) fn expect_equal(&self, recording: &Path) -> Result<u64, TaskError> {
        self.all_equal().ok_or_else(|| {
            let name = recording.display();
            TaskError::Wrong(format!("{name}: exit code {:?}: {}", self.code, self.said))
        })
    }
}

/// `N commands, N equal` in the last line.
fn counts(said: &str) -> Option<(u64, u64)> {
    let (commands, rest) = said.lines().last()?.split_once(" commands, ")?;
    Some((commands.parse().ok()?, rest.strip_suffix(" equal")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replayed(code: i32, said: &str) -> Replayed {
        Replayed { code: Some(code), counts: counts(said), said: said.to_owned() }
    }

    #[test]
    fn only_equal_commands_with_exit_code_0_are_a_success() {
        assert_eq!(replayed(0, "cut off\n7 commands, 7 equal\n").all_equal(), Some(7));
        assert_eq!(replayed(1, "7 commands, 7 equal\n").all_equal(), None);
        assert_eq!(replayed(0, "7 commands, 6 equal\n").all_equal(), None);
        assert_eq!(replayed(0, "0 commands, 0 equal\n").all_equal(), None);
        assert_eq!(replayed(0, "").all_equal(), None);
    }
}
