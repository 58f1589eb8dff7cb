//! Sixteen lanes: AVX-512 F, DQ, BW and VL.

use core::arch::x86_64::{
    __m512, __m512i, _CMP_GE_OQ, _MM_FROUND_TO_NEAREST_INT, _mm_loadu_si128, _mm256_loadu_si256,
    _mm512_add_epi32, _mm512_add_ps, _mm512_and_ps, _mm512_and_si512, _mm512_andnot_ps,
    _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_cvtepi8_epi16,
    _mm512_cvtepi8_epi32, _mm512_cvtepi32_ps, _mm512_cvtepu16_epi32, _mm512_div_ps,
    _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_madd_epi16, _mm512_mask_blend_ps, _mm512_max_epi32,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_or_ps, _mm512_or_si512,
    _mm512_permutex2var_ps, _mm512_reduce_ps, _mm512_set_ps, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setzero_si512, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_sub_epi32, _mm512_sub_ps,
};

use crate::arch::generic::ltc::{self, Sources};
use crate::arch::isa::Isa;

/// Proof that the processor has the parts of AVX-512 that are used here.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The processor has AVX-512 F, DQ, BW and VL.
    #[inline(always)]
    unsafe fn new() -> Self {
        Self(())
    }
}

/// Calls intrinsics of which the processor has what they need.
macro_rules! proven {
    ($work:expr) => {
        // SAFETY: `self` exists, so the processor has AVX-512 F, DQ, BW and VL; nothing here
        // touches memory.
        unsafe { $work }
    };
}

impl Isa for Avx512 {
    const LANES: usize = 16;
    type F = __m512;
    type I = __m512i;

    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        proven!(_mm512_set1_ps(x))
    }
    #[inline(always)]
    fn load(self, values: &[f32]) -> __m512 {
        let values = &values[..Self::LANES];
        // SAFETY: `values` has 16 of them, and `self` proves AVX-512.
        unsafe { _mm512_loadu_ps(values.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, x: __m512, values: &mut [f32]) {
        let values = &mut values[..Self::LANES];
        // SAFETY: `values` has room for 16, and `self` proves AVX-512.
        unsafe { _mm512_storeu_ps(values.as_mut_ptr(), x) }
    }
    /// A table of two vectors is permuted; others are read by sixteen loads, because the gather
    /// instruction is three times slower where microcode guards it.
    #[inline(always)]
    unsafe fn gather(self, table: &[f32], indices: &[u16]) -> __m512 {
        if table.len() == 2 * Self::LANES {
            let (low, high) = (self.load(table), self.load(&table[Self::LANES..]));
            // SAFETY: the caller promises 16 indices; `self` proves AVX-512.
            return unsafe {
                let lanes = _mm256_loadu_si256(indices.as_ptr().cast());
                _mm512_permutex2var_ps(low, _mm512_cvtepu16_epi32(lanes), high)
            };
        }
        // SAFETY: the caller promises 16 indices, all below the table's length; `self` proves
        // AVX-512.
        unsafe {
            let at = |lane: usize| *table.get_unchecked(usize::from(*indices.get_unchecked(lane)));
            _mm512_set_ps(
                at(15),
                at(14),
                at(13),
                at(12),
                at(11),
                at(10),
                at(9),
                at(8),
                at(7),
                at(6),
                at(5),
                at(4),
                at(3),
                at(2),
                at(1),
                at(0),
            )
        }
    }
    #[inline(always)]
    unsafe fn gates<const CLAMP: bool>(self, sources: Sources<'_>, gates: &mut [f32]) {
        // SAFETY: the caller's promise, and `self` proves the features.
        unsafe { ltc_gates::<CLAMP>(sources, gates) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        proven!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        proven!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        proven!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        proven!(_mm512_div_ps(a, b))
    }
    #[inline(always)]
    fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        proven!(_mm512_fmadd_ps(a, b, c))
    }
    /// The instruction returns its second operand for a NaN.
    #[inline(always)]
    fn max(self, x: __m512, low: f32) -> __m512 {
        proven!(_mm512_max_ps(x, _mm512_set1_ps(low)))
    }
    /// The instruction returns its second operand for a NaN.
    #[inline(always)]
    fn min(self, x: __m512, high: f32) -> __m512 {
        proven!(_mm512_min_ps(x, _mm512_set1_ps(high)))
    }
    #[inline(always)]
    fn max_of(self, a: __m512, b: __m512) -> __m512 {
        proven!(_mm512_max_ps(a, b))
    }
    #[inline(always)]
    fn abs(self, x: __m512) -> __m512 {
        proven!(_mm512_andnot_ps(_mm512_set1_ps(-0.0), x))
    }
    #[inline(always)]
    fn with_sign(self, magnitude: __m512, sign: __m512) -> __m512 {
        proven!(_mm512_or_ps(magnitude, _mm512_and_ps(_mm512_set1_ps(-0.0), sign)))
    }
    #[inline(always)]
    fn select_ge(self, x: __m512, bound: f32, yes: __m512, no: __m512) -> __m512 {
        proven!({
            let is_ge = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(x, _mm512_set1_ps(bound));
            _mm512_mask_blend_ps(is_ge, no, yes)
        })
    }
    /// One instruction.
    #[inline(always)]
    fn fraction(self, x: __m512, _sum: __m512, _magic: f32) -> __m512 {
        proven!(_mm512_reduce_ps::<_MM_FROUND_TO_NEAREST_INT>(x))
    }
    #[inline(always)]
    fn add_exponent(self, p: __m512, t: __m512) -> __m512 {
        proven!({
            let exponent = _mm512_slli_epi32::<23>(_mm512_castps_si512(t));
            _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), exponent))
        })
    }
    #[inline(always)]
    fn power_of_two(self, t: __m512) -> __m512 {
        proven!(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_castps_si512(t))))
    }
    #[inline(always)]
    fn zeros(self) -> __m512i {
        proven!(_mm512_setzero_si512())
    }
    #[inline(always)]
    fn integer(self, x: __m512, base: f32) -> __m512i {
        let base = base.to_bits().cast_signed();
        proven!(_mm512_sub_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(base)))
    }
    #[inline(always)]
    fn max_i32(self, a: __m512i, b: __m512i) -> __m512i {
        proven!(_mm512_max_epi32(a, b))
    }
    #[inline(always)]
    fn to_float(self, x: __m512i) -> __m512 {
        proven!(_mm512_cvtepi32_ps(x))
    }
    #[inline(always)]
    fn load_i8(self, values: &[i8]) -> __m512i {
        let values = &values[..Self::LANES];
        // SAFETY: `values` has 16 bytes, and `self` proves AVX-512.
        unsafe { _mm512_cvtepi8_epi32(_mm_loadu_si128(values.as_ptr().cast())) }
    }
    #[inline(always)]
    fn splat_i32(self, x: i32) -> __m512i {
        proven!(_mm512_set1_epi32(x))
    }
    #[inline(always)]
    fn load_pairs(self, values: &[i8]) -> __m512i {
        let values = &values[..2 * Self::LANES];
        // SAFETY: `values` has 32 bytes, and `self` proves AVX-512.
        unsafe { _mm512_cvtepi8_epi16(_mm256_loadu_si256(values.as_ptr().cast())) }
    }
    #[inline(always)]
    fn dot(self, a: __m512i, b: __m512i, sum: __m512i) -> __m512i {
        proven!(_mm512_add_epi32(sum, _mm512_madd_epi16(a, b)))
    }
    #[inline(always)]
    fn as_bits(self, x: __m512i) -> __m512 {
        proven!(_mm512_castsi512_ps(x))
    }
    #[inline(always)]
    fn as_integers(self, x: __m512) -> __m512i {
        proven!(_mm512_castps_si512(x))
    }
    #[inline(always)]
    fn pair_16(self, low: __m512i, high: __m512i) -> __m512i {
        proven!({
            let low = _mm512_and_si512(low, _mm512_set1_epi32(0xffff));
            _mm512_or_si512(low, _mm512_slli_epi32::<16>(high))
        })
    }
}

crate::arch::instantiate_kernels!(
    Avx512,
    {
        // SAFETY: the function around this is compiled for these parts of AVX-512, so its caller
        // has answered for them.
        unsafe { Avx512::new() }
    },
    "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"
);

/// See [`ltc::gates`].
///
/// # Safety
/// As there; the processor has the features.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
#[inline(never)]
unsafe fn ltc_gates<const CLAMP: bool>(sources: Sources<'_>, gates: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { ltc::gates::<_, 2, 1, CLAMP>(Avx512::new(), sources, gates) }
}

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Avx512);
}
