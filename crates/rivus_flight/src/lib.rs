#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

mod values;

pub use values::{Kinematics, RotorCommand, Setpoint, ThrustCommand, WrenchCommand};
