//! Linear maps; each output is one lane that adds its inputs in ascending order.

use super::Fused;
use crate::AffineView;

/// Rows that are summed side by side, to hide the latency of the fused additions.
const ROWS: usize = 8;

/// `out = W input + b`.
#[inline(always)]
pub(crate) fn affine<F: Fused>(map: AffineView<'_>, input: &[f32], out: &mut [f32]) {
    match map {
        AffineView::Dense { weight, bias } => {
            assert_eq!(weight.len(), input.len() * out.len(), "dense weights");
            assert_eq!(bias.len(), out.len(), "biases");
            out.copy_from_slice(bias);
            if !input.is_empty() {
                dense::<F>(weight, input, out);
            }
        }
        AffineView::Sparse { row_start, column, weight, bias } => {
            assert_eq!(row_start.len(), out.len() + 1, "sparse rows");
            assert_eq!(bias.len(), out.len(), "biases");
            out.copy_from_slice(bias);
            for (sum, row) in out.iter_mut().zip(row_start.windows(2)) {
                let row = row[0] as usize..row[1] as usize;
                for (&weight, &column) in weight[row.clone()].iter().zip(&column[row]) {
                    *sum = F::fma(weight, input[usize::from(column)], *sum);
                }
            }
        }
    }
}

/// Adds `W input` to `out`.
#[inline(always)]
fn dense<F: Fused>(weight: &[f32], input: &[f32], out: &mut [f32]) {
    let width = input.len();
    let mut blocks = out.chunks_exact_mut(ROWS);
    let mut weights = weight.chunks_exact(ROWS * width);
    for (sums, block) in (&mut blocks).zip(&mut weights) {
        let mut lanes = [0.0; ROWS];
        lanes.copy_from_slice(sums);
        let rows: [&[f32]; ROWS] = core::array::from_fn(|r| &block[r * width..(r + 1) * width]);
        for (i, &x) in input.iter().enumerate() {
            for (lane, row) in lanes.iter_mut().zip(rows) {
                *lane = F::fma(row[i], x, *lane);
            }
        }
        sums.copy_from_slice(&lanes);
    }
    let rest = weights.remainder().chunks_exact(width);
    for (sum, row) in blocks.into_remainder().iter_mut().zip(rest) {
        for (&weight, &x) in row.iter().zip(input) {
            *sum = F::fma(weight, x, *sum);
        }
    }
}

/// `out = scale * input + offset`, element by element.
#[inline(always)]
pub(crate) fn scale_offset<F: Fused>(
    scale: &[f32],
    offset: &[f32],
    input: &[f32],
    out: &mut [f32],
) {
    assert_eq!(scale.len(), out.len(), "scales");
    assert_eq!(offset.len(), out.len(), "offsets");
    assert_eq!(input.len(), out.len(), "inputs");
    for (out, ((&x, &scale), &offset)) in out.iter_mut().zip(input.iter().zip(scale).zip(offset)) {
        *out = F::fma(x, scale, offset);
    }
}
