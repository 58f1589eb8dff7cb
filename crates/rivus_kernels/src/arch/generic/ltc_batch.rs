//! The step of an LTC cell for a batch: lanes are robots, and a neuron's weights are the same in
//! all of them.

use super::activation::{ROUND_MAGIC, sig2n_abreast};
use super::ltc::{CAPACITANCE_RATE_MAX, are_within, integer_gate};
use crate::arch::isa::Isa;
use crate::view::{LtcView, SynapseRowsView, SynapsesView, WeightsView, padded};

/// Advances `state`, `[units][lanes]`, by `elapsed`.
#[inline(always)]
pub(crate) fn ltc_step_batch<S: Isa>(
    s: S,
    cell: &LtcView<'_>,
    lanes: usize,
    input: &[f32],
    elapsed: f32,
    state: &mut [f32],
    scratch: &mut [f32],
) {
    let units = cell.order.len();
    assert_eq!(lanes % crate::LANES_MAX, 0, "lanes of a batch");
    assert_eq!(input.len(), cell.inputs * lanes, "LTC inputs");
    assert_eq!(state.len(), units * lanes, "LTC states");
    let constants = [cell.leak.len(), cell.leak_drive.len(), cell.capacitance.len()];
    assert_eq!(constants, [padded(units); 3], "constants of neurons");
    let (num, scratch) = scratch.split_at_mut(units * lanes);
    let (den, scratch) = scratch.split_at_mut(units * lanes);
    let (next, scratch) = scratch.split_at_mut(units * lanes);
    let rate = &mut scratch[..units];
    for (rate, &capacitance) in rate.iter_mut().zip(cell.capacitance) {
        let quotient = capacitance / elapsed;
        *rate = if quotient < CAPACITANCE_RATE_MAX { quotient } else { CAPACITANCE_RATE_MAX };
    }
    let mut lane = 0;
    while lane < lanes {
        let tile = Tile { cell, rate, lanes, lane };
        let (sums, state) = ((&mut *num, &mut *den), (&mut *state, &mut *next));
        lane += match (lanes - lane) / S::LANES {
            1 => tile.step::<S, 1>(s, input, sums, state),
            2 | 3 => tile.step::<S, 2>(s, input, sums, state),
            _ => tile.step::<S, 4>(s, input, sums, state),
        };
    }
}

/// `N` vectors of robots of a batch.
struct Tile<'a> {
    cell: &'a LtcView<'a>,
    /// cm K / T of each lane of the order.
    rate: &'a [f32],
    lanes: usize,
    /// The first robot.
    lane: usize,
}

/// Numerators and denominators of `N` vectors of robots.
type Sums<F, const N: usize> = ([F; N], [F; N]);

impl Tile<'_> {
    /// The whole step; returns the number of robots.
    #[inline(always)]
    fn step<S: Isa, const N: usize>(
        &self,
        s: S,
        input: &[f32],
        (num, den): (&mut [f32], &mut [f32]),
        (state, next): (&mut [f32], &mut [f32]),
    ) -> usize {
        let cell = self.cell;
        if self.are_within::<S, N>(s, input, cell.inputs, cell.sensory.source_max) {
            self.start::<S, N, false>(s, input, (num, den));
        } else {
            self.start::<S, N, true>(s, input, (num, den));
        }
        let (mut current, mut next) = (state, next);
        for _ in 0..cell.unfolds {
            let units = cell.order.len();
            if self.are_within::<S, N>(s, current, units, cell.recurrent.source_max) {
                self.advance::<S, N, false>(s, (num, den), current, next);
            } else {
                self.advance::<S, N, true>(s, (num, den), current, next);
            }
            core::mem::swap(&mut current, &mut next);
        }
        if cell.unfolds % 2 == 1 {
            for id in 0..cell.order.len() {
                self.store::<S, N>(s, self.load(s, current, id), id, next);
            }
        }
        N * S::LANES
    }

    /// Whether no magnitude of the first `rows` is above `max`; NaN is.
    #[inline(always)]
    fn are_within<S: Isa, const N: usize>(
        &self,
        s: S,
        values: &[f32],
        rows: usize,
        max: f32,
    ) -> bool {
        let mut largest = [s.zeros(); N];
        for row in 0..rows {
            let values: [S::F; N] = self.load(s, values, row);
            for n in 0..N {
                largest[n] = s.max_i32(largest[n], s.as_integers(s.abs(values[n])));
            }
        }
        let largest = largest.into_iter().fold(s.zeros(), |a, b| s.max_i32(a, b));
        let mut lanes = [0.0; crate::LANES_MAX];
        s.store(s.as_bits(largest), &mut lanes);
        are_within(&lanes, max)
    }

    /// Writes the sums that every sub-step starts from.
    #[inline(always)]
    fn start<S: Isa, const N: usize, const CLAMP: bool>(
        &self,
        s: S,
        input: &[f32],
        (num, den): (&mut [f32], &mut [f32]),
    ) {
        let cell = self.cell;
        let constants = cell.leak.iter().zip(cell.leak_drive).zip(self.rate);
        let mut rows = Rows::new(&cell.sensory.rows);
        for (position, ((&leak, &drive), &rate)) in constants.enumerate() {
            let start = ([s.splat(drive); N], [s.splat(rate + leak); N]);
            let row = rows.next();
            let sums = self.add_row::<S, N, CLAMP>(s, &cell.sensory, row, position, input, start);
            self.store(s, sums.0, position, num);
            self.store(s, sums.1, position, den);
        }
    }

    /// One sub-step.
    #[inline(always)]
    fn advance<S: Isa, const N: usize, const CLAMP: bool>(
        &self,
        s: S,
        (num, den): (&[f32], &[f32]),
        current: &[f32],
        next: &mut [f32],
    ) {
        let recurrent = &self.cell.recurrent;
        let units = self.cell.order.len();
        let busy = recurrent.slot_len.first().map_or(0, |&len| usize::from(len));
        let mut rows = Rows::new(&recurrent.rows);
        let mut idle = busy;
        for position in 0..busy {
            let start = (self.load(s, num, position), self.load(s, den, position));
            let row = rows.next();
            let sums = self.add_row::<S, N, CLAMP>(s, recurrent, row, position, current, start);
            self.update::<S, N>(s, position, sums, current, next);
            // Neurons without recurrent synapses in between: their divisions would follow each
            // other at the pace of the divider.
            while (idle - busy) * busy < (position + 1) * (units - busy) {
                let sums = (self.load(s, num, idle), self.load(s, den, idle));
                self.update::<S, N>(s, idle, sums, current, next);
                idle += 1;
            }
        }
        for position in idle..units {
            let sums = (self.load(s, num, position), self.load(s, den, position));
            self.update::<S, N>(s, position, sums, current, next);
        }
    }

    /// Writes the next value of the neuron at `position`.
    #[inline(always)]
    fn update<S: Isa, const N: usize>(
        &self,
        s: S,
        position: usize,
        (num, den): Sums<S::F, N>,
        current: &[f32],
        next: &mut [f32],
    ) {
        let id = usize::from(self.cell.order[position]);
        let rate = s.splat(self.rate[position]);
        let v: [S::F; N] = self.load(s, current, id);
        let mut value = num;
        for n in 0..N {
            value[n] = s.div(s.fma(rate, v[n], num[n]), den[n]);
        }
        self.store::<S, N>(s, value, id, next);
    }

    /// Adds the synapses of one neuron.
    #[inline(always)]
    fn add_row<S: Isa, const N: usize, const CLAMP: bool>(
        &self,
        s: S,
        synapses: &SynapsesView<'_>,
        (pre, row): (&[u16], &[[f32; 4]]),
        position: usize,
        from: &[f32],
        (mut num, mut den): Sums<S::F, N>,
    ) -> Sums<S::F, N> {
        match synapses.weights {
            WeightsView::F32 { .. } => {
                for (&pre, &[a, b, w, w_erev]) in pre.iter().zip(row) {
                    let gates = self.gates::<S, N, CLAMP>(s, from, pre, [a, b]);
                    let (w, w_erev) = (s.splat(w), s.splat(w_erev));
                    for n in 0..N {
                        den[n] = s.fma(w, gates[n], den[n]);
                        num[n] = s.fma(w_erev, gates[n], num[n]);
                    }
                }
            }
            WeightsView::Int8 { .. } if pre.is_empty() => {}
            WeightsView::Int8 { scale, erev_scale, .. } => {
                let (mut current, mut conductance) = ([s.zeros(); N], [s.zeros(); N]);
                for (&pre, &[a, b, w, w_erev]) in pre.iter().zip(row) {
                    let gates = self.gates::<S, N, CLAMP>(s, from, pre, [a, b]);
                    // Whole numbers below 128; a conversion would check for larger ones.
                    let (w, w_erev) = (whole(s, w), whole(s, w_erev));
                    for n in 0..N {
                        let gate = integer_gate(s, gates[n]);
                        conductance[n] = s.dot(w, gate, conductance[n]);
                        current[n] = s.dot(w_erev, gate, current[n]);
                    }
                }
                let lane = position - usize::from(synapses.first_lane);
                let (scale, erev_scale) = (s.splat(scale[lane]), s.splat(erev_scale[lane]));
                for n in 0..N {
                    den[n] = s.fma(s.to_float(conductance[n]), scale, den[n]);
                    num[n] = s.fma(s.to_float(current[n]), erev_scale, num[n]);
                }
            }
        }
        (num, den)
    }

    #[inline(always)]
    fn gates<S: Isa, const N: usize, const CLAMP: bool>(
        &self,
        s: S,
        from: &[f32],
        pre: u16,
        [a, b]: [f32; 2],
    ) -> [S::F; N] {
        let (a, b) = (s.splat(a), s.splat(b));
        let mut gates: [S::F; N] = self.load(s, from, usize::from(pre));
        for gate in &mut gates {
            *gate = s.fma(*gate, a, b);
        }
        sig2n_abreast::<S, N, CLAMP>(s, gates)
    }

    /// The robots' values of `row`.
    #[inline(always)]
    fn load<S: Isa, const N: usize>(&self, s: S, values: &[f32], row: usize) -> [S::F; N] {
        let at = row * self.lanes + self.lane;
        let values = &values[at..at + N * S::LANES];
        let mut vectors = [s.splat(0.0); N];
        for (vector, values) in vectors.iter_mut().zip(values.chunks_exact(S::LANES)) {
            *vector = s.load(values);
        }
        vectors
    }

    #[inline(always)]
    fn store<S: Isa, const N: usize>(&self, s: S, x: [S::F; N], row: usize, values: &mut [f32]) {
        let at = row * self.lanes + self.lane;
        for (x, values) in x.into_iter().zip(values[at..].chunks_exact_mut(S::LANES)) {
            s.store(x, values);
        }
    }
}

/// A whole number below 2^22 in every lane.
#[inline(always)]
fn whole<S: Isa>(s: S, x: f32) -> S::I {
    s.integer(s.splat(x + ROUND_MAGIC), ROUND_MAGIC)
}

/// Walks the rows of synapses.
struct Rows<'a> {
    rows: &'a SynapseRowsView<'a>,
    row: usize,
    at: usize,
}

impl<'a> Rows<'a> {
    fn new(rows: &'a SynapseRowsView<'a>) -> Self {
        Self { rows, row: 0, at: 0 }
    }

    /// Sources and parameters of the next neuron's synapses.
    #[inline(always)]
    fn next(&mut self) -> (&'a [u16], &'a [[f32; 4]]) {
        let end = self.at + usize::from(self.rows.row_len[self.row]);
        let part = (&self.rows.pre[self.at..end], &self.rows.synapses[self.at..end]);
        self.row += 1;
        self.at = end;
        part
    }
}
