//! What a scene's policies cost on this machine, before anything flies.

use alloc::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use bevy_ecs::world::World;
use rivus_policy::{LoadError, check_cost};
use rivus_scene::{Budgets, OnCostlyPolicy, Place, SceneError, SceneErrors};

use crate::RivusError;
use crate::loading::LoadedScene;

/// What was warned of, so that flying a scene from many seeds warns once.
static WARNED: Mutex<BTreeSet<(Place, String)>> = Mutex::new(BTreeSet::new());

/// Checks that the policies of the loaded scene fit their budget.
///
/// # Errors
/// If they do not and the scene says that this is an error; in a debug build, which budgets are
/// not for, it is a warning.
pub(crate) fn check(world: &World) -> Result<(), RivusError> {
    let loaded = world.get_resource::<LoadedScene>().ok_or(RivusError::NothingLoaded)?;
    let scene = &loaded.scene;
    let Budgets { on_costly_policy, policy_us_place, .. } = &scene.budgets;
    if *on_costly_policy == OnCostlyPolicy::Ignore {
        return Ok(());
    }
    let Err(reason) = check_cost(world) else { return Ok(()) };
    let place = policy_us_place.clone().unwrap_or_else(|| Place::whole(&scene.path));
    let error = SceneError::new(place.clone(), reason.to_string());
    if *on_costly_policy == OnCostlyPolicy::Error && !cfg!(debug_assertions) {
        return Err(SceneErrors::from(error).into());
    }
    // The times differ from one measurement to the next, the policies do not.
    let policies = match reason {
        LoadError::Costly { policies, .. } => policies,
        other => other.to_string(),
    };
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if warned.insert((place, policies)) {
        tracing::warn!("{error}");
    }
    Ok(())
}
