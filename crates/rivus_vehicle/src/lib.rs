#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

mod integrate;
mod noise;
mod quadrotor;
pub mod reference;
mod spec;
mod start;
mod wind;

pub use noise::NoiseStream;
pub use quadrotor::{Quadrotor, ROTORS, State, StateRate, Wrench};
pub use spec::{Drag, QuadrotorSpec, RotorSpec};
pub use start::StartSpec;
pub use wind::{HeightError, Intensity, LowHeight, Wind, WindSpec};
