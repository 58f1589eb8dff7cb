//! Flights that are recorded and run again, as a person would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::command::rivus;

/// An empty folder for the files of a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recordings").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Flies and returns the summary; the flight itself need not meet what its scene expects.
pub(crate) fn flown(arguments: &[&str]) -> Value {
    let output = rivus(&[&["sim", "--json"], arguments].concat());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Flies, records all of it into a new file and returns the summary.
pub(crate) fn recorded(path: &Path, arguments: &[&str]) -> Value {
    let summary = flown(&[&["--record", text(path)], arguments].concat());
    let recording = &summary["recording"];
    assert_eq!(recording["error"], Value::Null, "{arguments:?}");
    assert_eq!(recording["lost_ticks"], 0, "{arguments:?}");
    assert_eq!(recording["ticks"], summary["ticks"], "{arguments:?}");
    summary
}

/// What `rivus replay` came to.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) code: Option<i32>,
    /// What the last line says: commands, and how many were equal.
    pub(crate) counts: Option<(u64, u64)>,
    pub(crate) said: String,
    pub(crate) complained: String,
}

impl Replayed {
    /// Exit code and counts of a replay in which all of `commands` were equal.
    pub(crate) fn all_equal(commands: u64) -> (Option<i32>, Option<(u64, u64)>) {
        (Some(0), Some((commands, commands)))
    }

    pub(crate) fn verdict(&self) -> (Option<i32>, Option<(u64, u64)>) {
        (self.code, self.counts)
    }
}

/// Runs a recording again.
pub(crate) fn replayed(path: &Path, arguments: &[&str]) -> Replayed {
    let Output { status, stdout, stderr } = rivus(&[&["replay", text(path)], arguments].concat());
    let said = String::from_utf8(stdout).unwrap();
    let complained = String::from_utf8(stderr).unwrap();
    assert!(!complained.contains("panicked"), "{complained}");
    Replayed { code: status.code(), counts: counts(&said), said, complained }
}

/// `N commands, N equal` in the last line.
fn counts(said: &str) -> Option<(u64, u64)> {
    let (commands, rest) = said.lines().last()?.split_once(" commands, ")?;
    Some((commands.parse().ok()?, rest.strip_suffix(" equal")?.parse().ok()?))
}

/// How many commands the recording holds; all of them must come out again.
pub(crate) fn commands_replayed(path: &Path) -> u64 {
    let replayed = replayed(path, &[]);
    let (commands, _) = replayed.counts.unwrap_or_else(|| panic!("{replayed:?}"));
    assert_eq!(replayed.verdict(), Replayed::all_equal(commands), "{replayed:?}");
    assert!(commands > 0, "{replayed:?}");
    commands
}

/// The error of a replay that must end with exit code 2 and without counts.
pub(crate) fn replay_refused(path: &Path, arguments: &[&str]) -> String {
    let replayed = replayed(path, arguments);
    assert_eq!(replayed.verdict(), (Some(2), None), "{replayed:?}");
    replayed.complained
}
