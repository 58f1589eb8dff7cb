#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod controls;
mod flight;
#[cfg(feature = "gamepad")]
mod gamepad;
mod help;
mod history;
mod kept;
pub mod latency_view;
mod loader;
#[cfg(not(target_arch = "wasm32"))]
mod open;
mod order;
mod panel;
pub mod plots;
pub mod policy_view;
mod recorded;
mod report;
mod session;
mod shortcuts;
mod signal;
mod snapshot;
mod states;
#[cfg(not(target_arch = "wasm32"))]
mod still;
mod theme;
mod transport;
pub mod view3d;
mod window;

pub use egui;
pub use flight::{Channels, Driver, News};
pub use history::{History, KEPT_S, SNAPSHOT_HZ};
pub use loader::Loader;
#[cfg(not(target_arch = "wasm32"))]
pub use open::{OpenError, has_display, open};
pub use order::{Flier, Order, Sensor, Speed, Wanted};
pub use panel::Panel;
pub use recorded::RecordedFlight;
pub use report::LoopReport;
pub use session::{Failure, SEEK_STEP_S, Session, WindSetting};
pub use shortcuts::{Action, SHORTCUTS, Shortcut};
pub use signal::Signal;
pub use snapshot::{Pilot, RobotInfo, RobotState, SceneInfo, Snapshot};
#[cfg(not(target_arch = "wasm32"))]
pub use still::{Shot, ShotError, take};
pub use theme::Palette;
pub use window::{RivusWindow, WindowOptions};
