//! The window on flights of scenes.

use alloc::vec::Vec;
#[cfg(feature = "record")]
use std::path::Path;

use bevy_app::App;
#[cfg(feature = "record")]
use rivus_gui::RecordedFlight;
use rivus_gui::{Flier, Loader, Wanted};

use crate::{Controller, Flight, FlightOptions, RivusError, SceneFile};

// In a web page `rivus_web` opens it.
#[cfg(not(target_arch = "wasm32"))]
mod own;

#[cfg(not(target_arch = "wasm32"))]
pub use own::Window;

/// Makes flights of scene files and of built-in scenes, with the default plugins and what is added.
#[derive(Clone, Copy, Debug, Default)]
pub struct SceneLoader {
    /// Adds further plugins to each app, before its scene is loaded.
    pub add: Option<fn(&mut App)>,
}

impl SceneLoader {
    /// Whether there is such a scene, or such a recording, that can be shown as `wanted`.
    ///
    /// # Errors
    /// If there is not.
    pub fn check(wanted: &Wanted) -> Result<(), RivusError> {
        let Some(path) = wanted.recording() else {
            SceneFile::find(&wanted.scene)?;
            return Ok(());
        };
        if wanted.seed.is_some() || wanted.flier != Flier::Scene {
            let reason = format!("{}: a recording has its own seed and policy", path.display());
            return Err(RivusError::Options(reason));
        }
        #[cfg(feature = "record")]
        rivus_record::RecordingFile::open(path)?;
        Ok(())
    }
}

impl Loader for SceneLoader {
    fn scenes(&self) -> Vec<String> {
        SceneFile::built_in()
    }

    fn policies(&self) -> Vec<String> {
        SceneFile::built_in_policies()
    }

    fn load(&mut self, wanted: &Wanted) -> Result<App, String> {
        if cfg!(not(feature = "record")) && wanted.record.is_some() {
            return Err("this build of Rivus cannot record".to_owned());
        }
        let flight = || -> Result<Flight, RivusError> {
            let file = SceneFile::find(&wanted.scene)?;
            Flight::with(&file, &options(wanted), self.add.unwrap_or(|_app| {}))
        };
        flight().map(Flight::into_app).map_err(|error| error.to_string())
    }

    #[cfg(feature = "record")]
    fn read(&mut self, recording: &Path) -> Result<RecordedFlight, String> {
        let add = self.add.unwrap_or(|_app| {});
        crate::recorded_flight::read(recording, add).map_err(|error| error.to_string())
    }
}

fn options(wanted: &Wanted) -> FlightOptions {
    let policy = match &wanted.flier {
        Flier::Policy(policy) => Some(policy.into()),
        Flier::Scene | Flier::Lee => None,
    };
    FlightOptions {
        seed: wanted.seed,
        controller: (wanted.flier == Flier::Lee).then_some(Controller::Lee),
        policy,
        #[cfg(feature = "record")]
        record: wanted.record.clone().map(|path| rivus_record::RecordOptions {
            path,
            ring_bytes: None,
            has_policy_state: true,
        }),
        ..FlightOptions::default()
    }
}
