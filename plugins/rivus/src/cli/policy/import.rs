//! `rivus policy import`: a Python `ncps` checkpoint as a policy file.

use core::str::FromStr;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use rivus_liquid::ncps::{self, NcpsError, NcpsLayer};
use rivus_liquid::{Activation, CfcMode};

use super::description::{Channels, Description, ElapsedArg, RateArg};
use super::{Outcome, check_out, write};

/// The checkpoint in a folder.
const MODEL_FILE: &str = "model.safetensors";

/// What can be answered, as `ncps` names it.
const ANSWERS: &str = "prefix=TEXT, ode_unfolds=N, epsilon=X, implicit_param_constraints=true|false, \
    motors=N, mode=default|no_gate|pure, backbone_activation=lecun_tanh|silu|relu|tanh|gelu";

/// Arguments of `rivus policy import`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The `state_dict()` of a torch module as `.safetensors`, or a folder with `model.safetensors`.
    path: PathBuf,
    /// What the weights of a layer cannot tell; once for each layer, first to last.
    #[arg(long, value_name = "KEY=VALUE,...", long_help = format!(
        "What the weights of a layer cannot tell, separated by commas; once for each layer, first \
         to last. What is missing is asked for. {ANSWERS}"
    ))]
    layer: Vec<LayerArg>,
    /// Names and scales of inputs and outputs, RON; input.0 ... and output.0 ... if none is given.
    #[arg(
        long,
        value_name = "FILE",
        long_help = "Names and scales of inputs and outputs; input.0 ... and output.0 ... if none is given. \
         RON: (inputs: [(name: \"velocity_mps.x\", scale: 0.5, offset: 0, squash: tanh), ...], \
         outputs: [(name: \"rotor_speed.0\", scale: 0.5, offset: 1), ...])"
    )]
    channels: Option<PathBuf>,
    /// What the network takes for elapsed time: constant:VALUE (1.0 without timespans), seconds or
    /// periods:SECONDS.
    #[arg(long, value_name = "UNIT")]
    elapsed: ElapsedArg,
    /// The rates the policy may run at, Hz.
    #[arg(long, value_name = "MIN:MAX")]
    rate: RateArg,
    /// Where the policy goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The answers for one layer.
#[derive(Clone, Debug, PartialEq)]
struct LayerArg(NcpsLayer);

/// Reads the checkpoint and writes the policy.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let path = if args.path.is_dir() { args.path.join(MODEL_FILE) } else { args.path.clone() };
    check_out(&args.out, Some(&path))?;
    let at = || path.display().to_string();
    let bytes = fs::read(&path).with_context(at)?;
    let layers: Vec<NcpsLayer> = args.layer.iter().map(|layer| layer.0.clone()).collect();
    let network = ncps::load(&bytes, &layers).map_err(|error| {
        let is_question = matches!(error, NcpsError::Missing(_));
        let error = anyhow::Error::new(error).context(at());
        if is_question { error.context("answer with --layer KEY=VALUE,...") } else { error }
    })?;
    let channels = match &args.channels {
        Some(path) => Channels::read(path)?,
        None => Channels::numbered(&network),
    };
    let name = path.file_name().map_or_else(String::new, |name| name.display().to_string());
    let description = Description {
        channels,
        rate: args.rate,
        elapsed: args.elapsed,
        wirings: vec![None; network.layers().len()],
        task: format!("imported from {name}"),
        seed: 0,
        command: None,
    };
    write(&description.of(network)?, &args.out)?;
    Ok(Outcome::Pass)
}

impl FromStr for LayerArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut layer = NcpsLayer::default();
        for answer in text.split(',') {
            let (key, value) = answer
                .split_once('=')
                .ok_or_else(|| format!("`{answer}`: expected KEY=VALUE of {ANSWERS}"))?;
            let expected =
                || format!("`{answer}`: `{value}` is not what `{key}` can be; expected {ANSWERS}");
            let known = match key {
                "prefix" => set(&mut layer.prefix, Some(value.to_owned())),
                "ode_unfolds" => set(&mut layer.ode_unfolds, value.parse().ok()),
                "epsilon" => set(&mut layer.epsilon, value.parse().ok()),
                "implicit_param_constraints" => {
                    set(&mut layer.implicit_param_constraints, value.parse().ok())
                }
                "motors" => set(&mut layer.motors, value.parse().ok()),
                "mode" => set(&mut layer.mode, mode(value)),
                "backbone_activation" => set(&mut layer.backbone_activation, activation(value)),
                _ => return Err(format!("`{key}` cannot be answered; expected {ANSWERS}")),
            };
            known.ok_or_else(expected)?;
        }
        Ok(Self(layer))
    }
}

/// Sets an answer; `None` if there is none.
fn set<T>(answer: &mut Option<T>, value: Option<T>) -> Option<()> {
    *answer = value;
    answer.as_ref().map(|_| ())
}

fn mode(name: &str) -> Option<CfcMode> {
    Some(match name {
        "default" => CfcMode::Default,
        "no_gate" => CfcMode::NoGate,
        "pure" => CfcMode::Pure,
        _ => return None,
    })
}

fn activation(name: &str) -> Option<Activation> {
    Some(match name {
        "lecun_tanh" => Activation::LecunTanh,
        "silu" => Activation::Silu,
        "relu" => Activation::Relu,
        "tanh" => Activation::Tanh,
        "gelu" => Activation::Gelu,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_ncps() {
        let layer: LayerArg = "prefix=0.,ode_unfolds=6,epsilon=1e-8,motors=4".parse().unwrap();
        let expected = NcpsLayer {
            prefix: Some("0.".into()),
            ode_unfolds: Some(6),
            epsilon: Some(1e-8),
            motors: Some(4),
            ..NcpsLayer::default()
        };
        assert_eq!(layer.0, expected);
        for text in ["", "unfolds=6", "ode_unfolds=six", "mode=best", "mode"] {
            let error = text.parse::<LayerArg>().unwrap_err();
            assert!(error.contains("expected") && error.contains("no_gate"), "{error}");
        }
    }
}
