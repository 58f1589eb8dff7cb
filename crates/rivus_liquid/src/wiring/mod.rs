//! Wirings: which neuron is connected to which, the same as Python's `ncps` draws for a seed.
//!
//! A [`WiringSpec`] is the constructor call of the Python class; [`WiringSpec::build`] draws the
//! synapses. Draws follow `numpy` bit for bit, so a wiring that a checkpoint names need not be stored.

mod generate;
mod mt19937;
pub(crate) mod pcg64;
mod spec;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use spec::WiringSpec;

/// One synapse of a wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedSynapse {
    /// Destination neuron.
    pub post: usize,
    /// Source: an input (sensory) or a neuron.
    pub pre: usize,
    /// +1 excites, -1 inhibits.
    pub polarity: i8,
}

/// What a neuron is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeuronKind {
    /// Its state is an output.
    Motor,
    /// Between inter and motor neurons, connected among themselves.
    Command,
    /// Any other.
    Inter,
}

/// A built wiring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// Number of neurons.
    pub units: usize,
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs: neurons `0..outputs` are the motor neurons.
    pub outputs: usize,
    /// Neuron ids by layer in the order of evaluation: inter, command, motor; or all in one.
    pub layers: Vec<Vec<usize>>,
    /// Synapses between neurons in ascending order of (post, pre).
    pub synapses: Vec<SignedSynapse>,
    /// Synapses from inputs to neurons in ascending order of (post, pre).
    pub sensory: Vec<SignedSynapse>,
}

impl Wiring {
    /// What neuron `id` is for.
    #[must_use]
    pub fn kind(&self, id: usize) -> NeuronKind {
        match self.layers.as_slice() {
            _ if id < self.outputs => NeuronKind::Motor,
            [_, command, _] if command.contains(&id) => NeuronKind::Command,
            _ => NeuronKind::Inter,
        }
    }
}

/// What a policy file says of the wiring of one layer of its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerWiring {
    /// Class and arguments, if the wiring was generated.
    pub spec: Option<WiringSpec>,
    /// Neuron ids of each layer of neurons: inter, command, motor for an NCP.
    pub layers: Vec<Vec<usize>>,
}

/// Why a wiring cannot be built.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum WiringError {
    /// A count of zero where at least one is needed.
    #[error("{what} is 0, but at least 1 is needed")]
    Zero {
        /// The argument.
        what: &'static str,
    },
    /// More connections per neuron than there are neurons to connect to.
    #[error("{what} is {asked}, but there are only {available} {of}")]
    TooMany {
        /// The argument.
        what: &'static str,
        /// Its value.
        asked: usize,
        /// How many there are.
        available: usize,
        /// Of what.
        of: &'static str,
    },
    /// Outputs that leave no room for an inter and a command neuron.
    #[error("output_size is {output_size}, but must be less than units - 2 with {units} units")]
    NoRoom {
        /// Number of neurons.
        units: usize,
        /// Number of outputs.
        output_size: usize,
    },
    /// A sparsity outside its range.
    #[error("sparsity_level is {sparsity_level}, but must be {range}")]
    Sparsity {
        /// The value.
        sparsity_level: f64,
        /// The range in words.
        range: &'static str,
    },
    /// A wiring that is larger than anything that can be run.
    #[error("{what} has {sources} x {units} possible synapses, more than {limit}")]
    TooLarge {
        /// Which of the two parts: `"the sensory wiring"` or `"the wiring"`.
        what: String,
        /// Number of sources.
        sources: usize,
        /// Number of neurons.
        units: usize,
        /// Largest number of possible synapses.
        limit: usize,
    },
}

/// Most possible synapses of a part: 4096 neurons, all connected.
const MATRIX_MAX: usize = 1 << 24;

/// The polarity of every possible synapse, zero where there is none; drawing twice overwrites.
struct Matrix {
    units: usize,
    polarity: Vec<i8>,
}

impl Matrix {
    fn new(what: &str, sources: usize, units: usize) -> Result<Self, WiringError> {
        match sources.checked_mul(units) {
            Some(size) if size <= MATRIX_MAX => Ok(Self { units, polarity: vec![0; size] }),
            _ => {
                let what = what.into();
                Err(WiringError::TooLarge { what, sources, units, limit: MATRIX_MAX })
            }
        }
    }

    fn set(&mut self, pre: usize, post: usize, polarity: i8) {
        self.polarity[pre * self.units + post] = polarity;
    }

    /// Pair number `index` in the order of sources and then destinations.
    const fn pair(&self, index: usize) -> (usize, usize) {
        (index / self.units, index % self.units)
    }

    fn synapses(&self) -> Vec<SignedSynapse> {
        let all = self.polarity.iter().enumerate();
        let mut synapses: Vec<SignedSynapse> = all
            .filter(|(_, polarity)| **polarity != 0)
            .map(|(index, &polarity)| {
                let (pre, post) = self.pair(index);
                SignedSynapse { post, pre, polarity }
            })
            .collect();
        synapses.sort_unstable();
        synapses
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// The matrix of synapses with `-`, `0` and `+`, one row per source.
    fn rows(sources: usize, units: usize, synapses: &[SignedSynapse]) -> Vec<String> {
        let mut rows = vec![vec!['0'; units]; sources];
        for synapse in synapses {
            rows[synapse.pre][synapse.post] = if synapse.polarity > 0 { '+' } else { '-' };
        }
        rows.into_iter().map(String::from_iter).collect()
    }

    fn assert_rows(spec: &WiringSpec, inputs: usize, inner: &[&str], sensory: &[&str]) {
        let wiring = spec.build(inputs).unwrap();
        assert_eq!(rows(wiring.units, wiring.units, &wiring.synapses), inner);
        assert_eq!(rows(inputs, wiring.units, &wiring.sensory), sensory);
    }

    #[test]
    fn wirings_of_one_layer_are_those_of_python() {
        let spec = WiringSpec::FullyConnected {
            units: 3,
            output_dim: Some(1),
            erev_init_seed: 1111,
            self_connections: false,
        };
        assert_rows(&spec, 2, &["0++", "+0+", "++0"], &["+++", "+++"]);
        let spec = WiringSpec::Random {
            units: 5,
            output_dim: Some(2),
            sparsity_level: 0.5,
            random_seed: 1111,
        };
        let inner = ["00000", "000++", "0+-+0", "++00+", "+0-++"];
        assert_rows(&spec, 3, &inner, &["+000+", "+-++0", "+00-0"]);
    }

    #[test]
    fn circuits_are_those_of_python() {
        let spec =
            WiringSpec::AutoNcp { units: 9, output_size: 2, sparsity_level: 0.5, seed: 22222 };
        let inner = [
            "000000000",
            "000000000",
            "-00+00000",
            "++-000000",
            "00-000000",
            "000+00000",
            "000+00000",
            "00+000000",
            "00-000000",
        ];
        assert_rows(&spec, 3, &inner, &["0000-00--", "0000+0-00", "00000+-00"]);
        // One connection each leaves neurons that are reached by none and connected afterwards.
        let spec = WiringSpec::Ncp {
            inter_neurons: 5,
            command_neurons: 3,
            motor_neurons: 2,
            sensory_fanout: 1,
            inter_fanout: 1,
            recurrent_command_synapses: 3,
            motor_fanin: 1,
            seed: 3,
        };
        let inner = [
            "0000000000",
            "0000000000",
            "+000000000",
            "0+00000000",
            "0-++000000",
            "000--00000",
            "00-0000000",
            "000+000000",
            "000-000000",
            "00-0000000",
        ];
        assert_rows(&spec, 2, &inner, &["000000+0--", "00000+0++0"]);
    }

    #[test]
    fn layers_and_kinds_follow_the_neuron_ids() {
        let spec = WiringSpec::AutoNcp { units: 9, output_size: 2, sparsity_level: 0.8, seed: 1 };
        let wiring = spec.build(3).unwrap();
        assert_eq!(wiring.layers, [vec![4, 5, 6, 7, 8], vec![2, 3], vec![0, 1]]);
        let kinds = [1, 3, 4].map(|id| wiring.kind(id));
        assert_eq!(kinds, [NeuronKind::Motor, NeuronKind::Command, NeuronKind::Inter]);
    }

    fn refusal(spec: &WiringSpec, inputs: usize) -> String {
        spec.build(inputs).unwrap_err().to_string()
    }

    #[test]
    fn impossible_sizes_are_refused_with_the_numbers() {
        let auto = |units, output_size, sparsity_level| WiringSpec::AutoNcp {
            units,
            output_size,
            sparsity_level,
            seed: 0,
        };
        assert_eq!(
            refusal(&auto(6, 4, 0.5), 3),
            "output_size is 4, but must be less than units - 2 with 6 units"
        );
        assert_eq!(
            refusal(&auto(16, 4, f64::NAN), 3),
            "sparsity_level is NaN, but must be between 0.1 and 1.0"
        );
        assert_eq!(
            refusal(&auto(16, 4, 0.5), 0),
            "the number of inputs is 0, but at least 1 is needed"
        );
        assert_eq!(
            refusal(&auto(5000, 4, 0.5), 3),
            "the wiring has 5000 x 5000 possible synapses, more than 16777216"
        );
        let circuit = |sensory_fanout, recurrent_command_synapses| WiringSpec::Ncp {
            inter_neurons: 12,
            command_neurons: 8,
            motor_neurons: 4,
            sensory_fanout,
            inter_fanout: 4,
            recurrent_command_synapses,
            motor_fanin: 4,
            seed: 0,
        };
        assert_eq!(
            refusal(&circuit(13, 1), 3),
            "sensory_fanout is 13, but there are only 12 inter neurons"
        );
        assert!(refusal(&circuit(4, usize::MAX), 3).starts_with("recurrent_command_synapses is"));
        let spec = WiringSpec::FullyConnected {
            units: 4,
            output_dim: Some(5),
            erev_init_seed: 0,
            self_connections: true,
        };
        assert_eq!(refusal(&spec, 2), "output_dim is 5, but there are only 4 units");
    }
}
