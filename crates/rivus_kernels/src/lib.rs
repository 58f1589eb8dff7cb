#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(
    all(feature = "std", target_arch = "x86_64"),
    expect(unsafe_code, reason = "code compiled for detected features is called through `unsafe`")
)]

#[cfg(any(test, feature = "std"))]
extern crate std;

mod arch;
mod backend;
mod kernels;
mod vectorize;
mod view;

pub use backend::Backend;
pub use kernels::Kernels;
pub use vectorize::vectorized;
pub use view::{
    Activation, AffineView, CfcGate, CfcHeads, CfcPureView, Elementary, LtcView, SynapsesView,
};
