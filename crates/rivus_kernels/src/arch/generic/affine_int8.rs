//! Linear maps with integer weights: signals are rounded to integers, products are added in 32
//! bits, and one multiplication per output makes the sum a number again.
//!
//! Integer sums are exact, so their order does not matter; the scales of the two parts of the
//! input are applied in order.

use super::activation::ROUND_MAGIC;
use crate::AffineInt8View;
use crate::arch::isa::Isa;
use crate::arch::scalar::PORTABLE;
use crate::view::{LANES_MAX, SIGNAL_MAX, padded};

/// Weaker signals would need a factor that is not finite; they count as zero.
const SILENCE: f32 = 1e-30;

/// The largest magnitude of `x`, NaN left out.
#[inline(always)]
fn peak<S: Isa>(s: S, peak: S::F, x: S::F) -> S::F {
    let magnitude = s.abs(x);
    s.max_of(peak, s.select_ge(magnitude, 0.0, magnitude, s.splat(0.0)))
}

/// What a signal with this peak is multiplied by to fill the range of integers.
#[inline(always)]
fn to_integer<S: Isa>(s: S, peak: S::F) -> S::F {
    let factor = s.div(s.splat(SIGNAL_MAX), peak);
    s.select_ge(peak, SILENCE, factor, s.splat(0.0))
}

/// `x` as an integer; NaN, also that of an infinity times zero, becomes the least.
#[inline(always)]
fn round<S: Isa>(s: S, x: S::F, factor: S::F) -> S::I {
    let scaled = s.min(s.max(s.mul(x, factor), -SIGNAL_MAX), SIGNAL_MAX);
    s.integer(s.add(scaled, s.splat(ROUND_MAGIC)), ROUND_MAGIC)
}

/// `out = W [x0, x1] + b` for one robot: lanes are outputs. The scratch is as long as the weights
/// have pairs.
#[inline(always)]
pub(crate) fn affine_int8<S: Isa>(
    s: S,
    map: &AffineInt8View<'_>,
    x: [&[f32]; 2],
    out: &mut [f32],
    scratch: &mut [f32],
) {
    let width = padded(map.outputs);
    let pairs = x.map(|x| x.len().div_ceil(2));
    assert_eq!(map.weight.len(), 2 * width * (pairs[0] + pairs[1]), "weights");
    assert_eq!((map.scale.len(), map.bias.len()), (width, width), "scales and biases");
    let (scratch0, scratch1) = scratch.split_at_mut(pairs[0]);
    let (weight0, weight1) = map.weight.split_at(2 * width * pairs[0]);
    let step0 = round_pairs(x[0], scratch0);
    let step1 = round_pairs(x[1], &mut scratch1[..pairs[1]]);
    for at in (0..width).step_by(S::LANES) {
        let mut sum = s.load(&map.bias[at..]);
        for (weight, pairs, step) in [(weight0, &*scratch0, step0), (weight1, &*scratch1, step1)] {
            let mut integer = s.zeros();
            for (row, &pair) in weight.chunks_exact(2 * width).zip(pairs) {
                integer =
                    s.dot(s.load_pairs(&row[2 * at..]), s.as_integers(s.splat(pair)), integer);
            }
            let scale = s.mul(s.load(&map.scale[at..]), s.splat(step));
            sum = s.fma(s.to_float(integer), scale, sum);
        }
        s.store(sum, &mut out[at..]);
    }
}

/// Writes the values of `x` as pairs of integers in the bits of `pairs`; returns what 1 stands for.
#[inline(always)]
fn round_pairs(x: &[f32], pairs: &mut [f32]) -> f32 {
    let one = PORTABLE;
    let loudest = x.iter().fold(0.0, |loudest, &x| peak(one, loudest, x));
    let factor = to_integer(one, loudest);
    for (pair, x) in pairs.iter_mut().zip(x.chunks(2)) {
        let high = x.get(1).map_or(0, |&x| round(one, x, factor));
        *pair = one.as_bits(one.pair_16(round(one, x[0], factor), high));
    }
    loudest / SIGNAL_MAX
}

/// `out = W [x0, x1] + b` for `lanes` robots. The scratch is as long as the weights have pairs,
/// times `lanes`.
#[inline(always)]
pub(crate) fn affine_int8_batch<S: Isa>(
    s: S,
    map: &AffineInt8View<'_>,
    lanes: usize,
    x: [&[f32]; 2],
    out: &mut [f32],
    scratch: &mut [f32],
) {
    let width = padded(map.outputs);
    let pairs = x.map(|x| (x.len() / lanes).div_ceil(2));
    assert_eq!(lanes % LANES_MAX, 0, "lanes of a batch");
    assert_eq!(map.weight.len(), 2 * width * (pairs[0] + pairs[1]), "weights");
    assert_eq!(out.len(), map.outputs * lanes, "outputs");
    let scratch = &mut scratch[..(pairs[0] + pairs[1]) * lanes];
    for lane in (0..lanes).step_by(S::LANES) {
        let (scratch0, scratch1) = scratch.split_at_mut(pairs[0] * lanes);
        let step0 = round_rows(s, x[0], lanes, lane, scratch0);
        let step1 = round_rows(s, x[1], lanes, lane, scratch1);
        let (weight0, weight1) = map.weight.split_at(2 * width * pairs[0]);
        let parts = [(weight0, &*scratch0, step0), (weight1, &*scratch1, step1)];
        for (output, out) in out.chunks_exact_mut(lanes).enumerate() {
            let mut sum = s.splat(map.bias[output]);
            for (weight, pairs, step) in parts {
                let mut integer = s.zeros();
                for (row, pairs) in weight.chunks_exact(2 * width).zip(pairs.chunks_exact(lanes)) {
                    let pair =
                        i32::from(row[2 * output]) & 0xffff | i32::from(row[2 * output + 1]) << 16;
                    let signals = s.as_integers(s.load(&pairs[lane..]));
                    integer = s.dot(s.splat_i32(pair), signals, integer);
                }
                let scale = s.mul(s.splat(map.scale[output]), step);
                sum = s.fma(s.to_float(integer), scale, sum);
            }
            s.store(sum, &mut out[lane..]);
        }
    }
}

/// The same for a vector of robots; `x` and `pairs` are rows of `lanes`.
#[inline(always)]
fn round_rows<S: Isa>(s: S, x: &[f32], lanes: usize, lane: usize, pairs: &mut [f32]) -> S::F {
    let mut loudest = s.splat(0.0);
    for x in x.chunks_exact(lanes) {
        loudest = peak(s, loudest, s.load(&x[lane..]));
    }
    let factor = to_integer(s, loudest);
    for (pairs, x) in pairs.chunks_exact_mut(lanes).zip(x.chunks(2 * lanes)) {
        let low = round(s, s.load(&x[lane..]), factor);
        let high = match x.get(lanes..) {
            Some(x) if !x.is_empty() => round(s, s.load(&x[lane..]), factor),
            _ => s.zeros(),
        };
        s.store(s.as_bits(s.pair_16(low, high)), &mut pairs[lane..]);
    }
    s.div(loudest, s.splat(SIGNAL_MAX))
}
