#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

mod integrate;
mod quadrotor;
mod spec;

pub use quadrotor::{Quadrotor, ROTORS, State, StateRate, Wrench};
pub use spec::{Drag, QuadrotorSpec, RotorSpec};
