//! Operations that treat every value alike: activations, and what joins the heads of a `CfC` cell
//! and the gates of an LSTM.

use super::activation::{exp, gelu, lecun_tanh, relu, sig2n, sigmoid, silu, tanh};
use crate::arch::isa::Isa;
use crate::view::LANES_MAX;
use crate::{Activation, CfcGate, CfcHeads, CfcPureView, Elementary};

/// Writes `work` of the inputs to `out`, a vector at a time; all inputs are as long as `out`.
#[inline(always)]
fn map<S: Isa, const N: usize>(
    s: S,
    inputs: [&[f32]; N],
    out: &mut [f32],
    work: impl Fn([S::F; N]) -> S::F,
) {
    let len = out.len();
    let inputs = inputs.map(|input| &input[..len]);
    let mut vectors = [s.splat(0.0); N];
    if len < S::LANES {
        let mut values = [0.0; LANES_MAX];
        for (vector, input) in vectors.iter_mut().zip(inputs) {
            copy(input, &mut values);
            *vector = s.load(&values);
        }
        s.store(work(vectors), &mut values);
        copy(&values, out);
        return;
    }
    // The last vector overlaps the one before it: what both write is the same.
    let last = len - S::LANES;
    let mut at = 0;
    loop {
        for (vector, input) in vectors.iter_mut().zip(inputs) {
            *vector = s.load(&input[at..]);
        }
        s.store(work(vectors), &mut out[at..]);
        if at == last {
            break;
        }
        at = last.min(at + S::LANES);
    }
}

/// Copies less than a vector, for which a call of the library would take longer.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    from.iter().zip(to).for_each(|(from, to)| *to = *from);
}

/// Replaces every value by `work` of it.
#[inline(always)]
fn update<S: Isa>(s: S, values: &mut [f32], work: impl Fn(S::F) -> S::F) {
    let len = values.len();
    if len < S::LANES {
        let mut padded = [0.0; LANES_MAX];
        copy(values, &mut padded);
        s.store(work(s.load(&padded)), &mut padded);
        copy(&padded, values);
        return;
    }
    // The last vector overlaps the one before it: it is taken before that is written.
    let last = len - S::LANES;
    let end = work(s.load(&values[last..]));
    for at in (0..last).step_by(S::LANES) {
        s.store(work(s.load(&values[at..])), &mut values[at..]);
    }
    s.store(end, &mut values[last..]);
}

#[inline(always)]
pub(crate) fn activate<S: Isa>(s: S, activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::LecunTanh => update(
            s,
            values,
            #[inline(always)]
            |x| lecun_tanh(s, x),
        ),
        Activation::Silu => update(
            s,
            values,
            #[inline(always)]
            |x| silu(s, x),
        ),
        Activation::Relu => update(
            s,
            values,
            #[inline(always)]
            |x| relu(s, x),
        ),
        Activation::Tanh => update(
            s,
            values,
            #[inline(always)]
            |x| tanh(s, x),
        ),
        Activation::Gelu => values.iter_mut().for_each(|x| *x = gelu(*x)),
    }
}

#[inline(always)]
pub(crate) fn elementary<S: Isa>(s: S, function: Elementary, values: &mut [f32]) {
    match function {
        Elementary::Sig2n => update(
            s,
            values,
            #[inline(always)]
            |x| sig2n(s, x),
        ),
        Elementary::Exp => update(
            s,
            values,
            #[inline(always)]
            |x| exp(s, x),
        ),
        Elementary::Sigmoid => update(
            s,
            values,
            #[inline(always)]
            |x| sigmoid(s, x),
        ),
        Elementary::Tanh => update(
            s,
            values,
            #[inline(always)]
            |x| tanh(s, x),
        ),
    }
}

/// New state of a gated cell: tanh on both heads, joined by `sigmoid(time_a T + time_b)`.
#[inline(always)]
pub(crate) fn cfc_gated<S: Isa>(
    s: S,
    heads: CfcHeads<'_>,
    gate: CfcGate,
    elapsed: f32,
    out: &mut [f32],
) {
    let CfcHeads { ff1, ff2, time_a, time_b } = heads;
    let elapsed = s.splat(elapsed);
    let inputs = [ff1, ff2, time_a, time_b];
    // Two loops instead of a branch in one.
    match gate {
        CfcGate::Interpolate => map(
            s,
            inputs,
            out,
            #[inline(always)]
            |[ff1, ff2, a, b]| {
                let g = sigmoid(s, s.fma(a, elapsed, b));
                s.fma(g, tanh(s, ff2), s.mul(tanh(s, ff1), s.sub(s.splat(1.0), g)))
            },
        ),
        CfcGate::Add => map(
            s,
            inputs,
            out,
            #[inline(always)]
            |[ff1, ff2, a, b]| s.fma(sigmoid(s, s.fma(a, elapsed, b)), tanh(s, ff2), tanh(s, ff1)),
        ),
    }
}

/// A - A exp(-T (|`w_tau`| + |ff1|)) ff1, lane by lane.
#[inline(always)]
fn pure<S: Isa>(s: S, elapsed: f32, [ff1, w_tau, amplitude]: [S::F; 3]) -> S::F {
    let rate = s.add(s.abs(w_tau), s.abs(ff1));
    let decay = exp(s, s.mul(s.splat(-elapsed), rate));
    s.fma(s.mul(s.mul(amplitude, decay), s.splat(-1.0)), ff1, amplitude)
}

/// New state of a pure cell.
#[inline(always)]
pub(crate) fn cfc_pure<S: Isa>(
    s: S,
    view: CfcPureView<'_>,
    ff1: &[f32],
    elapsed: f32,
    out: &mut [f32],
) {
    map(
        s,
        [ff1, view.w_tau, view.amplitude],
        out,
        #[inline(always)]
        |x| pure(s, elapsed, x),
    );
}

/// New states of pure cells: a row of `lanes` robots per neuron.
#[inline(always)]
pub(crate) fn cfc_pure_batch<S: Isa>(
    s: S,
    view: CfcPureView<'_>,
    lanes: usize,
    ff1: &[f32],
    elapsed: f32,
    out: &mut [f32],
) {
    assert_eq!(ff1.len(), out.len(), "pure heads");
    let neurons = out.chunks_exact_mut(lanes).zip(ff1.chunks_exact(lanes));
    for ((out, ff1), (&w_tau, &amplitude)) in neurons.zip(view.w_tau.iter().zip(view.amplitude)) {
        let (w_tau, amplitude) = (s.splat(w_tau), s.splat(amplitude));
        map(
            s,
            [ff1],
            out,
            #[inline(always)]
            |[ff1]| pure(s, elapsed, [ff1, w_tau, amplitude]),
        );
    }
}

/// One LSTM update; `gates` is candidate, input, forget and output gate, each as long as `cell`.
#[inline(always)]
pub(crate) fn lstm<S: Isa>(s: S, gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
    let units = cell.len();
    assert_eq!(gates.len(), 4 * units, "LSTM gates");
    let hidden = &mut hidden[..units];
    let (candidate, rest) = gates.split_at(units);
    let (input, rest) = rest.split_at(units);
    let (forget, output) = rest.split_at(units);
    // `hidden` holds the old memory for a moment, since the new one takes its place.
    hidden.copy_from_slice(cell);
    let memory = [candidate, input, forget, &*hidden];
    map(
        s,
        memory,
        cell,
        #[inline(always)]
        |[candidate, input, forget, cell]| {
            let new = s.mul(tanh(s, candidate), sigmoid(s, input));
            s.fma(cell, sigmoid(s, s.add(forget, s.splat(1.0))), new)
        },
    );
    map(
        s,
        [&*cell, output],
        hidden,
        #[inline(always)]
        |[cell, output]| s.mul(tanh(s, cell), sigmoid(s, output)),
    );
}

/// `out = scale * x + offset`, element by element.
#[inline(always)]
pub(crate) fn scale_offset<S: Isa>(
    s: S,
    scale: &[f32],
    offset: &[f32],
    x: &[f32],
    out: &mut [f32],
) {
    map(
        s,
        [x, scale, offset],
        out,
        #[inline(always)]
        |[x, scale, offset]| s.fma(x, scale, offset),
    );
}

/// `out = scale * x + offset`, with one scale and offset per row of `lanes` robots.
#[inline(always)]
pub(crate) fn scale_offset_batch<S: Isa>(
    s: S,
    scale: &[f32],
    offset: &[f32],
    lanes: usize,
    x: &[f32],
    out: &mut [f32],
) {
    assert_eq!(x.len(), out.len(), "inputs");
    let rows = out.chunks_exact_mut(lanes).zip(x.chunks_exact(lanes));
    for ((out, x), (&scale, &offset)) in rows.zip(scale.iter().zip(offset)) {
        let (scale, offset) = (s.splat(scale), s.splat(offset));
        map(
            s,
            [x],
            out,
            #[inline(always)]
            |[x]| s.fma(x, scale, offset),
        );
    }
}
