//! The reference with the processor's own fused multiply-add, for processors without AVX2.

use crate::arch::scalar::{Fused, Single};

/// The instruction.
pub(crate) struct Native;

impl Fused for Native {
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

crate::arch::instantiate_kernels!(Single<Native>, Single::new(), "fma");

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Fma);
}
