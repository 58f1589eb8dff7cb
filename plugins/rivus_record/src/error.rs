//! What can go wrong with a recording.

use std::path::PathBuf;

use mcap::McapError;

/// Why a recording cannot be made, read or run again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The file could not be made or written.
    #[error("{}: {}", path.display(), reason(cause))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: McapError,
    },
    /// The file could not be read.
    #[error("{}: {}", path.display(), reason(cause))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: McapError,
    },
    /// The file is an MCAP file, but not one of a robot.
    #[error("{}: not a recording of Rivus: {what}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing or odd.
        what: String,
    },
    /// The scene that is loaded has no such robot, or the robot no such component.
    #[error("{}: tick {tick}: channel {topic}: {what}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Index of the tick.
        tick: u64,
        /// The channel.
        topic: String,
        /// What does not fit.
        what: &'static str,
    },
    /// Ticks are missing, so what follows depends on what is not known.
    #[error(
        "{}: {count} ticks are missing before tick {tick}, at {time_s:.3} s; what comes after \
         cannot be run again",
        path.display()
    )]
    Gap {
        /// The file.
        path: PathBuf,
        /// How many.
        count: u64,
        /// The tick after the gap.
        tick: u64,
        /// Its time, s.
        time_s: f64,
    },
    /// The ticks of the app.
    #[error(transparent)]
    App(#[from] rivus_app::AppError),
    /// No robot is there to be recorded.
    #[error("there are no robots to record")]
    NoRobots,
    /// The ids of the robots leave numbers out.
    #[error("the ids of robots must be 0, 1, 2 and so on; robot number {place} has the id {id}")]
    Ids {
        /// Its place among the robots, by id, from 0.
        place: u32,
        /// Its id.
        id: u32,
    },
    /// A file has fewer channels than these robots need.
    #[error("{robots} robots need {channels} channels, a recording has at most 65535")]
    Channels {
        /// How many there are.
        robots: usize,
        /// How many they need.
        channels: usize,
    },
    /// Two types, or one in two roles, are registered with the same topic.
    #[error("two kinds of components are registered for recordings as `{topic}`")]
    Contested {
        /// The topic.
        topic: &'static str,
    },
    /// The recording comes too late.
    #[error(
        "the ticks are built already: begin a recording before the first tick and `build_ticks`"
    )]
    Built,
    /// The thread of the writer did not start.
    #[error("the thread that writes the recording: {0}")]
    Thread(std::io::Error),
}

/// The words of the operating system where there are some.
fn reason(cause: &McapError) -> String {
    match cause {
        McapError::Io(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            "the file exists already; recordings never replace one".to_owned()
        }
        McapError::Io(error) => error.to_string(),
        McapError::BadMagic => "not an MCAP file".to_owned(),
        McapError::UnexpectedEof => "the file ends before its first whole record".to_owned(),
        other => other.to_string(),
    }
}
