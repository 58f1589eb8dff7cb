//! Compiling for targets that have no operating system, and so no `std` to reach for.

use super::sysroot::{self, Library};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// The packages compile for the target without their default features.
pub(crate) fn check(folders: &Folders, triple: &str, packages: &[&str]) -> Result<(), TaskError> {
    let sysroot = sysroot::prepare(folders, triple, Library::Alloc)?;
    let mut command = sysroot::cargo_with(folders, triple, &sysroot, "check");
    command.arg("--no-default-features");
    command.args(packages.iter().flat_map(|package| ["--package", package]));
    process::run_quietly(&mut command)
}
