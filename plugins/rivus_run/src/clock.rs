//! The clocks of the machine.

use bevy_app::{App, Plugin};
use rivus_app::{Clock, CpuClock};
use rustix::time::{ClockId, clock_gettime};

/// Gives an app the clocks that its budgets are measured with.
///
/// A [`Clock`] or [`CpuClock`] that is there already stays, so that a test can bring its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunPlugin;

impl Plugin for RunPlugin {
    fn build(&self, app: &mut App) {
        let world = app.world_mut();
        world.get_resource_or_insert_with(|| Clock(monotonic_ns));
        world.get_resource_or_insert_with(|| CpuClock(thread_cpu_ns));
    }
}

/// Time since some moment before the process began; it never goes back. Nanoseconds.
#[must_use]
pub fn monotonic_ns() -> u64 {
    read_ns(ClockId::Monotonic)
}

/// CPU time of the calling thread since it began, nanoseconds.
#[must_use]
pub fn thread_cpu_ns() -> u64 {
    read_ns(ClockId::ThreadCPUTime)
}

/// CPU time of all threads of the process since it began, nanoseconds.
#[must_use]
pub fn process_cpu_ns() -> u64 {
    read_ns(ClockId::ProcessCPUTime)
}

fn read_ns(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    // These clocks count up from zero, so neither part is negative.
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_do_not_go_back() {
        for clock in [monotonic_ns, thread_cpu_ns, process_cpu_ns] {
            let first = clock();
            assert!(clock() >= first);
        }
        assert!(process_cpu_ns() >= thread_cpu_ns());
    }

    #[test]
    fn clocks_that_are_there_stay() {
        let mut app = App::empty();
        app.insert_resource(Clock(|| 7)).add_plugins(RunPlugin);
        assert_eq!((app.world().resource::<Clock>().0)(), 7);
        assert!(app.world().contains_resource::<CpuClock>());
    }
}
