//! The step of an LTC cell for a batch.

use super::{Extent, LENGTHS_MAX, all_below, area};
use crate::arch::generic::ltc::CAPACITANCE_RATE_MAX;
use crate::arch::scalar;
use crate::{LtcView, SynapseRowsView, WeightsView};

unsafe extern "C" {
    /// Advances the states of all robots.
    fn rivus_rvv_ltc_step_batch(batch: &LtcBatch);
}

/// [`SynapseRowsView`] for the assembly: offsets are named in `ltc_batch.s`.
#[repr(C)]
struct Rows {
    row_len: *const u16,
    pre: *const u16,
    synapses: *const [f32; 4],
}

/// [`LtcView`], states and scratch for the assembly.
#[repr(C)]
struct LtcBatch {
    units: usize,
    lanes: usize,
    order: *const u16,
    leak: *const f32,
    leak_drive: *const f32,
    rate: *const f32,
    state: *mut f32,
    next: *mut f32,
    num: *mut f32,
    den: *mut f32,
    unfolds: usize,
    input: *const f32,
    sensory: Rows,
    recurrent: Rows,
}

/// See [`crate::Kernels::ltc_step_batch`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn ltc_step_batch(
    cell: &LtcView<'_>,
    lanes: usize,
    input: &[f32],
    elapsed: f32,
    state: &mut [f32],
    scratch: &mut [f32],
) {
    let units = cell.order.len();
    let (WeightsView::F32 { .. }, WeightsView::F32 { .. }) =
        (cell.sensory.weights, cell.recurrent.weights)
    else {
        return scalar::ltc_step_batch(cell, lanes, input, elapsed, state, scratch);
    };
    if units >= LENGTHS_MAX {
        return scalar::ltc_step_batch(cell, lanes, input, elapsed, state, scratch);
    }
    if units == 0 || lanes == 0 {
        return;
    }
    assert_eq!(lanes % crate::LANES_MAX, 0, "lanes of a batch");
    let len = area(units, lanes);
    assert_eq!(input.len(), area(cell.inputs, lanes), "LTC inputs");
    assert_eq!(state.len(), len, "LTC states");
    assert!(cell.unfolds > 0, "sub-steps");
    assert!(cell.leak.len() >= units, "leaks");
    assert!(cell.leak_drive.len() >= units, "leak drives");
    let (num, scratch) = scratch.split_at_mut(len);
    let (den, scratch) = scratch.split_at_mut(len);
    let (next, scratch) = scratch.split_at_mut(len);
    let rate = &mut scratch[..units];
    for (rate, &capacitance) in rate.iter_mut().zip(&cell.capacitance[..units]) {
        let quotient = capacitance / elapsed;
        *rate = if quotient < CAPACITANCE_RATE_MAX { quotient } else { CAPACITANCE_RATE_MAX };
    }
    // SAFETY: the caller answers for the vector extension.
    let (sensory, recurrent, is_ordered) = unsafe {
        let sensory = Rows::checked(&cell.sensory.rows, cell.inputs, units);
        let recurrent = Rows::checked(&cell.recurrent.rows, units, units);
        (sensory, recurrent, all_below(cell.order, units))
    };
    assert!(is_ordered, "a lane's neuron");
    let batch = LtcBatch {
        units,
        lanes,
        order: cell.order.as_ptr(),
        leak: cell.leak.as_ptr(),
        leak_drive: cell.leak_drive.as_ptr(),
        rate: rate.as_ptr(),
        state: state.as_mut_ptr(),
        next: next.as_mut_ptr(),
        num: num.as_mut_ptr(),
        den: den.as_mut_ptr(),
        unfolds: cell.unfolds as usize,
        input: input.as_ptr(),
        sensory,
        recurrent,
    };
    // SAFETY: leaks, drives and rates are at least `units` long, the state and the parts of the
    // scratch `units` rows of `lanes`, the input `cell.inputs` rows; the entries of `order` are
    // below `units`; `Rows::checked` returned for both lists. The assembly touches nothing else,
    // and the caller answers for the extension.
    unsafe { rivus_rvv_ltc_step_batch(&batch) };
}

impl Rows {
    /// Pointers to rows of which every index and length has been checked: one for each of `units`
    /// neurons, and all sources below `sources`.
    ///
    /// # Safety
    /// The processor has the vector extension, and it is switched on.
    unsafe fn checked(view: &SynapseRowsView<'_>, sources: usize, units: usize) -> Self {
        let &SynapseRowsView { row_len, pre, synapses } = view;
        assert_eq!(row_len.len(), units, "rows of synapses");
        // SAFETY: the caller answers for the vector extension.
        let (has_sources, extent) = unsafe { (all_below(pre, sources), Extent::of(row_len)) };
        assert!(has_sources, "source of a synapse");
        assert!(extent.sum <= pre.len() && extent.sum <= synapses.len(), "synapses of all rows");
        Self { row_len: row_len.as_ptr(), pre: pre.as_ptr(), synapses: synapses.as_ptr() }
    }
}
