//! What the kernels read: borrowed slices, so that weights may live in a `Vec`, in a file or in
//! flash.
//!
//! Weights are *packed*: laid out for vectors and padded to [`LANES_MAX`]. `rivus_liquid` packs
//! them once, when a network is loaded.

/// Bounds of the exponent of a gate: 2^y stays normal.
pub(crate) const SIG2N_LIMIT: f32 = 125.0;

/// Packed arrays are padded to a multiple of this, the widest vector with fixed length.
pub const LANES_MAX: usize = 16;

/// `len` rounded up to a multiple of [`LANES_MAX`].
#[must_use]
pub const fn padded(len: usize) -> usize {
    (len + LANES_MAX - 1) & !(LANES_MAX - 1)
}

/// Synapses of an LTC cell in two packings: one for a single robot, whose lanes are neurons, and
/// one for batches, whose lanes are robots.
///
/// For one robot the neurons stand in *lane order*: descending by fan-in, so that in slot k, which
/// holds the k-th synapse of every neuron that has one, the neurons are successive lanes. A lane
/// that has no k-th synapse among others that have gets one of weight zero, which changes nothing.
/// (This is the jagged diagonal storage of Saad, *Iterative Methods for Sparse Linear Systems*,
/// 3.4.) A neuron's synapses are in ascending order of their source's index, and are added in
/// that order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynapsesView<'a> {
    /// Lane of the first neuron of every slot; zero for recurrent synapses.
    pub first_lane: u16,
    /// `[slots]`, number of synapses in each slot, never ascending: those of lanes `first_lane..
    /// first_lane + slot_len[k]`.
    pub slot_len: &'a [u16],
    /// `[padded(synapses)]`, slot after slot without gaps: index of the input (sensory) or lane
    /// of the neuron (recurrent) each synapse comes from. The padding is zeros.
    pub pre: &'a [u16],
    /// Like `pre`: slope of the gate in the log2 domain, -sigma log2(e).
    pub a: &'a [f32],
    /// Like `pre`: shift of the gate in the log2 domain, sigma mu log2(e).
    pub b: &'a [f32],
    /// What [`source_max`] says of `a` and `b`.
    pub source_max: f32,
    /// Conductances, slot after slot, each slot padded with zeros to [`LANES_MAX`].
    pub weights: WeightsView<'a>,
    /// The same synapses for batches.
    pub rows: SynapseRowsView<'a>,
}

/// The largest magnitude of a source at which none of these gates is clamped: there `|a v + b|` is
/// at most 125. Negative if there is none; at most the largest float.
///
/// Where all sources are within it, kernels leave the clamps out.
#[must_use]
pub fn source_max(a: &[f32], b: &[f32]) -> f32 {
    let mut max = f64::from(f32::MAX);
    for (&a, &b) in a.iter().zip(b) {
        let room = f64::from(SIG2N_LIMIT) - f64::from(b).abs();
        if !(room >= 0.0 && a.is_finite()) {
            return -1.0;
        }
        if a != 0.0 {
            // A little less, as it is rounded afterwards. Where that is too little because floats
            // are denormal, y passes the limit by less than a quarter of its last place, and is
            // rounded back.
            max = max.min(room / f64::from(a).abs() * (1.0 - 1e-6));
        }
    }
    max as f32
}

/// Conductances `w` and `w * erev` of synapses, one value per lane and slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WeightsView<'a> {
    /// As they are.
    F32 {
        /// w >= 0.
        w: &'a [f32],
        /// Conductance times reversal potential.
        w_erev: &'a [f32],
    },
    /// As integers; the sums of a lane are multiples of its scales.
    Int8 {
        /// w / scale.
        w: &'a [i8],
        /// w erev / `erev_scale`.
        w_erev: &'a [i8],
        /// `[padded(slot_len[0])]`, for the lanes from `first_lane` on: value of a weight of 1
        /// whose gate is 1 of [`GATE_ONE`].
        scale: &'a [f32],
        /// The same for `w_erev`.
        erev_scale: &'a [f32],
    },
}

/// An open gate as an integer, where weights are integers.
pub const GATE_ONE: f32 = 4096.0;

/// Largest magnitude of a signal as an integer, where weights are integers.
pub const SIGNAL_MAX: f32 = 4095.0;

/// Synapses, grouped by the neuron they end in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynapseRowsView<'a> {
    /// `[units]`, fan-in of the neuron in each lane.
    pub row_len: &'a [u16],
    /// `[synapses]`, neuron after neuron: index of the input or *id* of the neuron.
    pub pre: &'a [u16],
    /// `[synapses]`, a, b, w and w erev. Integer weights are whole numbers here.
    pub synapses: &'a [[f32; 4]],
}

/// The parameters of an LTC cell, folded for the semi-implicit step and packed.
///
/// # Shapes
/// `leak`, `leak_drive` and `capacitance`: `[padded(units)]` in lane order. The padding of `leak`
/// is ones, that of the others zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LtcView<'a> {
    /// Number of inputs.
    pub inputs: usize,
    /// Sub-steps of one step, at least 1.
    pub unfolds: u32,
    /// `[units]`: which neuron is in each lane.
    pub order: &'a [u16],
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
    /// Number of `f32` of scratch that a step of one robot needs.
    #[must_use]
    pub fn scratch_len(&self) -> usize {
        ltc_scratch_len(self.order.len(), self.sensory.pre.len().max(self.recurrent.pre.len()))
    }

    /// Number of `f32` of scratch that a step of a batch needs.
    #[must_use]
    pub fn batch_scratch_len(&self, lanes: usize) -> usize {
        3 * self.order.len() * lanes + self.order.len()
    }
}

/// [`LtcView::scratch_len`] of a cell whose longer list of synapses has `synapses` entries with
/// its padding.
#[must_use]
pub const fn ltc_scratch_len(units: usize, synapses: usize) -> usize {
    3 * padded(units) + 2 * (padded(units) + LANES_MAX) + synapses + LANES_MAX
}

/// A linear map `y = W [x0, x1] + b`; every output starts from its bias and adds its inputs in
/// ascending order.
///
/// Weights that a mask removes are zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffineView<'a> {
    /// Length of y.
    pub outputs: usize,
    /// `[inputs][padded(outputs)]`: transposed, so that lanes are outputs.
    pub weight: &'a [f32],
    /// `[padded(outputs)]`.
    pub bias: &'a [f32],
}

/// A linear map with integer weights; signals become integers too, with one scale for each of x0
/// and x1, and products are added in 32 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffineInt8View<'a> {
    /// Length of y.
    pub outputs: usize,
    /// `[pairs][padded(outputs)][2]`: inputs in pairs; x0 and x1 each fill their last pair with a
    /// zero.
    pub weight: &'a [i8],
    /// `[padded(outputs)]`: value of a weight of 1.
    pub scale: &'a [f32],
    /// `[padded(outputs)]`.
    pub bias: &'a [f32],
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

/// The constants of a pure `CfC` cell, one value per neuron.
#[derive(Clone, Copy, Debug)]
pub struct CfcPureView<'a> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_gate_is_clamped_below_the_source_max_and_one_is_above() {
        let (a, b) = ([1.5, -11.0, 0.0, 3.0], [-2.0, 8.0, 125.0, -90.0]);
        let max = source_max(&a, &b);
        let largest = |v: f32| {
            let gate = |(a, b): (&f32, &f32)| libm::fmaf(*a, v, *b).abs();
            a.iter().zip(&b).map(gate).fold(0.0, f32::max)
        };
        assert!(largest(max) <= SIG2N_LIMIT && largest(-max) <= SIG2N_LIMIT);
        assert!(largest(1.000_01 * max).max(largest(-1.000_01 * max)) > SIG2N_LIMIT);
    }

    #[test]
    fn rounding_never_lets_a_gate_pass_its_limit() {
        let slopes = [f32::MAX, 1e30, 3.3, 1.0, 0.7, 1e-20, f32::MIN_POSITIVE, 1e-45];
        let shifts = [0.0, 1e-45, 1.0, 77.7, 124.9, 125.0_f32.next_down(), 125.0];
        for (a, b) in slopes.into_iter().flat_map(|a| shifts.map(|b| (a, b))) {
            let max = source_max(&[a], &[b]);
            for (v, b) in [(max, b), (-max, b), (max, -b), (-max, -b)] {
                assert!(libm::fmaf(a, v, b).abs() <= SIG2N_LIMIT, "{a} {v} {b}");
            }
        }
    }

    #[test]
    fn gates_that_depend_on_no_source_have_no_limit_or_are_always_clamped() {
        assert_eq!(source_max(&[], &[]), f32::MAX);
        assert_eq!(source_max(&[0.0], &[-125.0]), f32::MAX);
        for (a, b) in [(0.0, 126.0), (f32::INFINITY, 0.0), (f32::NAN, 0.0), (1.0, f32::NAN)] {
            assert!(source_max(&[1.0, a], &[0.0, b]) < 0.0, "{a} {b}");
        }
    }
}
