//! A recording in the making.

use core::sync::atomic::Ordering;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use alloc::sync::Arc;
use bevy_app::App;
use bevy_ecs::resource::Resource;
use crossbeam_channel::{Sender, bounded};
use rivus_app::{AppExt, Pace, TickConfig};

use crate::capture::Capture;
use crate::queue::{Shared, queue};
use crate::writer::{FileWriter, RecordOptions};
use crate::{About, RecordError};

/// Ticks without faults that can wait for the writer however long their messages are, a second at
/// 1 kHz ...
const QUEUE_TICKS: usize = 1024;

/// ... and the memory that they take at most, unless so many robots are recorded that it would not
/// hold [`QUEUE_TICKS_MIN`].
const QUEUE_BYTES: usize = 64 << 20;

/// Ticks that can wait however many robots there are.
const QUEUE_TICKS_MIN: usize = 16;

/// A recording in the making; dropping it ends it.
#[derive(Resource)]
pub struct Recording {
    path: PathBuf,
    shared: Arc<Shared>,
    /// Dropped when the recording is over.
    flight: Option<Sender<()>>,
    writer: Option<JoinHandle<Option<RecordError>>>,
}

/// How a recording went.
#[derive(Debug, Default)]
pub struct RecordReport {
    /// The file.
    pub path: PathBuf,
    /// Ticks that were written; a ring has let go of the older ones.
    pub ticks: u64,
    /// Ticks that were not: the writer was too slow or could not write, or messages were longer
    /// than [`Recorded::BYTES_MAX`](rivus_robot::Recorded::BYTES_MAX) says.
    pub lost_ticks: u64,
    /// Length of the file, or of both of a ring, in bytes.
    pub bytes: u64,
    /// What ended the file early.
    pub error: Option<RecordError>,
}

/// Records everything that `app` does from now on as `options` want it.
///
/// The scene must be loaded. The ticks are built here, so plugins, rates and
/// [`TickConfig::pace`] must be what they are to be.
///
/// A tick writes into memory that was taken before; a thread puts it into the file. At
/// [`Pace::RealTime`] a tick never waits: when the writer is too far behind, ticks are
/// left out and counted. At [`Pace::Free`], where nobody waits for the tick, it waits for the
/// writer. Once the file cannot be written any more, ticks are left out and counted at any pace.
///
/// # Errors
/// If there are no robots, the ticks cannot be built, the file exists or cannot be made.
pub fn record(app: &mut App, options: RecordOptions, about: About) -> Result<(), RecordError> {
    if app.has_built_ticks() {
        return Err(RecordError::Built);
    }
    app.build_ticks()?;
    let world = app.world_mut();
    let (mut capture, channels) = Capture::new(world, options.has_policy_state)?;
    let waits = world.resource::<TickConfig>().pace == Pace::Free;
    let queue_bytes = (QUEUE_TICKS * capture.quiet_tick_bytes()).min(QUEUE_BYTES);
    let queue_bytes = queue_bytes.max(QUEUE_TICKS_MIN * capture.tick_bytes());
    let (tick_end, mut writer_end) = queue(queue_bytes, waits);
    capture.connect(tick_end);
    let shared = Arc::clone(&writer_end.shared);
    let path = options.path.clone();
    let file = FileWriter::create(options, about, channels, !waits)?;
    let thread = thread::Builder::new().name("recorder".to_owned());
    // Nothing is ever sent: the writer waits for its end.
    let (flight, until_over) = bounded(0);
    let writer = thread.spawn(move || file.run(&mut writer_end, &until_over));
    let writer = Some(writer.map_err(RecordError::Thread)?);
    app.observe_ticks(capture)?;
    app.insert_resource(Recording { path, shared, flight: Some(flight), writer });
    Ok(())
}

impl Recording {
    /// How it goes so far.
    #[must_use]
    pub fn report(&self) -> RecordReport {
        let load = |counter: &core::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        RecordReport {
            path: self.path.clone(),
            ticks: load(&self.shared.written),
            lost_ticks: load(&self.shared.lost),
            bytes: load(&self.shared.bytes),
            error: None,
        }
    }

    /// Writes what waits and closes the file.
    #[must_use]
    pub fn finish(mut self) -> RecordReport {
        let error = self.join();
        RecordReport { error, ..self.report() }
    }

    fn join(&mut self) -> Option<RecordError> {
        self.flight = None;
        // A writer that panicked has said so itself; the counts tell what is missing.
        self.writer.take().and_then(|writer| writer.join().ok().flatten())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // After `finish` there is nothing to join.
        if let Some(error) = self.join() {
            tracing::error!("the recording ended early: {error}");
        }
    }
}
