//! A stack of layers that is stepped as one.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use rivus_kernels::{Kernels, vectorized};

use crate::aligned::Aligned;
use crate::error::{WIDTH_MAX, check_count, check_len};
use crate::{Layer, NetworkError, Plan, StepFault};

/// A liquid network: layers, each of which reads the outputs of the one before.
///
/// The network holds parameters only. State and scratch are the caller's, so one network serves any
/// number of robots.
///
/// # Examples
/// ```
/// use rivus_liquid::{Layer, LtcParams, Mapping, Network, Scratch, Synapse};
///
/// let synapse = Synapse { pre: 0, post: 0, sigma: 4.0, mu: 0.0, w: 0.5, erev: 1.0 };
/// let network = Network::new(vec![Layer::ltc(&LtcParams {
///     inputs: 1,
///     units: 1,
///     motors: 1,
///     sensory: vec![synapse],
///     synapses: vec![],
///     gleak: vec![0.1],
///     vleak: vec![0.0],
///     cm: vec![0.5],
///     input_mapping: Mapping::None,
///     output_mapping: Mapping::None,
///     unfolds: 6,
///     epsilon: 1e-8,
/// })?])?;
///
/// let mut state = vec![0.0; network.state_len()];
/// let mut scratch = Scratch::new(&network);
/// let mut output = [0.0];
/// network.step(&[1.0], 0.01, &mut state, &mut output, &mut scratch)?;
/// assert!(output[0] > 0.0 && output[0] < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    layers: Vec<Layer>,
    is_quantized: bool,
    plan: Plan,
    kernels: Kernels,
}

/// Where one layer's values are in the state of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerState {
    /// The neurons: in order of their ids for LTC, in layer order (inter, command, motor) for a
    /// wired `CfC`.
    pub neurons: Range<usize>,
    /// The LSTM's memory cells; empty without an LSTM.
    pub memory: Range<usize>,
}

/// Buffers that a step writes before it reads; one per caller.
#[derive(Clone, Debug)]
pub struct Scratch {
    values: Aligned,
}

impl Scratch {
    /// Buffers large enough for `network`.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        Self { values: Aligned::zeros(network.plan().view().workspace_len) }
    }
}

impl Network {
    /// Stacks layers, with the kernels of the fastest backend this processor can run.
    ///
    /// # Errors
    /// If there is no layer, a layer does not have as many inputs as the one before has outputs,
    /// only some weights are integers, or the network is too large to be packed.
    pub fn new(layers: Vec<Layer>) -> Result<Self, NetworkError> {
        check_count("number of layers", layers.len(), 1, WIDTH_MAX)?;
        for (i, pair) in layers.windows(2).enumerate() {
            let what = format!("layer {}: inputs", i + 1);
            check_len(&what, pair[1].inputs(), pair[0].outputs())?;
        }
        let quantized: Result<Vec<bool>, _> = layers.iter().map(Layer::is_quantized).collect();
        let quantized = quantized?;
        if quantized.iter().any(|layer| *layer != quantized[0]) {
            return Err(NetworkError::MixedWeights { what: "layers".into() });
        }
        let plan = Plan::new(&layers)?;
        Ok(Self { layers, is_quantized: quantized[0], plan, kernels: Kernels::detect() })
    }

    /// The same network on other kernels; results have the same bits.
    #[must_use]
    pub fn with_kernels(self, kernels: Kernels) -> Self {
        Self { kernels, ..self }
    }

    /// The kernels in use.
    #[must_use]
    pub fn kernels(&self) -> Kernels {
        self.kernels
    }

    /// The network with weights of 8 bits: those of linear maps, the conductances of synapses and
    /// the scales of LTC inputs; one scale per output, neuron or vector of inputs.
    ///
    /// Slopes and shifts of gates, time constants, biases and the state stay as they are. A network
    /// that is quantized already stays the same.
    ///
    /// # Errors
    /// If a neuron has so many inputs that the sum of products could pass 32 bits.
    pub fn quantized(&self) -> Result<Self, NetworkError> {
        let layers = self.layers.iter().enumerate().map(|(i, layer)| {
            layer.quantized().map_err(|error| error.within(&format!("layer {i}: ")))
        });
        let layers: Result<Vec<_>, _> = layers.collect();
        Ok(Self::new(layers?)?.with_kernels(self.kernels))
    }

    /// Whether the weights are integers, as after [`Self::quantized`].
    #[must_use]
    pub fn is_quantized(&self) -> bool {
        self.is_quantized
    }

    /// The network as the kernels run it.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The layers, first to last.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, Layer::inputs)
    }

    /// Number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, Layer::outputs)
    }

    /// Number of `f32` of state; a new state is all zeros.
    #[must_use]
    pub fn state_len(&self) -> usize {
        self.layers.iter().map(Layer::state_len).sum()
    }

    /// Where each layer's values are in the state.
    #[must_use]
    pub fn layer_states(&self) -> Vec<LayerState> {
        let mut start = 0;
        let place = |layer: &Layer| {
            let neurons = start..start + layer.units();
            start += layer.state_len();
            LayerState { memory: neurons.end..start, neurons }
        };
        self.layers.iter().map(place).collect()
    }

    /// Advances the state by `elapsed`, in the unit the network was trained with, and writes the
    /// outputs.
    ///
    /// Does not allocate. The cost follows the number of synapses and, for an LTC, of unfolds.
    ///
    /// # Shapes
    /// `input`: `[inputs]`, `state`: `[state_len]`, updated in place, `output`: `[outputs]`.
    ///
    /// # Errors
    /// If `elapsed` is not positive and finite, or an input is not finite: `state` and `output` are
    /// unchanged.
    ///
    /// # Panics
    /// If a slice has another length, or `scratch` was made for another network.
    pub fn step(
        &self,
        input: &[f32],
        elapsed: f32,
        state: &mut [f32],
        output: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), StepFault> {
        assert_eq!(input.len(), self.inputs(), "inputs");
        assert_eq!(output.len(), self.outputs(), "outputs");
        assert_eq!(state.len(), self.state_len(), "state");
        let plan = self.plan.view();
        assert_eq!(scratch.values.len(), plan.workspace_len, "scratch");
        check_step(input, elapsed)?;
        plan.step(self.kernels, input, elapsed, state, output, &mut scratch.values);
        Ok(())
    }
}

/// Refuses elapsed times and inputs that no cell can use.
pub(crate) fn check_step(inputs: &[f32], elapsed: f32) -> Result<(), StepFault> {
    if !(elapsed > 0.0 && elapsed.is_finite()) {
        return Err(StepFault::Elapsed { elapsed });
    }
    // Without an early end this is one vector loop.
    let finite = vectorized(
        #[inline(always)]
        || inputs.iter().fold(true, |finite, x| finite & x.is_finite()),
    );
    if finite {
        return Ok(());
    }
    let index = inputs.iter().position(|x| !x.is_finite()).unwrap_or_default();
    Err(StepFault::Input { index })
}
