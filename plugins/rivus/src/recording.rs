//! Flights to recordings and back.

use std::collections::BTreeMap;

use bevy_app::App;
#[cfg(feature = "sim")]
use bevy_app::PluginGroup;
use clap::ValueEnum;
use rivus_record::{About, RecordingFile, ReplayRange, ReplayReport, replay};
#[cfg(feature = "sim")]
use rivus_record::{Destination, RecordReport, Recording, record};

#[cfg(feature = "sim")]
use crate::RecordingSummary;
use crate::loading::{LoadedScene, load};
use crate::{Controller, DefaultPlugins, FlightOptions, RivusError, SceneFile};

/// What the facts of a recording are called.
mod fact {
    pub(super) const SCENE: &str = "scene";
    pub(super) const IS_BUILT_IN: &str = "scene_is_built_in";
    pub(super) const SEED: &str = "seed";
    pub(super) const CONTROLLER: &str = "controller";
    pub(super) const POLICY: &str = "policy";
    pub(super) const VERSION: &str = "version";
    pub(super) const KERNEL: &str = "kernel";
    pub(super) const MACHINE: &str = "machine";
}

/// Where the recording that is in the making goes.
#[cfg(feature = "sim")]
#[derive(bevy_ecs::resource::Resource)]
struct RecordedTo(String);

/// Records the flight of the scene that was loaded from `file` as `options` want it.
#[cfg(feature = "sim")]
pub(crate) fn record_flight(
    app: &mut App,
    file: &SceneFile,
    options: &FlightOptions,
    destination: &Destination,
) -> Result<(), RivusError> {
    let about = about(app, file, options)?;
    record(app, destination.clone(), about)?;
    app.insert_resource(RecordedTo(destination.path.display().to_string()));
    Ok(())
}

/// Ends the recording, if there is one.
#[cfg(feature = "sim")]
pub(crate) fn finish(app: &mut App) -> Option<RecordingSummary> {
    let world = app.world_mut();
    let recording = world.remove_resource::<Recording>()?;
    let RecordReport { ticks, lost_ticks, bytes, error } = recording.finish();
    let RecordedTo(file) = world.remove_resource()?;
    if let Some(error) = &error {
        tracing::error!("the recording ended early: {error}");
    }
    let error = error.map(|error| error.to_string());
    Some(RecordingSummary { file, ticks, lost_ticks, bytes, error })
}

/// What a recording says about the scene that is loaded.
#[cfg(feature = "sim")]
fn about(app: &App, file: &SceneFile, options: &FlightOptions) -> Result<About, RivusError> {
    let loaded = app.world().get_resource::<LoadedScene>().ok_or(RivusError::NothingLoaded)?;
    let machine = format!("{} {}", std::env::consts::ARCH, std::env::consts::OS);
    let mut facts = BTreeMap::from([
        (fact::SCENE, file.path().to_owned()),
        (fact::IS_BUILT_IN, file.is_built_in().to_string()),
        (fact::SEED, loaded.seed.to_string()),
        (fact::VERSION, env!("CARGO_PKG_VERSION").to_owned()),
        (fact::KERNEL, loaded.kernel.to_owned()),
        (fact::MACHINE, machine),
    ]);
    if let Some(controller) = options.controller {
        facts.insert(fact::CONTROLLER, controller.name().to_owned());
    }
    if let Some(policy) = &options.policy {
        facts.insert(fact::POLICY, policy.display().to_string());
    }
    Ok(About {
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        sources: loaded.files.texts.clone(),
        hashes: loaded.files.hashes.clone(),
    })
}

/// Runs the control side of a recorded flight again and compares its commands.
///
/// The scene is the one in the recording; a policy is read from where it was then, and must be the
/// same file.
///
/// # Errors
/// If the recording cannot be read or does not fit, or a file that the scene names is missing or
/// has changed.
pub fn replay_file(
    recording: &RecordingFile,
    range: ReplayRange,
) -> Result<ReplayReport, RivusError> {
    let mut app = App::empty();
    #[cfg(feature = "sim")]
    app.add_plugins(DefaultPlugins.build().disable::<rivus_sim::SimPlugin>());
    #[cfg(not(feature = "sim"))]
    app.add_plugins(DefaultPlugins);
    let About { facts, sources, hashes } = recording.about();
    let fact = |name: &str| {
        let what = format!("it does not say `{name}`");
        let foreign =
            || rivus_record::RecordError::Foreign { path: recording.path().to_owned(), what };
        facts.get(name).ok_or_else(foreign)
    };
    let is_built_in = fact(fact::IS_BUILT_IN)? == "true";
    let scene = SceneFile::recorded(fact(fact::SCENE)?.clone(), is_built_in, sources.clone());
    let controller = facts.get(fact::CONTROLLER);
    let options = FlightOptions {
        seed: fact(fact::SEED)?.parse().ok(),
        controller: controller.and_then(|name| Controller::from_str(name, false).ok()),
        policy: facts.get(fact::POLICY).map(Into::into),
        ..FlightOptions::default()
    };
    load(&mut app, &scene, &options)?;
    let loaded = app.world().get_resource::<LoadedScene>().ok_or(RivusError::NothingLoaded)?;
    for (path, then) in hashes {
        let now = loaded.files.hashes.get(path).cloned().unwrap_or("of no file".to_owned());
        if now != *then {
            return Err(RivusError::Changed { path: path.clone(), now, then: then.clone() });
        }
    }
    Ok(replay(&mut app, recording, range)?)
}
