//! `cargo xtask riscv bare`: policies on whole machines without an operating system, which must
//! compute the bits of this one.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::bare_report::{Report, Row, Sizes, Table};
use super::bits_table;
use super::sysroot::{self, Library};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// The firmware, a package of its own.
const FIRMWARE: &str = "examples/bare_metal";

/// Seconds after which a machine hangs; it needs few.
const SECONDS_MAX: &str = "120";

/// Where a policy comes from.
enum Origin {
    /// A shipped file.
    Shipped,
    /// Arguments of `rivus policy init`.
    Init(&'static [&'static str]),
    /// `rivus policy quantize`, of the policy of this name.
    Quantized(&'static str),
}

/// The networks, by the names that the example `bits` of `rivus_liquid` gives them. A quantized one
/// stands below its original.
const NETWORKS: [(&str, Origin); 4] = [
    ("drone_hover_ltc", Origin::Shipped),
    ("drone_hover_cfc", Origin::Shipped),
    (
        "ltc_32",
        Origin::Init(&[
            "--cell",
            "ltc",
            "--wiring",
            "autoncp:32:4",
            "--inputs",
            "29",
            "--seed",
            "2",
        ]),
    ),
    ("ltc_32_int8", Origin::Quantized("ltc_32")),
];

/// A target without an operating system, and the processors that it is run on.
struct Machine {
    triple: &'static str,
    emulator: &'static str,
    /// Name for readers, and QEMU's `-cpu`.
    processors: &'static [(&'static str, &'static str)],
}

const MACHINES: [Machine; 2] = [
    Machine {
        triple: "riscv64gc-unknown-none-elf",
        emulator: "qemu-system-riscv64",
        processors: &[
            ("V off", "rv64,v=false"),
            ("VLEN 128", "rv64,v=true,vlen=128,vext_spec=v1.0"),
            ("VLEN 256", "rv64,v=true,vlen=256,vext_spec=v1.0"),
            ("VLEN 512", "rv64,v=true,vlen=512,vext_spec=v1.0"),
        ],
    },
    Machine {
        triple: "riscv32imafc-unknown-none-elf",
        emulator: "qemu-system-riscv32",
        // An instruction of double precision, which the target does not have, is a trap.
        processors: &[("no D", "rv32,d=false")],
    },
];

/// Builds the firmware for every network and target, runs it, and prints what came out.
///
/// # Errors
/// If a machine reports something else than this one computes, or nothing.
pub(crate) fn run(folders: &Folders) -> Result<(), TaskError> {
    let expected = host_hashes(folders)?;
    let mut table = Table::default();
    for (network, origin) in NETWORKS {
        let source = bake(folders, network, &origin)?;
        let hash = expected.iter().find(|(name, _)| name == network).map(|(_, hash)| hash);
        let hash = hash.ok_or_else(|| TaskError::Wrong(format!("no hash of {network} here")))?;
        for machine in &MACHINES {
            let firmware = build(folders, machine, &source)?;
            let sizes = sizes(&firmware)?;
            for &(processor, cpu) in machine.processors {
                for report in reports(machine, cpu, &firmware)? {
                    table.rows.push(Row {
                        network,
                        target: machine.triple,
                        processor,
                        is_equal: report.hash == *hash,
                        report,
                        sizes,
                    });
                }
            }
        }
    }
    println!("\n{table}");
    if table.rows.iter().all(|row| row.is_equal) {
        return Ok(());
    }
    Err(TaskError::Wrong("the machines do not compute what this one does".to_owned()))
}

/// What the networks compute here.
fn host_hashes(folders: &Folders) -> Result<bits_table::Hashes, TaskError> {
    let mut command = host_cargo(folders);
    command.args(["run", "--quiet", "--release", "--package", "rivus_liquid"]);
    command.args(["--example", "bits", "--", "--backend", "scalar"]);
    bits_table::parse(&process::output(&mut command)?).map_err(TaskError::Wrong)
}

/// Makes the policy, unless it is shipped, and writes it as Rust source; returns the path of that.
fn bake(folders: &Folders, network: &str, origin: &Origin) -> Result<PathBuf, TaskError> {
    let made = |name: &str| folders.cross.join("bare").join(name).with_extension("safetensors");
    let file = match origin {
        Origin::Shipped => {
            folders.root.join("assets/policies").join(network).with_extension("safetensors")
        }
        Origin::Init(arguments) => {
            let mut command = policy(folders, "init");
            process::run_quietly(command.args(*arguments).arg("--out").arg(made(network)))?;
            made(network)
        }
        Origin::Quantized(original) => {
            let mut command = policy(folders, "quantize");
            command.arg(made(original)).arg("--out").arg(made(network));
            process::run_quietly(&mut command)?;
            made(network)
        }
    };
    let source = made(network).with_extension("rs");
    sysroot::write(&source, "")?;
    process::run_quietly(policy(folders, "bake").arg(file).arg("--out").arg(&source))?;
    Ok(source)
}

/// `rivus policy`, on this machine.
fn policy(folders: &Folders, subcommand: &str) -> Command {
    let mut command = host_cargo(folders);
    command.args(["run", "--quiet", "--release", "--package", "rivus", "--", "policy", subcommand]);
    command
}

fn host_cargo(folders: &Folders) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&folders.root);
    command
}

/// Builds the firmware with the policy in `source`; returns the program's path.
fn build(folders: &Folders, machine: &Machine, source: &Path) -> Result<PathBuf, TaskError> {
    let triple = machine.triple;
    let sysroot = sysroot::prepare(folders, triple, Library::Alloc)?;
    let mut command = sysroot::cargo_with(folders, triple, &sysroot, "build");
    command.current_dir(folders.root.join(FIRMWARE)).env("RIVUS_POLICY", source).arg("--locked");
    command.arg("--config").arg(format!("target.{triple}.linker=\"ld.lld-22\""));
    process::run_quietly(&mut command)?;
    Ok(folders.cross.join("build").join(triple).join("release/bare_metal"))
}

fn sizes(firmware: &Path) -> Result<Sizes, TaskError> {
    let text = process::output(Command::new("llvm-size-22").arg("-A").arg(firmware))?;
    Sizes::parse(&text).map_err(TaskError::Wrong)
}

/// Runs the firmware on a processor.
fn reports(machine: &Machine, cpu: &str, firmware: &Path) -> Result<Vec<Report>, TaskError> {
    let mut command = Command::new("timeout");
    command.args([SECONDS_MAX, machine.emulator, "-machine", "virt", "-cpu", cpu]);
    command.args(["-bios", "none", "-display", "none", "-serial", "stdio", "-monitor", "none"]);
    // With this the instruction counter counts instructions.
    command.args(["-icount", "shift=0", "-kernel"]).arg(firmware);
    Report::parse_all(&process::output(&mut command)?).map_err(TaskError::Wrong)
}
