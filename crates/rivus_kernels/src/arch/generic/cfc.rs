//! What follows the linear maps of a `CfC` cell and of its LSTM memory.

use super::Fused;
use super::activation::{exp, sigmoid, tanh};
use crate::{CfcGate, CfcHeads, CfcPureView};

/// New state of a gated cell: tanh on both heads, joined by `sigmoid(time_a T + time_b)`.
#[inline(always)]
pub(crate) fn gated<F: Fused>(heads: CfcHeads<'_>, gate: CfcGate, elapsed: f32, out: &mut [f32]) {
    let units = out.len();
    let (ff1, ff2) = (&heads.ff1[..units], &heads.ff2[..units]);
    let (time_a, time_b) = (&heads.time_a[..units], &heads.time_b[..units]);
    for j in 0..units {
        let short = tanh::<F>(ff1[j]);
        let long = tanh::<F>(ff2[j]);
        let g = sigmoid::<F>(F::fma(time_a[j], elapsed, time_b[j]));
        let kept = match gate {
            CfcGate::Interpolate => short * (1.0 - g),
            CfcGate::Add => short,
        };
        out[j] = F::fma(g, long, kept);
    }
}

/// New state of a pure cell: A - A exp(-T (|`w_tau`| + |ff1|)) ff1.
#[inline(always)]
pub(crate) fn pure<F: Fused>(view: CfcPureView<'_>, elapsed: f32, out: &mut [f32]) {
    let units = out.len();
    let (ff1, w_tau) = (&view.ff1[..units], &view.w_tau[..units]);
    let amplitude = &view.amplitude[..units];
    for j in 0..units {
        let decay = exp::<F>(-elapsed * (w_tau[j].abs() + ff1[j].abs()));
        out[j] = F::fma(-(amplitude[j] * decay), ff1[j], amplitude[j]);
    }
}

/// One LSTM update; `gates` is candidate, input, forget and output gate, each as long as `cell`.
#[inline(always)]
pub(crate) fn lstm<F: Fused>(gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
    let units = cell.len();
    assert_eq!(gates.len(), 4 * units, "LSTM gates");
    let hidden = &mut hidden[..units];
    let (candidate, rest) = gates.split_at(units);
    let (input, rest) = rest.split_at(units);
    let (forget, output) = rest.split_at(units);
    for j in 0..units {
        let new = tanh::<F>(candidate[j]) * sigmoid::<F>(input[j]);
        cell[j] = F::fma(cell[j], sigmoid::<F>(forget[j] + 1.0), new);
        hidden[j] = tanh::<F>(cell[j]) * sigmoid::<F>(output[j]);
    }
}
