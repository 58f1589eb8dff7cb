//! Vectors of one lane.

use core::marker::PhantomData;

use crate::arch::isa::Isa;

/// How a processor computes `a * b + c` with one rounding. All ways give the same bits; they
/// differ in cost.
pub(crate) trait Fused {
    /// `a * b + c`, rounded once.
    fn fma(a: f32, b: f32, c: f32) -> f32;
}

/// Plain numbers as vectors of one lane.
pub(crate) struct Single<F>(PhantomData<F>);

impl<F> Single<F> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<F> Clone for Single<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Single<F> {}

impl<F: Fused> Isa for Single<F> {
    const LANES: usize = 1;
    type F = f32;
    type I = i32;

    #[inline(always)]
    fn splat(self, x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn load(self, values: &[f32]) -> f32 {
        values[0]
    }
    #[inline(always)]
    fn store(self, x: f32, values: &mut [f32]) {
        values[0] = x;
    }
    #[inline(always)]
    unsafe fn gather(self, table: &[f32], indices: &[u16]) -> f32 {
        // SAFETY: the caller promises an index, below the table's length.
        unsafe { *table.get_unchecked(usize::from(*indices.get_unchecked(0))) }
    }
    #[inline(always)]
    fn add(self, a: f32, b: f32) -> f32 {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: f32, b: f32) -> f32 {
        a - b
    }
    #[inline(always)]
    fn mul(self, a: f32, b: f32) -> f32 {
        a * b
    }
    #[inline(always)]
    fn div(self, a: f32, b: f32) -> f32 {
        a / b
    }
    #[inline(always)]
    fn fma(self, a: f32, b: f32, c: f32) -> f32 {
        F::fma(a, b, c)
    }
    #[inline(always)]
    fn max(self, x: f32, low: f32) -> f32 {
        clamp::max(x, low)
    }
    #[inline(always)]
    fn min(self, x: f32, high: f32) -> f32 {
        clamp::min(x, high)
    }
    #[inline(always)]
    fn max_of(self, a: f32, b: f32) -> f32 {
        self.max(a, b)
    }
    #[inline(always)]
    fn abs(self, x: f32) -> f32 {
        x.abs()
    }
    #[inline(always)]
    fn with_sign(self, magnitude: f32, sign: f32) -> f32 {
        magnitude.copysign(sign)
    }
    #[inline(always)]
    fn select_ge(self, x: f32, bound: f32, yes: f32, no: f32) -> f32 {
        if x >= bound { yes } else { no }
    }
    #[inline(always)]
    fn add_exponent(self, p: f32, t: f32) -> f32 {
        f32::from_bits(p.to_bits().wrapping_add(t.to_bits() << 23))
    }
    #[inline(always)]
    fn power_of_two(self, t: f32) -> f32 {
        f32::from_bits(t.to_bits() << 23)
    }
    #[inline(always)]
    fn zeros(self) -> i32 {
        0
    }
    #[inline(always)]
    fn integer(self, x: f32, base: f32) -> i32 {
        x.to_bits().wrapping_sub(base.to_bits()).cast_signed()
    }
    #[inline(always)]
    fn max_i32(self, a: i32, b: i32) -> i32 {
        a.max(b)
    }
    #[inline(always)]
    fn to_float(self, x: i32) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn load_i8(self, values: &[i8]) -> i32 {
        values[0].into()
    }
    #[inline(always)]
    fn splat_i32(self, x: i32) -> i32 {
        x
    }
    #[inline(always)]
    fn load_pairs(self, values: &[i8]) -> i32 {
        self.pair_16(values[0].into(), values[1].into())
    }
    #[inline(always)]
    fn dot(self, a: i32, b: i32, sum: i32) -> i32 {
        let low = i32::from(a as i16) * i32::from(b as i16);
        sum.wrapping_add(low).wrapping_add((a >> 16) * (b >> 16))
    }
    #[inline(always)]
    fn as_bits(self, x: i32) -> f32 {
        f32::from_bits(x.cast_unsigned())
    }
    #[inline(always)]
    fn as_integers(self, x: f32) -> i32 {
        x.to_bits().cast_signed()
    }
    #[inline(always)]
    fn pair_16(self, low: i32, high: i32) -> i32 {
        low & 0xffff | high << 16
    }
}

/// Bounds of which NaN becomes the bound.
#[cfg(not(any(target_arch = "aarch64", target_arch = "riscv64")))]
mod clamp {
    #[inline(always)]
    pub(super) fn max(x: f32, low: f32) -> f32 {
        if x > low { x } else { low }
    }

    #[inline(always)]
    pub(super) fn min(x: f32, high: f32) -> f32 {
        if x < high { x } else { high }
    }
}

/// One instruction each, where a comparison would be a branch.
#[cfg(target_arch = "riscv64")]
mod clamp {
    #[inline(always)]
    pub(super) fn max(x: f32, low: f32) -> f32 {
        x.max(low)
    }

    #[inline(always)]
    pub(super) fn min(x: f32, high: f32) -> f32 {
        x.min(high)
    }
}

/// Compared and selected. The compiler would make one instruction of that, which turns a signalling
/// NaN into a quiet one and not into the bound.
#[cfg(target_arch = "aarch64")]
mod clamp {
    use core::arch::asm;

    macro_rules! select {
        ($x:ident, $bound:ident, $instruction:literal) => {{
            let chosen: f32;
            // SAFETY: both instructions are part of every AArch64 with floats and touch registers
            // only.
            unsafe {
                asm!(
                    "fcmp {x:s}, {bound:s}",
                    $instruction,
                    x = in(vreg) $x,
                    bound = in(vreg) $bound,
                    chosen = lateout(vreg) chosen,
                    options(pure, nomem, nostack),
                );
            }
            chosen
        }};
    }

    #[inline(always)]
    pub(super) fn max(x: f32, low: f32) -> f32 {
        select!(x, low, "fcsel {chosen:s}, {x:s}, {bound:s}, gt")
    }

    #[inline(always)]
    pub(super) fn min(x: f32, high: f32) -> f32 {
        select!(x, high, "fcsel {chosen:s}, {x:s}, {bound:s}, mi")
    }
}
