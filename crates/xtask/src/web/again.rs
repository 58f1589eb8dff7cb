//! The same command by a build of this program that has the feature for it.

use std::env;
use std::process::Command;

use super::Then;
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// Starts this program again with the feature `web`.
pub(crate) fn make(folders: &Folders, then: Then) -> Result<(), TaskError> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--package", "xtask", "--features", "web", "--", "web"]);
    match then {
        Then::Nothing => {}
        Then::Serve { port } => {
            command.args(["--serve", &port.to_string()]);
        }
        Then::Check => {
            command.arg("--check");
        }
    }
    process::run_quietly(command.current_dir(&folders.root))
}
