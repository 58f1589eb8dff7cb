//! `cargo xtask riscv count`: instructions per gate of an LTC cell, against a committed table.
//!
//! QEMU counts them one by one, so that the numbers are the same on every machine. They are not
//! time: an instruction on long vectors takes several cycles.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::build::Build;
use super::count_table::{Cost, Count, Key, Table};
use super::sysroot::write;
use super::target::{self, Processor};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// Processors with their vector lengths in bits.
const PROCESSORS: [(u32, Processor); 3] =
    [(128, target::VLEN_128), (256, target::VLEN_256), (512, target::VLEN_512)];

/// One robot, and a batch that fills the longest vectors.
const ROBOTS: [u32; 2] = [1, 64];

/// Two runs differ by so many steps; the first has as many.
const STEPS: u64 = 100;

/// What to do with the committed table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// Compare.
    Check,
    /// Write the new counts there.
    Update,
}

/// Counts, prints and compares.
pub(crate) fn count(folders: &Folders, committed: Committed) -> Result<(), TaskError> {
    let build = Build::prepare(folders, &target::RISCV64)?;
    let counter = Counter {
        plugin: plugin(folders)?,
        out: folders.cross.join("instructions.txt"),
        program: build.example("rivus_liquid", "count")?,
        build: &build,
    };
    let scalar = counter.cost(&target::NO_VECTORS, "scalar", 1)?;
    let mut counts = Vec::new();
    for robots in ROBOTS {
        for (vlen, processor) in &PROCESSORS {
            let cost = counter.cost(processor, "rvv", robots)?;
            counts.push(Count { key: Key { vlen: *vlen, robots }, cost });
        }
    }
    let table = Table { scalar, counts };
    println!("\n{table}");
    let path = folders.root.join("crates/xtask/riscv_counts.txt");
    if committed == Committed::Update {
        println!("\nwritten to {}", path.display());
        return write(&path, &table.to_file());
    }
    let text = fs::read_to_string(&path).map_err(TaskError::at(&path))?;
    let complaints = table.complaints(&text);
    if complaints.is_empty() {
        return Ok(());
    }
    Err(TaskError::Wrong(complaints.join("\n")))
}

/// Compiles the plugin that counts.
fn plugin(folders: &Folders) -> Result<PathBuf, TaskError> {
    let source = folders.root.join("crates/xtask/qemu/count_instructions.c");
    let made = folders.cross.join("libcount_instructions.so");
    let mut command = Command::new("cc");
    command.args(["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden", "-o"]);
    process::run(command.arg(&made).arg(&source))?;
    Ok(made)
}

struct Counter<'a> {
    plugin: PathBuf,
    /// Where the plugin writes the number.
    out: PathBuf,
    program: PathBuf,
    build: &'a Build<'a>,
}

impl Counter<'_> {
    /// Instructions per gate of the cell alone and of whole steps.
    fn cost(&self, processor: &Processor, backend: &str, robots: u32) -> Result<Cost, TaskError> {
        let run = |part| Run { processor, backend, robots, part };
        let step = self.per_gate(&run("all"))?;
        Ok(Cost { cell: step - self.per_gate(&run("copies"))?, step })
    }

    /// Instructions per gate; start and end of the program are taken away.
    fn per_gate(&self, run: &Run<'_>) -> Result<f64, TaskError> {
        let (few, gates) = self.execute(run, STEPS)?;
        let (many, _) = self.execute(run, 2 * STEPS)?;
        let evaluated = gates * u64::from(run.robots) * STEPS;
        Ok((many as f64 - few as f64) / evaluated as f64)
    }

    /// Instructions of a run, and gates in a robot's step.
    fn execute(&self, run: &Run<'_>, steps: u64) -> Result<(u64, u64), TaskError> {
        let Run { processor, backend, robots, part } = run;
        let plugin = format!("{},out={}", self.plugin.display(), self.out.display());
        let mut command = self.build.emulate_with(processor, &["-plugin", &plugin], &self.program);
        command.args([*backend, &robots.to_string(), &steps.to_string(), *part]);
        // Whatever the variables are, they lie on the stack and shift what is on it.
        let path = env::var_os("PATH").unwrap_or_default();
        let gates = number(&process::output(command.env_clear().env("PATH", path))?)?;
        let instructions = number(&read(&self.out)?)?;
        Ok((instructions, gates))
    }
}

/// What is run.
struct Run<'a> {
    processor: &'a Processor,
    backend: &'a str,
    robots: u32,
    /// All of a step, or what it copies only.
    part: &'a str,
}

fn read(path: &Path) -> Result<String, TaskError> {
    fs::read_to_string(path).map_err(TaskError::at(path))
}

fn number(text: &str) -> Result<u64, TaskError> {
    text.trim().parse().map_err(|error| TaskError::Wrong(format!("{text:?}: {error}")))
}
