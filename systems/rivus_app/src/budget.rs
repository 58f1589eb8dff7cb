//! A budget for a single system.

use core::any::Any;

use bevy_ecs::schedule::graph::Direction;
use bevy_ecs::schedule::{
    IntoScheduleConfigs, NodeId, ScheduleConfigs, ScheduleGraph, SystemKey, SystemSet,
};
use bevy_ecs::system::ScheduleSystem;
use rivus_rate::Budget;

use crate::conflicts::reachable;

/// Measures systems against a budget of their own.
///
/// All systems are timed; this says how long one may take.
pub trait BudgetExt<Marker>: IntoScheduleConfigs<ScheduleSystem, Marker> {
    /// Limits the wall time of each run of each of the systems to `limit_us` microseconds.
    ///
    /// A longer run is reported as a [`BudgetOverrun`](crate::BudgetOverrun) that names the system
    /// and counted in [`Timings::systems`](crate::Timings::systems). Of several limits the
    /// smallest holds.
    fn budget_us(self, limit_us: u32) -> ScheduleConfigs<ScheduleSystem>;
}

impl<Marker, F> BudgetExt<Marker> for F
where
    F: IntoScheduleConfigs<ScheduleSystem, Marker>,
{
    fn budget_us(self, limit_us: u32) -> ScheduleConfigs<ScheduleSystem> {
        self.in_set(BudgetUs(limit_us))
    }
}

/// The set of all systems with the same budget. Nothing orders it: it only carries the number.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
struct BudgetUs(u32);

/// The budget of a system of a schedule; `None` if it has none.
pub(crate) fn budget(graph: &ScheduleGraph, system: SystemKey) -> Option<Budget> {
    let holders = reachable(graph.hierarchy(), NodeId::System(system), Direction::Incoming);
    let sets = holders.into_iter().filter_map(|node| graph.system_sets.get(node.as_set()?));
    let limits_us = sets.filter_map(|set| {
        let set: &dyn Any = set;
        set.downcast_ref::<BudgetUs>().map(|BudgetUs(limit_us)| *limit_us)
    });
    limits_us.min().map(Budget::us)
}
