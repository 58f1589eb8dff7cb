#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod clock;
mod free;
#[cfg(not(target_arch = "wasm32"))]
mod jitter;
mod real_time;
mod safe_output;
mod thread;
mod wake_log;
mod watchdog;

pub use clock::{
    RunPlugin, clock_resolution_ns, monotonic_ns, process_cpu_ns, sleep_until, stop_watch_ns,
    thread_cpu_ns,
};
pub use free::{RunReport, run_free};
#[cfg(not(target_arch = "wasm32"))]
pub use jitter::{
    Attribution, JitterError, JitterOptions, JitterReport, attribute_jitter, measure_jitter,
};
pub use real_time::{RealTimeError, RealTimeReport, run_real_time};
pub use safe_output::{SafeOutputExt, SafeOutputs};
pub use thread::{
    CpuLeft, RealTimeOptions, RtGrade, RtReport, RtStep, RtThread, allowed_cpus, leave_one_cpu,
};
pub use wake_log::{Wake, WakeLog};
pub use watchdog::{WatchdogOptions, WatchdogReport};
