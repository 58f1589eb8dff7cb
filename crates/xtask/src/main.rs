//! `cargo xtask ci`: what continuous integration runs, cheapest first.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

mod ci;
mod stages;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask ci\n\nRuns every check that a change must pass, cheapest first, \
and stops at the first failure.\nTidy alone: cargo test -p xtask";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ci"] => match ci::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("\nci: {error}");
                ExitCode::FAILURE
            }
        },
        ["--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
