//! Four lanes: NEON.

use core::arch::aarch64::{
    float32x4_t, int32x4_t, vabsq_f32, vaddq_f32, vaddq_s32, vbslq_f32, vcgeq_f32, vcvtq_f32_s32,
    vdivq_f32, vdupq_n_f32, vdupq_n_s32, vdupq_n_u32, vfmaq_f32, vget_low_s16, vld1_s8, vld1q_f32,
    vmaxnmq_f32, vmaxq_s32, vmovl_s8, vmovl_s16, vmulq_f32, vmulq_s32, vreinterpretq_f32_s32,
    vreinterpretq_s32_f32, vreinterpretq_s32_s16, vsetq_lane_f32, vshlq_n_s32, vshrq_n_s32,
    vsliq_n_s32, vst1q_f32, vsubq_f32, vsubq_s32,
};
use core::arch::asm;

use crate::arch::isa::Isa;

/// The vectors that every 64-bit ARM processor has.
#[derive(Clone, Copy)]
pub(crate) struct Neon;

/// Calls intrinsics of which the processor has what they need.
macro_rules! proven {
    ($work:expr) => {
        // SAFETY: NEON is part of the target; nothing here touches memory.
        unsafe { $work }
    };
}

impl Isa for Neon {
    const LANES: usize = 4;
    type F = float32x4_t;
    type I = int32x4_t;

    #[inline(always)]
    fn splat(self, x: f32) -> float32x4_t {
        proven!(vdupq_n_f32(x))
    }
    #[inline(always)]
    fn load(self, values: &[f32]) -> float32x4_t {
        let values = &values[..Self::LANES];
        // SAFETY: `values` has 4 of them, and NEON is part of the target.
        unsafe { vld1q_f32(values.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, x: float32x4_t, values: &mut [f32]) {
        let values = &mut values[..Self::LANES];
        // SAFETY: `values` has room for 4, and NEON is part of the target.
        unsafe { vst1q_f32(values.as_mut_ptr(), x) }
    }
    #[inline(always)]
    unsafe fn gather(self, table: &[f32], indices: &[u16]) -> float32x4_t {
        // SAFETY: the caller promises 4 indices, all below the table's length; NEON is part of the
        // target.
        unsafe {
            let at = |lane: usize| *table.get_unchecked(usize::from(*indices.get_unchecked(lane)));
            let x = vdupq_n_f32(at(0));
            let x = vsetq_lane_f32::<1>(at(1), x);
            let x = vsetq_lane_f32::<2>(at(2), x);
            vsetq_lane_f32::<3>(at(3), x)
        }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        proven!(vaddq_f32(a, b))
    }
    #[inline(always)]
    fn sub(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        proven!(vsubq_f32(a, b))
    }
    #[inline(always)]
    fn mul(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        proven!(vmulq_f32(a, b))
    }
    #[inline(always)]
    fn div(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        proven!(vdivq_f32(a, b))
    }
    #[inline(always)]
    fn fma(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        proven!(vfmaq_f32(c, a, b))
    }
    /// Compared and selected: `fmax` would return a NaN, and `fmaxnm`, of which the compiler makes
    /// the intrinsics for that, one made of a signalling NaN.
    #[inline(always)]
    fn max(self, x: float32x4_t, low: f32) -> float32x4_t {
        let low = self.splat(low);
        let chosen: float32x4_t;
        // SAFETY: both instructions are part of NEON, which `self` proves, and touch registers and
        // flags only.
        unsafe {
            asm!(
                "fcmgt {chosen:v}.4s, {x:v}.4s, {low:v}.4s",
                "bsl {chosen:v}.16b, {x:v}.16b, {low:v}.16b",
                x = in(vreg) x,
                low = in(vreg) low,
                chosen = out(vreg) chosen,
                options(pure, nomem, nostack),
            );
        }
        chosen
    }
    #[inline(always)]
    fn min(self, x: float32x4_t, high: f32) -> float32x4_t {
        let high = self.splat(high);
        let chosen: float32x4_t;
        // SAFETY: as above.
        unsafe {
            asm!(
                "fcmgt {chosen:v}.4s, {high:v}.4s, {x:v}.4s",
                "bsl {chosen:v}.16b, {x:v}.16b, {high:v}.16b",
                x = in(vreg) x,
                high = in(vreg) high,
                chosen = out(vreg) chosen,
                options(pure, nomem, nostack),
            );
        }
        chosen
    }
    #[inline(always)]
    fn max_of(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        proven!(vmaxnmq_f32(a, b))
    }
    #[inline(always)]
    fn abs(self, x: float32x4_t) -> float32x4_t {
        proven!(vabsq_f32(x))
    }
    #[inline(always)]
    fn with_sign(self, magnitude: float32x4_t, sign: float32x4_t) -> float32x4_t {
        proven!(vbslq_f32(vdupq_n_u32(0x8000_0000), sign, magnitude))
    }
    #[inline(always)]
    fn select_ge(
        self,
        x: float32x4_t,
        bound: f32,
        yes: float32x4_t,
        no: float32x4_t,
    ) -> float32x4_t {
        proven!(vbslq_f32(vcgeq_f32(x, vdupq_n_f32(bound)), yes, no))
    }
    #[inline(always)]
    fn add_exponent(self, p: float32x4_t, t: float32x4_t) -> float32x4_t {
        proven!({
            let exponent = vshlq_n_s32::<23>(vreinterpretq_s32_f32(t));
            vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(p), exponent))
        })
    }
    #[inline(always)]
    fn power_of_two(self, t: float32x4_t) -> float32x4_t {
        proven!(vreinterpretq_f32_s32(vshlq_n_s32::<23>(vreinterpretq_s32_f32(t))))
    }
    #[inline(always)]
    fn zeros(self) -> int32x4_t {
        proven!(vdupq_n_s32(0))
    }
    #[inline(always)]
    fn integer(self, x: float32x4_t, base: f32) -> int32x4_t {
        let base = base.to_bits().cast_signed();
        proven!(vsubq_s32(vreinterpretq_s32_f32(x), vdupq_n_s32(base)))
    }
    #[inline(always)]
    fn max_i32(self, a: int32x4_t, b: int32x4_t) -> int32x4_t {
        proven!(vmaxq_s32(a, b))
    }
    #[inline(always)]
    fn to_float(self, x: int32x4_t) -> float32x4_t {
        proven!(vcvtq_f32_s32(x))
    }
    #[inline(always)]
    fn load_i8(self, values: &[i8]) -> int32x4_t {
        let values = &values[..Self::LANES];
        let mut bytes = [0; 8];
        bytes[..Self::LANES].copy_from_slice(values);
        // SAFETY: `bytes` has 8 of them, and NEON is part of the target.
        unsafe { vmovl_s16(vget_low_s16(vmovl_s8(vld1_s8(bytes.as_ptr())))) }
    }
    #[inline(always)]
    fn splat_i32(self, x: i32) -> int32x4_t {
        proven!(vdupq_n_s32(x))
    }
    #[inline(always)]
    fn load_pairs(self, values: &[i8]) -> int32x4_t {
        let values = &values[..2 * Self::LANES];
        // SAFETY: `values` has 8 bytes, and NEON is part of the target.
        unsafe { vreinterpretq_s32_s16(vmovl_s8(vld1_s8(values.as_ptr()))) }
    }
    #[inline(always)]
    fn dot(self, a: int32x4_t, b: int32x4_t, sum: int32x4_t) -> int32x4_t {
        proven!({
            let low = |x| vshrq_n_s32::<16>(vshlq_n_s32::<16>(x));
            let high = |x| vshrq_n_s32::<16>(x);
            let sum = vaddq_s32(sum, vmulq_s32(low(a), low(b)));
            vaddq_s32(sum, vmulq_s32(high(a), high(b)))
        })
    }
    #[inline(always)]
    fn as_bits(self, x: int32x4_t) -> float32x4_t {
        proven!(vreinterpretq_f32_s32(x))
    }
    #[inline(always)]
    fn as_integers(self, x: float32x4_t) -> int32x4_t {
        proven!(vreinterpretq_s32_f32(x))
    }
    #[inline(always)]
    fn pair_16(self, low: int32x4_t, high: int32x4_t) -> int32x4_t {
        proven!(vsliq_n_s32::<16>(low, high))
    }
}

crate::arch::instantiate_kernels!(Neon, Neon);

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Neon);
}
