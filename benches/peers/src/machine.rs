//! The machine and how this process runs on it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_setaffinity};

/// The highest processor that this process may use; interrupts tend to go to the lowest.
pub fn last_cpu() -> usize {
    let allowed = rustix::thread::sched_getaffinity(None).unwrap_or_else(|_| CpuSet::new());
    (0..CpuSet::MAX_CPU).rev().find(|&cpu| allowed.is_set(cpu)).unwrap_or(0)
}

/// Binds the process to one processor, and all threads that it starts from now on.
pub fn pin(cpu: usize) -> Result<()> {
    let mut only = CpuSet::new();
    only.set(cpu);
    sched_setaffinity(None, &only).with_context(|| format!("cannot run on processor {cpu}"))
}

/// The folder of the binary, which is on a disk.
pub fn target_folder() -> Result<PathBuf> {
    let binary = std::env::current_exe()?;
    Ok(binary.parent().context("the binary is in no folder")?.to_owned())
}

/// Everything that the figures depend on.
pub fn describe(cpu: usize, rounds: usize) -> Result<String> {
    let field = |file: &str, name: &str| -> Option<String> {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let policy = field("/proc/self/sched", "policy").unwrap_or_else(|| "unknown".to_owned());
    let class = match policy.as_str() {
        "0" => "SCHED_OTHER",
        "1" => "SCHED_FIFO",
        "2" => "SCHED_RR",
        other => other,
    };
    let kernel = rustix::system::uname();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    Ok(format!(
        "{model}, {} {}, load {load}\n\
         all variants: one process, one thread, {class}, processor {cpu}, {rounds} rounds\n\
         of {} ticks timed one by one after {} to warm up; opt-level 3, thin LTO, one codegen unit\n\
         Rivus of this checkout on bevy_ecs 0.20.1, every system timed (time stamp counter)\n\
         Copper cu29 1.3.1, default features, no monitor, no rate limit, every task timed (its own \
         clock)\n",
        kernel.sysname().to_string_lossy(),
        kernel.release().to_string_lossy(),
        crate::measure::TICKS,
        crate::measure::WARM_UP_TICKS,
    ))
}
