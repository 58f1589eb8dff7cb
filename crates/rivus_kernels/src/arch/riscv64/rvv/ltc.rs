//! The step of an LTC cell.

use super::{Extent, all_below};
use crate::arch::scalar;
use crate::view::padded;
use crate::{LtcView, SynapsesView, WeightsView};

unsafe extern "C" {
    /// Advances the state of one robot.
    fn rivus_rvv_ltc_step(step: &LtcStep, elapsed: f32);
}

/// The assembly makes byte offsets of indices, in 16 bits.
const SOURCES_MAX: usize = 1 << 14;

/// [`SynapsesView`] for the assembly: offsets are named in `ltc.s`.
#[repr(C)]
struct Synapses {
    pre: *const u16,
    a: *const f32,
    b: *const f32,
    gates_end: *const f32,
    w: *const f32,
    w_erev: *const f32,
    slots: *const u16,
    slots_end: *const u16,
}

/// [`LtcView`], state and scratch for the assembly.
#[repr(C)]
struct LtcStep {
    units: usize,
    order: *const u16,
    state: *mut f32,
    leak: *const f32,
    leak_drive: *const f32,
    capacitance: *const f32,
    current: *mut f32,
    next: *mut f32,
    rate: *mut f32,
    num: *mut f32,
    den: *mut f32,
    gates: *mut f32,
    unfolds: usize,
    input: *const f32,
    first_lane: usize,
    sensory: Synapses,
    recurrent: Synapses,
}

/// See [`crate::Kernels::ltc_step`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn ltc_step(
    cell: &LtcView<'_>,
    input: &[f32],
    elapsed: f32,
    state: &mut [f32],
    scratch: &mut [f32],
) {
    let units = cell.order.len();
    let lanes = padded(units);
    let (WeightsView::F32 { .. }, WeightsView::F32 { .. }) =
        (cell.sensory.weights, cell.recurrent.weights)
    else {
        return scalar::ltc_step(cell, input, elapsed, state, scratch);
    };
    if units == 0 || units > SOURCES_MAX || input.len() > SOURCES_MAX {
        return scalar::ltc_step(cell, input, elapsed, state, scratch);
    }
    assert_eq!(state.len(), units, "LTC state");
    assert_eq!(input.len(), cell.inputs, "LTC inputs");
    assert_eq!(cell.recurrent.first_lane, 0, "recurrent synapses start in the first lane");
    assert!(cell.unfolds > 0, "sub-steps");
    assert!(cell.leak.len() >= units, "leaks");
    assert!(cell.leak_drive.len() >= units, "leak drives");
    assert!(cell.capacitance.len() >= units, "capacitances");
    let (current, scratch) = scratch.split_at_mut(lanes);
    let (next, scratch) = scratch.split_at_mut(lanes);
    let (rate, scratch) = scratch.split_at_mut(lanes);
    let (num, scratch) = scratch.split_at_mut(lanes);
    let (den, gates) = scratch.split_at_mut(lanes);
    let first_lane = usize::from(cell.sensory.first_lane);
    // SAFETY: the caller answers for the vector extension.
    let (sensory, recurrent, is_ordered) = unsafe {
        let sensory = Synapses::checked(&cell.sensory, input.len(), units, gates);
        let recurrent = Synapses::checked(&cell.recurrent, units, units, gates);
        (sensory, recurrent, all_below(cell.order, units))
    };
    assert!(is_ordered, "a lane's neuron");
    let step = LtcStep {
        units,
        order: cell.order.as_ptr(),
        state: state.as_mut_ptr(),
        leak: cell.leak.as_ptr(),
        leak_drive: cell.leak_drive.as_ptr(),
        capacitance: cell.capacitance.as_ptr(),
        current: current.as_mut_ptr(),
        next: next.as_mut_ptr(),
        rate: rate.as_mut_ptr(),
        num: num.as_mut_ptr(),
        den: den.as_mut_ptr(),
        gates: gates.as_mut_ptr(),
        unfolds: cell.unfolds as usize,
        input: input.as_ptr(),
        first_lane,
        sensory,
        recurrent,
    };
    // SAFETY: leaks, drives and capacitances are at least `units` long, and so are `state` and the
    // parts of the scratch; the entries of `order` are below `units`; `Synapses::checked` returned
    // for both lists. The assembly touches nothing else, and the caller answers for the extension.
    unsafe { rivus_rvv_ltc_step(&step, elapsed) };
}

impl Synapses {
    /// Pointers to synapses of which every index and length has been checked: sources below
    /// `sources`, slots within the lanes of `units` neurons, as many gates and weights as the slots
    /// count.
    ///
    /// # Safety
    /// The processor has the vector extension, and it is switched on.
    #[inline(always)]
    unsafe fn checked(
        view: &SynapsesView<'_>,
        sources: usize,
        units: usize,
        gates: &[f32],
    ) -> Self {
        let &SynapsesView { slot_len, pre, a, b, .. } = view;
        let count = pre.len();
        assert!(a.len() == count && b.len() == count, "packed synapses");
        let WeightsView::F32 { w, w_erev } = view.weights else { panic!("whole numbers") };
        // SAFETY: the caller answers for the vector extension.
        let (has_sources, extent) = unsafe { (all_below(pre, sources), Extent::of(slot_len)) };
        assert!(has_sources, "source of a synapse");
        assert!(extent.sum <= count, "gates of all slots");
        assert!(extent.padded <= w.len() && extent.padded <= w_erev.len(), "conductances");
        let active = slot_len.first().map_or(0, |&len| usize::from(len));
        assert!(usize::from(view.first_lane) + active <= units, "lanes of a slot");
        let slots = slot_len.as_ptr_range();
        Self {
            pre: pre.as_ptr(),
            a: a.as_ptr(),
            b: b.as_ptr(),
            gates_end: gates[..count].as_ptr_range().end,
            w: w.as_ptr(),
            w_erev: w_erev.as_ptr(),
            slots: slots.start,
            slots_end: slots.end,
        }
    }
}
