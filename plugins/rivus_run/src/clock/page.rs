//! The clock of a web page: its only one, and a coarse one.

use super::stop_watch_ns;

/// What browsers promise at least, so that pages do not measure each other.
const STEP_NS: u64 = 100_000;

pub(super) fn monotonic_ns() -> u64 {
    stop_watch_ns()
}

pub(super) fn thread_cpu_ns() -> u64 {
    stop_watch_ns()
}

pub(super) fn process_cpu_ns() -> u64 {
    stop_watch_ns()
}

/// The step of the clock in a page that is not isolated; it is finer in one that is.
pub(super) const fn resolution_ns() -> u64 {
    STEP_NS
}

/// There is nothing to wait with; the caller looks at the clock again.
pub(super) fn sleep_once(_deadline_ns: u64, _now_ns: u64) {
    core::hint::spin_loop();
}
