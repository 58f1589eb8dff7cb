//! The window for a program of its own.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bevy_app::App;
use rivus_gui::{Panel, Wanted};

use super::SceneLoader;
use crate::RivusError;

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
