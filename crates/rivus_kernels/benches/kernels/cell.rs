//! An LTC cell in which all neurons have the same number of synapses, so that it is packed without
//! a hole.

use rivus_kernels::{GATE_ONE, LtcView, SynapseRowsView, SynapsesView, WeightsView, source_max};

/// Neurons, inputs, and sub-steps of a step.
pub(crate) const UNITS: usize = 32;
pub(crate) const INPUTS: usize = 29;
const UNFOLDS: u32 = 6;

/// Synapses of a neuron from inputs, and from neurons.
const SENSORY: usize = 10;
const RECURRENT: usize = 6;

/// Gates of one step.
pub(crate) const GATES: u64 = (UNITS * (SENSORY + RECURRENT * UNFOLDS as usize)) as u64;

/// Values between -1 and 1 without a pattern that a processor could learn.
pub(crate) fn values(len: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // 24 bits fit a float.
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// The same as integers within -127..=127.
pub(crate) fn integers(len: usize) -> Vec<i8> {
    values(len).into_iter().map(|value| (127.0 * value) as i8).collect()
}

/// The synapses of all neurons, packed for one robot and for batches.
struct Synapses {
    slot_len: Vec<u16>,
    pre: Vec<u16>,
    weights: Vec<f32>,
    integers: Vec<i8>,
    scale: Vec<f32>,
    row_len: Vec<u16>,
    row_pre: Vec<u16>,
    rows: Vec<[f32; 4]>,
    integer_rows: Vec<[f32; 4]>,
}

impl Synapses {
    /// `fan_in` synapses of every neuron, from different ones of `sources`.
    fn new(fan_in: usize, sources: usize) -> Self {
        let count = UNITS * fan_in;
        let sources_of = |neuron: usize| {
            // Steps of 3 meet each of 29 or 32 sources once.
            let mut pre: Vec<u16> =
                (0..fan_in).map(|k| ((7 * neuron + 3 * k) % sources) as u16).collect();
            pre.sort_unstable();
            pre
        };
        let row_pre: Vec<u16> = (0..UNITS).flat_map(sources_of).collect();
        let slot = |k: usize| (0..UNITS).map(move |neuron| neuron * fan_in + k);
        let pre = (0..fan_in).flat_map(slot).map(|i| row_pre[i]).collect();
        let (weights, integers) = (values(count), integers(count));
        let row = |i: usize| {
            let at = i % fan_in * UNITS + i / fan_in;
            ([weights[at]; 4], [weights[at], weights[at], integers[at].into(), integers[at].into()])
        };
        let (rows, integer_rows) = (0..count).map(row).unzip();
        Self {
            slot_len: vec![UNITS as u16; fan_in],
            pre,
            scale: vec![1.0 / (127.0 * GATE_ONE); UNITS],
            row_len: vec![fan_in as u16; UNITS],
            row_pre,
            rows,
            integer_rows,
            weights,
            integers,
        }
    }

    fn view(&self, int8: bool) -> SynapsesView<'_> {
        let weights = if int8 {
            WeightsView::Int8 {
                w: &self.integers,
                w_erev: &self.integers,
                scale: &self.scale,
                erev_scale: &self.scale,
            }
        } else {
            WeightsView::F32 { w: &self.weights, w_erev: &self.weights }
        };
        SynapsesView {
            first_lane: 0,
            slot_len: &self.slot_len,
            pre: &self.pre,
            a: &self.weights,
            b: &self.weights,
            source_max: source_max(&self.weights, &self.weights),
            weights,
            rows: SynapseRowsView {
                row_len: &self.row_len,
                pre: &self.row_pre,
                synapses: if int8 { &self.integer_rows } else { &self.rows },
            },
        }
    }
}

/// What the views of a cell borrow.
pub(crate) struct Cell {
    order: Vec<u16>,
    sensory: Synapses,
    recurrent: Synapses,
    ones: Vec<f32>,
    // Large enough that no sum of conductances, which may be negative here, comes near zero.
    capacitance: Vec<f32>,
}

impl Cell {
    pub(crate) fn new() -> Self {
        Self {
            order: (0..UNITS as u16).collect(),
            sensory: Synapses::new(SENSORY, INPUTS),
            recurrent: Synapses::new(RECURRENT, UNITS),
            ones: vec![1.0; UNITS],
            capacitance: vec![100.0; UNITS],
        }
    }

    pub(crate) fn view(&self, int8: bool) -> LtcView<'_> {
        LtcView {
            inputs: INPUTS,
            unfolds: UNFOLDS,
            order: &self.order,
            sensory: self.sensory.view(int8),
            recurrent: self.recurrent.view(int8),
            leak: &self.ones,
            leak_drive: &self.ones,
            capacitance: &self.capacitance,
        }
    }
}
