//! `cargo xtask riscv mca`: what LLVM's pipeline models make of the inner loops for vectors.
//!
//! A model knows neither caches nor mispredicted branches; the numbers compare loops and
//! processors, and are reported, not asserted.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::mca_region::{Region, regions};
use super::sysroot::write;
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

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

/// Lanes of the slots for which the sums per gate are stated: those of AutoNCP(32, 4).
const SLOT_LANES: u32 = 16;

/// Prints the table.
pub(crate) fn report(folders: &Folders) -> Result<(), TaskError> {
    let expanded = expand(folders)?;
    let regions = regions(&expanded).map_err(TaskError::Wrong)?;
    let width = regions.iter().map(|region| region.name.len()).max().unwrap_or(0);
    println!("\nLLVM's pipeline models: cycles per lane of full vectors (cycles per iteration)\n");
    print!("{:width$}  LMUL", "loop");
    for Model { cpu, vlen } in &MODELS {
        print!("  {:>18}", format!("{cpu} ({vlen})"));
    }
    println!();
    let mut per_gate = MODELS.map(|_| PerGate::default());
    for region in &regions {
        print!("{:width$}  {:>4}", region.name, region.lmul.to_string());
        for (model, per_gate) in MODELS.iter().zip(&mut per_gate) {
            let cycles = cycles(folders, region, model)?;
            let per_lane = cycles / region.lanes(model.vlen);
            per_gate.add(region, model, cycles);
            print!("  {:>18}", format!("{per_lane:.2} ({cycles:.1})"));
        }
        println!();
    }
    println!("\nPer gate of an LTC cell whose slots have {SLOT_LANES} lanes\n");
    for (Model { cpu, vlen }, PerGate { single, batch }) in MODELS.iter().zip(&per_gate) {
        println!("{cpu:>14}, VLEN {vlen}: {single:>5.2} for one robot, {batch:>5.2} in a batch");
    }
    Ok(())
}

/// Cycles of a gate with all that is done for it.
#[derive(Default)]
struct PerGate {
    single: f64,
    batch: f64,
}

impl PerGate {
    /// Adds what a loop contributes.
    fn add(&mut self, region: &Region, model: &Model, cycles: f64) {
        let lanes = region.lanes(model.vlen);
        match region.name.as_str() {
            "gates" => self.single += cycles / lanes,
            "batch" => self.batch += cycles / lanes,
            // It adds two slots in each turn.
            name if name.starts_with("narrow-slots") && lanes == f64::from(SLOT_LANES) => {
                self.single += cycles / (2.0 * lanes);
            }
            _ => {}
        }
    }
}

/// The assembly of the vector kernels with its macros expanded.
fn expand(folders: &Folders) -> Result<String, TaskError> {
    let sources = folders.root.join("crates/rivus_kernels/src/arch/riscv64");
    let mut paths: Vec<PathBuf> = fs::read_dir(&sources)
        .map_err(TaskError::at(&sources))?
        .map(|entry| Ok(entry.map_err(TaskError::at(&sources))?.path()))
        .collect::<Result<_, TaskError>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "s"));
    // The file with the shared macros comes first in the alphabet, as in the kernels themselves.
    paths.sort();
    let mut text = String::new();
    for path in &paths {
        text += &fs::read_to_string(path).map_err(TaskError::at(path))?;
    }
    let joined = folders.cross.join("riscv64_kernels.s");
    write(&joined, &text)?;
    let mut command = Command::new("llvm-mc-22");
    command.args(["-triple=riscv64", "-mattr=+m,+f,+d,+v", "--preserve-comments"]);
    process::output(command.arg(&joined))
}

/// Cycles of one iteration of a loop.
fn cycles(folders: &Folders, region: &Region, model: &Model) -> Result<f64, TaskError> {
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
    let wrong = || TaskError::Wrong(format!("llvm-mca printed no total:\n{text}"));
    Ok(total.ok_or_else(wrong)? / f64::from(ITERATIONS))
}
