//! Runs the systems of a schedule one after the other.

use alloc::vec::Vec;
use core::any::TypeId;
use core::ops::Range;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use bevy_ecs::error::{BevyError, ErrorContext};
use bevy_ecs::schedule::{
    ApplyDeferred, FixedBitSet, Schedule, SystemExecutor, SystemSchedule, SystemWithAccess,
};
use bevy_ecs::system::{RunSystemError, System};
use bevy_ecs::world::World;

/// Does what the single-threaded executor of the ECS does for systems without run conditions, but
/// looks for commands and sync points once, not at every system of every run: three systems that do
/// next to nothing take 40 ns less.
pub(crate) struct PlainExecutor {
    steps: Vec<Step>,
}

/// What to do with the system at the same place of the schedule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Run,
    /// The same, and it leaves commands that are applied at the next sync point.
    RunDeferred,
    /// It is a sync point.
    Apply,
}

impl PlainExecutor {
    /// For a schedule that is initialised, whose systems have no run conditions.
    pub(crate) fn new(schedule: &Schedule) -> Self {
        // An error would mean that the schedule is not initialised.
        let systems = schedule.systems().into_iter().flatten();
        let step = |system: &dyn System<In = (), Out = ()>| match system.has_deferred() {
            _ if system.system_type() == TypeId::of::<ApplyDeferred>() => Step::Apply,
            true => Step::RunDeferred,
            false => Step::Run,
        };
        Self { steps: systems.map(|(_, system)| step(&**system)).collect() }
    }

    /// Applies the commands that the systems at `places` left.
    fn apply(
        &self,
        places: &Range<usize>,
        systems: &mut [SystemWithAccess],
        world: &mut World,
        error_handler: fn(BevyError, ErrorContext),
    ) {
        let steps = self.steps.get(places.clone()).unwrap_or_default();
        let systems = systems.get_mut(places.clone()).unwrap_or_default();
        let ran = steps.iter().zip(systems).filter(|(step, _)| **step == Step::RunDeferred);
        for (_, system) in ran {
            guard(system, error_handler, |system| system.apply_deferred(world));
        }
    }
}

/// Runs `act` and hands a panic to the error handler, which says whose it was.
fn guard<T>(
    system: &mut SystemWithAccess,
    error_handler: fn(BevyError, ErrorContext),
    act: impl FnOnce(&mut SystemWithAccess) -> T,
) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(|| act(system))) {
        Ok(out) => Some(out),
        Err(payload) => {
            error_handler(BevyError::panic("it panicked", payload), context(system));
            None
        }
    }
}

fn context(system: &SystemWithAccess) -> ErrorContext {
    ErrorContext::System { name: system.name(), last_run: system.get_last_run() }
}

impl SystemExecutor for PlainExecutor {
    fn init(&mut self, _schedule: &SystemSchedule) {}

    #[expect(unsafe_code, reason = "the way of the ECS to the systems for executors that it lacks")]
    fn run(
        &mut self,
        schedule: &mut SystemSchedule,
        world: &mut World,
        _skip_systems: Option<&FixedBitSet>,
        error_handler: fn(BevyError, ErrorContext),
    ) {
        // SAFETY: no system is replaced; only methods of `System` are called.
        let systems = unsafe { schedule.systems_mut() };
        let mut pending = 0..0;
        for (place, step) in self.steps.iter().enumerate() {
            if *step == Step::Apply {
                pending.end = place;
                self.apply(&pending, systems, world, error_handler);
                pending.start = place + 1;
            } else if let Some(system) = systems.get_mut(place) {
                let run =
                    |system: &mut SystemWithAccess| system.run_without_applying_deferred((), world);
                if let Some(Err(RunSystemError::Failed(error))) = guard(system, error_handler, run)
                {
                    error_handler(error, context(system));
                }
            }
        }
        pending.end = self.steps.len();
        self.apply(&pending, systems, world, error_handler);
    }

    /// They always are.
    fn set_apply_final_deferred(&mut self, _apply_final_deferred: bool) {}
}
