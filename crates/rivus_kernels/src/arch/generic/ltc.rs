//! The fused semi-implicit step of an LTC cell (Hasani 2021, algorithm 1), over synapses instead of
//! matrices.
//!
//! Gates are computed for all synapses first, in a loop without dependencies that the compiler
//! turns into vector code, and added per neuron after that. The sums have the same order as one
//! loop over neurons would give them.

use super::Fused;
use super::activation::sig2n;
use crate::{LtcView, SynapsesView};

/// Scratch values per neuron; one per synapse comes on top.
pub(crate) const SCRATCH_PER_UNIT: usize = 6;

/// Bound of cm K / T, where a step no longer moves the state: keeps c v finite for the shortest
/// times.
const CAPACITANCE_RATE_MAX: f32 = 1e30;

/// Numerator and denominator of every neuron's quotient.
struct Sums<'a> {
    num: &'a mut [f32],
    den: &'a mut [f32],
}

/// Advances `state` by `elapsed`.
#[inline(always)]
pub(crate) fn step<F: Fused>(
    cell: &LtcView<'_>,
    input: &[f32],
    elapsed: f32,
    state: &mut [f32],
    scratch: &mut [f32],
) {
    let units = cell.leak.len();
    assert_eq!(state.len(), units, "LTC state");
    assert!(scratch.len() >= cell.scratch_len(), "LTC scratch");
    let (rate, scratch) = scratch.split_at_mut(units);
    let (base_num, scratch) = scratch.split_at_mut(units);
    let (base_den, scratch) = scratch.split_at_mut(units);
    let (num, scratch) = scratch.split_at_mut(units);
    let (den, scratch) = scratch.split_at_mut(units);
    let (next, gates) = scratch.split_at_mut(units);

    for ((rate, den), (&capacitance, &leak)) in
        rate.iter_mut().zip(&mut *base_den).zip(cell.capacitance.iter().zip(cell.leak))
    {
        let quotient = capacitance / elapsed;
        *rate = if quotient < CAPACITANCE_RATE_MAX { quotient } else { CAPACITANCE_RATE_MAX };
        *den = *rate + leak;
    }
    base_num.copy_from_slice(cell.leak_drive);
    let base = Sums { num: base_num, den: base_den };
    add_synapses::<F>(&cell.sensory, input, gates, base);

    let (mut current, mut next): (&mut [f32], &mut [f32]) = (state, next);
    for _ in 0..cell.unfolds {
        num.copy_from_slice(base_num);
        den.copy_from_slice(base_den);
        add_synapses::<F>(&cell.recurrent, current, gates, Sums { num, den });
        let quotients = num.iter().zip(&*den).zip(rate.iter().zip(&*current));
        for (next, ((&num, &den), (&rate, &v))) in next.iter_mut().zip(quotients) {
            *next = F::fma(rate, v, num) / den;
        }
        core::mem::swap(&mut current, &mut next);
    }
    // `current` is the state after an even number of swaps and the scratch after an odd one.
    if cell.unfolds % 2 == 1 {
        next.copy_from_slice(current);
    }
}

/// Adds every synapse's conductance to `den` and its current to `num`.
#[inline(always)]
fn add_synapses<F: Fused>(
    synapses: &SynapsesView<'_>,
    pre: &[f32],
    gates: &mut [f32],
    sums: Sums<'_>,
) {
    let count = synapses.pre.len();
    let gates = &mut gates[..count];
    for (gate, &index) in gates.iter_mut().zip(synapses.pre) {
        *gate = pre[usize::from(index)];
    }
    let (a, b) = (&synapses.a[..count], &synapses.b[..count]);
    for (gate, (&a, &b)) in gates.iter_mut().zip(a.iter().zip(b)) {
        *gate = sig2n::<F>(F::fma(*gate, a, b));
    }
    let (w, w_erev) = (&synapses.w[..count], &synapses.w_erev[..count]);
    assert_eq!(synapses.row_start.len(), sums.num.len() + 1, "synapse rows");
    let neurons = sums.num.iter_mut().zip(sums.den).zip(synapses.row_start.windows(2));
    for ((num_out, den_out), row) in neurons {
        let row = row[0] as usize..row[1] as usize;
        let (mut num, mut den) = (*num_out, *den_out);
        let weights = w[row.clone()].iter().zip(&w_erev[row.clone()]);
        for (&gate, (&w, &w_erev)) in gates[row].iter().zip(weights) {
            den = F::fma(w, gate, den);
            num = F::fma(w_erev, gate, num);
        }
        *num_out = num;
        *den_out = den;
    }
}
