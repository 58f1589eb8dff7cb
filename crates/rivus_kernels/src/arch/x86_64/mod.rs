//! x86-64 with run-time detection.

pub(crate) mod fma;

/// Whether the processor has AVX2 and FMA. Every machine with the first has the second; both are
/// asked for anyway.
pub(crate) fn has_avx2_and_fma() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}
