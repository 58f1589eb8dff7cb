//! Data shared between schedules of one stage that run at different rates.

use core::any::TypeId;

use bevy_ecs::component::ComponentId;
use bevy_ecs::query::AccessConflicts;
use bevy_ecs::schedule::graph::{Dag, Direction};
use bevy_ecs::schedule::{
    ApplyDeferred, NodeId, Schedule, ScheduleGraph, Schedules, SystemKey, SystemSet,
    SystemWithAccess,
};
use bevy_ecs::world::World;

use crate::AppError;
use crate::plan::Entry;

/// Checks two initialised schedules of one stage, of which `first` runs first in a shared tick.
///
/// Within a schedule the ECS finds pairs whose order is not given. Between schedules it cannot: the
/// order follows from the rates there, which the author of neither system may have in mind. So each
/// pair that conflicts must be in two named sets that one of the schedules orders the same way.
pub(crate) fn check(first: &Entry, second: &Entry, world: &World) -> Result<(), AppError> {
    for (key_a, a) in systems(&first.schedule) {
        for (key_b, b) in systems(&second.schedule) {
            let Some(data) = shared_data(a, b, world) else {
                continue;
            };
            if is_ordered((&first.schedule, key_a), (&second.schedule, key_b)) {
                continue;
            }
            return Err(AppError::Conflict {
                stage: first.label.stage,
                first: a.system().name().to_string(),
                first_hz: first.cadence.rate().get(),
                second: b.system().name().to_string(),
                second_hz: second.cadence.rate().get(),
                data,
            });
        }
    }
    Ok(())
}

/// The systems that a user added, without the sync points that the ECS puts between them.
fn systems(schedule: &Schedule) -> impl Iterator<Item = (SystemKey, &SystemWithAccess)> {
    let exempt = &schedule.graph().ambiguous_with_all;
    // An error would mean that the schedule is not initialised, and then it has nothing to check.
    let all = schedule.systems_with_access().into_iter().flatten();
    all.filter(|(key, system)| {
        system.system().system_type() != TypeId::of::<ApplyDeferred>()
            && !exempt.contains(&NodeId::System(*key))
    })
}

/// Names what both systems use and at least one writes; `None` if there is nothing.
fn shared_data(a: &SystemWithAccess, b: &SystemWithAccess, world: &World) -> Option<String> {
    if a.access().is_compatible(b.access()) {
        return None;
    }
    let AccessConflicts::Individual(ids) = a.access().get_conflicts(b.access()) else {
        return Some("the whole world".to_owned());
    };
    let ignored = world.get_resource::<Schedules>().map(|all| &all.ignored_scheduling_ambiguities);
    let is_ignored = |id: &ComponentId| ignored.is_some_and(|ignored| ignored.contains(id));
    let names: Vec<String> = ids
        .iter()
        .filter(|id| !is_ignored(id))
        .filter_map(|id| world.components().get_name(id))
        .map(|name| name.to_string())
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether `a` and `b` are in named sets of which one of the two schedules puts `a`'s first.
fn is_ordered(a: (&Schedule, SystemKey), b: (&Schedule, SystemKey)) -> bool {
    let (graph_a, graph_b) = (a.0.graph(), b.0.graph());
    let (sets_a, sets_b) = (named_sets(graph_a, a.1), named_sets(graph_b, b.1));
    let mut pairs = sets_a.iter().flat_map(|x| sets_b.iter().map(move |y| (x, y)));
    pairs.any(|(x, y)| precedes(graph_a, x, y) || precedes(graph_b, x, y))
}

/// A set by value, so that it can be looked up in the graph of another schedule.
type NamedSet = Box<dyn SystemSet>;

/// All named sets that hold the system, directly or through other sets.
fn named_sets(graph: &ScheduleGraph, system: SystemKey) -> Vec<NamedSet> {
    let holders = reachable(graph.hierarchy(), NodeId::System(system), Direction::Incoming);
    let sets = holders.into_iter().filter_map(|node| match node {
        NodeId::Set(key) => graph.system_sets.get(key),
        NodeId::System(_) => None,
    });
    sets.filter(|set| set.system_type().is_none() && !set.is_anonymous())
        .map(SystemSet::dyn_clone)
        .collect()
}

/// Whether the graph orders set `x` before set `y`, directly or through others.
fn precedes(graph: &ScheduleGraph, x: &NamedSet, y: &NamedSet) -> bool {
    let node_of = |wanted: &NamedSet| {
        let mut sets = graph.system_sets.iter();
        sets.find(|(_, set, _)| *set.dyn_clone() == **wanted).map(|(key, ..)| NodeId::Set(key))
    };
    let (Some(from), Some(to)) = (node_of(x), node_of(y)) else {
        return false;
    };
    reachable(graph.dependency(), from, Direction::Outgoing).contains(&to)
}

/// Every node that can be reached from `start`, without `start` itself.
pub(crate) fn reachable(graph: &Dag<NodeId>, start: NodeId, direction: Direction) -> Vec<NodeId> {
    let mut found: Vec<NodeId> = graph.neighbors_directed(start, direction).collect();
    let mut next = 0;
    while let Some(&node) = found.get(next) {
        next += 1;
        for neighbour in graph.neighbors_directed(node, direction) {
            if !found.contains(&neighbour) {
                found.push(neighbour);
            }
        }
    }
    found
}
