//! `cargo xtask`: what continuous integration runs, and the picture of the README.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

mod ci;
mod picture;
mod stages;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask ci|picture\n\n\
ci       run every check that a change must pass, cheapest first, up to the first failure\n\
picture  draw docs/gust.svg from flights of the release binary\n\n\
Tidy alone: cargo test -p xtask";

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
        ["picture"] => match picture::draw() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("picture: {error}");
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
