//! Sigmoid, exp, tanh and what is made of them, with the same bits on every machine.
//!
//! Only `+ - * /`, fused multiply-add, compare-select and integer add and shift are used, all of
//! which IEEE 754 or the integer unit define exactly. A clamp is written `if x > low { x } else {
//! low }`: like `maxps(x, low)` it turns a NaN into the constant, and since no bound is zero the
//! order of +0 and -0 never matters.

use super::Fused;

/// 1.5 * 2^23: adding it rounds a number below 2^22 to an integer and leaves that integer in the
/// low mantissa bits.
const ROUND_MAGIC: f32 = 12_582_912.0;
/// Bits of an `f32` mantissa.
const MANTISSA_BITS: u32 = 23;

/// Bounds of the exponent of [`sig2n`]: 2^y stays normal.
const SIG2N_LIMIT: f32 = 125.0;
/// 2^r for |r| <= 1/2 without its constant 1, from r^6 down to r (Remez, relative error 2^-28.5).
const EXP2: [f32; 6] =
    [1.559_468e-4, 1.340_664_5e-3, 9.617_693e-3, 5.550_310_4e-2, 2.402_265_2e-1, 6.931_472_4e-1];

/// Bounds of [`exp`]: the result stays normal and finite.
const EXP_LOW: f32 = -87.0;
const EXP_HIGH: f32 = 88.0;
/// log2(e), and ln 2 split so that n * `LN2_HIGH` is exact (Cody and Waite).
const LOG2_E: f32 = core::f32::consts::LOG2_E;
const LN2_HIGH: f32 = 0.693_145_75;
const LN2_LOW: f32 = 1.428_606_8e-6;
/// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2, from r^4 down to the constant.
const EXP: [f32; 5] = [1.381_461_3e-3, 8.368_71e-3, 4.166_839e-2, 1.666_652_1e-1, 4.999_999_4e-1];

/// Below this magnitude [`tanh`] is its odd polynomial: the quotient would cancel.
const TANH_SPLIT: f32 = 0.625;
/// (tanh(x) / x - 1) / x^2 in x^2, from x^8 down to the constant.
const TANH: [f32; 5] =
    [-5.704_988e-3, 2.063_908_8e-2, -5.373_971_5e-2, 1.333_144_2e-1, -3.333_328e-1];

/// Horner's rule, highest coefficient first.
#[inline(always)]
fn horner<F: Fused, const N: usize>(coefficients: [f32; N], x: f32) -> f32 {
    let mut sum = coefficients[0];
    for &coefficient in &coefficients[1..] {
        sum = F::fma(sum, x, coefficient);
    }
    sum
}

/// `x` within `low..=high`; NaN becomes `low`.
#[inline(always)]
fn clamp_nan_low(x: f32, low: f32, high: f32) -> f32 {
    let x = if x > low { x } else { low };
    if x < high { x } else { high }
}

/// `p * 2^n`, where `t` is `n + ROUND_MAGIC`.
#[inline(always)]
fn scale_by_power_of_two(p: f32, t: f32) -> f32 {
    f32::from_bits(p.to_bits().wrapping_add(t.to_bits() << MANTISSA_BITS))
}

/// 1 / (1 + 2^y): a sigmoid whose slope and shift carry the factor -log2(e). NaN gives 1.
#[inline(always)]
pub(crate) fn sig2n<F: Fused>(y: f32) -> f32 {
    let y = clamp_nan_low(y, -SIG2N_LIMIT, SIG2N_LIMIT);
    let t = y + ROUND_MAGIC;
    let r = y - (t - ROUND_MAGIC);
    let p = F::fma(horner::<F, 6>(EXP2, r), r, 1.0);
    1.0 / (scale_by_power_of_two(p, t) + 1.0)
}

/// e^x for x within -87..=88; beyond, the value at the bound. NaN gives the lower one.
#[inline(always)]
pub(crate) fn exp<F: Fused>(x: f32) -> f32 {
    let x = clamp_nan_low(x, EXP_LOW, EXP_HIGH);
    let t = F::fma(x, LOG2_E, ROUND_MAGIC);
    let n = t - ROUND_MAGIC;
    let r = F::fma(n, -LN2_LOW, F::fma(n, -LN2_HIGH, x));
    let p = F::fma(F::fma(horner::<F, 5>(EXP, r), r, 1.0), r, 1.0);
    scale_by_power_of_two(p, t)
}

/// 1 / (1 + e^-x). NaN gives 1.
#[inline(always)]
pub(crate) fn sigmoid<F: Fused>(x: f32) -> f32 {
    1.0 / (exp::<F>(-x) + 1.0)
}

/// Hyperbolic tangent. NaN stays NaN: its sign bit differs between processors, so nothing may be
/// made of it.
#[inline(always)]
pub(crate) fn tanh<F: Fused>(x: f32) -> f32 {
    let magnitude = x.abs();
    let square = magnitude * magnitude;
    let near = F::fma(horner::<F, 5>(TANH, square) * square, magnitude, magnitude);
    let far = 1.0 - 2.0 / (exp::<F>(2.0 * magnitude) + 1.0);
    let unsigned = if magnitude >= TANH_SPLIT { far } else { near };
    unsigned.copysign(x)
}

/// 1.7159 tanh(0.666 x): the constant is 0.666 as in Python `ncps`, not 2/3 as in `LeCun` 1998.
#[inline(always)]
pub(crate) fn lecun_tanh<F: Fused>(x: f32) -> f32 {
    1.7159 * tanh::<F>(0.666 * x)
}

/// x sigmoid(x).
#[inline(always)]
pub(crate) fn silu<F: Fused>(x: f32) -> f32 {
    x * sigmoid::<F>(x)
}

/// max(x, 0). NaN gives 0.
#[inline(always)]
pub(crate) fn relu(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}

/// x Phi(x) by the error function; erfc keeps the left tail, where 1 + erf would cancel.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    0.5 * x * libm::erfcf(-x * core::f32::consts::FRAC_1_SQRT_2)
}
