#![doc = include_str!("../../../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod default_plugins;
mod error;
mod files;
#[cfg(feature = "sim")]
mod flight;
mod kernel;
mod latency;
mod loading;
mod policy_cost;
#[cfg(all(feature = "gui", feature = "record"))]
mod recorded_flight;
#[cfg(feature = "record")]
mod recording;
mod summary;
#[cfg(feature = "gui")]
mod window;

pub mod prelude;

pub use default_plugins::DefaultPlugins;
pub use error::RivusError;
pub use files::{DEFAULT_SCENE, NoSuchScene, SceneFile};
#[cfg(feature = "sim")]
pub use flight::{Flight, FlightRecord};
pub use kernel::{KernelError, choose_kernels};
pub use latency::{StageSummary, SystemSummary};
pub use loading::{Controller, FlightOptions, SceneExt};
#[cfg(feature = "record")]
pub use recording::{finish_recording, record_scene, replay_file, replay_in};
pub use summary::{Expectation, RealTimeSummary, RecordingSummary, Summary, Verdict};

#[cfg(feature = "gui")]
pub use rivus_gui::{Panel, Session, egui};
#[cfg(feature = "gui")]
pub use window::SceneLoader;
#[cfg(all(feature = "gui", not(target_arch = "wasm32")))]
pub use window::Window;

// The derives that a part needs: `#[serde(crate = "rivus::serde")]`, `#[schemars(crate = ...)]`.
pub use {bevy_app, bevy_ecs, nalgebra, schemars, serde};
