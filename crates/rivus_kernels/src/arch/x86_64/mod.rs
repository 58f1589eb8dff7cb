//! x86-64 with run-time detection.

pub(crate) mod avx2;
pub(crate) mod avx512;
pub(crate) mod fma;

/// Whether the processor has FMA.
pub(crate) fn has_fma() -> bool {
    std::arch::is_x86_feature_detected!("fma")
}

/// Whether the processor has AVX2 and FMA.
pub(crate) fn has_avx2() -> bool {
    has_fma() && std::arch::is_x86_feature_detected!("avx2")
}

/// Whether the processor has AVX-512 F, DQ, BW and VL, beside AVX2 and FMA.
pub(crate) fn has_avx512() -> bool {
    has_avx2()
        && std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vl")
}
