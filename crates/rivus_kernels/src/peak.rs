//! The most fused multiply-adds that a core can do, for benches to compare with.
//!
//! The loops are assembly, so that no compiler joins a scalar loop into vectors. They touch
//! registers only, in enough chains to hide the latency of two units.

use crate::{Backend, Kernels};

/// Independent chains of each loop: two units with a latency of 5 need 10.
const CHAINS: u64 = 12;

impl Kernels {
    /// Does fused multiply-adds of this backend's width in registers, as fast as the core can, and
    /// tells how many.
    ///
    /// Every lane counts: divided by the time taken, the number is the peak that a kernel of this
    /// backend can be compared with. `None`, and nothing done, if the backend has no instruction
    /// for them: on x86-64, that of portable code is a library function.
    #[must_use]
    pub fn fma_peak(self, rounds: u32) -> Option<u64> {
        let rounds = rounds.max(1) as usize;
        let lanes: Option<usize> = match self.backend() {
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            // SAFETY: a `Kernels` with this backend exists only where FMA was detected.
            Backend::Fma => Some(unsafe { x86_64::one(rounds) }),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            // SAFETY: a `Kernels` with this backend exists only where AVX2 and FMA were detected.
            Backend::Avx2 => Some(unsafe { x86_64::eight(rounds) }),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            // SAFETY: a `Kernels` with this backend exists only where AVX-512 was detected.
            Backend::Avx512 => Some(unsafe { x86_64::sixteen(rounds) }),
            #[cfg(target_arch = "aarch64")]
            Backend::Scalar => Some(aarch64::one(rounds)),
            #[cfg(all(feature = "std", target_arch = "aarch64"))]
            Backend::Neon => Some(aarch64::four(rounds)),
            #[cfg(all(feature = "std", target_arch = "riscv64"))]
            Backend::Scalar => Some(riscv64::one(rounds)),
            #[cfg(target_arch = "riscv64")]
            // SAFETY: a `Kernels` with this backend exists only where the vector extension was
            // detected, or vouched for.
            Backend::Rvv => Some(unsafe { riscv64::all(rounds) }),
            #[cfg(not(any(
                target_arch = "aarch64",
                all(feature = "std", target_arch = "riscv64")
            )))]
            Backend::Scalar => None,
            #[cfg(not(all(feature = "std", target_arch = "x86_64")))]
            Backend::Fma | Backend::Avx2 | Backend::Avx512 => None,
            #[cfg(not(all(feature = "std", target_arch = "aarch64")))]
            Backend::Neon => None,
            #[cfg(not(target_arch = "riscv64"))]
            Backend::Rvv => None,
        };
        Some(lanes? as u64 * CHAINS * rounds as u64)
    }
}

/// Each function runs `rounds` rounds, at least 1, and returns the number of lanes.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod x86_64 {
    use core::arch::asm;

    /// Repeats `$fma` for the accumulators 0 to 11, which start at zero and grow by the product of
    /// registers 12 and 13; `$factor` fills these with `x`.
    macro_rules! chains {
        ($rounds:ident, $factor:literal, $fma:literal) => {{
            let x = 0.5_f32;
            asm!(
                ".irp i, 12, 13", $factor, ".endr",
                ".irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
                "vxorps xmm\\i, xmm\\i, xmm\\i",
                ".endr",
                "2:",
                ".irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11", $fma, ".endr",
                "sub {rounds}, 1",
                "jnz 2b",
                "vzeroupper",
                x = in(reg) &raw const x,
                rounds = inout(reg) $rounds => _,
                out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
                out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
                out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
                out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
                options(nostack, readonly),
            );
        }};
    }

    /// # Safety
    /// The processor has FMA.
    pub(super) unsafe fn one(rounds: usize) -> usize {
        // SAFETY: the processor has the instructions, says the caller; all registers that they
        // write are declared, and the only memory they read is `x`.
        unsafe {
            chains!(rounds, "vmovss xmm\\i, dword ptr [{x}]", "vfmadd231ss xmm\\i, xmm12, xmm13");
        }
        1
    }

    /// # Safety
    /// The processor has AVX2 and FMA.
    pub(super) unsafe fn eight(rounds: usize) -> usize {
        // SAFETY: the processor has the instructions, says the caller; all registers that they
        // write are declared, and the only memory they read is `x`.
        unsafe {
            chains!(
                rounds,
                "vbroadcastss ymm\\i, dword ptr [{x}]",
                "vfmadd231ps ymm\\i, ymm12, ymm13"
            );
        }
        8
    }

    /// # Safety
    /// The processor has AVX-512 F.
    pub(super) unsafe fn sixteen(rounds: usize) -> usize {
        // SAFETY: the processor has the instructions, says the caller; all registers that they
        // write are declared, and the only memory they read is `x`.
        unsafe {
            chains!(
                rounds,
                "vbroadcastss zmm\\i, dword ptr [{x}]",
                "vfmadd231ps zmm\\i, zmm12, zmm13"
            );
        }
        16
    }
}

/// Each function runs `rounds` rounds, at least 1, and returns the number of lanes.
#[cfg(target_arch = "aarch64")]
mod aarch64 {
    use core::arch::asm;

    /// Repeats `$fma` for the accumulators 0 to 11, which start at zero and grow by the product of
    /// registers 12 and 13.
    macro_rules! chains {
        ($rounds:ident, $fma:literal) => {
            asm!(
                "fmov v12.4s, #0.5",
                "fmov v13.4s, #0.5",
                ".irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
                "movi v\\i\\().4s, #0",
                ".endr",
                "2:",
                ".irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11", $fma, ".endr",
                "subs {rounds}, {rounds}, #1",
                "b.ne 2b",
                rounds = inout(reg) $rounds => _,
                out("v0") _, out("v1") _, out("v2") _, out("v3") _,
                out("v4") _, out("v5") _, out("v6") _, out("v7") _,
                out("v8") _, out("v9") _, out("v10") _, out("v11") _,
                out("v12") _, out("v13") _,
                options(nostack, nomem),
            )
        };
    }

    pub(super) fn one(rounds: usize) -> usize {
        // SAFETY: every processor of the target has the instructions; all registers that they write
        // are declared, and they touch no memory.
        unsafe { chains!(rounds, "fmadd s\\i, s12, s13, s\\i") };
        1
    }

    #[cfg(feature = "std")]
    pub(super) fn four(rounds: usize) -> usize {
        // SAFETY: every processor of the target has the instructions; all registers that they write
        // are declared, and they touch no memory.
        unsafe { chains!(rounds, "fmla v\\i\\().4s, v12.4s, v13.4s") };
        4
    }
}

/// Each function runs `rounds` rounds, at least 1, and returns the number of lanes.
#[cfg(target_arch = "riscv64")]
mod riscv64 {
    use core::arch::asm;

    #[cfg(feature = "std")]
    pub(super) fn one(rounds: usize) -> usize {
        // SAFETY: every processor of the target has the instructions; all registers that they write
        // are declared, and they touch no memory.
        unsafe {
            asm!(
                ".irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
                "fmv.w.x f\\i, zero",
                ".endr",
                "2:",
                ".irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
                "fmadd.s f\\i, {x}, {x}, f\\i",
                ".endr",
                "addi {rounds}, {rounds}, -1",
                "bnez {rounds}, 2b",
                x = in(freg) 0.5_f32,
                rounds = inout(reg) rounds => _,
                out("f0") _, out("f1") _, out("f2") _, out("f3") _,
                out("f4") _, out("f5") _, out("f6") _, out("f7") _,
                out("f8") _, out("f9") _, out("f10") _, out("f11") _,
                options(nostack, nomem),
            );
        }
        1
    }

    /// Groups of two registers, as the kernels use.
    ///
    /// # Safety
    /// The processor has the vector extension 1.0.
    pub(super) unsafe fn all(rounds: usize) -> usize {
        let lanes: usize;
        // SAFETY: the processor has the instructions, says the caller; all registers that they
        // write are declared, and they touch no memory.
        unsafe {
            asm!(
                ".option push",
                ".option arch, +v",
                "vsetvli {lanes}, zero, e32, m2, ta, ma",
                "vfmv.v.f v0, {x}",
                ".irp i, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24",
                "vmv.v.i v\\i, 0",
                ".endr",
                "2:",
                ".irp i, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24",
                "vfmacc.vf v\\i, {x}, v0",
                ".endr",
                "addi {rounds}, {rounds}, -1",
                "bnez {rounds}, 2b",
                ".option pop",
                x = in(freg) 0.5_f32,
                lanes = out(reg) lanes,
                rounds = inout(reg) rounds => _,
                out("v0") _, out("v1") _, out("v2") _, out("v3") _,
                out("v4") _, out("v5") _, out("v6") _, out("v7") _,
                out("v8") _, out("v9") _, out("v10") _, out("v11") _,
                out("v12") _, out("v13") _, out("v14") _, out("v15") _,
                out("v16") _, out("v17") _, out("v18") _, out("v19") _,
                out("v20") _, out("v21") _, out("v22") _, out("v23") _,
                out("v24") _, out("v25") _,
                options(nostack, nomem),
            );
        }
        lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_of_every_chain_counts() {
        for backend in Backend::ALL {
            let Some(kernels) = Kernels::new(backend) else { continue };
            let counts = [1, 10].map(|rounds| kernels.fma_peak(rounds));
            assert_eq!(counts[0].map(|count| 10 * count), counts[1], "{backend:?}");
            let expected = match backend {
                Backend::Fma => Some(CHAINS),
                Backend::Avx2 => Some(8 * CHAINS),
                Backend::Avx512 => Some(16 * CHAINS),
                Backend::Neon => Some(4 * CHAINS),
                _ => counts[0],
            };
            assert_eq!(counts[0], expected, "{backend:?}");
        }
    }
}
