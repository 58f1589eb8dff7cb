#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

pub mod ops;
mod quat;
mod ranged;
mod real;
mod vec3;

pub use quat::Quat;
pub use ranged::{Finite, NonNegative, OutOfRange, Positive};
pub use real::Real;
pub use vec3::Vec3;

/// Standard gravity as the project uses it, m/s² (the value of the reference vehicle data).
pub const GRAVITY_MPS2: f32 = 9.81;
