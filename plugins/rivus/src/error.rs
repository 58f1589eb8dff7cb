//! Why something cannot be flown.

use core::fmt;

use rivus_app::AppError;
use rivus_scene::SceneErrors;

use crate::{KernelError, NoSuchScene};

/// Why a scene cannot be loaded or flown.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum RivusError {
    /// There is no such scene.
    #[error(transparent)]
    NoSuchScene(#[from] NoSuchScene),
    /// Something is wrong with the scene, its parts or the files it names.
    #[error(transparent)]
    Scene(#[from] SceneErrors),
    /// The vector kernels that were asked for cannot be used.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The ticks cannot be built.
    #[error(transparent)]
    App(#[from] AppError),
    /// The flight cannot keep up with the wall as it is to.
    #[cfg(feature = "sim")]
    #[error(transparent)]
    RealTime(#[from] rivus_run::RealTimeError),
    /// The recording cannot be made, read or run again.
    #[cfg(feature = "record")]
    #[error(transparent)]
    Record(#[from] rivus_record::RecordError),
    /// There can be no window.
    #[cfg(all(feature = "gui", not(target_arch = "wasm32")))]
    #[error(transparent)]
    Window(#[from] rivus_gui::OpenError),
    /// A file is not what it was when the recording was made.
    #[error("{path}: the file has changed since it was recorded: SHA-256 {now}, it was {then}")]
    Changed {
        /// The file.
        path: String,
        /// Its hash.
        now: String,
        /// Its hash when the recording was made.
        then: String,
    },
    /// What was asked of the flight does not fit the scene.
    #[error("{0}")]
    Options(String),
    /// A scene is to be flown before one is loaded.
    #[error("no scene is loaded; call `load_scene` first")]
    NothingLoaded,
}

/// As [`Display`](fmt::Display): `fn main() -> Result<_, RivusError>` prints an error by `Debug`,
/// and a person is to read it.
impl fmt::Debug for RivusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
