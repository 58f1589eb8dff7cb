//! What a policy file says beside the weights, from the command line.

use core::fmt;
use core::str::FromStr;
use std::fs;
use std::path::Path;

use anyhow::Context;
use rivus_liquid::{
    Elapsed, InputChannel, LayerWiring, Network, OutputChannel, Policy, PolicyInfo, Provenance,
    RateRange, Squash,
};
use serde::Deserialize;

/// `constant:VALUE`, `seconds` or `periods:SECONDS`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ElapsedArg(pub(super) Elapsed);

/// `MIN:MAX`, in Hz.
#[derive(Clone, Copy, Debug)]
pub(super) struct RateArg(pub(super) RateRange);

/// The names and scales of a network's inputs and outputs, as a file gives them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Channels {
    inputs: Vec<InputChannel>,
    outputs: Vec<OutputChannel>,
}

/// A network that is to become a policy file.
pub(super) struct Description {
    pub(super) channels: Channels,
    pub(super) rate: RateArg,
    pub(super) elapsed: ElapsedArg,
    pub(super) wirings: Vec<Option<LayerWiring>>,
    pub(super) task: String,
    pub(super) seed: u64,
    pub(super) command: Option<String>,
}

impl Description {
    /// Joins the network and what is said about it.
    pub(super) fn of(self, network: Network) -> anyhow::Result<Policy> {
        let info = PolicyInfo {
            inputs: self.channels.inputs,
            outputs: self.channels.outputs,
            rate: self.rate.0,
            elapsed: self.elapsed.0,
            provenance: Provenance {
                task: self.task,
                seed: self.seed,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                command: self.command,
            },
            wirings: self.wirings,
        };
        Ok(Policy::new(network, info)?)
    }
}

impl Channels {
    /// `input.0`, `input.1` ... and `output.0` ..., passed on as they are: no vehicle has them.
    pub(super) fn numbered(network: &Network) -> Self {
        let input = |i| InputChannel {
            name: format!("input.{i}"),
            scale: 1.0,
            offset: 0.0,
            squash: Squash::None,
        };
        let output = |i| OutputChannel { name: format!("output.{i}"), scale: 1.0, offset: 0.0 };
        Self {
            inputs: (0..network.inputs()).map(input).collect(),
            outputs: (0..network.outputs()).map(output).collect(),
        }
    }

    /// The channels in a RON file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let at = || path.display().to_string();
        let text = fs::read_to_string(path).with_context(at)?;
        ron::from_str(&text).with_context(at)
    }
}

impl fmt::Display for ElapsedArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Elapsed::Constant(value) => write!(f, "constant:{value}"),
            Elapsed::Seconds => f.write_str("seconds"),
            Elapsed::Periods(period_s) => write!(f, "periods:{period_s}"),
        }
    }
}

impl fmt::Display for RateArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.min_hz, self.0.max_hz)
    }
}

impl FromStr for ElapsedArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || format!("`{text}`: expected constant:VALUE, seconds or periods:SECONDS, above 0");
        let positive = |text: &str| text.parse().ok().filter(|x: &f32| *x > 0.0 && x.is_finite());
        let elapsed = match text.split_once(':') {
            None if text == "seconds" => Some(Elapsed::Seconds),
            Some(("constant", value)) => positive(value).map(Elapsed::Constant),
            Some(("periods", value)) => positive(value).map(Elapsed::Periods),
            _ => None,
        };
        elapsed.map(Self).ok_or_else(expected)
    }
}

impl FromStr for RateArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rates = text.split_once(':').and_then(|(min, max)| {
            let (min_hz, max_hz) = (min.parse().ok()?, max.parse().ok()?);
            let is_range = min_hz > 0.0 && min_hz <= max_hz && f32::is_finite(max_hz);
            is_range.then_some(RateRange { min_hz, max_hz })
        });
        rates.map(Self).ok_or_else(|| {
            format!("`{text}`: expected the slowest and the fastest rate in Hz, such as 50:500")
        })
    }
}
