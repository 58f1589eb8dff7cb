//! Which robot an entity is.

use bevy_ecs::component::Component;

/// The robot's stable number: its place among the names of the scene's robots, sorted.
///
/// Recordings and hashes use it; an `Entity` depends on what else was spawned.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RobotId(pub u32);

/// The robot's name in the scene, unique in it.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct RobotName(pub String);
