//! `cargo xtask`: what continuous integration runs, and the picture of the README.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

mod ci;
mod cross;
mod picture;
mod stages;

use std::env;
use std::process::ExitCode;

use cross::{CrossError, Task};

const USAGE: &str = "usage: cargo xtask COMMAND\n\n\
ci             run every check that a change must pass, cheapest first, up to the first failure\n\
bits           one table: the same bits from every backend, here and on RISC-V and Arm in QEMU\n\
riscv test     kernels, networks and flights on 64-bit RISC-V in QEMU\n\
riscv count    instructions per gate, against a committed table; --update writes it\n\
riscv mca      cycles of the inner loops as LLVM's pipeline models see them\n\
riscv bare     a firmware without an operating system on RISC-V machines in QEMU\n\
aarch64 test   kernels, networks and flights on 64-bit Arm in QEMU\n\
memory         kernels stay inside of their arrays: in Miri, else in Valgrind\n\
picture        draw docs/gust.svg from flights of the release binary\n\n\
Tidy alone: cargo test -p xtask";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["ci"] => end("ci", ci::run()),
        ["picture"] => end("picture", picture::draw()),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => match Task::from_arguments(&arguments) {
            Some(task) => run(task),
            None => {
                eprintln!("{USAGE}");
                ExitCode::from(2)
            }
        },
    }
}

/// Missing packages are no verdict: they end in 2 as wrong arguments do, failures in 1.
fn run(task: Task) -> ExitCode {
    let result = task.run();
    let is_missing = matches!(result, Err(CrossError::Missing(_)));
    let code = end(&task.name(), result);
    if is_missing { ExitCode::from(2) } else { code }
}

fn end<E: ToString>(command: &str, result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{command}: {}", error.to_string());
            ExitCode::FAILURE
        }
    }
}
