#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

mod clock;
mod free;
mod real_time;
mod thread;

pub use clock::{RunPlugin, monotonic_ns, process_cpu_ns, sleep_until, thread_cpu_ns};
pub use free::{RunReport, run_free};
pub use real_time::{RealTimeError, RealTimeReport, run_real_time};
pub use thread::{RealTimeOptions, RtGrade, RtReport, RtStep, RtThread};
