//! The description of a wiring: the constructor call of the Python class.

use serde::{Deserialize, Serialize};

use super::{Wiring, WiringError, generate};

/// A wiring before it is built, with the names and defaults of the Python arguments.
///
/// Serialised as `{"class": "AutoNCP", "args": {"units": 19, "output_size": 4, ...}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "class", content = "args", deny_unknown_fields)]
pub enum WiringSpec {
    /// Every neuron to every neuron.
    FullyConnected {
        /// Number of neurons.
        units: usize,
        /// Number of outputs; `None` is all neurons.
        #[serde(default)]
        output_dim: Option<usize>,
        /// Seed of the polarities.
        #[serde(default = "default_generator_seed")]
        erev_init_seed: u64,
        /// Whether a neuron is connected to itself.
        #[serde(default = "default_self_connections")]
        self_connections: bool,
    },
    /// A random part of all pairs.
    Random {
        /// Number of neurons.
        units: usize,
        /// Number of outputs; `None` is all neurons.
        #[serde(default)]
        output_dim: Option<usize>,
        /// Share of the pairs that are left out, 0 to below 1.
        #[serde(default)]
        sparsity_level: f64,
        /// Seed of pairs and polarities.
        #[serde(default = "default_generator_seed")]
        random_seed: u64,
    },
    /// A neural circuit policy: inputs to inter to command to motor neurons (Lechner 2020).
    #[serde(rename = "NCP")]
    Ncp {
        /// Number of inter neurons.
        inter_neurons: usize,
        /// Number of command neurons.
        command_neurons: usize,
        /// Number of motor neurons, which are the outputs.
        motor_neurons: usize,
        /// Inter neurons that each input connects to.
        sensory_fanout: usize,
        /// Command neurons that each inter neuron connects to.
        inter_fanout: usize,
        /// Connections drawn among the command neurons; repeats fall together.
        recurrent_command_synapses: usize,
        /// Command neurons that connect to each motor neuron.
        motor_fanin: usize,
        /// Seed of all draws.
        #[serde(default = "default_ncp_seed")]
        seed: u32,
    },
    /// A neural circuit policy whose numbers follow from its size.
    #[serde(rename = "AutoNCP")]
    AutoNcp {
        /// Number of neurons.
        units: usize,
        /// Number of motor neurons, which are the outputs; less than `units - 2`.
        output_size: usize,
        /// 0.1 (dense) to 1.0 (one connection each).
        #[serde(default = "default_ncp_sparsity")]
        sparsity_level: f64,
        /// Seed of all draws.
        #[serde(default = "default_ncp_seed")]
        seed: u32,
    },
}

const fn default_generator_seed() -> u64 {
    1111
}

const fn default_self_connections() -> bool {
    true
}

const fn default_ncp_seed() -> u32 {
    22222
}

const fn default_ncp_sparsity() -> f64 {
    0.5
}

impl WiringSpec {
    /// Draws the synapses of a wiring with `inputs` inputs.
    ///
    /// # Errors
    /// If a number is zero, too large for the others or outside its range.
    pub fn build(&self, inputs: usize) -> Result<Wiring, WiringError> {
        match *self {
            Self::FullyConnected { units, output_dim, erev_init_seed, self_connections } => {
                let size = generate::Size::new(inputs, units, output_dim)?;
                generate::fully_connected(size, erev_init_seed, self_connections)
            }
            Self::Random { units, output_dim, sparsity_level, random_seed } => {
                let size = generate::Size::new(inputs, units, output_dim)?;
                generate::random(size, sparsity_level, random_seed)
            }
            Self::Ncp {
                inter_neurons,
                command_neurons,
                motor_neurons,
                sensory_fanout,
                inter_fanout,
                recurrent_command_synapses,
                motor_fanin,
                seed,
            } => generate::Circuit {
                inter_neurons,
                command_neurons,
                motor_neurons,
                sensory_fanout,
                inter_fanout,
                recurrent_command_synapses,
                motor_fanin,
            }
            .build(inputs, seed),
            Self::AutoNcp { units, output_size, sparsity_level, seed } => {
                generate::Circuit::auto(units, output_size, sparsity_level)?.build(inputs, seed)
            }
        }
    }
}
