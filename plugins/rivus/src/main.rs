//! The `rivus` command.

extern crate alloc;

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
