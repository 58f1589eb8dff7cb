//! The fused semi-implicit step of an LTC cell (Hasani 2021, algorithm 1) for one robot.
//!
//! Slot after slot is added to the sums of its neurons. Successive synapses of a slot end in
//! different neurons, so that several gates can be computed side by side.

use super::single::{Fused, Single};
use crate::arch::generic::activation::sig2n_abreast;
use crate::arch::generic::ltc::CAPACITANCE_RATE_MAX;
use crate::arch::isa::Isa;
use crate::view::{LtcView, SynapsesView, WeightsView, padded};

/// Gates that are computed side by side: they fit in 32 registers, and a processor that executes
/// in order hardly waits for a result.
const ABREAST: usize = 4;

/// Advances `state` by `elapsed`; the conductances are not integers.
#[inline(always)]
pub(crate) fn step<F: Fused>(
    s: Single<F>,
    cell: &LtcView<'_>,
    input: &[f32],
    elapsed: f32,
    state: &mut [f32],
    scratch: &mut [f32],
) {
    let units = cell.order.len();
    assert_eq!(state.len(), units, "LTC state");
    assert_eq!(input.len(), cell.inputs, "LTC inputs");
    assert_eq!(cell.recurrent.first_lane, 0, "recurrent synapses start in the first lane");
    // Only these have sums that differ from one sub-step to the next.
    let busy = cell.recurrent.slot_len.first().map_or(0, |&len| usize::from(len));
    let (current, scratch) = scratch.split_at_mut(units);
    let (rate, scratch) = scratch.split_at_mut(units);
    let (base_num, scratch) = scratch.split_at_mut(units);
    let (base_den, scratch) = scratch.split_at_mut(units);
    let (num, scratch) = scratch.split_at_mut(busy);
    let den = &mut scratch[..busy];

    for (value, &id) in current.iter_mut().zip(cell.order) {
        *value = state[usize::from(id)];
    }
    base_num.copy_from_slice(&cell.leak_drive[..units]);
    let (leak, capacitance) = (&cell.leak[..units], &cell.capacitance[..units]);
    for lane in 0..units {
        rate[lane] = s.min(capacitance[lane] / elapsed, CAPACITANCE_RATE_MAX);
        base_den[lane] = rate[lane] + leak[lane];
    }
    let first = usize::from(cell.sensory.first_lane);
    add_synapses(s, &cell.sensory, input, &mut base_num[first..], &mut base_den[first..]);
    for _ in 0..cell.unfolds {
        num.copy_from_slice(&base_num[..busy]);
        den.copy_from_slice(&base_den[..busy]);
        add_synapses(s, &cell.recurrent, current, num, den);
        let (busy_rate, idle_rate) = rate.split_at(busy);
        let (busy_current, idle_current) = current.split_at_mut(busy);
        update(s, busy_rate, num, den, busy_current);
        update(s, idle_rate, &base_num[busy..], &base_den[busy..], idle_current);
    }
    for (&value, &id) in current.iter().zip(cell.order) {
        state[usize::from(id)] = value;
    }
}

/// The values after a sub-step, from the sums of all synapses.
#[inline(always)]
fn update<F: Fused>(s: Single<F>, rate: &[f32], num: &[f32], den: &[f32], current: &mut [f32]) {
    for (((v, &rate), &num), &den) in current.iter_mut().zip(rate).zip(num).zip(den) {
        *v = s.fma(rate, *v, num) / den;
    }
}

/// Adds current and conductance of all synapses to the sums, which start with the first neuron
/// that has one.
#[inline(always)]
fn add_synapses<F: Fused>(
    s: Single<F>,
    synapses: &SynapsesView<'_>,
    from: &[f32],
    num: &mut [f32],
    den: &mut [f32],
) {
    let &SynapsesView { slot_len, pre, a, b, weights, .. } = synapses;
    let WeightsView::F32 { w, w_erev } = weights else { panic!("whole numbers") };
    // Equal lengths, so that one look at each slot's end is enough for all of them.
    let (a, b, w_erev) = (&a[..pre.len()], &b[..pre.len()], &w_erev[..w.len()]);
    let den = &mut den[..num.len()];
    let (mut gate_at, mut weight_at) = (0, 0);
    for &len in slot_len {
        let len = usize::from(len);
        let (gates, weights) = (gate_at..gate_at + len, weight_at..weight_at + len);
        let slot = Slot {
            pre: &pre[gates.clone()],
            a: &a[gates.clone()],
            b: &b[gates],
            w: &w[weights.clone()],
            w_erev: &w_erev[weights],
        };
        slot.add(s, from, &mut num[..len], &mut den[..len]);
        gate_at += len;
        weight_at += padded(len);
    }
}

/// One synapse of each of so many successive neurons; all slices are as long.
struct Slot<'a> {
    pre: &'a [u16],
    a: &'a [f32],
    b: &'a [f32],
    w: &'a [f32],
    w_erev: &'a [f32],
}

impl Slot<'_> {
    #[inline(always)]
    fn add<F: Fused>(&self, s: Single<F>, from: &[f32], num: &mut [f32], den: &mut [f32]) {
        let len = self.pre.len();
        let mut lane = 0;
        while lane + ABREAST <= len {
            self.add_lanes::<F, ABREAST>(s, from, lane, num, den);
            lane += ABREAST;
        }
        if lane + 2 <= len {
            self.add_lanes::<F, 2>(s, from, lane, num, den);
            lane += 2;
        }
        if lane < len {
            self.add_lanes::<F, 1>(s, from, lane, num, den);
        }
    }

    #[inline(always)]
    fn add_lanes<F: Fused, const N: usize>(
        &self,
        s: Single<F>,
        from: &[f32],
        lane: usize,
        num: &mut [f32],
        den: &mut [f32],
    ) {
        let part = lane..lane + N;
        let (pre, a, b) = (&self.pre[part.clone()], &self.a[part.clone()], &self.b[part.clone()]);
        let (w, w_erev) = (&self.w[part.clone()], &self.w_erev[part.clone()]);
        let (num, den) = (&mut num[part.clone()], &mut den[part]);
        let mut exponents = [0.0; N];
        for n in 0..N {
            exponents[n] = s.fma(from[usize::from(pre[n])], a[n], b[n]);
        }
        let gates = sig2n_abreast::<_, N, true>(s, exponents);
        for n in 0..N {
            den[n] = s.fma(w[n], gates[n], den[n]);
            num[n] = s.fma(w_erev[n], gates[n], num[n]);
        }
    }
}
