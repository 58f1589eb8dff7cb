//! `rivus policy show`: what a policy file holds.

use std::path::PathBuf;

use rivus_liquid::{Elapsed, Layer, LayerWiring, Policy, Squash};

use super::{Outcome, out, read};

/// Arguments of `rivus policy show`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A policy file.
    file: PathBuf,
}

/// Prints the description, line by line.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (policy, bytes) = read(&args.file)?;
    let network = policy.network();
    let weights = if network.is_quantized() { "8-bit" } else { "single-precision" };
    out(format_args!("{}: {bytes} bytes, {weights} weights", args.file.display()));
    let wirings = &policy.info().wirings;
    for (index, (layer, wiring)) in network.layers().iter().zip(wirings).enumerate() {
        out(format_args!("  layer {index}   {}", describe_layer(layer, wiring.as_ref())));
    }
    let cost = network.cost();
    out(format_args!(
        "  a step    {} gates, {} multiply-adds, {} activations = {} fused multiply-adds",
        cost.gates,
        cost.multiply_adds,
        cost.activations,
        cost.fused_operations()
    ));
    print_channels(&policy);
    let info = policy.info();
    let (rate, provenance) = (info.rate, &info.provenance);
    out(format_args!("  rate      {} to {} Hz", rate.min_hz, rate.max_hz));
    out(format_args!("  elapsed   {}", describe_elapsed(info.elapsed)));
    out(format_args!(
        "  from      {}, seed {}, Rivus {}",
        provenance.task, provenance.seed, provenance.version
    ));
    if let Some(command) = &provenance.command {
        out(format_args!("  command   {command}"));
    }
    Ok(Outcome::Pass)
}

fn describe_layer(layer: &Layer, wiring: Option<&LayerWiring>) -> String {
    let mut text = format!(
        "{} inputs, {} neurons, {} outputs",
        layer.inputs(),
        layer.units(),
        layer.outputs()
    );
    if let Some(wiring) = wiring {
        let sizes: Vec<String> = wiring.layers.iter().map(|ids| ids.len().to_string()).collect();
        text += &format!(", wired {}", sizes.join(" - "));
    }
    if layer.has_memory() {
        text += ", LSTM in front";
    }
    text
}

fn describe_elapsed(elapsed: Elapsed) -> String {
    match elapsed {
        Elapsed::Constant(value) => format!("{value} in each step"),
        Elapsed::Seconds => "in seconds".to_owned(),
        Elapsed::Periods(period_s) => format!("in periods of {period_s} s"),
    }
}

/// One line per channel, with the map between its physical value and the network's.
fn print_channels(policy: &Policy) {
    for channel in &policy.info().inputs {
        let scaled = format!("{} x + {}", channel.scale, channel.offset);
        let seen = match channel.squash {
            Squash::None => scaled,
            Squash::Tanh => format!("tanh({scaled})"),
        };
        out(format_args!("  input     {:<24} seen as {seen}", channel.name));
    }
    for channel in &policy.info().outputs {
        out(format_args!(
            "  output    {:<24} is {} u + {}",
            channel.name, channel.scale, channel.offset
        ));
    }
}
