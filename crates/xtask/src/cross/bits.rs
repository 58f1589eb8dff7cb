//! `cargo xtask bits`: the same hashes from every backend on every processor, in one table.

use std::env;
use std::process::Command;

use super::bits_table::{Outcome, Row, Table, parse};
use super::build::Build;
use super::error::CrossError;
use super::folders::Folders;
use super::need;
use super::process;
use super::target::{self, Processor, Target};
use crate::ci::is_everything_required;

/// How the example that prints hashes says that this processor cannot run the backend.
const NOT_AVAILABLE: i32 = 3;

/// Backends of the host; on other hosts than x86-64 some are not available.
const HOST: [&str; 5] = ["scalar", "fma", "avx2", "avx512", "neon"];

/// Processors and backends of the other targets.
const EMULATED: [(&Target, &[(Processor, &str)]); 2] = [
    (
        &target::RISCV64,
        &[
            (target::NO_VECTORS, "scalar"),
            (target::VLEN_128, "rvv"),
            (target::VLEN_256, "rvv"),
            (target::VLEN_512, "rvv"),
            (target::VLEN_1024, "rvv"),
            (target::AGNOSTIC_ONES, "rvv"),
        ],
    ),
    (&target::AARCH64, &[(target::NEON, "scalar"), (target::NEON, "neon")]),
];

/// Runs the example everywhere and prints the table.
pub(crate) fn compare(folders: &Folders) -> Result<(), CrossError> {
    let mut rows = host_rows(folders)?;
    let mut lacking = Vec::new();
    for (target, processors) in EMULATED {
        let missing = need::missing(need::COMPILER.into_iter().chain(target.needs));
        if missing.is_empty() {
            rows.extend(emulated_rows(folders, target, processors)?);
            continue;
        }
        let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
        let why = format!("not installed: {}", packages.join(", "));
        rows.extend(processors.iter().map(|(processor, backend)| {
            let name = row_name(target, processor, backend);
            Row { name, outcome: Outcome::NotRun(why.clone()) }
        }));
        lacking.extend(missing);
    }
    let table = Table { rows };
    println!("\n{table}");
    if !table.is_equal() {
        return Err(CrossError::Wrong("the backends do not agree".to_owned()));
    }
    if is_everything_required() && !lacking.is_empty() {
        return Err(CrossError::Missing(lacking));
    }
    Ok(())
}

fn host_rows(folders: &Folders) -> Result<Vec<Row>, CrossError> {
    println!("building rivus_liquid's bits for this machine");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(&folders.root).args(["build", "--quiet", "--release"]);
    build.args(["--package", "rivus_liquid", "--example", "bits"]);
    process::run_quietly(&mut build)?;
    let program = folders.target.join("release/examples/bits");
    let row = |backend: &str| {
        let name = format!("{} {backend}", env::consts::ARCH);
        hashes(Command::new(&program).args(["--backend", backend]), name)
    };
    HOST.into_iter().map(row).collect()
}

fn emulated_rows(
    folders: &Folders,
    target: &'static Target,
    processors: &[(Processor, &str)],
) -> Result<Vec<Row>, CrossError> {
    let build = Build::prepare(folders, target)?;
    let program = build.example("rivus_liquid", "bits")?;
    let row = |(processor, backend): &(Processor, &str)| {
        let mut command = build.emulate(processor, &program);
        hashes(command.args(["--backend", backend]), row_name(target, processor, backend))
    };
    processors.iter().map(row).collect()
}

fn row_name(target: &Target, processor: &Processor, backend: &str) -> String {
    format!("{} {backend}, {}", target.name, processor.label)
}

/// Runs the example once.
fn hashes(command: &mut Command, name: String) -> Result<Row, CrossError> {
    let output = command.output().map_err(|source| process::start_error(command, source))?;
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.code() == Some(NOT_AVAILABLE) {
        return Ok(Row { name, outcome: Outcome::NotRun(complaint) });
    }
    let hashes = parse(&String::from_utf8_lossy(&output.stdout)).map_err(CrossError::Wrong)?;
    let outcome = if output.status.success() {
        Outcome::Passed(hashes)
    } else {
        Outcome::Failed(hashes, format!("{}: {complaint}", output.status))
    };
    Ok(Row { name, outcome })
}
