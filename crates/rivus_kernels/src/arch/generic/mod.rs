//! The kernels, written once over [`super::isa::Isa`].
//!
//! Everything here is `#[inline(always)]`, so that it is compiled anew, with the features of the
//! caller, inside each backend. For the same reason loops stand where `array::map` or
//! `Iterator::fold` could: what is in their closures would be compiled without those features. The
//! order of every sum is part of the contract: see the crate's documentation.

pub(crate) mod activation;
pub(crate) mod affine;
pub(crate) mod affine_int8;
pub(crate) mod elementwise;
pub(crate) mod ltc;
pub(crate) mod ltc_batch;
