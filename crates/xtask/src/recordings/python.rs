//! `cargo xtask recording python`: the readers of MCAP and of ROS 2 messages that Python's package
//! index has see in a recording what Rivus put there.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// The readers, in versions that were looked at.
const PACKAGES: [&str; 2] = ["mcap==1.6.0", "mcap-ros2-support==0.6.0"];

/// Runs the test that compares the two sides.
pub(crate) fn read(folders: &Folders) -> Result<(), TaskError> {
    let python = environment(&folders.target.join("python"))?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["test", "--quiet", "--package", "rivus", "--test", "python_reader"]);
    command.args(["--", "--nocapture"]).env("RIVUS_PYTHON", &python);
    process::run(command.current_dir(&folders.root))
}

/// The interpreter of an environment with the packages in `folder`, which is made unless it is
/// there.
fn environment(folder: &Path) -> Result<PathBuf, TaskError> {
    let python = folder.join("bin/python");
    if !has_packages(&python) {
        let mut make = Command::new("python3");
        process::run(make.args(["-m", "venv", "--clear"]).arg(folder)).map_err(|error| {
            TaskError::NotHere(format!("no environment (package python3-venv): {error}"))
        })?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        process::run(install.args(PACKAGES)).map_err(|error| {
            TaskError::NotHere(format!("Python's package index cannot be reached: {error}"))
        })?;
    }
    if has_packages(&python) {
        return Ok(python);
    }
    Err(TaskError::Wrong(format!("{} has no reader of MCAP", python.display())))
}

/// Whether the interpreter has the packages in their versions.
fn has_packages(python: &Path) -> bool {
    let freeze = ["-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"];
    let listed = Command::new(python).args(freeze).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    listed.is_ok_and(|listed| PACKAGES.iter().all(|name| listed.lines().any(|line| line == *name)))
}
