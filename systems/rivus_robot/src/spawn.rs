//! From a scene to a world.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::{Mut, World};
use nalgebra::Vector3;
use rivus_app::{OnOverrun, Stage, StageConfig, TickConfig};
use rivus_scene::{Place, Robot, Scene, SceneError, SceneErrors, SetpointSpec};
use rivus_vehicle::NoiseStream;

use crate::{
    Authority, Estimate, Events, Health, PartContext, PartRegistry, Pose, RobotId, RobotName,
    ScoreSpec, Seed, Setpoint, Start, Twist, WorldSpec,
};

/// Fills `world` with what `scene` says: rates, budgets, surroundings and robots with their parts.
///
/// `seed` stands in for the scene's own. `read` gives the bytes of a file that a part names, by
/// its path as seen from where the scene's path is seen from, or the reason why it cannot.
///
/// # Errors
/// Everything that is wrong with the parts of all robots; then no robot is spawned.
pub fn spawn_scene(
    world: &mut World,
    scene: &Scene,
    seed: u64,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<(), SceneErrors> {
    configure_ticks(&mut world.get_resource_or_init::<TickConfig>(), scene);
    world.insert_resource(Seed(seed));
    world.insert_resource(WorldSpec(scene.world.clone()));
    world.insert_resource(Events(scene.events.clone()));
    world.insert_resource(ScoreSpec(scene.score));
    world.init_resource::<PartRegistry>();
    world.resource_scope(|world, registry: Mut<'_, PartRegistry>| {
        let mut errors = contested(&registry, scene);
        let mut spawned = Vec::new();
        for (id, (name, robot)) in (0..).zip(&scene.robots) {
            let entity = spawn_robot(world, RobotId(id), name, robot, seed);
            spawned.push(entity);
            errors.extend(unknown_parts(&registry, robot));
            for kind in registry.kinds() {
                let Some(part) = robot.parts.get(kind.name) else { continue };
                let mut context =
                    PartContext { scene, robot: name, seed, data: &part.data, read: &mut *read };
                let installed = (kind.install)(&mut context, &mut world.entity_mut(entity));
                errors.extend(installed.err());
            }
        }
        if !errors.is_empty() {
            for entity in spawned {
                world.despawn(entity);
            }
        }
        SceneErrors::unless_any(errors, ())
    })
}

/// A robot without its parts.
fn spawn_robot(world: &mut World, id: RobotId, name: &str, robot: &Robot, seed: u64) -> Entity {
    let setpoint = setpoint(&robot.setpoint);
    let mut noise = NoiseStream::new(seed, name, "start");
    let (offset_m, world_from_body) = robot.start.draw(&mut noise);
    let position_m = setpoint.0.position_m + Vector3::from(offset_m);
    let start = Start { position_m, world_from_body: world_from_body.into() };
    let authority = match robot.authority {
        rivus_scene::Authority::Policy => Authority::Policy,
        rivus_scene::Authority::Backup => Authority::Backup,
        rivus_scene::Authority::Operator => Authority::Operator,
        rivus_scene::Authority::Failsafe => Authority::Failsafe,
    };
    let estimate = (Pose::<Estimate>::default(), Twist::<Estimate>::default(), Health::default());
    let name = RobotName(name.to_owned());
    world.spawn((id, name, setpoint, start, authority, estimate)).id()
}

fn setpoint(spec: &SetpointSpec) -> Setpoint {
    let [x, y, z] = spec.position_m;
    // To the nearest single.
    let position_m = Vector3::new(x as f32, y as f32, z as f32);
    Setpoint(rivus_flight::Setpoint { position_m, yaw_rad: spec.yaw_rad as f32 })
}

fn contested(registry: &PartRegistry, scene: &Scene) -> Vec<SceneError> {
    let of = |name: &&str| {
        let message = format!("two plugins register different parts with the name `{name}`");
        SceneError::new(Place::whole(&scene.path), message)
    };
    registry.contested().iter().map(of).collect()
}

fn unknown_parts(registry: &PartRegistry, robot: &Robot) -> Vec<SceneError> {
    let known = registry.names();
    let unknown = robot.parts.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    unknown
        .map(|(name, part)| {
            let known = known.iter().map(|&name| name.to_owned()).collect();
            SceneError::unknown(part.name.place().clone(), "part", name, known)
        })
        .collect()
}

fn configure_ticks(config: &mut TickConfig, scene: &Scene) {
    let (rates, budgets) = (&scene.rates, &scene.budgets);
    config.base_hz = rates.base_hz;
    config.tick_budget_us = budgets.tick_us;
    config.on_overrun = match budgets.on_overrun {
        rivus_scene::OnOverrun::Count => OnOverrun::Count,
        rivus_scene::OnOverrun::HoldLast => OnOverrun::HoldLast,
        rivus_scene::OnOverrun::Fallback => OnOverrun::Fallback,
        rivus_scene::OnOverrun::Failsafe => OnOverrun::Failsafe,
        rivus_scene::OnOverrun::Abort => OnOverrun::Abort,
    };
    let stages = [
        (Stage::Sense, rates.sense_hz, budgets.sense_us),
        (Stage::Estimate, rates.estimate_hz, budgets.estimate_us),
        (Stage::Policy, rates.policy_hz, budgets.policy_us),
        (Stage::Control, rates.control_hz, budgets.control_us),
        (Stage::Actuate, rates.actuate_hz, budgets.actuate_us),
    ];
    for (stage, rate_hz, budget_us) in stages {
        config[stage] = StageConfig { rate_hz, budget_us };
    }
}
