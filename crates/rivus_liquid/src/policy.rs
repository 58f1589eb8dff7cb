//! A network together with all that is needed to run it on a robot.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Activation, LayerWiring, Network};

/// A network that knows its channels, its unit of time and the rates it may run at.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    network: Network,
    info: PolicyInfo,
}

/// What a policy file says beside the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyInfo {
    /// One per network input.
    pub inputs: Vec<InputChannel>,
    /// One per network output.
    pub outputs: Vec<OutputChannel>,
    /// The rates the policy was trained for.
    pub rate: RateRange,
    /// What the network takes for elapsed time.
    pub elapsed: Elapsed,
    /// Where the weights come from.
    pub provenance: Provenance,
    /// One per layer of the network: the wiring its synapses were drawn from, if any.
    pub wirings: Vec<Option<LayerWiring>>,
}

/// A named input: the network reads `squash(scale * physical + offset)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputChannel {
    /// The channel, as the vehicle's observation names it.
    pub name: String,
    /// Factor of the physical value.
    pub scale: f32,
    /// Added after scaling.
    pub offset: f32,
    /// Applied last.
    pub squash: Squash,
}

/// How an input is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Squash {
    /// Not at all.
    None,
    /// By tanh, to -1..1.
    Tanh,
}

/// A named output: the physical value is `scale * u + offset`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputChannel {
    /// The channel, as the vehicle's action names it.
    pub name: String,
    /// Factor of the network's output.
    pub scale: f32,
    /// Added after scaling.
    pub offset: f32,
}

/// The rates a policy may run at, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateRange {
    /// Slowest.
    pub min_hz: f32,
    /// Fastest.
    pub max_hz: f32,
}

/// What a network takes for elapsed time. There is no default: a wrong one flies, badly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Elapsed {
    /// The same number at any rate: 1.0 for a Python `ncps` policy trained without timespans.
    Constant(f32),
    /// Seconds.
    Seconds,
    /// Multiples of this period, in seconds.
    Periods(f32),
}

/// Where weights come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// What was trained.
    pub task: String,
    /// Seed of the run.
    pub seed: u64,
    /// Version of the trainer.
    pub version: String,
    /// The command that makes the same file again, if there is one.
    pub command: Option<String>,
}

/// Why a network and its description do not fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// There are more or fewer entries than the network has.
    #[error("{found} {what} are described, but the network has {expected}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many the network has.
        expected: usize,
        /// How many are described.
        found: usize,
    },
    /// A number or name is not usable.
    #[error("{what}: {reason}")]
    Invalid {
        /// Which entry.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A rate that a policy was not trained for.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{rate_hz} Hz is outside the policy's range of {} to {} Hz", range.min_hz, range.max_hz)]
pub struct RateError {
    /// The rate asked for.
    pub rate_hz: f32,
    /// The policy's range.
    pub range: RateRange,
}

impl Policy {
    /// Joins a network and its description.
    ///
    /// # Errors
    /// If they do not fit, a name occurs twice, or a scale, rate or period is not usable.
    pub fn new(network: Network, info: PolicyInfo) -> Result<Self, PolicyError> {
        info.check(&network)?;
        Ok(Self { network, info })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The description.
    #[must_use]
    pub fn info(&self) -> &PolicyInfo {
        &self.info
    }

    /// The elapsed time to give [`Network::step`] when `dt_s` seconds have passed.
    ///
    /// A `dt_s` that is not positive and finite is passed on, so that the step refuses it whatever
    /// the unit.
    #[must_use]
    pub fn elapsed_for(&self, dt_s: f32) -> f32 {
        if !(dt_s > 0.0 && dt_s.is_finite()) {
            return dt_s;
        }
        match self.info.elapsed {
            Elapsed::Constant(elapsed) => elapsed,
            Elapsed::Seconds => dt_s,
            Elapsed::Periods(period_s) => dt_s / period_s,
        }
    }

    /// Refuses a rate outside the range the policy was trained for.
    ///
    /// # Errors
    /// If `rate_hz` is not within the range.
    pub fn check_rate(&self, rate_hz: f32) -> Result<(), RateError> {
        let range = self.info.rate;
        if (range.min_hz..=range.max_hz).contains(&rate_hz) {
            Ok(())
        } else {
            Err(RateError { rate_hz, range })
        }
    }

    /// Scales and squashes physical values into network inputs.
    ///
    /// # Panics
    /// If a slice does not have one value per input.
    pub fn encode(&self, physical: &[f32], inputs: &mut [f32]) {
        assert_eq!(physical.len(), self.info.inputs.len(), "physical values");
        assert_eq!(inputs.len(), self.info.inputs.len(), "inputs");
        for ((channel, &value), input) in self.info.inputs.iter().zip(physical).zip(inputs) {
            let mut scaled = [channel.scale * value + channel.offset];
            if channel.squash == Squash::Tanh {
                self.network.kernels().activate(Activation::Tanh, &mut scaled);
            }
            *input = scaled[0];
        }
    }

    /// Scales network outputs to physical values.
    ///
    /// # Panics
    /// If a slice does not have one value per output.
    pub fn decode(&self, outputs: &[f32], physical: &mut [f32]) {
        assert_eq!(outputs.len(), self.info.outputs.len(), "outputs");
        assert_eq!(physical.len(), self.info.outputs.len(), "physical values");
        for ((channel, &output), value) in self.info.outputs.iter().zip(outputs).zip(physical) {
            *value = channel.scale * output + channel.offset;
        }
    }
}

impl PolicyInfo {
    fn check(&self, network: &Network) -> Result<(), PolicyError> {
        for (what, expected, found) in [
            ("inputs", network.inputs(), self.inputs.len()),
            ("outputs", network.outputs(), self.outputs.len()),
            ("layer wirings", network.layers().len(), self.wirings.len()),
        ] {
            if found != expected {
                return Err(PolicyError::Count { what, expected, found });
            }
        }
        let inputs = self.inputs.iter().map(|c| (c.name.as_str(), [c.scale, c.offset]));
        check_channels("input", inputs)?;
        let outputs = self.outputs.iter().map(|c| (c.name.as_str(), [c.scale, c.offset]));
        check_channels("output", outputs)?;
        let RateRange { min_hz, max_hz } = self.rate;
        if !(min_hz > 0.0 && min_hz <= max_hz && max_hz.is_finite()) {
            return invalid("rate", format!("{min_hz} to {max_hz} Hz is not a range"));
        }
        if let Elapsed::Constant(value) | Elapsed::Periods(value) = self.elapsed
            && !(value > 0.0 && value.is_finite())
        {
            return invalid("elapsed", format!("{value} is not positive and finite"));
        }
        for (i, (wiring, layer)) in self.wirings.iter().zip(network.layers()).enumerate() {
            if let Some(wiring) = wiring {
                wiring.check(i, layer.units())?;
            }
        }
        Ok(())
    }
}

impl LayerWiring {
    /// Every neuron of the layer must be in exactly one layer of neurons.
    fn check(&self, layer: usize, units: usize) -> Result<(), PolicyError> {
        let ids = self.layers.iter().flatten().copied();
        let count = self.layers.iter().map(Vec::len).sum::<usize>();
        let distinct: BTreeSet<usize> = ids.filter(|&id| id < units).collect();
        if count == units && distinct.len() == units {
            return Ok(());
        }
        let reason = format!("its layers do not hold each of the {units} neurons once");
        invalid(&format!("wiring of layer {layer}"), reason)
    }
}

fn check_channels<'a>(
    kind: &str,
    channels: impl Iterator<Item = (&'a str, [f32; 2])>,
) -> Result<(), PolicyError> {
    let mut names = BTreeSet::new();
    for (name, numbers) in channels {
        let what = format!("{kind} `{name}`");
        if name.is_empty() || !names.insert(name) {
            return invalid(&what, "every channel needs a name of its own".into());
        }
        if !numbers.iter().all(|number| number.is_finite()) {
            return invalid(&what, "scale or offset is not a finite number".into());
        }
    }
    Ok(())
}

fn invalid(what: &str, reason: String) -> Result<(), PolicyError> {
    Err(PolicyError::Invalid { what: what.into(), reason })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;
    use crate::{CfcHead, CfcParams, GatedHead, Layer, Linear};

    fn network() -> Network {
        let map = Linear { inputs: 2, outputs: 1, weight: vec![0.5, -0.5], bias: vec![0.1] };
        let head = CfcHead::Default(GatedHead {
            ff1: map.clone(),
            ff2: map.clone(),
            time_a: map.clone(),
            time_b: map,
        });
        let cell = CfcParams { inputs: 1, units: 1, backbone: None, head };
        Network::new(vec![Layer::cfc(&cell).unwrap()]).unwrap()
    }

    fn info() -> PolicyInfo {
        PolicyInfo {
            inputs: vec![InputChannel {
                name: "height_m".into(),
                scale: 2.0,
                offset: -1.0,
                squash: Squash::Tanh,
            }],
            outputs: vec![OutputChannel { name: "thrust_n".into(), scale: 0.5, offset: 3.0 }],
            rate: RateRange { min_hz: 50.0, max_hz: 500.0 },
            elapsed: Elapsed::Periods(0.01),
            provenance: Provenance {
                task: "hover".into(),
                seed: 7,
                version: "0.1.0".into(),
                command: None,
            },
            wirings: vec![None],
        }
    }

    fn refused(change: fn(&mut PolicyInfo)) -> String {
        let mut info = info();
        change(&mut info);
        Policy::new(network(), info).unwrap_err().to_string()
    }

    #[test]
    fn elapsed_is_in_the_declared_unit() {
        let elapsed = |elapsed| {
            let policy = Policy::new(network(), PolicyInfo { elapsed, ..info() }).unwrap();
            [policy.elapsed_for(0.02), policy.elapsed_for(0.0), policy.elapsed_for(f32::INFINITY)]
        };
        assert_eq!(elapsed(Elapsed::Constant(1.0)), [1.0, 0.0, f32::INFINITY]);
        assert_eq!(elapsed(Elapsed::Seconds), [0.02, 0.0, f32::INFINITY]);
        assert_eq!(elapsed(Elapsed::Periods(0.01)), [2.0, 0.0, f32::INFINITY]);
    }

    #[test]
    fn rates_outside_the_range_are_refused() {
        let policy = Policy::new(network(), info()).unwrap();
        assert_eq!(policy.check_rate(50.0), Ok(()));
        assert_eq!(policy.check_rate(500.0), Ok(()));
        let error = policy.check_rate(40.0).unwrap_err();
        assert_eq!(error.to_string(), "40 Hz is outside the policy's range of 50 to 500 Hz");
        assert!(policy.check_rate(f32::NAN).is_err());
    }

    #[test]
    fn channels_are_scaled_and_squashed() {
        let policy = Policy::new(network(), info()).unwrap();
        let (mut input, mut thrust) = ([0.0], [0.0]);
        policy.encode(&[0.75], &mut input);
        assert!((input[0] - 0.462_117_17).abs() < 1e-7, "tanh(0.5), not {}", input[0]);
        policy.decode(&[-2.0], &mut thrust);
        assert_eq!(thrust, [2.0]);
    }

    #[test]
    fn descriptions_that_do_not_fit_are_refused() {
        let counts = refused(|info| info.inputs.clear());
        assert_eq!(counts, "0 inputs are described, but the network has 1");
        assert!(refused(|info| info.inputs[0].scale = f32::NAN).contains("height_m"));
        assert!(refused(|info| info.outputs[0].name.clear()).contains("needs a name"));
        assert!(refused(|info| info.rate.min_hz = 0.0).contains("is not a range"));
        assert!(refused(|info| info.elapsed = Elapsed::Constant(0.0)).contains("not positive"));
        let twice = LayerWiring { spec: None, layers: vec![vec![0, 0]] };
        let error = Policy::new(network(), PolicyInfo { wirings: vec![Some(twice)], ..info() });
        assert!(error.unwrap_err().to_string().contains("each of the 1 neurons once"));
    }
}
