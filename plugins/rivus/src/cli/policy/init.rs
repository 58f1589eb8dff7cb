//! `rivus policy init`: a policy with initial parameters, for benches and training.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use rivus_liquid::{CfcMode, Layer, LayerWiring, Network, init};

use super::description::{Channels, Description, ElapsedArg, RateArg};
use super::wiring_arg::{GRAMMAR, WiringArg};
use super::{Outcome, check_out, write};

/// Arguments of `rivus policy init`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The kind of liquid cell.
    #[arg(long, value_enum)]
    cell: Cell,
    /// Neurons and synapses of a layer; give it once for each layer, first to last.
    #[arg(long, required = true, value_name = "WIRING", long_help = format!(
        "Neurons and synapses of a layer; give it once for each layer, first to last: {GRAMMAR}"
    ))]
    wiring: Vec<WiringArg>,
    /// Number of inputs.
    #[arg(long, value_name = "N")]
    inputs: usize,
    /// Decides the parameters.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Decides the synapses; Python's default for the class if none is given.
    #[arg(long, value_name = "N")]
    wiring_seed: Option<u32>,
    /// Which closed form a CfC uses; default if none is given.
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// What the network takes for elapsed time: constant:VALUE, seconds or periods:SECONDS.
    #[arg(long, value_name = "UNIT", default_value = "constant:1.0")]
    elapsed: ElapsedArg,
    /// The rates the policy may run at, Hz.
    #[arg(long, value_name = "MIN:MAX", default_value = "50:500")]
    rate: RateArg,
    /// Where the policy goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cell {
    /// Liquid time-constant: a differential equation.
    Ltc,
    /// Closed-form continuous-time, one masked layer per layer of the wiring.
    Cfc,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    /// ff1 (1 - g) + g ff2.
    Default,
    /// ff1 + g ff2.
    #[value(name = "no_gate")]
    NoGate,
    /// The solution of the equation itself.
    Pure,
}

/// Draws the parameters and writes the file.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    check_out(&args.out, None)?;
    let is_ltc = matches!(args.cell, Cell::Ltc);
    ensure!(!(is_ltc && args.mode.is_some()), "--mode: an LTC has none; expected --cell cfc");
    let (mut layers, mut wirings) = (Vec::new(), Vec::new());
    let mut inputs = args.inputs;
    for (index, text) in args.wiring.iter().enumerate() {
        // Layers of one wiring shall differ.
        let seed = args.seed.wrapping_add(index as u64);
        let (layer, wiring) = layer(args, text, inputs, seed)
            .with_context(|| format!("--wiring {text} with {inputs} inputs"))?;
        ensure!(
            layer.outputs() == text.outputs(),
            "--wiring {text}: the outputs of a CfC are the {} neurons of its last layer, not {}; \
             expected so many outputs, or an autoncp or ncp",
            layer.outputs(),
            text.outputs(),
        );
        inputs = layer.outputs();
        layers.push(layer);
        wirings.push(Some(wiring));
    }
    let network = Network::new(layers)?;
    let description = Description {
        channels: Channels::numbered(&network),
        rate: args.rate,
        elapsed: args.elapsed,
        wirings,
        task: "none: initial parameters".to_owned(),
        seed: args.seed,
        command: Some(command(args)),
    };
    write(&description.of(network)?, &args.out)?;
    Ok(Outcome::Pass)
}

/// The command that draws the same policy again.
fn command(args: &Args) -> String {
    let Args { inputs, seed, elapsed, rate, .. } = args;
    let name = |value: Option<PossibleValue>| {
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    };
    let mut text = format!("rivus policy init --cell {}", name(args.cell.to_possible_value()));
    for wiring in &args.wiring {
        text += &format!(" --wiring {wiring}");
    }
    text += &format!(" --inputs {inputs} --seed {seed}");
    if let Some(seed) = args.wiring_seed {
        text += &format!(" --wiring-seed {seed}");
    }
    if let Some(mode) = args.mode {
        text += &format!(" --mode {}", name(mode.to_possible_value()));
    }
    text + &format!(" --elapsed {elapsed} --rate {rate}")
}

fn layer(
    args: &Args,
    wiring: &WiringArg,
    inputs: usize,
    seed: u64,
) -> anyhow::Result<(Layer, LayerWiring)> {
    let spec = wiring.spec(args.wiring_seed);
    let mode = match args.mode {
        None | Some(Mode::Default) => CfcMode::Default,
        Some(Mode::NoGate) => CfcMode::NoGate,
        Some(Mode::Pure) => CfcMode::Pure,
    };
    Ok(match args.cell {
        Cell::Ltc => {
            let (params, wiring) = init::ltc(&spec, inputs, seed)?;
            (Layer::ltc(&params)?, wiring)
        }
        Cell::Cfc => {
            let (params, wiring) = init::wired_cfc(&spec, inputs, mode, seed)?;
            (Layer::wired_cfc(&params)?, wiring)
        }
    })
}
