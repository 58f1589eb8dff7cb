//! What the kernels read: borrowed slices, so that weights may live in a `Vec`, in a file or in
//! flash.

/// Synapses, grouped by the neuron they end in (compressed rows).
///
/// Those of post neuron `j` are `row_start[j]..row_start[j + 1]`, in ascending order of `pre`;
/// their contributions are added in that order. All other slices have one value per synapse.
#[derive(Clone, Copy, Debug)]
pub struct SynapsesView<'a> {
    /// `[units + 1]`, ascending from 0 to the number of synapses.
    pub row_start: &'a [u32],
    /// Where each synapse comes from: index of an input (sensory) or of a neuron (recurrent).
    pub pre: &'a [u16],
    /// Slope of the gate in the log2 domain: -sigma log2(e).
    pub a: &'a [f32],
    /// Shift of the gate in the log2 domain: sigma mu log2(e).
    pub b: &'a [f32],
    /// Conductance w >= 0.
    pub w: &'a [f32],
    /// Conductance times reversal potential.
    pub w_erev: &'a [f32],
}

/// The parameters of an LTC cell, folded for the semi-implicit step.
///
/// # Shapes
/// `leak`, `leak_drive` and `capacitance` have one value per neuron.
#[derive(Clone, Copy, Debug)]
pub struct LtcView<'a> {
    /// Sub-steps of one step, at least 1.
    pub unfolds: u32,
    /// Synapses from inputs, evaluated once per step.
    pub sensory: SynapsesView<'a>,
    /// Synapses between neurons, evaluated in every sub-step.
    pub recurrent: SynapsesView<'a>,
    /// gleak + epsilon, positive.
    pub leak: &'a [f32],
    /// gleak vleak; never -0, so that no sum can start from it.
    pub leak_drive: &'a [f32],
    /// cm times `unfolds`, not negative.
    pub capacitance: &'a [f32],
}

impl LtcView<'_> {
    /// Number of `f32` that [`crate::Kernels::ltc_step`] wants as scratch.
    #[must_use]
    pub fn scratch_len(&self) -> usize {
        let synapses = self.sensory.pre.len().max(self.recurrent.pre.len());
        crate::arch::generic::ltc::SCRATCH_PER_UNIT * self.leak.len() + synapses
    }
}

/// A linear map `y = W x + b`; every output starts from its bias and adds its inputs in ascending
/// order.
///
/// Dense and sparse forms of the same map give the same bits for finite inputs.
#[derive(Clone, Copy, Debug)]
pub enum AffineView<'a> {
    /// Every weight is present.
    Dense {
        /// `[outputs][inputs]`, row-major.
        weight: &'a [f32],
        /// `[outputs]`.
        bias: &'a [f32],
    },
    /// Only the weights of a mask are present (compressed rows).
    Sparse {
        /// `[outputs + 1]`, ascending from 0 to the number of weights.
        row_start: &'a [u32],
        /// Input of each weight, ascending within a row.
        column: &'a [u16],
        /// One value per weight.
        weight: &'a [f32],
        /// `[outputs]`.
        bias: &'a [f32],
    },
}

/// The four head outputs of a gated `CfC` cell, before their activations; all of one length.
#[derive(Clone, Copy, Debug)]
pub struct CfcHeads<'a> {
    /// State for short elapsed times.
    pub ff1: &'a [f32],
    /// State for long elapsed times.
    pub ff2: &'a [f32],
    /// Rate of the time gate.
    pub time_a: &'a [f32],
    /// Offset of the time gate.
    pub time_b: &'a [f32],
}

/// How a gated `CfC` cell joins its two states (Hasani 2022, eq. 10, and the authors' ablation
/// without the gate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CfcGate {
    /// ff1 (1 - g) + g ff2.
    Interpolate,
    /// ff1 + g ff2; may leave -1..1.
    Add,
}

/// The constants of a pure `CfC` cell and its head output, all of one length.
#[derive(Clone, Copy, Debug)]
pub struct CfcPureView<'a> {
    /// Output of the only head; no activation follows.
    pub ff1: &'a [f32],
    /// Time constant `w_tau`; only its magnitude matters.
    pub w_tau: &'a [f32],
    /// Amplitude A.
    pub amplitude: &'a [f32],
}

/// Element-wise functions of a backbone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// 1.7159 tanh(0.666 x).
    LecunTanh,
    /// x sigmoid(x).
    Silu,
    /// max(x, 0).
    Relu,
    /// tanh(x).
    Tanh,
    /// x Phi(x), with the error function.
    Gelu,
}

/// The canonical elementary functions, for callers that need one by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elementary {
    /// 1 / (1 + 2^x).
    Sig2n,
    /// e^x, saturated outside -87..88.
    Exp,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// tanh(x).
    Tanh,
}
