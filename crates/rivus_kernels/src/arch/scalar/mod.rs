//! The reference: plain code for any target, and what every other backend is compared with.

mod single;

pub(crate) use single::{Fused, Single};

/// The portable fused multiply-add.
pub(crate) struct Portable;

impl Fused for Portable {
    /// The instruction where every processor of the target has one, the library's exact emulation
    /// elsewhere.
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        #[cfg(all(
            feature = "std",
            any(target_feature = "fma", target_arch = "aarch64", target_arch = "riscv64")
        ))]
        return a.mul_add(b, c);
        #[cfg(all(not(feature = "std"), riscv_f))]
        {
            let sum;
            // SAFETY: arithmetic, by an instruction that the target has. It rounds as every other
            // operation of the processor does.
            unsafe {
                core::arch::asm!(
                    "fmadd.s {}, {}, {}, {}",
                    lateout(freg) sum, in(freg) a, in(freg) b, in(freg) c,
                    options(pure, nomem, nostack)
                );
            }
            sum
        }
        #[cfg(not(any(
            all(
                feature = "std",
                any(target_feature = "fma", target_arch = "aarch64", target_arch = "riscv64")
            ),
            all(not(feature = "std"), riscv_f)
        )))]
        libm::fmaf(a, b, c)
    }
}

/// The reference instruction set.
pub(crate) const PORTABLE: Single<Portable> = Single::new();

super::instantiate_kernels!(Single<Portable>, PORTABLE);

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Scalar);
}
