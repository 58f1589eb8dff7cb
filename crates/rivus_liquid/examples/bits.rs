//! Prints what every network computes on one backend as one number each, to compare processors:
//! `cargo run -p rivus_liquid --example bits -- --backend avx2`. Without arguments, names the
//! backends that this processor can run.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what the program is for")]

#[path = "../tests/bits/mod.rs"]
mod bits;

use core::error::Error;
use std::process::ExitCode;

use rivus_liquid::{Backend, Kernels};

/// The backend exists, but not here.
const NOT_AVAILABLE: u8 = 3;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let backend = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let available = Backend::ALL.into_iter().filter(|backend| backend.is_available());
            available.for_each(|backend| println!("{}", backend.name()));
            return Ok(ExitCode::SUCCESS);
        }
        ["--backend", name] => Backend::from_name(name).ok_or("no such backend")?,
        _ => return Err("usage: bits [--backend NAME]".into()),
    };
    match Kernels::select(backend) {
        Ok(kernels) => print(kernels),
        Err(unavailable) => {
            eprintln!("not available: {unavailable}");
            Ok(ExitCode::from(NOT_AVAILABLE))
        }
    }
}

fn print(kernels: Kernels) -> Result<ExitCode, Box<dyn Error>> {
    for case in bits::cases()? {
        println!("{} {:016x}", case.name, case.single(kernels, 0, bits::STEPS));
        for robots in bits::BATCHES {
            let mut all = bits::Hash::default();
            let each = case.batch(kernels, robots);
            each.iter().for_each(|hash| all.add_bytes(&hash.to_le_bytes()));
            println!("{}/batch{robots} {:016x}", case.name, all.0);
        }
    }
    Ok(ExitCode::SUCCESS)
}
