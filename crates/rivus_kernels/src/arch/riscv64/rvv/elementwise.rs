//! Operations that treat every value alike.

use crate::arch::scalar;
use crate::{Activation, CfcGate, CfcHeads, CfcPureView, Elementary};

unsafe extern "C" {
    fn rivus_rvv_sig2n(values: *mut f32, len: usize);
    fn rivus_rvv_exp(values: *mut f32, len: usize);
    fn rivus_rvv_sigmoid(values: *mut f32, len: usize);
    fn rivus_rvv_silu(values: *mut f32, len: usize);
    fn rivus_rvv_relu(values: *mut f32, len: usize);
    fn rivus_rvv_tanh(values: *mut f32, len: usize);
    fn rivus_rvv_lecun_tanh(values: *mut f32, len: usize);
    fn rivus_rvv_cfc_gated(
        out: *mut f32,
        len: usize,
        ff1: *const f32,
        ff2: *const f32,
        time_a: *const f32,
        time_b: *const f32,
        interpolate: usize,
        elapsed: f32,
    );
    fn rivus_rvv_cfc_pure(
        out: *mut f32,
        len: usize,
        ff1: *const f32,
        w_tau: *const f32,
        amplitude: *const f32,
        minus_elapsed: f32,
    );
    fn rivus_rvv_cfc_pure_row(
        out: *mut f32,
        len: usize,
        ff1: *const f32,
        minus_elapsed: f32,
        w_tau_magnitude: f32,
        amplitude: f32,
    );
    fn rivus_rvv_lstm(
        cell: *mut f32,
        len: usize,
        hidden: *mut f32,
        candidate: *const f32,
        input: *const f32,
        forget: *const f32,
        output: *const f32,
    );
    fn rivus_rvv_scale_offset(
        out: *mut f32,
        len: usize,
        x: *const f32,
        scale: *const f32,
        offset: *const f32,
    );
    fn rivus_rvv_scale_offset_row(
        out: *mut f32,
        len: usize,
        x: *const f32,
        scale: f32,
        offset: f32,
    );
}

/// See [`crate::Kernels::activate`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn activate(activation: Activation, values: &mut [f32]) {
    let (start, len) = (values.as_mut_ptr(), values.len());
    let function = match activation {
        _ if len == 0 => return,
        Activation::LecunTanh => rivus_rvv_lecun_tanh,
        Activation::Silu => rivus_rvv_silu,
        Activation::Relu => rivus_rvv_relu,
        Activation::Tanh => rivus_rvv_tanh,
        Activation::Gelu => return scalar::activate(activation, values),
    };
    // SAFETY: pointer and length are those of one slice, which is not empty; the caller answers
    // for the vector extension.
    unsafe { function(start, len) };
}

/// See [`crate::Kernels::elementary`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn elementary(function: Elementary, values: &mut [f32]) {
    let (start, len) = (values.as_mut_ptr(), values.len());
    let function = match function {
        _ if len == 0 => return,
        Elementary::Sig2n => rivus_rvv_sig2n,
        Elementary::Exp => rivus_rvv_exp,
        Elementary::Sigmoid => rivus_rvv_sigmoid,
        Elementary::Tanh => rivus_rvv_tanh,
    };
    // SAFETY: pointer and length are those of one slice, which is not empty; the caller answers
    // for the vector extension.
    unsafe { function(start, len) };
}

/// See [`crate::Kernels::cfc_gated`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn cfc_gated(heads: CfcHeads<'_>, gate: CfcGate, elapsed: f32, out: &mut [f32]) {
    let len = out.len();
    if len == 0 {
        return;
    }
    let [ff1, ff2, time_a, time_b] =
        [heads.ff1, heads.ff2, heads.time_a, heads.time_b].map(|head| head[..len].as_ptr());
    let interpolate = usize::from(gate == CfcGate::Interpolate);
    let out = out.as_mut_ptr();
    // SAFETY: `out` and the heads have `len` values, which is not 0; the caller answers for the
    // vector extension.
    unsafe { rivus_rvv_cfc_gated(out, len, ff1, ff2, time_a, time_b, interpolate, elapsed) };
}

/// See [`crate::Kernels::cfc_pure`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn cfc_pure(view: CfcPureView<'_>, ff1: &[f32], elapsed: f32, out: &mut [f32]) {
    let len = out.len();
    if len == 0 {
        return;
    }
    let [ff1, w_tau, amplitude] =
        [ff1, view.w_tau, view.amplitude].map(|values| values[..len].as_ptr());
    // SAFETY: all four arrays have `len` values, which is not 0; the caller answers for the vector
    // extension.
    unsafe { rivus_rvv_cfc_pure(out.as_mut_ptr(), len, ff1, w_tau, amplitude, -elapsed) };
}

/// See [`crate::Kernels::cfc_pure_batch`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn cfc_pure_batch(
    view: CfcPureView<'_>,
    lanes: usize,
    ff1: &[f32],
    elapsed: f32,
    out: &mut [f32],
) {
    assert_eq!(ff1.len(), out.len(), "pure heads");
    let neurons = out.chunks_exact_mut(lanes).zip(ff1.chunks_exact(lanes));
    for ((out, ff1), (&w_tau, &amplitude)) in neurons.zip(view.w_tau.iter().zip(view.amplitude)) {
        let (out, len, ff1) = (out.as_mut_ptr(), out.len(), ff1.as_ptr());
        // SAFETY: both rows have `lanes` values, which is not 0, as chunks are not empty; the
        // caller answers for the vector extension.
        unsafe { rivus_rvv_cfc_pure_row(out, len, ff1, -elapsed, w_tau.abs(), amplitude) };
    }
}

/// See [`crate::Kernels::lstm`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn lstm(gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
    let len = cell.len();
    assert_eq!(gates.len(), 4 * len, "LSTM gates");
    if len == 0 {
        return;
    }
    let [candidate, input, forget, output] =
        [0, 1, 2, 3].map(|part| gates[part * len..(part + 1) * len].as_ptr());
    let (cell, hidden) = (cell.as_mut_ptr(), hidden[..len].as_mut_ptr());
    // SAFETY: memory, hidden values and each gate have `len` values, which is not 0; the caller
    // answers for the vector extension.
    unsafe { rivus_rvv_lstm(cell, len, hidden, candidate, input, forget, output) };
}

/// See [`crate::Kernels::scale_offset`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn scale_offset(scale: &[f32], offset: &[f32], x: &[f32], out: &mut [f32]) {
    let len = out.len();
    if len == 0 {
        return;
    }
    let [x, scale, offset] = [x, scale, offset].map(|values| values[..len].as_ptr());
    // SAFETY: all four arrays have `len` values, which is not 0; the caller answers for the vector
    // extension.
    unsafe { rivus_rvv_scale_offset(out.as_mut_ptr(), len, x, scale, offset) };
}

/// See [`crate::Kernels::scale_offset_batch`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn scale_offset_batch(
    scale: &[f32],
    offset: &[f32],
    lanes: usize,
    x: &[f32],
    out: &mut [f32],
) {
    assert_eq!(x.len(), out.len(), "inputs");
    let rows = out.chunks_exact_mut(lanes).zip(x.chunks_exact(lanes));
    for ((out, x), (&scale, &offset)) in rows.zip(scale.iter().zip(offset)) {
        let (out, len, x) = (out.as_mut_ptr(), out.len(), x.as_ptr());
        // SAFETY: both rows have `lanes` values, which is not 0, as chunks are not empty; the
        // caller answers for the vector extension.
        unsafe { rivus_rvv_scale_offset_row(out, len, x, scale, offset) };
    }
}
