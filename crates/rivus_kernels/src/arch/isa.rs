//! What a kernel asks of an instruction set.

use super::generic::ltc::{self, Sources};

/// Vectors of an instruction set. A value of the implementing type is proof that the processor has
/// it, so the operations need no further check.
///
/// All ways to compute give the same bits; they differ in width and cost. `max` and `min` return
/// the bound for a NaN.
pub(crate) trait Isa: Copy {
    /// Number of lanes of a vector; divides [`crate::LANES_MAX`].
    const LANES: usize;
    /// A vector of `f32`.
    type F: Copy;
    /// A vector of `i32`.
    type I: Copy;

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::F;
    /// The first lanes of `values`.
    fn load(self, values: &[f32]) -> Self::F;
    /// Writes the lanes to the first of `values`.
    fn store(self, x: Self::F, values: &mut [f32]);
    /// `table[index]` for the first lanes of `indices`.
    ///
    /// # Safety
    /// `indices` has a value for every lane, all below `table.len()`.
    unsafe fn gather(self, table: &[f32], indices: &[u16]) -> Self::F;
    /// `a + b`.
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a - b`.
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a * b`.
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a / b`.
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a * b + c`, rounded once.
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The greater of `x` and `low`, which is not zero; `low` if `x` is NaN.
    fn max(self, x: Self::F, low: f32) -> Self::F;
    /// The smaller of `x` and `high`, which is not zero; `high` if `x` is NaN.
    fn min(self, x: Self::F, high: f32) -> Self::F;
    /// The greater of two values that are neither NaN nor of different zeros.
    fn max_of(self, a: Self::F, b: Self::F) -> Self::F;
    /// Without its sign.
    fn abs(self, x: Self::F) -> Self::F;
    /// `magnitude`, which has no sign, with the sign of `sign`.
    fn with_sign(self, magnitude: Self::F, sign: Self::F) -> Self::F;
    /// `yes` where `x >= bound`, else `no`, also where `x` is NaN.
    fn select_ge(self, x: Self::F, bound: f32, yes: Self::F, no: Self::F) -> Self::F;
    /// `x` minus the integer nearest to it, which is exact; `sum` is `x + magic`, where `magic` is
    /// 1.5 * 2^23 or more by a small even number. The sign of a zero is not defined.
    #[inline(always)]
    fn fraction(self, x: Self::F, sum: Self::F, magic: f32) -> Self::F {
        // Compilers would turn `sum - magic` into `sum + -magic`, for which they need a register.
        self.sub(x, self.sub(sum, self.splat(magic)))
    }
    /// The bits of `p` plus those of `t`, shifted left by the width of a mantissa.
    fn add_exponent(self, p: Self::F, t: Self::F) -> Self::F;
    /// The bits of `t`, shifted left by the width of a mantissa: its low bits are the exponent.
    fn power_of_two(self, t: Self::F) -> Self::F;

    /// Zeros.
    fn zeros(self) -> Self::I;
    /// The bits of `x` minus those of `base`: the integer in a float to which `base` was added.
    fn integer(self, x: Self::F, base: f32) -> Self::I;
    /// The greater of two integers.
    fn max_i32(self, a: Self::I, b: Self::I) -> Self::I;
    /// Whole numbers as floats.
    fn to_float(self, x: Self::I) -> Self::F;
    /// The first lanes of `values`.
    fn load_i8(self, values: &[i8]) -> Self::I;
    /// `x` in every lane.
    fn splat_i32(self, x: i32) -> Self::I;
    /// The first `2 * LANES` of `values` as 16-bit numbers, two in each lane.
    fn load_pairs(self, values: &[i8]) -> Self::I;
    /// `a.low * b.low + a.high * b.high + sum` per lane, of the 16-bit halves of `a` and `b`.
    ///
    /// Where `b` is a number from 0 to 2^15 - 1 and `a` one of 16 bits, this is `a * b + sum`.
    fn dot(self, a: Self::I, b: Self::I, sum: Self::I) -> Self::I;
    /// The integers as bits of floats, to be stored.
    fn as_bits(self, x: Self::I) -> Self::F;
    /// [`ltc::gates`]; where registers are few, in a function of its own that has them all.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    unsafe fn gates<const CLAMP: bool>(self, sources: Sources<'_>, gates: &mut [f32]) {
        // SAFETY: the caller's promise.
        unsafe { ltc::gates::<Self, 2, 1, CLAMP>(self, sources, gates) }
    }
    /// The integers that were stored as bits of floats.
    fn as_integers(self, x: Self::F) -> Self::I;
    /// `low`, which is within 16 bits, in the low half and `high` in the high half of each lane.
    fn pair_16(self, low: Self::I, high: Self::I) -> Self::I;
}
