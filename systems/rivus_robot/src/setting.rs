//! What a scene says about everything around the robots, as resources.

use bevy_ecs::resource::Resource;
use rivus_scene::TimedEvent;

/// What all noise of a run is drawn from.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What is around the robots.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct WorldSpec(pub rivus_scene::WorldSpec);

/// What happens when, by time.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Events(pub Vec<TimedEvent>);

/// What the score is measured over.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct ScoreSpec(pub rivus_scene::ScoreSpec);
