//! The part of a robot that names its policy.

use bevy_ecs::component::Component;
use bevy_ecs::world::EntityWorldMut;
use rivus_app::{Stage, TickConfig};
use rivus_flight::RotorCommand;
use rivus_robot::{Airframe, Estimate, Health, PartContext, Pose, Proposal, Twist};
use rivus_scene::SceneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::PolicyStore;

/// Flies a policy file; the robot proposes what the network answers.
#[derive(Component, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[require(Proposal<RotorCommand>, Pose<Estimate>, Twist<Estimate>, Health)]
pub struct Policy {
    /// The policy file; its path is relative to the scene file.
    pub file: String,
}

/// Reads the file and gives the robot its row in the store.
pub(crate) fn install_policy(
    policy: Policy,
    robot: &mut EntityWorldMut,
    context: &mut PartContext,
) -> Result<(), SceneError> {
    if !robot.contains::<Airframe>() {
        return Err(context.error("it needs an airframe: add the part `Quadrotor`"));
    }
    let bytes = context.read("file", &policy.file)?;
    let loaded = robot.world_scope(|world| {
        let config = world.resource::<TickConfig>();
        let policy_hz = config[Stage::Policy].rate_hz.unwrap_or(config.base_hz);
        // Rates are small integers, which f32 holds exactly.
        world.resource_mut::<PolicyStore>().load(&bytes, policy_hz as f32)
    });
    let at_file = |reason| context.error_at("file", format!("`{}`: {reason}", policy.file));
    let row = loaded.map_err(at_file)?;
    robot.insert((policy, row));
    Ok(())
}
