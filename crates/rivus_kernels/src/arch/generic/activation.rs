//! Sigmoid, exp, tanh and what is made of them, with the same bits on every machine.
//!
//! Only `+ - * /`, fused multiply-add, compare-select and integer add and shift are used, all of
//! which IEEE 754 or the integer unit define exactly. A clamp turns a NaN into its constant, and
//! since no bound is zero the order of +0 and -0 never matters.

use crate::arch::isa::Isa;
use crate::view::SIG2N_LIMIT;

/// 1.5 * 2^23: adding it rounds a number below 2^22 to an integer and leaves that integer in the
/// low mantissa bits.
pub(crate) const ROUND_MAGIC: f32 = 12_582_912.0;
/// Rounds as [`ROUND_MAGIC`] does, halves to even too, and leaves the integer n in the low bits as
/// the exponent of 2^(n - 1).
const EXP2_MAGIC: f32 = ROUND_MAGIC + 126.0;

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
fn horner<S: Isa, const N: usize>(s: S, coefficients: [f32; N], x: S::F) -> S::F {
    let mut sum = s.splat(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = s.fma(sum, x, s.splat(coefficient));
    }
    sum
}

/// 1 / (1 + 2^y): a sigmoid whose slope and shift carry the factor -log2(e). NaN gives 1.
#[inline(always)]
pub(crate) fn sig2n<S: Isa>(s: S, y: S::F) -> S::F {
    let [gate] = sig2n_abreast::<S, 1, true>(s, [y]);
    gate
}

/// [`sig2n`] of several vectors, one operation at a time on all of them: processors look ahead too
/// few instructions to find that much parallel work by themselves.
///
/// Without `CLAMP` they must be within the limits already.
#[inline(always)]
pub(crate) fn sig2n_abreast<S: Isa, const N: usize, const CLAMP: bool>(
    s: S,
    y: [S::F; N],
) -> [S::F; N] {
    let (mut t, mut r) = (y, y);
    if CLAMP {
        for r in &mut r {
            *r = s.min(s.max(*r, -SIG2N_LIMIT), SIG2N_LIMIT);
        }
    }
    for n in 0..N {
        t[n] = s.add(r[n], s.splat(EXP2_MAGIC));
    }
    for n in 0..N {
        r[n] = s.fraction(r[n], t[n], EXP2_MAGIC);
    }
    let mut p = [s.splat(EXP2[0]); N];
    for coefficient in [EXP2[1], EXP2[2], EXP2[3], EXP2[4], EXP2[5], 1.0] {
        for n in 0..N {
            p[n] = s.fma(p[n], r[n], s.splat(coefficient));
        }
    }
    // The denominator is halved, which is exact.
    for n in 0..N {
        p[n] = s.fma(p[n], s.power_of_two(t[n]), s.splat(0.5));
    }
    for p in &mut p {
        *p = s.div(s.splat(0.5), *p);
    }
    p
}

/// e^x for x within -87..=88; beyond, the value at the bound. NaN gives the lower one.
#[inline(always)]
pub(crate) fn exp<S: Isa>(s: S, x: S::F) -> S::F {
    let x = s.min(s.max(x, EXP_LOW), EXP_HIGH);
    let t = s.fma(x, s.splat(LOG2_E), s.splat(ROUND_MAGIC));
    let n = s.sub(t, s.splat(ROUND_MAGIC));
    let r = s.fma(n, s.splat(-LN2_LOW), s.fma(n, s.splat(-LN2_HIGH), x));
    let q = horner(s, EXP, r);
    let p = s.fma(s.fma(q, r, s.splat(1.0)), r, s.splat(1.0));
    s.add_exponent(p, t)
}

/// 1 / (1 + e^-x). NaN gives 1.
#[inline(always)]
pub(crate) fn sigmoid<S: Isa>(s: S, x: S::F) -> S::F {
    let negative = s.mul(x, s.splat(-1.0));
    s.div(s.splat(1.0), s.add(exp(s, negative), s.splat(1.0)))
}

/// Hyperbolic tangent. NaN stays NaN: its sign bit differs between processors, so nothing may be
/// made of it.
#[inline(always)]
pub(crate) fn tanh<S: Isa>(s: S, x: S::F) -> S::F {
    let magnitude = s.abs(x);
    let square = s.mul(magnitude, magnitude);
    let near = s.fma(s.mul(horner(s, TANH, square), square), magnitude, magnitude);
    let doubled = exp(s, s.mul(s.splat(2.0), magnitude));
    let quotient = s.div(s.splat(2.0), s.add(doubled, s.splat(1.0)));
    let far = s.sub(s.splat(1.0), quotient);
    s.with_sign(s.select_ge(magnitude, TANH_SPLIT, far, near), x)
}

/// 1.7159 tanh(0.666 x): the constant is 0.666 as in Python `ncps`, not 2/3 as in `LeCun` 1998.
#[inline(always)]
pub(crate) fn lecun_tanh<S: Isa>(s: S, x: S::F) -> S::F {
    s.mul(s.splat(1.7159), tanh(s, s.mul(s.splat(0.666), x)))
}

/// x sigmoid(x).
#[inline(always)]
pub(crate) fn silu<S: Isa>(s: S, x: S::F) -> S::F {
    s.mul(x, sigmoid(s, x))
}

/// max(x, 0). NaN gives 0.
#[inline(always)]
pub(crate) fn relu<S: Isa>(s: S, x: S::F) -> S::F {
    // The smallest positive number in place of 0, which is no bound for `select_ge`'s equal zeros.
    s.select_ge(x, f32::from_bits(1), x, s.splat(0.0))
}

/// x Phi(x) by the error function; erfc keeps the left tail, where 1 + erf would cancel.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    0.5 * x * libm::erfcf(-x * core::f32::consts::FRAC_1_SQRT_2)
}
