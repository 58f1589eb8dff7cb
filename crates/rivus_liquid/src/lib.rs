#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

#[cfg(feature = "std")]
mod activation_name;
mod aligned;
#[cfg(feature = "std")]
mod bake;
mod batch;
mod cfc;
mod cost;
mod error;
pub mod graph;
pub mod init;
mod layer;
mod linear;
mod ltc;
mod mapping;
mod memory;
#[cfg(feature = "std")]
pub mod ncps;
mod network;
mod plan;
#[cfg(feature = "std")]
mod policy;
#[cfg(feature = "std")]
mod policy_file;
mod synapses;
#[cfg(feature = "std")]
mod tensor_file;
#[cfg(feature = "std")]
pub mod verify;
mod weights;
pub mod wiring;

pub use batch::BatchScratch;
pub use cfc::{
    Backbone, CfcHead, CfcMode, CfcParams, GatedHead, MaskedCfcLayer, PureHead, WiredCfcParams,
};
pub use cost::Cost;
pub use error::{NetworkError, StepFault};
pub use layer::Layer;
pub use linear::Linear;
pub use ltc::LtcParams;
pub use mapping::Mapping;
pub use memory::MemoryParams;
pub use network::{LayerState, Network, Scratch};
pub use plan::Plan;
#[cfg(feature = "std")]
pub use policy::{
    Elapsed, InputChannel, OutputChannel, Policy, PolicyError, PolicyInfo, Provenance, RateError,
    RateRange, Squash,
};
#[cfg(feature = "std")]
pub use policy_file::PolicyFileError;
pub use rivus_kernels::{Activation, Backend, Kernels};
pub use synapses::Synapse;
#[cfg(feature = "std")]
pub use tensor_file::TensorFileError;
pub use wiring::LayerWiring;
