#![doc = include_str!("../README.md")]
#![no_std]
#![expect(unsafe_code, reason = "vector instructions, and code compiled for detected features")]

#[cfg(any(test, feature = "std"))]
extern crate std;

mod arch;
mod backend;
mod kernels;
mod peak;
pub mod plan;
mod transpose;
mod vectorize;
mod view;

pub use backend::{Backend, BackendUnavailable};
pub use kernels::Kernels;
pub use plan::PlanView;
pub use transpose::{LANES_MOVED, Lanes};
pub use vectorize::vectorized;
pub use view::{
    Activation, AffineInt8View, AffineView, CfcGate, CfcHeads, CfcPureView, Elementary, GATE_ONE,
    LANES_MAX, LtcView, SIGNAL_MAX, SynapseRowsView, SynapsesView, WeightsView, ltc_scratch_len,
    padded, source_max,
};
