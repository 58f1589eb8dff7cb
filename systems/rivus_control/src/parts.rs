//! The laws of this crate as parts of a scene.

use bevy_app::App;
use bevy_ecs::component::Component;
use bevy_ecs::world::EntityWorldMut;
use rivus_flight::Mixer;
use rivus_robot::{Airframe, PartContext, PartExt};
use rivus_scene::SceneError;

use crate::{AttitudeHold, Lee, Pid};

/// Lets scenes name the laws.
pub(crate) fn register_parts(app: &mut App) {
    app.register_part_with::<Lee>("Lee", install_law)
        .register_part_with::<AttitudeHold>("AttitudeHold", install_law)
        .register_part::<Pid>();
}

/// Puts a law that proposes wrenches on a robot whose rotors can produce them.
fn install_law<L: Component>(
    law: L,
    robot: &mut EntityWorldMut,
    context: &mut PartContext,
) -> Result<(), SceneError> {
    let Some(Airframe(vehicle)) = robot.get::<Airframe>() else {
        return Err(context.error("it needs an airframe: add the part `Quadrotor`"));
    };
    Mixer::new(vehicle).map_err(|reason| context.error(reason.to_string()))?;
    robot.insert(law);
    Ok(())
}
