//! The reference: plain code for any target, and what every other backend is compared with.

mod ltc;
mod single;

pub(crate) use single::{Fused, Single};

use crate::{LtcView, WeightsView};

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

/// The kernels that one lane has in common with vectors.
mod generic {
    use super::{PORTABLE, Portable, Single};

    crate::arch::instantiate_kernels!(Single<Portable>, PORTABLE);
}

pub(crate) use generic::*;

/// See [`crate::Kernels::ltc_step`].
pub(crate) fn ltc_step(
    cell: &LtcView<'_>,
    input: &[f32],
    elapsed: f32,
    state: &mut [f32],
    scratch: &mut [f32],
) {
    match (cell.sensory.weights, cell.recurrent.weights) {
        (WeightsView::F32 { .. }, WeightsView::F32 { .. }) => {
            ltc::step(PORTABLE, cell, input, elapsed, state, scratch);
        }
        _ => generic::ltc_step(cell, input, elapsed, state, scratch),
    }
}

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Scalar);
}
