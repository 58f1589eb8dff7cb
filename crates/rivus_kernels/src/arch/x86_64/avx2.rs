//! Eight lanes: AVX2 with FMA.

use core::arch::x86_64::{
    __m256, __m256i, _CMP_GE_OQ, _mm_insert_ps, _mm_load_ss, _mm_loadl_epi64, _mm_loadu_si128,
    _mm256_add_epi32, _mm256_add_ps, _mm256_and_ps, _mm256_and_si256, _mm256_andnot_ps,
    _mm256_blendv_ps, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cmp_ps,
    _mm256_cvtepi8_epi16, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps, _mm256_div_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_madd_epi16, _mm256_max_epi32, _mm256_max_ps, _mm256_min_ps,
    _mm256_mul_ps, _mm256_or_ps, _mm256_or_si256, _mm256_set_m128, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_si256, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_epi32,
    _mm256_sub_ps,
};

use crate::arch::generic::ltc::{self, Sources};
use crate::arch::isa::Isa;

/// Proof that the processor has AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The processor has AVX2 and FMA.
    #[inline(always)]
    unsafe fn new() -> Self {
        Self(())
    }
}

/// Calls intrinsics of which the processor has what they need.
macro_rules! proven {
    ($work:expr) => {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA; nothing here touches memory.
        unsafe { $work }
    };
}

impl Isa for Avx2 {
    const LANES: usize = 8;
    type F = __m256;
    type I = __m256i;

    #[inline(always)]
    fn splat(self, x: f32) -> __m256 {
        proven!(_mm256_set1_ps(x))
    }
    #[inline(always)]
    fn load(self, values: &[f32]) -> __m256 {
        let values = &values[..Self::LANES];
        // SAFETY: `values` has 8 of them, and `self` proves AVX2.
        unsafe { _mm256_loadu_ps(values.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, x: __m256, values: &mut [f32]) {
        let values = &mut values[..Self::LANES];
        // SAFETY: `values` has room for 8, and `self` proves AVX2.
        unsafe { _mm256_storeu_ps(values.as_mut_ptr(), x) }
    }
    /// Eight loads: the gather instruction is three times slower where microcode guards it.
    #[inline(always)]
    unsafe fn gather(self, table: &[f32], indices: &[u16]) -> __m256 {
        // SAFETY: the caller promises 8 indices, all below the table's length; `self` proves AVX2.
        unsafe {
            let at = |lane: usize| {
                _mm_load_ss(table.get_unchecked(usize::from(*indices.get_unchecked(lane))))
            };
            // One after the other, so that every load is part of the instruction that inserts it.
            let low = _mm_insert_ps::<0x10>(at(0), at(1));
            let low = _mm_insert_ps::<0x20>(low, at(2));
            let low = _mm_insert_ps::<0x30>(low, at(3));
            let high = _mm_insert_ps::<0x10>(at(4), at(5));
            let high = _mm_insert_ps::<0x20>(high, at(6));
            let high = _mm_insert_ps::<0x30>(high, at(7));
            _mm256_set_m128(high, low)
        }
    }
    #[inline(always)]
    unsafe fn gates<const CLAMP: bool>(self, sources: Sources<'_>, gates: &mut [f32]) {
        // SAFETY: the caller's promise, and `self` proves the features.
        unsafe { ltc_gates::<CLAMP>(sources, gates) }
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        proven!(_mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        proven!(_mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        proven!(_mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        proven!(_mm256_div_ps(a, b))
    }
    #[inline(always)]
    fn fma(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        proven!(_mm256_fmadd_ps(a, b, c))
    }
    /// The instruction returns its second operand for a NaN.
    #[inline(always)]
    fn max(self, x: __m256, low: f32) -> __m256 {
        proven!(_mm256_max_ps(x, _mm256_set1_ps(low)))
    }
    /// The instruction returns its second operand for a NaN.
    #[inline(always)]
    fn min(self, x: __m256, high: f32) -> __m256 {
        proven!(_mm256_min_ps(x, _mm256_set1_ps(high)))
    }
    #[inline(always)]
    fn max_of(self, a: __m256, b: __m256) -> __m256 {
        proven!(_mm256_max_ps(a, b))
    }
    #[inline(always)]
    fn abs(self, x: __m256) -> __m256 {
        proven!(_mm256_andnot_ps(_mm256_set1_ps(-0.0), x))
    }
    #[inline(always)]
    fn with_sign(self, magnitude: __m256, sign: __m256) -> __m256 {
        proven!(_mm256_or_ps(magnitude, _mm256_and_ps(_mm256_set1_ps(-0.0), sign)))
    }
    #[inline(always)]
    fn select_ge(self, x: __m256, bound: f32, yes: __m256, no: __m256) -> __m256 {
        proven!({
            let is_ge = _mm256_cmp_ps::<_CMP_GE_OQ>(x, _mm256_set1_ps(bound));
            _mm256_blendv_ps(no, yes, is_ge)
        })
    }
    #[inline(always)]
    fn add_exponent(self, p: __m256, t: __m256) -> __m256 {
        proven!({
            let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(t));
            _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), exponent))
        })
    }
    #[inline(always)]
    fn power_of_two(self, t: __m256) -> __m256 {
        proven!(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_castps_si256(t))))
    }
    #[inline(always)]
    fn zeros(self) -> __m256i {
        proven!(_mm256_setzero_si256())
    }
    #[inline(always)]
    fn integer(self, x: __m256, base: f32) -> __m256i {
        let base = base.to_bits().cast_signed();
        proven!(_mm256_sub_epi32(_mm256_castps_si256(x), _mm256_set1_epi32(base)))
    }
    #[inline(always)]
    fn max_i32(self, a: __m256i, b: __m256i) -> __m256i {
        proven!(_mm256_max_epi32(a, b))
    }
    #[inline(always)]
    fn to_float(self, x: __m256i) -> __m256 {
        proven!(_mm256_cvtepi32_ps(x))
    }
    #[inline(always)]
    fn load_i8(self, values: &[i8]) -> __m256i {
        let values = &values[..Self::LANES];
        // SAFETY: `values` has 8 bytes, and `self` proves AVX2.
        unsafe { _mm256_cvtepi8_epi32(_mm_loadl_epi64(values.as_ptr().cast())) }
    }
    #[inline(always)]
    fn splat_i32(self, x: i32) -> __m256i {
        proven!(_mm256_set1_epi32(x))
    }
    #[inline(always)]
    fn load_pairs(self, values: &[i8]) -> __m256i {
        let values = &values[..2 * Self::LANES];
        // SAFETY: `values` has 16 bytes, and `self` proves AVX2.
        unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(values.as_ptr().cast())) }
    }
    #[inline(always)]
    fn dot(self, a: __m256i, b: __m256i, sum: __m256i) -> __m256i {
        proven!(_mm256_add_epi32(sum, _mm256_madd_epi16(a, b)))
    }
    #[inline(always)]
    fn as_bits(self, x: __m256i) -> __m256 {
        proven!(_mm256_castsi256_ps(x))
    }
    #[inline(always)]
    fn as_integers(self, x: __m256) -> __m256i {
        proven!(_mm256_castps_si256(x))
    }
    #[inline(always)]
    fn pair_16(self, low: __m256i, high: __m256i) -> __m256i {
        proven!({
            let low = _mm256_and_si256(low, _mm256_set1_epi32(0xffff));
            _mm256_or_si256(low, _mm256_slli_epi32::<16>(high))
        })
    }
}

crate::arch::instantiate_kernels!(
    Avx2,
    {
        // SAFETY: the function around this is compiled for AVX2 and FMA, so its caller has
        // answered for both.
        unsafe { Avx2::new() }
    },
    "avx2,fma"
);

/// See [`ltc::gates`].
///
/// # Safety
/// As there; the processor has the features.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn ltc_gates<const CLAMP: bool>(sources: Sources<'_>, gates: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { ltc::gates::<_, 1, 2, CLAMP>(Avx2::new(), sources, gates) }
}

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Avx2);
}
