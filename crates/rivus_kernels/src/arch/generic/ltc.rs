//! The fused semi-implicit step of an LTC cell (Hasani 2021, algorithm 1) for one robot: lanes are
//! neurons.
//!
//! Gates are computed for all synapses first, in one loop without gaps or dependencies, and added
//! per neuron after that.

use super::activation::{ROUND_MAGIC, sig2n};
use crate::arch::isa::Isa;
use crate::view::{GATE_ONE, LANES_MAX, LtcView, SynapsesView, WeightsView, padded};

/// Bound of cm K / T, where a step no longer moves the state: keeps c v finite for the shortest
/// times.
pub(crate) const CAPACITANCE_RATE_MAX: f32 = 1e30;

/// Advances `state` by `elapsed`.
#[inline(always)]
pub(crate) fn ltc_step<S: Isa>(
    s: S,
    cell: &LtcView<'_>,
    input: &[f32],
    elapsed: f32,
    state: &mut [f32],
    scratch: &mut [f32],
) {
    let units = cell.order.len();
    let lanes = padded(units);
    assert_eq!(state.len(), units, "LTC state");
    assert_eq!(input.len(), cell.inputs, "LTC inputs");
    assert_eq!(cell.recurrent.first_lane, 0, "recurrent synapses start in the first lane");
    let (current, scratch) = scratch.split_at_mut(lanes);
    let (next, scratch) = scratch.split_at_mut(lanes);
    let (rate, scratch) = scratch.split_at_mut(lanes);
    let (num, scratch) = scratch.split_at_mut(lanes + LANES_MAX);
    let (den, gates) = scratch.split_at_mut(lanes + LANES_MAX);

    for (value, &id) in current.iter_mut().zip(cell.order) {
        *value = state[usize::from(id)];
    }
    current[units..].fill(0.0);
    base(s, cell, elapsed, rate, den);
    num[..lanes].copy_from_slice(&cell.leak_drive[..lanes]);
    num[lanes..].fill(0.0);
    den[lanes..].fill(1.0);
    compute_gates(s, &cell.sensory, input, gates);
    add_sensory(s, &cell.sensory, gates, num, den);

    let (mut current, mut next) = (current, next);
    for _ in 0..cell.unfolds {
        compute_gates(s, &cell.recurrent, current, gates);
        for lane in (0..lanes).step_by(S::LANES) {
            let base = (s.load(&num[lane..]), s.load(&den[lane..]));
            let (num, den) = sum(s, &cell.recurrent, gates, lane, base);
            let num = s.fma(s.load(&rate[lane..]), s.load(&current[lane..]), num);
            s.store(s.div(num, den), &mut next[lane..]);
        }
        core::mem::swap(&mut current, &mut next);
    }
    for (&value, &id) in current.iter().zip(cell.order) {
        state[usize::from(id)] = value;
    }
}

/// The parts of every quotient that do not depend on a synapse: rate cm K / T, and denominator.
#[inline(always)]
fn base<S: Isa>(s: S, cell: &LtcView<'_>, elapsed: f32, rate: &mut [f32], den: &mut [f32]) {
    for lane in (0..rate.len()).step_by(S::LANES) {
        let quotient = s.div(s.load(&cell.capacitance[lane..]), s.splat(elapsed));
        let quotient = s.min(quotient, CAPACITANCE_RATE_MAX);
        s.store(quotient, &mut rate[lane..]);
        s.store(s.add(quotient, s.load(&cell.leak[lane..])), &mut den[lane..]);
    }
}

/// Writes the gate of every synapse, and finite values behind the last.
#[inline(always)]
fn compute_gates<S: Isa>(s: S, synapses: &SynapsesView<'_>, from: &[f32], gates: &mut [f32]) {
    let SynapsesView { pre, a, b, .. } = *synapses;
    let count = pre.len();
    assert!(count % LANES_MAX == 0 && (a.len(), b.len()) == (count, count), "packed synapses");
    let last = pre.iter().fold(0, |last, &index| if index > last { index } else { last });
    assert!(usize::from(last) < from.len(), "source of a synapse");
    let (gates, rest) = gates.split_at_mut(count);
    rest[..LANES_MAX].fill(0.0);
    let vectors = gates.chunks_exact_mut(S::LANES).zip(pre.chunks_exact(S::LANES));
    let lines = a.chunks_exact(S::LANES).zip(b.chunks_exact(S::LANES));
    for ((gate, pre), (a, b)) in vectors.zip(lines) {
        // SAFETY: a chunk has `LANES` indices, and none of all is above `last`, which was compared
        // with the length of `from`.
        let source = unsafe { s.gather(from, pre) };
        s.store(sig2n(s, s.fma(source, s.load(a), s.load(b))), gate);
    }
}

/// Adds the sensory synapses to the sums that every sub-step starts from.
#[inline(always)]
fn add_sensory<S: Isa>(
    s: S,
    synapses: &SynapsesView<'_>,
    gates: &[f32],
    num: &mut [f32],
    den: &mut [f32],
) {
    let first = usize::from(synapses.first_lane);
    let active = synapses.slot_len.first().map_or(0, |&len| usize::from(len));
    for lane in (0..active).step_by(S::LANES) {
        let (num, den) = (&mut num[first + lane..], &mut den[first + lane..]);
        let (sum_num, sum_den) = sum(s, synapses, gates, lane, (s.load(num), s.load(den)));
        s.store(sum_num, num);
        s.store(sum_den, den);
    }
}

/// Adds the current and conductance of a vector of neurons, of which the first is `lane` lanes
/// behind the first active one, to their `(numerators, denominators)`.
#[inline(always)]
fn sum<S: Isa>(
    s: S,
    synapses: &SynapsesView<'_>,
    gates: &[f32],
    lane: usize,
    (mut num, mut den): (S::F, S::F),
) -> (S::F, S::F) {
    let slots = synapses.slot_len.iter().map(|&len| usize::from(len));
    let slots = slots.take_while(|&len| len > lane);
    let (mut gate_at, mut weight_at) = (lane, lane);
    match synapses.weights {
        WeightsView::F32 { w, w_erev } => {
            for len in slots {
                let gate = s.load(&gates[gate_at..]);
                den = s.fma(s.load(&w[weight_at..]), gate, den);
                num = s.fma(s.load(&w_erev[weight_at..]), gate, num);
                gate_at += len;
                weight_at += padded(len);
            }
            (num, den)
        }
        WeightsView::Int8 { w, w_erev, scale, erev_scale } => {
            if lane >= scale.len() {
                return (num, den);
            }
            let (mut conductance, mut current) = (s.zeros(), s.zeros());
            for len in slots {
                let gate = integer_gate(s, s.load(&gates[gate_at..]));
                conductance = s.dot(s.load_i8(&w[weight_at..]), gate, conductance);
                current = s.dot(s.load_i8(&w_erev[weight_at..]), gate, current);
                gate_at += len;
                weight_at += padded(len);
            }
            den = s.fma(s.to_float(conductance), s.load(&scale[lane..]), den);
            num = s.fma(s.to_float(current), s.load(&erev_scale[lane..]), num);
            (num, den)
        }
    }
}

/// An open gate is [`GATE_ONE`].
#[inline(always)]
pub(crate) fn integer_gate<S: Isa>(s: S, gate: S::F) -> S::I {
    let rounded = s.fma(gate, s.splat(GATE_ONE), s.splat(ROUND_MAGIC));
    s.integer(rounded, ROUND_MAGIC)
}
