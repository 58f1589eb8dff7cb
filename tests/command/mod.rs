//! Runs the `rivus` binary as a person would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Root of the project.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// `rivus` in a folder where there is nothing of the project.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rivus"));
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR")).env_remove("RUST_LOG");
    command
}

/// What a run of `rivus` came to.
pub(crate) fn rivus(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The error of a run that must end with exit code 2 and leave stdout empty.
pub(crate) fn refused(arguments: &[&str]) -> String {
    refusal(&rivus(arguments))
}

/// The error in an output that must have exit code 2 and an empty stdout.
pub(crate) fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Writes a file of a test.
pub(crate) fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

/// Every word must be in the error.
pub(crate) fn assert_says(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
}
