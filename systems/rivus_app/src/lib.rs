#![doc = include_str!("../README.md")]

extern crate alloc;

mod app_ext;
mod budget;
mod config;
mod conflicts;
mod error;
mod executor;
mod fault;
mod observer;
mod overrun;
mod plan;
mod probe;
mod stage;
mod state_hash;
mod stop_watch;
mod ticker;
mod time;
mod time_faults;
mod timings;

pub mod prelude;

pub use app_ext::{AppExt, TickPlugin, Ticks};
pub use budget::BudgetExt;
pub use config::{Pace, StageConfig, TickConfig};
pub use error::AppError;
pub use fault::{Fault, FaultKind, Faults};
pub use observer::{Observed, Observer};
pub use overrun::{BudgetOverrun, OnOverrun, OverrunResponse};
pub use rivus_rate::{Budget, Histogram, Hz, UnevenRate, Verdict};
pub use stage::{Rate, Stage, StageRate};
pub use state_hash::StateHash;
pub use time::{Clock, CpuClock, Dt, Tick};
pub use time_faults::{TickOrders, TimeFaults};
pub use timings::{StageTiming, SystemTiming, Timing, Timings};
