//! Who makes the flights.

use std::path::Path;

use bevy_app::App;

use crate::{RecordedFlight, Wanted};

/// Makes apps of scenes.
///
/// The window knows no plugins and no files: whoever opens it does.
pub trait Loader: Send + 'static {
    /// The scenes to choose from.
    fn scenes(&self) -> Vec<String>;

    /// The policies to choose from, beside what the scene says.
    fn policies(&self) -> Vec<String>;

    /// An app that is ready to tick.
    ///
    /// # Errors
    /// With what is wrong with what was asked for: text for a person, with file, line and column.
    fn load(&mut self, wanted: &Wanted) -> Result<App, String>;

    /// A flight that was recorded; a loader that reads no recordings has none.
    ///
    /// # Errors
    /// With what is wrong with the file: text for a person.
    fn read(&mut self, recording: &Path) -> Result<RecordedFlight, String> {
        Err(alloc::format!("{}: recordings are not read here", recording.display()))
    }
}
