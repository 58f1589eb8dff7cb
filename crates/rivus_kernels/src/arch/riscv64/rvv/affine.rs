//! Linear maps.

use super::area;
use crate::AffineView;
use crate::view::padded;

unsafe extern "C" {
    fn rivus_rvv_affine(
        out: *mut f32,
        width: usize,
        x0: *const f32,
        weight: *const f32,
        bias: *const f32,
        x0_end: *const f32,
        x1: *const f32,
        x1_end: *const f32,
    );
    fn rivus_rvv_affine_batch(map: &AffineBatch);
}

/// [`AffineView`] and the robots' values for the assembly: offsets are named in `maps.s`.
#[repr(C)]
struct AffineBatch {
    out: *mut f32,
    lanes: usize,
    x0: *const f32,
    x0_end: *const f32,
    x1: *const f32,
    x1_end: *const f32,
    weight: *const f32,
    width: usize,
    bias: *const f32,
    outputs: usize,
}

/// See [`crate::Kernels::affine`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn affine(map: &AffineView<'_>, x: [&[f32]; 2], out: &mut [f32]) {
    let width = padded(map.outputs);
    assert_eq!(map.weight.len(), area(width, x[0].len() + x[1].len()), "weights");
    assert_eq!(map.bias.len(), width, "biases");
    if width == 0 {
        return;
    }
    let out = out[..width].as_mut_ptr();
    let (weight, bias) = (map.weight.as_ptr(), map.bias.as_ptr());
    let [x0, x1] = x.map(|x| x.as_ptr_range());
    // SAFETY: `out` and `bias` have `width` values, which is not 0, and `weight` has as many for
    // each value of `x0` and `x1`; the caller answers for the vector extension.
    unsafe { rivus_rvv_affine(out, width, x0.start, weight, bias, x0.end, x1.start, x1.end) };
}

/// See [`crate::Kernels::affine_batch`].
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
pub(crate) unsafe fn affine_batch(
    map: &AffineView<'_>,
    lanes: usize,
    x: [&[f32]; 2],
    out: &mut [f32],
) {
    let width = padded(map.outputs);
    assert!(lanes > 0 && lanes % crate::LANES_MAX == 0, "lanes of a batch");
    let [rows0, rows1] = x.map(|x| x.len() / lanes);
    assert_eq!(map.weight.len(), area(width, rows0 + rows1), "weights");
    assert_eq!(map.bias.len(), width, "biases");
    assert_eq!(out.len(), area(map.outputs, lanes), "outputs");
    if map.outputs == 0 {
        return;
    }
    let x0 = x[0][..rows0 * lanes].as_ptr_range();
    let x1 = x[1][..rows1 * lanes].as_ptr_range();
    let batch = AffineBatch {
        out: out.as_mut_ptr(),
        lanes,
        x0: x0.start,
        x0_end: x0.end,
        x1: x1.start,
        x1_end: x1.end,
        weight: map.weight.as_ptr(),
        width,
        bias: map.bias.as_ptr(),
        outputs: map.outputs,
    };
    // SAFETY: `x0` and `x1` are whole rows of `lanes`, and `out` is `outputs` rows, neither number
    // 0; `weight` has `width` values for each row, and `width` is at least `outputs` rounded up to
    // the four that are read at once, as is `bias`; the caller answers for the vector extension.
    unsafe { rivus_rvv_affine_batch(&batch) };
}
