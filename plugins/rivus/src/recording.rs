//! Flights to recordings and back.

use alloc::collections::BTreeMap;

use bevy_app::App;
#[cfg(feature = "sim")]
use bevy_app::PluginGroup;
use clap::ValueEnum;
use rivus_record::{
    About, RecordError, RecordOptions, RecordReport, Recording, RecordingFile, ReplayRange,
    ReplayReport, record, replay,
};

use crate::loading::{LoadedScene, load};
use crate::{Controller, DefaultPlugins, FlightOptions, RecordingSummary, RivusError, SceneFile};

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

/// Records the scene that is loaded into `app` from its first tick on; end it with
/// [`finish_recording`].
///
/// # Errors
/// If no scene is loaded, the ticks cannot be built, or the file exists or cannot be made.
pub fn record_scene(app: &mut App, options: RecordOptions) -> Result<(), RivusError> {
    let about = about(app)?;
    Ok(record(app, options, about)?)
}

/// Ends the recording in `app`, if there is one, and says how it went.
pub fn finish_recording(app: &mut App) -> Option<RecordingSummary> {
    let recording = app.world_mut().remove_resource::<Recording>()?;
    let RecordReport { path, ticks, lost_ticks, bytes, error } = recording.finish();
    let file = path.display().to_string();
    if let Some(error) = &error {
        tracing::error!("the recording ended early: {error}");
    }
    let error = error.map(|error| error.to_string());
    Some(RecordingSummary { file, ticks, lost_ticks, bytes, error })
}

/// What a recording says about the scene that is loaded.
fn about(app: &App) -> Result<About, RivusError> {
    let loaded = app.world().get_resource::<LoadedScene>().ok_or(RivusError::NothingLoaded)?;
    let files = &loaded.files;
    let machine = format!("{} {}", std::env::consts::ARCH, std::env::consts::OS);
    let mut facts = BTreeMap::from([
        (fact::SCENE, files.path.clone()),
        (fact::IS_BUILT_IN, files.is_built_in.to_string()),
        (fact::SEED, loaded.seed.to_string()),
        (fact::VERSION, env!("CARGO_PKG_VERSION").to_owned()),
        (fact::KERNEL, loaded.kernel.to_owned()),
        (fact::MACHINE, machine),
    ]);
    if let Some(controller) = files.controller {
        facts.insert(fact::CONTROLLER, controller.name().to_owned());
    }
    if let Some(policy) = &files.policy {
        facts.insert(fact::POLICY, policy.display().to_string());
    }
    Ok(About {
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        sources: files.texts.clone(),
        hashes: files.hashes.clone(),
    })
}

/// Runs the control side of a flight with the default plugins again and compares its commands.
///
/// # Errors
/// As [`replay_in`].
pub fn replay_file(
    recording: &RecordingFile,
    range: ReplayRange,
) -> Result<ReplayReport, RivusError> {
    let mut app = App::empty();
    #[cfg(feature = "sim")]
    app.add_plugins(DefaultPlugins.build().disable::<rivus_sim::SimPlugin>());
    #[cfg(not(feature = "sim"))]
    app.add_plugins(DefaultPlugins);
    replay_in(&mut app, recording, range)
}

/// Runs the control side of a recorded flight again in `app` and compares its commands.
///
/// `app` has the plugins that flew, without those that move or measure robots, and no scene. The
/// scene is the one in the recording; a policy is read from where it was then, and must be the
/// same file.
///
/// # Errors
/// If the recording cannot be read or does not fit, or a file that the scene names is missing or
/// has changed.
pub fn replay_in(
    app: &mut App,
    recording: &RecordingFile,
    range: ReplayRange,
) -> Result<ReplayReport, RivusError> {
    load_recorded(app, recording)?;
    Ok(replay(app, recording, range)?)
}

/// Loads the scene in `recording` into `app`, as it flew.
///
/// # Errors
/// As [`replay_in`].
pub(crate) fn load_recorded(app: &mut App, recording: &RecordingFile) -> Result<(), RivusError> {
    let About { facts, sources, hashes } = recording.about();
    let foreign = |what: String| RecordError::Foreign { path: recording.path().to_owned(), what };
    let fact =
        |name: &str| facts.get(name).ok_or_else(|| foreign(format!("it does not say `{name}`")));
    let is_built_in = fact(fact::IS_BUILT_IN)? == "true";
    let scene = SceneFile::recorded(fact(fact::SCENE)?.clone(), is_built_in, sources.clone());
    let seed = fact(fact::SEED)?;
    let controller = facts.get(fact::CONTROLLER).map(|name| {
        let known = Controller::from_str(name, false);
        known.map_err(|_unknown| foreign(format!("there is no controller `{name}`")))
    });
    let options = FlightOptions {
        seed: Some(seed.parse().map_err(|_bad| foreign(format!("`{seed}` is not a seed")))?),
        controller: controller.transpose()?,
        policy: facts.get(fact::POLICY).map(Into::into),
        ..FlightOptions::default()
    };
    load(app, &scene, &options)?;
    let loaded = app.world().get_resource::<LoadedScene>().ok_or(RivusError::NothingLoaded)?;
    for (path, then) in hashes {
        let now = loaded.files.hashes.get(path).cloned().unwrap_or("of no file".to_owned());
        if now != *then {
            return Err(RivusError::Changed { path: path.clone(), now, then: then.clone() });
        }
    }
    Ok(())
}
