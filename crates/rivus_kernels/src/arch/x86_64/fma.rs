//! The generic kernels under AVX2 and FMA: fused operations are instructions and loops get eight
//! lanes.

use crate::arch::generic::Fused;

/// The processor's own fused multiply-add.
pub(crate) struct Native;

impl Fused for Native {
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

crate::arch::instantiate_kernels!(
    Native,
    #[target_feature(enable = "avx2,fma")]
);

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Fma);
}
