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
    let sensory = packed_len(&cell.sensory, input.len(), gates.len());
    let recurrent = packed_len(&cell.recurrent, lanes, gates.len());
    let busy = active(&cell.recurrent).next_multiple_of(S::LANES);

    assert!(all_below(cell.order, units), "lane order");
    for (value, &id) in current.iter_mut().zip(cell.order) {
        // SAFETY: there are `units` states, and every `id` is below that by the assertion above.
        *value = *unsafe { state.get_unchecked(usize::from(id)) };
    }
    current[units..].fill(0.0);
    base(s, cell, elapsed, rate, [num, den]);
    // SAFETY: `packed_len` has checked these synapses with the lengths of `input` and `gates`.
    unsafe {
        compute_gates(s, &cell.sensory, sensory, input, gates);
        add_sensory(s, &cell.sensory, gates, [num, den]);
    }
    let (mut current, mut next) = (current, next);
    for _ in 0..cell.unfolds {
        // SAFETY: as above, for the recurrent synapses and `lanes` values.
        unsafe { compute_gates(s, &cell.recurrent, recurrent, current, gates) };
        for lane in (busy..lanes).step_by(S::LANES) {
            let sums = Sums::<S, 1>::load(s, &num[lane..], &den[lane..]);
            sums.advance(s, &rate[lane..], &current[lane..], &mut next[lane..]);
        }
        let mut lane = 0;
        while lane < busy {
            let (num, den) = (&num[lane..], &den[lane..]);
            let (rate, current, next) = (&rate[lane..], &current[lane..], &mut next[lane..]);
            let synapses = &cell.recurrent;
            // SAFETY: as above; `lane` is a multiple of LANES.
            lane += unsafe {
                match (busy - lane) / S::LANES {
                    1 => advance::<S, 1>(s, synapses, gates, lane, [num, den, rate, current], next),
                    2 => advance::<S, 2>(s, synapses, gates, lane, [num, den, rate, current], next),
                    3 => advance::<S, 3>(s, synapses, gates, lane, [num, den, rate, current], next),
                    _ => advance::<S, 4>(s, synapses, gates, lane, [num, den, rate, current], next),
                }
            };
        }
        core::mem::swap(&mut current, &mut next);
    }
    for (&value, &id) in current.iter().zip(cell.order) {
        // SAFETY: as above.
        *unsafe { state.get_unchecked_mut(usize::from(id)) } = value;
    }
}

/// Whether all of `indices` are below `bound`; true of none.
#[inline(always)]
fn all_below(indices: &[u16], bound: usize) -> bool {
    // Without an early end this is one vector loop.
    let largest = indices.iter().fold(0, |largest, &index| u16::max(largest, index));
    indices.is_empty() || usize::from(largest) < bound
}

/// The number of neurons that have synapses, or may have.
#[inline(always)]
fn active(synapses: &SynapsesView<'_>) -> usize {
    synapses.slot_len.first().map_or(0, |&len| usize::from(len))
}

/// The number of synapses.
///
/// # Panics
/// Unless all sources are below `sources`, the synapses are those of the slots, and `gates` values
/// are as many with [`LANES_MAX`] to spare.
#[inline(always)]
fn packed_len(synapses: &SynapsesView<'_>, sources: usize, gates: usize) -> usize {
    let SynapsesView { slot_len, pre, a, b, weights, .. } = *synapses;
    debug_assert!(
        slot_len.is_sorted_by(|one, next| one >= next),
        "slots are not in descending order"
    );
    // 32 bits hold the sums of so many, and are quicker to add.
    assert!(slot_len.len() < 1 << 15, "slots");
    let (mut len, mut padded_len) = (0, 0);
    for &slot in slot_len {
        len += u32::from(slot);
        padded_len += (u32::from(slot) + (LANES_MAX as u32 - 1)) & !(LANES_MAX as u32 - 1);
    }
    let (len, padded_len) = (len as usize, padded_len as usize);
    let weights = match weights {
        WeightsView::F32 { w, w_erev } => [w.len(), w_erev.len()],
        WeightsView::Int8 { w, w_erev, .. } => [w.len(), w_erev.len()],
    };
    let is_packed = all_below(pre, sources)
        && pre.len() == padded(len)
        && [a.len(), b.len()] == [pre.len(); 2]
        && weights == [padded_len; 2]
        && pre.len() + LANES_MAX <= gates;
    assert!(is_packed, "synapses");
    len
}

/// The parts of every quotient that do not depend on a synapse: rate cm K / T, and sums.
#[inline(always)]
fn base<S: Isa>(
    s: S,
    cell: &LtcView<'_>,
    elapsed: f32,
    rate: &mut [f32],
    [num, den]: [&mut [f32]; 2],
) {
    let lanes = rate.len();
    for lane in (0..lanes).step_by(S::LANES) {
        let quotient = s.div(s.load(&cell.capacitance[lane..]), s.splat(elapsed));
        let quotient = s.min(quotient, CAPACITANCE_RATE_MAX);
        s.store(quotient, &mut rate[lane..]);
        s.store(s.load(&cell.leak_drive[lane..]), &mut num[lane..]);
        s.store(s.add(quotient, s.load(&cell.leak[lane..])), &mut den[lane..]);
    }
    num[lanes..][..LANES_MAX].fill(0.0);
    den[lanes..][..LANES_MAX].fill(1.0);
}

/// Writes the gate of each of the `len` synapses, and finite values behind the last.
///
/// # Safety
/// [`packed_len`] has checked the synapses and the length of `from`, and returned `len`.
#[inline(always)]
unsafe fn compute_gates<S: Isa>(
    s: S,
    synapses: &SynapsesView<'_>,
    len: usize,
    from: &[f32],
    gates: &mut [f32],
) {
    let len = len.next_multiple_of(S::LANES);
    let sources =
        Sources { pre: &synapses.pre[..len], a: &synapses.a[..len], b: &synapses.b[..len], from };
    // SAFETY: the caller's promise.
    unsafe {
        if are_within(from, synapses.source_max) {
            s.gates::<false>(sources, &mut gates[..len]);
        } else {
            s.gates::<true>(sources, &mut gates[..len]);
        }
    }
    gates[len..][..LANES_MAX].fill(0.0);
}

/// Whether no magnitude is above `max`; NaN is.
#[inline(always)]
pub(crate) fn are_within(values: &[f32], max: f32) -> bool {
    // In this order floats without their sign are integers, and NaN comes last.
    let largest = values.iter().fold(0, |largest, value| u32::max(largest, value.abs().to_bits()));
    f32::from_bits(largest) <= max
}

/// What gates depend on.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// See [`SynapsesView`]; a whole number of vectors.
    pre: &'a [u16],
    /// As many.
    a: &'a [f32],
    /// As many.
    b: &'a [f32],
    /// Values of the sources.
    from: &'a [f32],
}

impl Sources<'_> {
    /// The first `len`, which lets the compiler leave out further checks.
    #[inline(always)]
    fn checked(self, len: usize) -> Self {
        let Self { pre, a, b, from } = self;
        Self { pre: &pre[..len], a: &a[..len], b: &b[..len], from }
    }
}

/// Writes the gates of whole vectors of synapses, `N` at a time. Without `CLAMP` all sources must be
/// within [`SynapsesView::source_max`].
///
/// The exponents of the next `AHEAD` groups are computed before the gates of one: the processor
/// would look ahead too few instructions to fetch them in time.
///
/// # Safety
/// No synapse comes from behind the end of [`Sources::from`].
#[inline(always)]
pub(crate) unsafe fn gates<S: Isa, const N: usize, const AHEAD: usize, const CLAMP: bool>(
    s: S,
    sources: Sources<'_>,
    gates: &mut [f32],
) {
    let len = gates.len();
    let sources = sources.checked(len);
    let group = N * S::LANES;
    let whole = len - len % group;
    let mut ahead = [[s.splat(0.0); N]; AHEAD];
    for (y, at) in ahead.iter_mut().zip((0..whole).step_by(group)) {
        // SAFETY: the caller's promise; the group starts at `at`.
        *y = unsafe { exponents(s, sources, at) };
    }
    let mut at = 0;
    while at + AHEAD * group < whole {
        let y = ahead[0];
        for n in 1..AHEAD {
            ahead[n - 1] = ahead[n];
        }
        // SAFETY: as above.
        ahead[AHEAD - 1] = unsafe { exponents(s, sources, at + AHEAD * group) };
        store_gates::<S, N, CLAMP>(s, y, &mut gates[at..at + group]);
        at += group;
    }
    for y in ahead {
        if at < whole {
            store_gates::<S, N, CLAMP>(s, y, &mut gates[at..at + group]);
            at += group;
        }
    }
    for at in (whole..len).step_by(S::LANES) {
        // SAFETY: as above.
        let y = unsafe { exponents::<S, 1>(s, sources, at) };
        store_gates::<S, 1, CLAMP>(s, y, &mut gates[at..at + S::LANES]);
    }
}

#[inline(always)]
fn store_gates<S: Isa, const N: usize, const CLAMP: bool>(s: S, y: [S::F; N], gates: &mut [f32]) {
    let abreast = sig2n_abreast::<S, N, CLAMP>(s, y);
    for (gates, gate) in gates.chunks_exact_mut(S::LANES).zip(abreast) {
        s.store(gate, gates);
    }
}

/// The exponents `a v + b` of `N` vectors of synapses, from the one at `at` on.
///
/// # Safety
/// No synapse comes from behind the end of [`Sources::from`].
#[inline(always)]
unsafe fn exponents<S: Isa, const N: usize>(s: S, sources: Sources<'_>, at: usize) -> [S::F; N] {
    let part = at..at + N * S::LANES;
    let (a, b) = (&sources.a[part.clone()], &sources.b[part.clone()]);
    let pre = &sources.pre[part];
    let mut y = [s.splat(0.0); N];
    for (n, y) in y.iter_mut().enumerate() {
        let at = n * S::LANES;
        // SAFETY: `pre` has `N` vectors of indices, which the caller promises to be in range.
        let source = unsafe { s.gather(sources.from, &pre[at..]) };
        *y = s.fma(source, s.load(&a[at..]), s.load(&b[at..]));
    }
    y
}

/// Adds the sensory synapses to the sums that every sub-step starts from.
///
/// # Safety
/// [`packed_len`] has checked the synapses and the length of `gates`.
#[inline(always)]
unsafe fn add_sensory<S: Isa>(
    s: S,
    synapses: &SynapsesView<'_>,
    gates: &[f32],
    [num, den]: [&mut [f32]; 2],
) {
    let first = usize::from(synapses.first_lane);
    let active = active(synapses);
    let mut lane = 0;
    while lane < active {
        let sums = [&mut num[first + lane..], &mut den[first + lane..]];
        // SAFETY: the caller's promise; `lane` is a multiple of LANES.
        lane += unsafe {
            match (active - lane).div_ceil(S::LANES) {
                1 => add::<S, 1>(s, synapses, gates, lane, sums),
                2 => add::<S, 2>(s, synapses, gates, lane, sums),
                3 => add::<S, 3>(s, synapses, gates, lane, sums),
                _ => add::<S, 4>(s, synapses, gates, lane, sums),
            }
        };
    }
}

/// Adds synapses to the sums of `N` vectors of neurons; returns their number.
///
/// # Safety
/// As [`Sums::add`].
#[inline(always)]
unsafe fn add<S: Isa, const N: usize>(
    s: S,
    synapses: &SynapsesView<'_>,
    gates: &[f32],
    lane: usize,
    [num, den]: [&mut [f32]; 2],
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

/// Adds synapses to the sums of `N` vectors of neurons, and writes their next values; returns the
/// number of neurons.
///
/// # Safety
/// As [`Sums::add`].
#[inline(always)]
unsafe fn advance<S: Isa, const N: usize>(
    s: S,
    synapses: &SynapsesView<'_>,
    gates: &[f32],
    lane: usize,
    [num, den, rate, current]: [&[f32]; 4],
    next: &mut [f32],
) -> usize {
    let mut sums = Sums::<S, N>::load(s, num, den);
    // SAFETY: the caller's promise.
    unsafe { sums.add(s, synapses, gates, lane) };
    sums.advance(s, rate, current, next);
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

    /// Writes the next values of the neurons.
    #[inline(always)]
    fn advance(self, s: S, rate: &[f32], current: &[f32], next: &mut [f32]) {
        for n in 0..N {
            let lane = n * S::LANES;
            let num = s.fma(s.load(&rate[lane..]), s.load(&current[lane..]), self.num[n]);
            s.store(s.div(num, self.den[n]), &mut next[lane..]);
        }
    }

    /// Adds current and conductance of the neurons from `lane` lanes behind the first active one.
    ///
    /// # Safety
    /// [`packed_len`] has checked the synapses and the length of `gates`, and `lane` is a multiple
    /// of LANES.
    #[inline(always)]
    unsafe fn add(&mut self, s: S, synapses: &SynapsesView<'_>, gates: &[f32], lane: usize) {
        let mut walk = Walk { slots: synapses.slot_len, gate: lane, weight: lane };
        match synapses.weights {
            WeightsView::F32 { w, w_erev } => {
                // SAFETY: the caller's promise.
                unsafe {
                    // Slots are in descending order: fewer and fewer vectors have synapses.
                    if N >= 4 {
                        self.add_slots::<4>(s, &mut walk, lane, [gates, w, w_erev]);
                    }
                    if N >= 3 {
                        self.add_slots::<3>(s, &mut walk, lane, [gates, w, w_erev]);
                    }
                    if N >= 2 {
                        self.add_slots::<2>(s, &mut walk, lane, [gates, w, w_erev]);
                    }
                    self.add_slots::<1>(s, &mut walk, lane, [gates, w, w_erev]);
                }
            }
            WeightsView::Int8 { scale, .. } if lane >= scale.len() => {}
            WeightsView::Int8 { w, w_erev, scale, erev_scale } => {
                let (mut conductance, mut current) = ([s.zeros(); N], [s.zeros(); N]);
                while let Some((len, gate_at, weight_at)) = walk.next(lane) {
                    for n in 0..N {
                        let from = n * S::LANES;
                        if len <= lane + from {
                            break;
                        }
                        let gate = integer_gate(s, s.load(&gates[gate_at + from..]));
                        let (w, w_erev) = (&w[weight_at + from..], &w_erev[weight_at + from..]);
                        conductance[n] = s.dot(s.load_i8(w), gate, conductance[n]);
                        current[n] = s.dot(s.load_i8(w_erev), gate, current[n]);
                    }
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

    /// Adds the slots that reach into the last of the first `A` vectors.
    ///
    /// # Safety
    /// As [`Self::add`]; `A` is at most `N`.
    #[inline(always)]
    unsafe fn add_slots<const A: usize>(
        &mut self,
        s: S,
        walk: &mut Walk<'_>,
        lane: usize,
        [gates, w, w_erev]: [&[f32]; 3],
    ) {
        while let Some((_, gate_at, weight_at)) = walk.next(lane + (A - 1) * S::LANES) {
            for n in 0..A {
                let (from, width) = (n * S::LANES, S::LANES);
                let (gate_at, weight_at) = (gate_at + from, weight_at + from);
                // SAFETY: `lane + from` is in this slot, whose gates end with the slot and have
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
        }
    }
}

/// Walks the slots.
struct Walk<'a> {
    /// Those that are left.
    slots: &'a [u16],
    /// Where one of their lanes is among the gates, and among the weights.
    gate: usize,
    weight: usize,
}

impl Walk<'_> {
    /// The length of the next slot, and the places of the lane in it, if it is longer than `reach`.
    #[inline(always)]
    fn next(&mut self, reach: usize) -> Option<(usize, usize, usize)> {
        let (&len, rest) = self.slots.split_first()?;
        let len = usize::from(len);
        if len <= reach {
            return None;
        }
        let found = (len, self.gate, self.weight);
        self.slots = rest;
        self.gate += len;
        self.weight += padded(len);
        Some(found)
    }
}

/// An open gate is [`GATE_ONE`].
#[inline(always)]
pub(crate) fn integer_gate<S: Isa>(s: S, gate: S::F) -> S::I {
    let rounded = s.fma(gate, s.splat(GATE_ONE), s.splat(ROUND_MAGIC));
    s.integer(rounded, ROUND_MAGIC)
}
