//! `cargo xtask memory`: kernels stay inside of their arrays, as the interpreter Miri sees it or,
//! where there is none, Valgrind.

use std::env;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::sysroot;
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// The small test that steps every kind of network in buffers without a value to spare.
const WATCHED: [&str; 4] = ["--package", "rivus_liquid", "--test", "memory"];

/// Miri takes no assembly, which `libm` has for square roots.
const WITHOUT_ASSEMBLY: [&str; 2] = ["--features", "libm/force-soft-floats"];

/// What Miri is told of the processor. It plays the instructions of x86-64 up to AVX2; on other
/// processors, and without those, what runs is the scalar backend.
const VECTORS: &str = "-Ctarget-feature=+avx2,+fma";

/// Whether a nightly toolchain with Miri is installed.
pub(crate) fn has_miri() -> bool {
    let mut command = miri();
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs the test in Miri, else in Valgrind.
pub(crate) fn watch(folders: &Folders) -> Result<(), TaskError> {
    if !has_miri() {
        println!("no Miri (`rustup toolchain install nightly --component miri rust-src`)");
        return valgrind(folders);
    }
    interpret(folders, "scalar", "")?;
    if cfg!(target_arch = "x86_64") {
        interpret(folders, "AVX2", VECTORS)?;
    }
    Ok(())
}

fn interpret(folders: &Folders, backends: &str, flags: &str) -> Result<(), TaskError> {
    println!("\n--- Miri, backends up to {backends}");
    let mut command = miri();
    command.arg("test").args(WATCHED).args(WITHOUT_ASSEMBLY);
    command.arg("--target-dir").arg(folders.cross.join("miri"));
    process::run(command.env("RUSTFLAGS", flags).current_dir(&folders.root))
}

/// Miri of the nightly toolchain, whatever toolchain is pinned.
fn miri() -> Command {
    let mut command = Command::new("rustup");
    sysroot::forget_toolchain(&mut command);
    command.args(["run", "nightly", "cargo", "miri"]);
    command
}

fn valgrind(folders: &Folders) -> Result<(), TaskError> {
    println!("\n--- Valgrind, all backends that it can run");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let runner = Value::from(vec!["valgrind", "--quiet", "--error-exitcode=1"]);
    let mut command = Command::new(cargo);
    command.arg("test").args(WATCHED).current_dir(&folders.root);
    command.arg("--config").arg(format!("target.'cfg(unix)'.runner={runner}"));
    process::run(&mut command)
}
