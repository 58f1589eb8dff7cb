//! Random LTC cells for the tests of the kernels: as lists of synapses, packed, and in double.

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;

use crate::view::{LANES_MAX, padded};
use crate::{GATE_ONE, LtcView, SynapseRowsView, SynapsesView, WeightsView};

/// A linear congruential stream: enough to fill weights, the same on every machine.
pub(crate) struct Stream(pub(crate) u32);

impl Stream {
    /// Between -1 and 1.
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    pub(crate) fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// A synapse in the log2 domain.
#[derive(Clone, Copy)]
struct Synapse {
    pre: u16,
    a: f32,
    b: f32,
    w: f32,
    w_erev: f32,
}

/// Packed synapses.
struct Packed {
    first_lane: u16,
    slot_len: Vec<u16>,
    pre: Vec<u16>,
    a: Vec<f32>,
    b: Vec<f32>,
    w: Vec<f32>,
    w_erev: Vec<f32>,
    w_int8: Vec<i8>,
    w_erev_int8: Vec<i8>,
    scale: Vec<f32>,
    row_len: Vec<u16>,
    row_pre: Vec<u16>,
    rows: Vec<[f32; 4]>,
    int8_rows: Vec<[f32; 4]>,
}

impl Packed {
    /// Packs the rows of the lanes, which read `lane_of[pre]`.
    fn new(lanes: &[Vec<Synapse>], lane_of: impl Fn(u16) -> u16) -> Self {
        let is_active = |row: &Vec<Synapse>| !row.is_empty();
        let first = lanes.iter().position(is_active).unwrap_or(0);
        let slots = lanes.iter().map(Vec::len).max().unwrap_or(0);
        let mut packed = Self {
            first_lane: first as u16,
            slot_len: vec![],
            pre: vec![],
            a: vec![],
            b: vec![],
            w: vec![],
            w_erev: vec![],
            w_int8: vec![],
            w_erev_int8: vec![],
            scale: vec![],
            row_len: lanes.iter().map(|row| row.len() as u16).collect(),
            row_pre: vec![],
            rows: vec![],
            int8_rows: vec![],
        };
        let nothing = Synapse { pre: 0, a: 0.0, b: 0.0, w: 0.0, w_erev: 0.0 };
        for slot in 0..slots {
            let last = lanes.iter().rposition(|row| row.len() > slot).unwrap_or(0);
            packed.slot_len.push((last + 1 - first) as u16);
            for row in &lanes[first..=last] {
                let synapse = row.get(slot).copied();
                packed.pre.push(synapse.map_or(0, |synapse| lane_of(synapse.pre)));
                let Synapse { a, b, w, w_erev, .. } = synapse.unwrap_or(nothing);
                packed.a.push(a);
                packed.b.push(b);
                packed.w.push(w);
                packed.w_erev.push(w_erev);
                packed.w_int8.push((w * 127.0) as i8);
                packed.w_erev_int8.push((w_erev * 127.0) as i8);
            }
            let len = padded(packed.w.len());
            packed.w.resize(len, 0.0);
            packed.w_erev.resize(len, 0.0);
            packed.w_int8.resize(len, 0);
            packed.w_erev_int8.resize(len, 0);
        }
        let len = padded(packed.pre.len());
        packed.pre.resize(len, 0);
        packed.a.resize(len, 0.0);
        packed.b.resize(len, 0.0);
        let active = packed.slot_len.first().map_or(0, |&len| padded(len.into()));
        packed.scale = (0..active).map(|i| (i + 1) as f32 / (30.0 * 127.0 * GATE_ONE)).collect();
        for synapse in lanes.iter().flatten() {
            let Synapse { pre, a, b, w, w_erev } = *synapse;
            packed.row_pre.push(pre);
            packed.rows.push([a, b, w, w_erev]);
            packed.int8_rows.push([a, b, (w * 127.0).trunc(), (w_erev * 127.0).trunc()]);
        }
        packed
    }

    fn view(&self, int8: bool) -> SynapsesView<'_> {
        let weights = if int8 {
            WeightsView::Int8 {
                w: &self.w_int8,
                w_erev: &self.w_erev_int8,
                scale: &self.scale,
                erev_scale: &self.scale,
            }
        } else {
            WeightsView::F32 { w: &self.w, w_erev: &self.w_erev }
        };
        SynapsesView {
            first_lane: self.first_lane,
            slot_len: &self.slot_len,
            pre: &self.pre,
            a: &self.a,
            b: &self.b,
            source_max: crate::source_max(&self.a, &self.b),
            weights,
            rows: SynapseRowsView {
                row_len: &self.row_len,
                pre: &self.row_pre,
                synapses: if int8 { &self.int8_rows } else { &self.rows },
            },
        }
    }
}

/// A random sparse LTC cell.
pub(crate) struct TestCell {
    inputs: usize,
    unfolds: u32,
    order: Vec<u16>,
    sensory_rows: Vec<Vec<Synapse>>,
    recurrent_rows: Vec<Vec<Synapse>>,
    sensory: Packed,
    recurrent: Packed,
    leak: Vec<f32>,
    leak_drive: Vec<f32>,
    capacitance: Vec<f32>,
}

impl TestCell {
    /// A cell in which about a third of the neurons has no recurrent synapse.
    pub(crate) fn random(stream: &mut Stream, inputs: u16, units: u16, unfolds: u32) -> Self {
        let count = usize::from(units);
        let sensory_rows = rows(stream, inputs, count, 0.1);
        let recurrent_rows = rows(stream, units, count, 0.3);
        let fan_in = |id: &u16| recurrent_rows[usize::from(*id)].len();
        let mut order: Vec<u16> = (0..units).collect();
        order.sort_by_key(|id| core::cmp::Reverse(fan_in(id)));
        let in_lanes = |rows: &[Vec<Synapse>]| -> Vec<Vec<Synapse>> {
            order.iter().map(|&id| rows[usize::from(id)].clone()).collect()
        };
        let lane_of = |id: u16| order.iter().position(|&one| one == id).unwrap_or(0) as u16;
        let sensory = Packed::new(&in_lanes(&sensory_rows), |input| input);
        let recurrent = Packed::new(&in_lanes(&recurrent_rows), lane_of);
        let mut lanes = |offset: f32, padding: f32| {
            let mut values = vec![padding; padded(count)];
            values[..count].iter_mut().for_each(|x| *x = offset + 0.5 * stream.next());
            values
        };
        let (leak, capacitance) = (lanes(0.6, 1.0), lanes(0.6, 0.0));
        let leak_drive = lanes(0.01, 0.0);
        Self {
            inputs: inputs.into(),
            unfolds,
            order,
            sensory_rows,
            recurrent_rows,
            sensory,
            recurrent,
            leak,
            leak_drive,
            capacitance,
        }
    }

    pub(crate) fn view(&self, int8: bool) -> LtcView<'_> {
        LtcView {
            inputs: self.inputs,
            unfolds: self.unfolds,
            order: &self.order,
            sensory: self.sensory.view(int8),
            recurrent: self.recurrent.view(int8),
            leak: &self.leak,
            leak_drive: &self.leak_drive,
            capacitance: &self.capacitance,
        }
    }

    pub(crate) fn scratch(&self) -> Vec<f32> {
        vec![f32::NAN; self.view(false).scratch_len()]
    }

    pub(crate) fn batch_scratch(&self, lanes: usize) -> Vec<f32> {
        vec![f32::NAN; self.view(false).batch_scratch_len(lanes)]
    }

    /// Advances `state` by the formula, in double.
    pub(crate) fn exact_step(&self, input: &[f64], elapsed: f64, state: &mut [f64]) {
        for _ in 0..self.unfolds {
            let before = state.to_vec();
            for (lane, &id) in self.order.iter().enumerate() {
                let id = usize::from(id);
                let rate = f64::from(self.capacitance[lane]) / elapsed;
                let mut num = rate * before[id] + f64::from(self.leak_drive[lane]);
                let mut den = rate + f64::from(self.leak[lane]);
                for (rows, from) in [(&self.sensory_rows, input), (&self.recurrent_rows, &before)] {
                    for synapse in &rows[id] {
                        let y = from[usize::from(synapse.pre)] * f64::from(synapse.a);
                        let gate = 1.0 / (1.0 + libm::exp2(y + f64::from(synapse.b)));
                        num += f64::from(synapse.w_erev) * gate;
                        den += f64::from(synapse.w) * gate;
                    }
                }
                state[id] = num / den;
            }
        }
    }
}

/// Synapses of `units` neurons from `sources`; `empty` of the neurons have none.
fn rows(stream: &mut Stream, sources: u16, units: usize, empty: f32) -> Vec<Vec<Synapse>> {
    let mut row = || {
        if stream.next() < 2.0 * empty - 1.0 {
            return vec![];
        }
        let mut synapses = vec![];
        for pre in 0..sources {
            let w = 0.5 + 0.5 * stream.next();
            let [a, b, erev, is_there] = core::array::from_fn(|_| stream.next());
            if is_there > 0.2 {
                let w_erev = w * erev.signum();
                synapses.push(Synapse { pre, a: 8.0 * a, b: 8.0 * b, w, w_erev });
            }
        }
        synapses
    };
    (0..units).map(|_| row()).collect()
}

/// Rows of `lanes` copies of `values`, each shifted a little further.
pub(crate) fn spread(values: &[f32], lanes: usize) -> Vec<f32> {
    assert_eq!(lanes % LANES_MAX, 0);
    let row = |&x: &f32| (0..lanes).map(move |lane| x + 0.01 * lane as f32);
    values.iter().flat_map(row).collect()
}

/// One robot's column of rows of `lanes`.
pub(crate) fn column(rows: &[f32], lanes: usize, lane: usize) -> Vec<f32> {
    rows.chunks_exact(lanes).map(|row| row[lane]).collect()
}
