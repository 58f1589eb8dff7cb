//! The fused semi-implicit step of an LTC cell (Hasani 2021, algorithm 1) for one robot: lanes are
//! neurons.
//!
//! Gates are computed for all synapses first, in one loop without gaps or dependencies, and added
//! per neuron after that.

use super::activation::{ROUND_MAGIC, sig2n_abreast};
use crate::arch::isa::Isa;
use crate::view::{GATE_ONE, LANES_MAX, LtcView, SynapsesView, WeightsView, padded};

/// Bound of cm K / T, where a step no longer moves the state: keeps c v finite for the shortest
/// times.
pub(crate) const CAPACITANCE_RATE_MAX: f32 = 1e30;

/// Vectors whose gates are computed side by side.
const ABREAST: usize = 2;

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
    // A slot is a whole number of such groups of vectors, whatever their width.
    match S::LANES {
        1 => step::<S, 1>(s, cell, input, elapsed, state, scratch),
        4 => step::<S, 4>(s, cell, input, elapsed, state, scratch),
        8 => step::<S, 2>(s, cell, input, elapsed, state, scratch),
        _ => step::<S, 1>(s, cell, input, elapsed, state, scratch),
    }
}

/// The step, with `N` vectors of neurons side by side; `N * LANES` divides [`LANES_MAX`].
#[inline(always)]
fn step<S: Isa, const N: usize>(
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
    assert!(is_packed(&cell.sensory, input.len(), gates.len()), "sensory synapses");
    assert!(is_packed(&cell.recurrent, lanes, gates.len()), "recurrent synapses");

    for (value, &id) in current.iter_mut().zip(cell.order) {
        *value = state[usize::from(id)];
    }
    current[units..].fill(0.0);
    base(s, cell, elapsed, rate, den);
    num[..lanes].copy_from_slice(&cell.leak_drive[..lanes]);
    num[lanes..].fill(0.0);
    den[lanes..].fill(1.0);
    // SAFETY: `is_packed` holds for these synapses, `input` and `gates`.
    unsafe {
        compute_gates(s, &cell.sensory, input, gates);
        add_sensory::<S, N>(s, &cell.sensory, gates, num, den);
    }
    let (mut current, mut next) = (current, next);
    for _ in 0..cell.unfolds {
        // SAFETY: `is_packed` holds for these synapses, `lanes` values and `gates`.
        unsafe { compute_gates(s, &cell.recurrent, current, gates) };
        for lane in (0..lanes).step_by(N * S::LANES) {
            let mut sums = Sums::<S, N>::load(s, &num[lane..], &den[lane..]);
            // SAFETY: as above; `lane` is a multiple of `N * LANES`.
            unsafe { sums.add(s, &cell.recurrent, gates, lane) };
            for n in 0..N {
                let lane = lane + n * S::LANES;
                let v = s.load(&current[lane..]);
                let num = s.fma(s.load(&rate[lane..]), v, sums.num[n]);
                s.store(s.div(num, sums.den[n]), &mut next[lane..]);
            }
        }
        core::mem::swap(&mut current, &mut next);
    }
    for (&value, &id) in current.iter().zip(cell.order) {
        state[usize::from(id)] = value;
    }
}

/// Whether all sources are below `sources`, the synapses are those of the slots, and there is room
/// for `gates` of them with [`LANES_MAX`] to spare.
#[inline(always)]
fn is_packed(synapses: &SynapsesView<'_>, sources: usize, gates: usize) -> bool {
    let SynapsesView { slot_len, pre, a, b, weights, .. } = *synapses;
    let last = pre.iter().fold(0, |last, &index| if index > last { index } else { last });
    let (mut entries, mut padded_entries) = (0, 0);
    for &len in slot_len {
        entries += usize::from(len);
        padded_entries += padded(len.into());
    }
    let weights = match weights {
        WeightsView::F32 { w, w_erev } => [w.len(), w_erev.len()],
        WeightsView::Int8 { w, w_erev, .. } => [w.len(), w_erev.len()],
    };
    usize::from(last) < sources
        && pre.len() == padded(entries)
        && [a.len(), b.len()] == [pre.len(); 2]
        && weights == [padded_entries; 2]
        && pre.len() + LANES_MAX <= gates
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
///
/// # Safety
/// [`is_packed`] holds for the synapses, the length of `from` and that of `gates`.
#[inline(always)]
unsafe fn compute_gates<S: Isa>(
    s: S,
    synapses: &SynapsesView<'_>,
    from: &[f32],
    gates: &mut [f32],
) {
    let count = synapses.pre.len();
    gates[count..count + LANES_MAX].fill(0.0);
    let stride = ABREAST * S::LANES;
    let whole = count - count % stride;
    // The sources of the next vectors are fetched before the gates of these are computed: the
    // processor would look ahead too few instructions to do it by itself.
    let mut ahead = [s.splat(0.0); ABREAST];
    if whole > 0 {
        // SAFETY: the caller's promise.
        ahead = unsafe { exponents::<S, ABREAST>(s, synapses, from, 0) };
    }
    for at in (0..whole).step_by(stride) {
        let y = ahead;
        if at + stride < whole {
            // SAFETY: the caller's promise.
            ahead = unsafe { exponents::<S, ABREAST>(s, synapses, from, at + stride) };
        }
        store_gates(s, y, &mut gates[at..at + stride]);
    }
    for at in (whole..count).step_by(S::LANES) {
        // SAFETY: the caller's promise.
        let y = unsafe { exponents::<S, 1>(s, synapses, from, at) };
        store_gates(s, y, &mut gates[at..at + S::LANES]);
    }
}

#[inline(always)]
fn store_gates<S: Isa, const N: usize>(s: S, y: [S::F; N], gates: &mut [f32]) {
    for (gates, gate) in gates.chunks_exact_mut(S::LANES).zip(sig2n_abreast(s, y)) {
        s.store(gate, gates);
    }
}

/// The exponents `a v + b` of `N` vectors of synapses, from the one at `at` on.
///
/// # Safety
/// No synapse comes from behind the end of `from`.
#[inline(always)]
unsafe fn exponents<S: Isa, const N: usize>(
    s: S,
    synapses: &SynapsesView<'_>,
    from: &[f32],
    at: usize,
) -> [S::F; N] {
    let part = at..at + N * S::LANES;
    let (a, b) = (&synapses.a[part.clone()], &synapses.b[part.clone()]);
    let pre = &synapses.pre[part];
    let mut y = [s.splat(0.0); N];
    for (n, y) in y.iter_mut().enumerate() {
        let at = n * S::LANES;
        // SAFETY: `pre` has `N` vectors of indices, which the caller promises to be in range.
        let source = unsafe { s.gather(from, &pre[at..]) };
        *y = s.fma(source, s.load(&a[at..]), s.load(&b[at..]));
    }
    y
}

/// Adds the sensory synapses to the sums that every sub-step starts from.
///
/// # Safety
/// [`is_packed`] holds for the synapses and the length of `gates`.
#[inline(always)]
unsafe fn add_sensory<S: Isa, const N: usize>(
    s: S,
    synapses: &SynapsesView<'_>,
    gates: &[f32],
    num: &mut [f32],
    den: &mut [f32],
) {
    let first = usize::from(synapses.first_lane);
    let active = synapses.slot_len.first().map_or(0, |&len| usize::from(len));
    let mut lane = 0;
    while lane < active {
        let (num, den) = (&mut num[first + lane..], &mut den[first + lane..]);
        // SAFETY: the caller's promise; `lane` is a multiple of `N * LANES` while as many are left,
        // and of `LANES` after that.
        lane += unsafe {
            if active - lane > S::LANES {
                add_vectors::<S, N>(s, synapses, gates, lane, num, den)
            } else {
                add_vectors::<S, 1>(s, synapses, gates, lane, num, den)
            }
        };
    }
}

/// Adds synapses to the sums of `N` vectors of neurons; returns their number.
///
/// # Safety
/// As [`Sums::add`].
#[inline(always)]
unsafe fn add_vectors<S: Isa, const N: usize>(
    s: S,
    synapses: &SynapsesView<'_>,
    gates: &[f32],
    lane: usize,
    num: &mut [f32],
    den: &mut [f32],
) -> usize {
    let mut sums = Sums::<S, N>::load(s, num, den);
    // SAFETY: the caller's promise.
    unsafe { sums.add(s, synapses, gates, lane) };
    for n in 0..N {
        s.store(sums.num[n], &mut num[n * S::LANES..]);
        s.store(sums.den[n], &mut den[n * S::LANES..]);
    }
    N * S::LANES
}

/// Numerators and denominators of `N` vectors of neurons.
struct Sums<S: Isa, const N: usize> {
    num: [S::F; N],
    den: [S::F; N],
}

impl<S: Isa, const N: usize> Sums<S, N> {
    #[inline(always)]
    fn load(s: S, num: &[f32], den: &[f32]) -> Self {
        let mut sums = Self { num: [s.splat(0.0); N], den: [s.splat(0.0); N] };
        for n in 0..N {
            sums.num[n] = s.load(&num[n * S::LANES..]);
            sums.den[n] = s.load(&den[n * S::LANES..]);
        }
        sums
    }

    /// Adds current and conductance of the neurons from `lane` lanes behind the first active one.
    ///
    /// # Safety
    /// [`is_packed`] holds for the synapses and the length of `gates`, and `lane` is a multiple of
    /// `N * LANES`, which divides [`LANES_MAX`].
    #[inline(always)]
    unsafe fn add(&mut self, s: S, synapses: &SynapsesView<'_>, gates: &[f32], lane: usize) {
        let (mut gate_at, mut weight_at) = (lane, lane);
        match synapses.weights {
            WeightsView::F32 { w, w_erev } => {
                for &len in synapses.slot_len {
                    let len = usize::from(len);
                    if len <= lane {
                        break;
                    }
                    for n in 0..N {
                        let (from, width) = (n * S::LANES, S::LANES);
                        let (gate_at, weight_at) = (gate_at + from, weight_at + from);
                        // SAFETY: `lane` is in this slot, whose gates end with the slot and have
                        // LANES_MAX more behind them, and whose weights are padded to it.
                        let (gate, w, w_erev) = unsafe {
                            (
                                gates.get_unchecked(gate_at..gate_at + width),
                                w.get_unchecked(weight_at..weight_at + width),
                                w_erev.get_unchecked(weight_at..weight_at + width),
                            )
                        };
                        let gate = s.load(gate);
                        self.den[n] = s.fma(s.load(w), gate, self.den[n]);
                        self.num[n] = s.fma(s.load(w_erev), gate, self.num[n]);
                    }
                    gate_at += len;
                    weight_at += padded(len);
                }
            }
            WeightsView::Int8 { scale, .. } if lane >= scale.len() => {}
            WeightsView::Int8 { w, w_erev, scale, erev_scale } => {
                let (mut conductance, mut current) = ([s.zeros(); N], [s.zeros(); N]);
                for &len in synapses.slot_len {
                    let len = usize::from(len);
                    if len <= lane {
                        break;
                    }
                    for n in 0..N {
                        let from = n * S::LANES;
                        let gate = integer_gate(s, s.load(&gates[gate_at + from..]));
                        let (w, w_erev) = (&w[weight_at + from..], &w_erev[weight_at + from..]);
                        conductance[n] = s.dot(s.load_i8(w), gate, conductance[n]);
                        current[n] = s.dot(s.load_i8(w_erev), gate, current[n]);
                    }
                    gate_at += len;
                    weight_at += padded(len);
                }
                for n in 0..N {
                    let lane = lane + n * S::LANES;
                    let (scale, erev_scale) = (s.load(&scale[lane..]), s.load(&erev_scale[lane..]));
                    self.den[n] = s.fma(s.to_float(conductance[n]), scale, self.den[n]);
                    self.num[n] = s.fma(s.to_float(current[n]), erev_scale, self.num[n]);
                }
            }
        }
    }
}

/// An open gate is [`GATE_ONE`].
#[inline(always)]
pub(crate) fn integer_gate<S: Isa>(s: S, gate: S::F) -> S::I {
    let rounded = s.fma(gate, s.splat(GATE_ONE), s.splat(ROUND_MAGIC));
    s.integer(rounded, ROUND_MAGIC)
}
