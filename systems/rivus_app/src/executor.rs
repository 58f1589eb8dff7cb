//! Runs the systems of a schedule one after the other.

use alloc::vec::Vec;
use core::any::{Any, TypeId};
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use bevy_ecs::error::{BevyError, ErrorContext};
use bevy_ecs::schedule::{
    ApplyDeferred, FixedBitSet, Schedule, SystemExecutor, SystemKey, SystemSchedule,
    SystemWithAccess,
};
use bevy_ecs::system::{RunSystemError, ScheduleSystem, System};
use bevy_ecs::world::World;

use crate::stop_watch::{Timed, Watched};

/// Does what the single-threaded executor of the ECS does for systems without run conditions, but
/// looks for commands and sync points once, not at every system of every run.
///
/// Buffers of a system are applied only if it says that it has some (`has_deferred`), as those of all
/// parameters of the ECS do. Stepping of schedules is not known here.
pub(crate) struct PlainExecutor {
    steps: Vec<Step>,
    has_deferred: bool,
}

/// What to do with the system at the same place of the schedule.
enum Step {
    Run {
        timed: Option<Timed>,
        /// Whether it leaves commands that are applied at the next sync point.
        is_deferred: bool,
    },
    /// It is a sync point.
    Apply,
}

impl PlainExecutor {
    /// For a schedule that is initialised, whose systems have no run conditions.
    pub(crate) fn new(schedule: &Schedule, watched: Option<&Watched>) -> Self {
        // An error would mean that the schedule is not initialised.
        let systems = schedule.systems().into_iter().flatten();
        let step = |(key, system): (SystemKey, &ScheduleSystem)| {
            if system.system_type() == TypeId::of::<ApplyDeferred>() {
                return Step::Apply;
            }
            let timed = watched.and_then(|watched| watched.timed(key));
            Step::Run { timed, is_deferred: system.has_deferred() }
        };
        let steps: Vec<Step> = systems.map(step).collect();
        let has_deferred = steps.iter().any(Step::is_deferred);
        Self { steps, has_deferred }
    }
}

impl Step {
    const fn is_deferred(&self) -> bool {
        matches!(self, Self::Run { is_deferred: true, .. })
    }
}

/// A run of a schedule; where it is, so that a panic has a name.
struct Run<'a> {
    steps: &'a [Step],
    systems: &'a mut [SystemWithAccess],
    world: &'a mut World,
    error_handler: fn(BevyError, ErrorContext),
    /// The step that runs.
    place: usize,
    /// The system whose commands are being applied.
    applying: Option<usize>,
    /// Systems before this place have no commands that wait.
    applied: usize,
}

impl Run<'_> {
    /// Runs from where it is to the end.
    fn go_on(&mut self) {
        while let Some(step) = self.steps.get(self.place) {
            match (step, self.systems.get_mut(self.place)) {
                (Step::Run { timed, .. }, Some(system)) => {
                    let start_ns = timed.as_ref().map(Timed::start_ns);
                    let out = system.run_without_applying_deferred((), self.world);
                    if let Some((timed, start_ns)) = timed.as_ref().zip(start_ns) {
                        timed.end(start_ns, &out);
                    }
                    if let Err(RunSystemError::Failed(error)) = out {
                        (self.error_handler)(error, context(system));
                    }
                }
                _ => self.apply(),
            }
            self.place += 1;
        }
    }

    /// Applies the commands of the systems before this place.
    fn apply(&mut self) {
        while self.applied < self.place {
            let place = self.applied;
            self.applied += 1;
            if self.steps.get(place).is_some_and(Step::is_deferred)
                && let Some(system) = self.systems.get_mut(place)
            {
                self.applying = Some(place);
                system.apply_deferred(self.world);
                self.applying = None;
            }
        }
    }

    /// Hands a panic to the error handler, which says whose it was, and goes on behind it.
    fn report(&mut self, panic: Box<dyn Any + Send>) {
        let (place, what) = match self.applying.take() {
            Some(place) => (place, "its commands panicked"),
            None => (self.place, "it panicked"),
        };
        if place == self.place {
            self.place += 1;
        }
        if let Some(system) = self.systems.get(place) {
            (self.error_handler)(BevyError::panic(what, panic), context(system));
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
        let (steps, place, applying, applied) = (&*self.steps, 0, None, 0);
        let mut run = Run { steps, systems, world, error_handler, place, applying, applied };
        // One guard for all: one for each system would cost as much as a small system.
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| {
            run.go_on();
            if self.has_deferred {
                run.apply();
            }
        })) {
            run.report(panic);
        }
    }

    /// They always are.
    fn set_apply_final_deferred(&mut self, _apply_final_deferred: bool) {}
}
