//! RISC-V.

pub(crate) mod rvv;

/// Whether the processor has the vector extension 1.0.
pub(crate) fn has_rvv() -> bool {
    #[cfg(all(feature = "std", target_os = "linux"))]
    {
        unsafe extern "C" {
            fn getauxval(kind: usize) -> usize;
        }
        // SAFETY: `getauxval` only reads.
        (unsafe { getauxval(16) } >> 21) & 1 == 1
    }
    #[cfg(not(all(feature = "std", target_os = "linux")))]
    false
}
