//! A budget for a single system.

use alloc::sync::Arc;

use bevy_ecs::system::SystemIn;
use bevy_ecs::system::{Adapt, AdapterSystem, IntoSystem, RunSystemError, System, SystemInput};
use rivus_rate::Budget;

use crate::probe;

/// Measures a system against a budget of its own.
pub trait BudgetExt<In: SystemInput, Out, Marker>: IntoSystem<In, Out, Marker> + Sized {
    /// Limits the wall time of each run to `limit_us` microseconds.
    ///
    /// A longer run is reported as a [`BudgetOverrun`](crate::BudgetOverrun) that names the system,
    /// and its times are in [`Timings::systems`](crate::Timings::systems). It goes before everything
    /// else that is said about the system: `f.budget_us(200).in_set(Outer)`; it works on a single
    /// system, in tuples and in chains.
    fn budget_us(self, limit_us: u32) -> BudgetedSystem<Self::System>;
}

impl<In, Out, Marker, F> BudgetExt<In, Out, Marker> for F
where
    In: SystemInput,
    F: IntoSystem<In, Out, Marker>,
{
    fn budget_us(self, limit_us: u32) -> BudgetedSystem<Self::System> {
        let system = IntoSystem::into_system(self);
        let name = system.name();
        let budgeted = Budgeted { name: (&*name).into(), budget: Budget::us(limit_us), slot: None };
        AdapterSystem::new(budgeted, system, name)
    }
}

/// A system with a budget of its own.
pub type BudgetedSystem<S> = AdapterSystem<Budgeted, S>;

/// The stop-watch around a system with a budget of its own.
#[derive(Clone, Debug)]
pub struct Budgeted {
    pub(crate) name: Arc<str>,
    pub(crate) budget: Budget,
    /// Its place in the ticker's list, taken at the first run.
    pub(crate) slot: Option<usize>,
}

impl<S: System> Adapt<S> for Budgeted {
    type In = S::In;
    type Out = S::Out;

    fn adapt(
        &mut self,
        input: <Self::In as SystemInput>::Inner<'_>,
        run_system: impl FnOnce(SystemIn<'_, S>) -> Result<S::Out, RunSystemError>,
    ) -> Result<Self::Out, RunSystemError> {
        let Some(start_ns) = probe::now_ns() else {
            return run_system(input);
        };
        let out = run_system(input);
        probe::finish(self, start_ns);
        out
    }
}
