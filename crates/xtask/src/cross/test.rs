//! `cargo xtask riscv test`, `cargo xtask aarch64 test`: kernels, networks and flights on another
//! processor.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::build::{Build, SIMULATION};
use super::target::{self, Processor, Target};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// What is tested on which processors of a target: fewer the longer it takes.
struct Matrix {
    kernels: &'static [Processor],
    networks: &'static [Processor],
    flights: &'static [Processor],
}

const RISCV64: Matrix = Matrix {
    kernels: &[
        target::NO_VECTORS,
        target::VLEN_128,
        target::VLEN_256,
        target::VLEN_512,
        target::VLEN_1024,
        target::AGNOSTIC_ONES,
    ],
    networks: &[target::NO_VECTORS, target::VLEN_128, target::VLEN_512],
    flights: &[target::NO_VECTORS, target::VLEN_128, target::VLEN_256],
};

const AARCH64: Matrix =
    Matrix { kernels: &[target::NEON], networks: &[target::NEON], flights: &[target::NEON] };

/// QEMU plays vectors of RISC-V lane by lane, so hundreds of steps take minutes; `bits` compares
/// them, for vectors of every length.
const WITHOUT_PINNED_BITS: [&str; 5] = [
    "--",
    "--skip",
    "bits_are_those_that_were_written_down",
    "--skip",
    "a_robot_in_a_batch_has_the_bits_it_has_alone",
];

/// Tests on 64-bit RISC-V.
pub(crate) fn riscv64(folders: &Folders) -> Result<(), TaskError> {
    test(folders, &target::RISCV64, &RISCV64)
}

/// Tests on 64-bit Arm.
pub(crate) fn aarch64(folders: &Folders) -> Result<(), TaskError> {
    test(folders, &target::AARCH64, &AARCH64)
}

fn test(folders: &Folders, target: &'static Target, matrix: &Matrix) -> Result<(), TaskError> {
    let build = Build::prepare(folders, target)?;
    for processor in matrix.kernels {
        build.test(processor, &["--package", "rivus_kernels", "--lib", "--tests"])?;
    }
    for processor in matrix.networks {
        let networks = ["--package", "rivus_liquid", "--lib", "--tests"];
        let without: &[&str] = if processor.backend == "rvv" { &WITHOUT_PINNED_BITS } else { &[] };
        build.test(processor, &[&networks[..], without].concat())?;
    }
    if let Some(processor) = matrix.flights.last() {
        let pinned = ["--package", "rivus", "--test", "determinism"];
        build.test(processor, &[&pinned[..], &SIMULATION].concat())?;
    }
    hover(folders, &build, matrix.flights)
}

/// The hover scene ends in the same bits as on the host.
fn hover(folders: &Folders, build: &Build<'_>, flights: &[Processor]) -> Result<(), TaskError> {
    let program = build.rivus()?;
    println!("\n--- rivus sim drone_hover --json: state_hash");
    let host = host_hash(folders)?;
    println!("{host}  this machine");
    for processor in flights {
        check_backend(build, processor, &program)?;
        let mut command = build.emulate(processor, &program);
        let hash = flown_hash(command.args(HOVER))?;
        let Processor { label, backend, .. } = processor;
        println!("{hash}  {}, {label}, kernel {backend}", build.target.name);
        if hash != host {
            let message = format!("the hover flight on {label} ends in {hash}, here in {host}");
            return Err(TaskError::Wrong(message));
        }
    }
    Ok(())
}

const HOVER: [&str; 3] = ["sim", "drone_hover", "--json"];

/// The flight on this machine, by the toolchain of this repository.
fn host_hash(folders: &Folders) -> Result<String, TaskError> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&folders.root);
    command.args(["run", "--quiet", "--release", "--package", "rivus", "--"]).args(HOVER);
    flown_hash(&mut command)
}

/// The `state_hash` of a flight that went as it should.
fn flown_hash(command: &mut Command) -> Result<String, TaskError> {
    // A flight that missed deadlines ends in an error, which here is none.
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|source| process::start_error(command, source))?;
    flown(&String::from_utf8_lossy(&output.stdout)).map_err(TaskError::Wrong)
}

/// Reads what `rivus sim --json` prints. Deadlines are not looked at: QEMU is slower than the
/// processor it plays, and the state does not depend on them.
fn flown(output: &str) -> Result<String, String> {
    let run: Value = serde_json::from_str(output)
        .map_err(|error| format!("standard output is not one JSON object: {error}"))?;
    let expectations = run["expectations"].as_array().ok_or("no expectations")?;
    let failed = expectations.iter().find(|it| it["pass"] != true && it["name"] != "overruns");
    if let Some(expectation) = failed {
        return Err(format!("the flight did not pass: {expectation}"));
    }
    run["state_hash"].as_str().map(str::to_owned).ok_or_else(|| "no state_hash".to_owned())
}

/// A processor with vectors must not be tested without them.
fn check_backend(
    build: &Build<'_>,
    processor: &Processor,
    program: &Path,
) -> Result<(), TaskError> {
    let text = process::output(build.emulate(processor, program).arg("--version"))?;
    let found = text.lines().find_map(|line| line.strip_prefix("kernel: "));
    if found == Some(processor.backend) {
        return Ok(());
    }
    Err(TaskError::Wrong(format!(
        "on {} rivus chose the kernel {}, not {}",
        processor.label,
        found.unwrap_or("(none)"),
        processor.backend
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_deadlines_are_no_failure_and_all_else_is() {
        let run = |name| {
            format!(
                r#"{{"expectations": [{{"name": "{name}", "pass": false}}], "state_hash": "1f"}}"#
            )
        };
        assert_eq!(flown(&run("overruns")).unwrap(), "1f");
        assert!(flown(&run("rmse_m")).is_err());
        assert!(flown("hovering").is_err());
        assert!(flown(r#"{"state_hash": "1f"}"#).is_err());
    }
}
