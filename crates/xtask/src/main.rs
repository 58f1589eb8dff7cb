//! `cargo xtask`: what continuous integration runs, and the picture of the README.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

extern crate alloc;

mod ci;
mod cross;
mod error;
mod folders;
mod need;
mod patience;
mod picture;
mod process;
mod recordings;
mod stages;
mod task;
mod web;
mod window;

use std::env;
use std::process::ExitCode;

use task::Task;

const USAGE: &str = "usage: cargo xtask COMMAND\n\n\
ci             run every check that a change must pass, cheapest first, up to the first failure\n\
bits           one table: the same bits from every backend, here and on RISC-V and Arm in QEMU\n\
riscv test     kernels, networks and flights on 64-bit RISC-V in QEMU\n\
riscv count    instructions per gate, against a committed table; --update writes it\n\
riscv mca      cycles of the inner loops as LLVM's pipeline models see them\n\
riscv bare     a firmware without an operating system on RISC-V machines in QEMU\n\
riscv replay   recordings made on RISC-V in QEMU are replayed here, and back\n\
aarch64 test   kernels, networks and flights on 64-bit Arm in QEMU\n\
memory         kernels stay inside of their arrays: in Miri, else in Valgrind\n\
recording scenes   every shipped scene is recorded and replayed\n\
recording kill     flights are killed while they record; what is left is replayed\n\
recording disk     a disk fills up while a flight is recorded; for root\n\
recording python   a reader in Python sees in a recording what is in it\n\
window         the real window in Xvfb, used by keyboard; --update writes docs/window.png\n\
web            the window as a web page; --serve [PORT] serves it, --check flies it in a browser\n\
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

/// Missing packages and rights are no verdict: they end in 2 as wrong arguments do, failures in 1.
fn run(task: Task) -> ExitCode {
    let result = task.run();
    let is_lack = result.as_ref().is_err_and(error::TaskError::is_lack);
    let code = end(&task.name(), result);
    if is_lack { ExitCode::from(2) } else { code }
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
