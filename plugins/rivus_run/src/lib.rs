#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

mod clock;
mod free;

pub use clock::{RunPlugin, monotonic_ns, process_cpu_ns, thread_cpu_ns};
pub use free::{RunReport, run_free};
