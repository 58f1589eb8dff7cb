//! `cargo xtask riscv mca`: what LLVM's pipeline models make of the inner loops for vectors.
//!
//! A model knows neither caches nor mispredicted branches; the numbers compare loops and
//! processors, and are reported, not asserted.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::error::CrossError;
use super::folders::Folders;
use super::mca_region::{Region, regions};
use super::process;
use super::sysroot::write;

/// A processor whose pipeline LLVM knows.
struct Model {
    cpu: &'static str,
    vlen: u32,
}

const MODELS: [Model; 3] = [
    Model { cpu: "spacemit-x60", vlen: 256 },
    Model { cpu: "sifive-x280", vlen: 512 },
    Model { cpu: "sifive-p670", vlen: 128 },
];

const ITERATIONS: u32 = 100;

/// Prints the table.
pub(crate) fn report(folders: &Folders) -> Result<(), CrossError> {
    let expanded = expand(folders)?;
    let regions = regions(&expanded).map_err(CrossError::Wrong)?;
    let width = regions.iter().map(|region| region.name.len()).max().unwrap_or(0);
    println!("\nLLVM's pipeline models: cycles per lane of full vectors (cycles per iteration)\n");
    print!("{:width$}  LMUL", "loop");
    for Model { cpu, vlen } in &MODELS {
        print!("  {:>18}", format!("{cpu} ({vlen})"));
    }
    println!();
    for region in &regions {
        print!("{:width$}  {:>4}", region.name, region.lmul.to_string());
        for model in &MODELS {
            let cycles = cycles(folders, region, model)?;
            let per_lane = cycles / region.lanes(model.vlen);
            print!("  {:>18}", format!("{per_lane:.2} ({cycles:.1})"));
        }
        println!();
    }
    Ok(())
}

/// The assembly of the vector kernels with its macros expanded.
fn expand(folders: &Folders) -> Result<String, CrossError> {
    let sources = folders.root.join("crates/rivus_kernels/src/arch/riscv64");
    let mut paths: Vec<PathBuf> = fs::read_dir(&sources)
        .map_err(CrossError::at(&sources))?
        .map(|entry| Ok(entry.map_err(CrossError::at(&sources))?.path()))
        .collect::<Result<_, CrossError>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "s"));
    // The file with the shared macros comes first in the alphabet, as in the kernels themselves.
    paths.sort();
    let mut text = String::new();
    for path in &paths {
        text += &fs::read_to_string(path).map_err(CrossError::at(path))?;
    }
    let joined = folders.cross.join("riscv64_kernels.s");
    write(&joined, &text)?;
    let mut command = Command::new("llvm-mc-22");
    command.args(["-triple=riscv64", "-mattr=+m,+f,+d,+v", "--preserve-comments"]);
    process::output(command.arg(&joined))
}

/// Cycles of one iteration of a loop.
fn cycles(folders: &Folders, region: &Region, model: &Model) -> Result<f64, CrossError> {
    let path = folders.cross.join("loop.s");
    write(&path, &region.to_input())?;
    let mut command = Command::new("llvm-mca-22");
    command.args([
        "-mtriple=riscv64",
        "-mattr=+v",
        "--instruction-info=0",
        "--resource-pressure=0",
    ]);
    command.arg(format!("-mcpu={}", model.cpu)).arg(format!("-iterations={ITERATIONS}"));
    // It warns that it guesses what calls and unknown vector lengths cost; the table says so too.
    let text = process::output(command.arg(&path))?;
    let total = text.lines().find_map(|line| line.strip_prefix("Total Cycles:"));
    let total: Option<f64> = total.and_then(|total| total.trim().parse().ok());
    let wrong = || CrossError::Wrong(format!("llvm-mca printed no total:\n{text}"));
    Ok(total.ok_or_else(wrong)? / f64::from(ITERATIONS))
}
