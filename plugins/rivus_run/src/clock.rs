//! The clocks of the machine.

use std::sync::OnceLock;

use bevy_app::{App, Plugin};
use rivus_app::{Clock, CpuClock};

#[cfg(not(target_arch = "wasm32"))]
mod machine;
#[cfg(not(target_arch = "wasm32"))]
use machine as os;

// A web page has one clock and no operating system.
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
use page as os;

/// Gives an app the clocks that its budgets are measured with.
///
/// A [`Clock`] or [`CpuClock`] that is there already stays, so that a test can bring its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunPlugin;

impl Plugin for RunPlugin {
    fn build(&self, app: &mut App) {
        let world = app.world_mut();
        world.get_resource_or_insert_with(|| {
            // The first reading calibrates; not in a tick.
            stop_watch_ns();
            Clock(stop_watch_ns)
        });
        world.get_resource_or_insert_with(|| CpuClock(thread_cpu_ns));
    }
}

/// Time since some moment before the process began; it never goes back. Nanoseconds.
#[must_use]
pub fn monotonic_ns() -> u64 {
    os::monotonic_ns()
}

/// What budgets are measured with: time since some moment, nanoseconds. It never goes back, and one
/// processor reads what another does.
///
/// The time stamp counter of the processor where that runs at a constant rate, which takes half as
/// long to read as [`monotonic_ns`]; the same as it elsewhere. It is not to be compared with it: they
/// drift apart by some parts in a million.
pub fn stop_watch_ns() -> u64 {
    static COUNTER: OnceLock<quanta::Clock> = OnceLock::new();
    let counter = COUNTER.get_or_init(quanta::Clock::new);
    counter.delta_as_nanos(0, counter.raw())
}

/// CPU time of the calling thread since it began, nanoseconds; [`monotonic_ns`] on the web, where
/// nobody can know it.
#[must_use]
pub fn thread_cpu_ns() -> u64 {
    os::thread_cpu_ns()
}

/// CPU time of all threads of the process since it began, nanoseconds; [`monotonic_ns`] on the web.
#[must_use]
pub fn process_cpu_ns() -> u64 {
    os::process_cpu_ns()
}

/// The step of [`monotonic_ns`], as the operating system tells it. Nanoseconds.
#[must_use]
pub fn clock_resolution_ns() -> u64 {
    os::resolution_ns()
}

/// Sleeps until [`monotonic_ns`] has reached `deadline_ns` and returns what it reads then.
///
/// The deadline is a point of time and not a duration, so what passes between its computation and
/// the sleep is not added. A signal does not end it early. A web page cannot sleep: it spins.
#[must_use]
pub fn sleep_until(deadline_ns: u64) -> u64 {
    loop {
        let now_ns = monotonic_ns();
        if now_ns >= deadline_ns {
            return now_ns;
        }
        os::sleep_once(deadline_ns, now_ns);
    }
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
        assert!(clock_resolution_ns() > 0);
    }

    #[test]
    fn a_sleep_never_ends_early() {
        for ahead_ns in [0, 1, 999, 3_000_000] {
            let deadline_ns = monotonic_ns() + ahead_ns;
            let woken_ns = sleep_until(deadline_ns);
            assert!(woken_ns >= deadline_ns && monotonic_ns() >= woken_ns);
        }
        assert!(sleep_until(0) > 0);
    }

    #[test]
    fn clocks_that_are_there_stay() {
        let mut app = App::empty();
        app.insert_resource(Clock(|| 7)).add_plugins(RunPlugin);
        assert_eq!((app.world().resource::<Clock>().0)(), 7);
        assert!(app.world().contains_resource::<CpuClock>());
    }
}
