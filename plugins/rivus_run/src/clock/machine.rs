//! The clocks of an operating system.

#[cfg(target_os = "linux")]
use rustix::time::Timespec;
use rustix::time::{ClockId, clock_getres, clock_gettime};

const NS_PER_S: u64 = 1_000_000_000;

pub(super) fn monotonic_ns() -> u64 {
    read_ns(ClockId::Monotonic)
}

pub(super) fn thread_cpu_ns() -> u64 {
    read_ns(ClockId::ThreadCPUTime)
}

pub(super) fn process_cpu_ns() -> u64 {
    read_ns(ClockId::ProcessCPUTime)
}

/// The step of the monotonic clock.
pub(super) fn resolution_ns() -> u64 {
    let step = clock_getres(ClockId::Monotonic);
    step.tv_sec.unsigned_abs() * NS_PER_S + step.tv_nsec.unsigned_abs()
}

/// Sleeps until the deadline, or until a signal ends it; the caller looks and continues.
#[cfg(target_os = "linux")]
pub(super) fn sleep_once(deadline_ns: u64, _now_ns: u64) {
    // Both parts fit: the seconds of 64 bits of nanoseconds need 35 bits.
    let deadline = Timespec {
        tv_sec: (deadline_ns / NS_PER_S).cast_signed(),
        tv_nsec: (deadline_ns % NS_PER_S).cast_signed(),
    };
    // A sleep that a signal ended is continued by the caller.
    let _ = rustix::thread::clock_nanosleep_absolute(ClockId::Monotonic, &deadline);
}

/// Sleeps for what is left until the deadline.
#[cfg(not(target_os = "linux"))]
pub(super) fn sleep_once(deadline_ns: u64, now_ns: u64) {
    std::thread::sleep(core::time::Duration::from_nanos(deadline_ns - now_ns));
}

fn read_ns(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    // These clocks count up from zero, so neither part is negative.
    time.tv_sec.unsigned_abs() * NS_PER_S + time.tv_nsec.unsigned_abs()
}
