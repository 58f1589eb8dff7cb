//! `cargo xtask bits`: the same hashes from every backend on every processor, in one table.

use std::env;
use std::process::{Child, Command, Stdio};

use super::bits_table::{Hashes, Outcome, Row, Table, parse};
use super::build::Build;
use super::target::{self, Processor, Target};
use crate::ci::is_everything_required;
use crate::error::TaskError;
use crate::folders::Folders;
use crate::need;
use crate::process;

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
pub(crate) fn compare(folders: &Folders) -> Result<(), TaskError> {
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
        return Err(TaskError::Wrong("the backends do not agree".to_owned()));
    }
    if is_everything_required() && !lacking.is_empty() {
        return Err(TaskError::Missing(lacking));
    }
    Ok(())
}

fn host_rows(folders: &Folders) -> Result<Vec<Row>, TaskError> {
    println!("building rivus_liquid's bits for this machine");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(&folders.root).args(["build", "--quiet", "--release"]);
    build.args(["--package", "rivus_liquid", "--example", "bits"]);
    process::run_quietly(&mut build)?;
    let program = folders.target.join("release/examples/bits");
    let start = |backend: &str| {
        let name = format!("{} {backend}", env::consts::ARCH);
        let command = Command::new(&program);
        Run::start(command, backend, name, is_here(backend))
    };
    Run::end_all(HOST.into_iter().map(start))
}

/// Whether this processor surely runs the backend, asked without Rivus, so that a backend that is
/// not found where it should be is seen.
fn is_here(backend: &str) -> bool {
    #[cfg(target_arch = "x86_64")]
    match backend {
        "fma" => return is_x86_feature_detected!("fma"),
        "avx512" => {
            return is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
        }
        "avx2" => return is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        _ => {}
    }
    backend == "scalar" || (backend == "neon" && cfg!(target_arch = "aarch64"))
}

fn emulated_rows(
    folders: &Folders,
    target: &'static Target,
    processors: &[(Processor, &str)],
) -> Result<Vec<Row>, TaskError> {
    let build = Build::prepare(folders, target)?;
    let program = build.example("rivus_liquid", "bits")?;
    let start = |(processor, backend): &(Processor, &str)| {
        let command = build.emulate(processor, &program);
        Run::start(command, backend, row_name(target, processor, backend), true)
    };
    Run::end_all(processors.iter().map(start))
}

fn row_name(target: &Target, processor: &Processor, backend: &str) -> String {
    format!("{} {backend}, {}", target.name, processor.label)
}

/// The example, running.
struct Run {
    name: String,
    child: Child,
    /// Whether the processor has what the backend takes.
    is_possible: bool,
}

impl Run {
    fn start(
        mut command: Command,
        backend: &str,
        name: String,
        is_possible: bool,
    ) -> Result<Self, TaskError> {
        command.args(["--backend", backend]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|source| process::start_error(&command, source))?;
        Ok(Self { name, child, is_possible })
    }

    /// Starts all, since each takes one core, then waits for them. What they print fits a pipe.
    fn end_all(runs: impl Iterator<Item = Result<Self, TaskError>>) -> Result<Vec<Row>, TaskError> {
        let runs: Vec<Self> = runs.collect::<Result<_, _>>()?;
        runs.into_iter().map(Self::end).collect()
    }

    fn end(self) -> Result<Row, TaskError> {
        let Self { name, child, is_possible } = self;
        let output = child
            .wait_with_output()
            .map_err(|source| TaskError::System { what: name.clone(), source })?;
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.code() == Some(NOT_AVAILABLE) {
            let outcome = if is_possible {
                Outcome::Failed(Hashes::new(), complaint)
            } else {
                Outcome::NotRun(complaint)
            };
            return Ok(Row { name, outcome });
        }
        let hashes = parse(&String::from_utf8_lossy(&output.stdout));
        let hashes =
            hashes.map_err(|why| TaskError::Wrong(format!("{name}: {why} {complaint}")))?;
        let outcome = if output.status.success() {
            Outcome::Passed(hashes)
        } else {
            Outcome::Failed(hashes, format!("{}: {complaint}", output.status))
        };
        Ok(Row { name, outcome })
    }
}
