//! Building for another processor, and running what was built.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::sysroot::{self, Library};
use super::target::{Processor, Target};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// A target with its library built.
pub(crate) struct Build<'a> {
    folders: &'a Folders,
    /// What is built for.
    pub(crate) target: &'static Target,
    sysroot: PathBuf,
}

impl<'a> Build<'a> {
    /// Builds Rust's library for the target, if that has not been done yet.
    pub(crate) fn prepare(
        folders: &'a Folders,
        target: &'static Target,
    ) -> Result<Self, TaskError> {
        let sysroot = sysroot::prepare(folders, target.triple, Library::Std)?;
        Ok(Self { folders, target, sysroot })
    }

    /// Cargo for the target.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let Target { triple, linker, .. } = self.target;
        let mut command = sysroot::cargo_with(self.folders, triple, &self.sysroot, subcommand);
        command.arg("--config").arg(format!("target.{triple}.linker={}", Value::from(*linker)));
        command
    }

    /// Cargo's tests, run on a processor.
    pub(crate) fn test(&self, processor: &Processor, arguments: &[&str]) -> Result<(), TaskError> {
        let Target { triple, emulator, libraries, .. } = self.target;
        let runner = Value::from(vec![*emulator, "-L", *libraries, "-cpu", processor.cpu]);
        let mut command = self.cargo("test");
        command.arg("--config").arg(format!("target.{triple}.runner={runner}")).args(arguments);
        heading(self.target, processor, arguments);
        let status = command.status().map_err(|source| process::start_error(&command, source))?;
        if status.success() {
            return Ok(());
        }
        let command = format!("cargo test {}", arguments.join(" "));
        let status = format!("{status} on {}, {}", self.target.name, processor.label);
        Err(TaskError::Red { command, status })
    }

    /// Builds an example of a package; returns the program's path.
    pub(crate) fn example(&self, package: &str, name: &str) -> Result<PathBuf, TaskError> {
        println!("building {package}'s {name} for {}", self.target.name);
        let mut command = self.cargo("build");
        process::run_quietly(command.args(["--package", package, "--example", name]))?;
        Ok(self.made().join("examples").join(name))
    }

    /// Builds the program with the simulation; returns its path.
    pub(crate) fn rivus(&self) -> Result<PathBuf, TaskError> {
        println!("building rivus for {}", self.target.name);
        let mut command = self.cargo("build");
        command.args(["--package", "rivus", "--bin", "rivus"]).args(SIMULATION);
        process::run_quietly(&mut command)?;
        Ok(self.made().join("rivus"))
    }

    /// A program on a processor.
    pub(crate) fn emulate(&self, processor: &Processor, program: &Path) -> Command {
        self.emulate_with(processor, &[], program)
    }

    /// A program on a processor, with further arguments to QEMU.
    pub(crate) fn emulate_with(
        &self,
        processor: &Processor,
        arguments: &[&str],
        program: &Path,
    ) -> Command {
        let Target { emulator, libraries, .. } = self.target;
        let mut command = Command::new(emulator);
        command.args(["-L", libraries, "-cpu", processor.cpu]).args(arguments).arg(program);
        command.current_dir(&self.folders.root);
        command
    }

    fn made(&self) -> PathBuf {
        self.folders.cross.join("build").join(self.target.triple).join("release")
    }
}

/// Features of the product that flights and their recordings need.
pub(crate) const SIMULATION: [&str; 3] = ["--no-default-features", "--features", "sim,record"];

fn heading(target: &Target, processor: &Processor, arguments: &[&str]) {
    println!("\n--- {}, {}: cargo test {}", target.name, processor.label, arguments.join(" "));
}
