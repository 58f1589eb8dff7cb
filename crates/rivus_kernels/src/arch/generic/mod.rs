//! The kernels, written once over [`Fused`].
//!
//! Everything here is `#[inline(always)]`, so that it is compiled anew, with the features of the
//! caller, inside each backend. The order of every sum is part of the contract: see the crate's
//! documentation.

pub(crate) mod activation;
pub(crate) mod affine;
pub(crate) mod cfc;
pub(crate) mod ltc;

/// How a backend computes `a * b + c` with one rounding. All ways give the same bits; they differ
/// in cost.
pub(crate) trait Fused {
    /// `a * b + c`, rounded once.
    fn fma(a: f32, b: f32, c: f32) -> f32;
}
