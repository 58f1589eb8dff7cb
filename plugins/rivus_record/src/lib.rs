#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod about;
mod capture;
mod describe;
mod error;
mod file;
mod log;
mod plan;
mod policy;
mod queue;
mod read;
mod recording;
mod replay;
mod said;
mod tick;
mod writer;

pub use about::About;
pub use describe::{Layout, Value};
pub use error::RecordError;
pub use log::{ChannelSummary, LogSummary, summarise};
pub use read::{Channel, Ending, Message, RecordingFile};
pub use recording::{RecordReport, Recording, record};
pub use replay::{Difference, ReplayRange, ReplayReport, replay};
pub use tick::TickMessage;
pub use writer::RecordOptions;
