//! 64-bit RISC-V: the vector extension 1.0, detected where there is a system to ask.
//!
//! A program without one tells by [`crate::Kernels::assume_rvv`] that it has switched vectors on
//! (`misa` bit 21 says that they exist, `mstatus.VS` switches them on).

#[cfg(all(feature = "std", target_os = "linux"))]
mod detect;
pub(crate) mod rvv;

/// Whether the processor has the vector extension 1.0 and this process may use it.
#[cfg(all(feature = "std", target_os = "linux"))]
pub(crate) fn has_rvv() -> bool {
    detect::is_allowed() && detect::is_version_1()
}

/// Without a system to ask: no.
#[cfg(not(all(feature = "std", target_os = "linux")))]
pub(crate) const fn has_rvv() -> bool {
    false
}
