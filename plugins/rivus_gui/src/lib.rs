#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod history;
mod latency_view;
mod plots;
mod report;
mod snapshot;
mod theme;

pub use history::{History, KEPT_S, SNAPSHOT_HZ};
pub use latency_view::{LatencyInput, LatencyView};
pub use plots::{PlotKind, Plots, PlotsInput, PlotsResponse, Series, Source};
pub use report::LoopReport;
pub use snapshot::{Pilot, RobotInfo, RobotState, SceneInfo, Snapshot};
pub use theme::Palette;
