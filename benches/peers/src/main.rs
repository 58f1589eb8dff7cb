//! The same three steps in Rivus and in Copper, and as bare function calls: what a tick costs.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml [-- --rounds N] [--cpu N]`
//!
//! All variants run in this process on one processor, one after the other, in rounds that alternate;
//! each figure is the median over the rounds. The last lines judge; exit code 1 if a bar is missed.

mod bare;
mod copper;
mod ecs;
mod machine;
mod measure;
mod report;
mod rivus;
mod rivus_recorded;
mod steps;

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use cu29::prelude::CuError;

use crate::measure::Samples;
use crate::report::Row;

/// One thing that is measured: its name, and one run of it. `None` if there is nothing to run yet.
type Variant = (&'static str, fn() -> Result<Option<Samples>>);

const BARE: &str = "three plain function calls";
const ECS: &str = "bevy_ecs alone, with a system that notes";
const RIVUS_CHAIN: &str = "Rivus, three systems in one stage";
const RIVUS_STAGES: &str = "Rivus, one system in each of three stages";
const COPPER: &str = "Copper, no log";
const RIVUS_RECORDED: &str = "Rivus, everything recorded";
const COPPER_LOGGED: &str = "Copper, full task log and keyframes";

const VARIANTS: [Variant; 7] = [
    (BARE, || Ok(Some(bare::run()))),
    (ECS, || Ok(Some(ecs::run()))),
    (RIVUS_CHAIN, || Ok(Some(rivus::run(rivus::one_stage())?))),
    (RIVUS_STAGES, || Ok(Some(rivus::run(rivus::three_stages())?))),
    (COPPER, || copper::plain::run().map(Some).map_err(of_copper)),
    (RIVUS_RECORDED, || Ok(Some(rivus_recorded::run(rivus::one_stage())?))),
    (COPPER_LOGGED, || {
        // In the target folder and not in the one for temporary files, which may be memory.
        let folder = tempfile::tempdir_in(machine::target_folder()?)?;
        copper::logged::run(&folder.path().join("log.copper")).map(Some).map_err(of_copper)
    }),
];

fn of_copper(error: CuError) -> anyhow::Error {
    anyhow!("Copper: {error}")
}

fn main() -> Result<ExitCode> {
    let rounds = argument("--rounds")?.unwrap_or(7);
    let cpu = argument("--cpu")?.unwrap_or_else(machine::last_cpu);
    machine::pin(cpu)?;
    println!("{}", machine::describe(cpu, rounds)?);
    let mut rows: Vec<Row> = VARIANTS.iter().map(|(name, _)| Row::new(name)).collect();
    for round in 0..rounds {
        for ((name, run), row) in VARIANTS.iter().zip(&mut rows) {
            row.add(run().with_context(|| format!("{name}, round {round}"))?);
        }
    }
    println!("{}", report::table(&rows));
    let verdicts = report::judge(&rows)?;
    println!("{verdicts}");
    Ok(if verdicts.is_pass() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The number after `name` on the command line.
fn argument(name: &str) -> Result<Option<usize>> {
    let known = ["--rounds", "--cpu"];
    let mut arguments = std::env::args().skip(1);
    let mut found = None;
    while let Some(argument) = arguments.next() {
        if !known.contains(&argument.as_str()) {
            bail!("{argument} is not known; {} are", known.join(" and "));
        }
        let value = arguments.next().with_context(|| format!("{argument} takes a number"))?;
        let value = value.parse().with_context(|| format!("{argument} takes a number"))?;
        if argument == name {
            found = Some(value);
        }
    }
    Ok(found)
}
