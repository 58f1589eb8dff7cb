//! The window on flights of scenes.

use alloc::boxed::Box;
use alloc::vec::Vec;
#[cfg(feature = "record")]
use std::path::Path;

use bevy_app::App;
#[cfg(feature = "record")]
use rivus_gui::RecordedFlight;
use rivus_gui::{Flier, Loader, Panel, Wanted};

use crate::{Controller, Flight, FlightOptions, RivusError, SceneFile};

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

/// A window for a program of your own.
///
/// # Examples
/// ```no_run
/// # fn altitude_hold_plugin(_app: &mut rivus::prelude::App) {}
/// rivus::Window::new().with_plugins(altitude_hold_plugin).open("examples/altitude.ron")?;
/// # Ok::<(), rivus::RivusError>(())
/// ```
#[derive(Default)]
pub struct Window {
    loader: SceneLoader,
    panels: Vec<Box<dyn Panel>>,
}

impl Window {
    /// A window as `rivus gui` opens it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Flies with these plugins beside the default ones.
    #[must_use]
    pub const fn with_plugins(mut self, add: fn(&mut App)) -> Self {
        self.loader.add = Some(add);
        self
    }

    /// Adds a panel.
    #[must_use]
    pub fn with_panel(mut self, panel: impl Panel + 'static) -> Self {
        self.panels.push(Box::new(panel));
        self
    }

    /// Opens it on a scene file, a built-in scene or a recording, and returns when it is closed.
    ///
    /// # Errors
    /// If there is no such scene, no screen, or nothing can draw on it. What is wrong with the
    /// scene is told in the window.
    pub fn open(self, scene: &str) -> Result<(), RivusError> {
        self.open_on(Wanted { scene: scene.to_owned(), ..Wanted::default() })
    }

    /// Opens it on a flight.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(self, wanted: Wanted) -> Result<(), RivusError> {
        // A wrong name is told where it was typed.
        SceneLoader::check(&wanted)?;
        Ok(rivus_gui::open(self.loader, wanted, self.panels)?)
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
