//! The way of frames from the tick to the writer and back.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::thread;

use alloc::sync::Arc;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use rivus_robot::seam::Frame;

/// How long a tick that may wait sleeps before it looks for an empty frame again.
const WAIT: Duration = Duration::from_micros(200);

/// A frame and when it was.
#[derive(Debug)]
pub(crate) struct Stamped {
    pub(crate) time_ns: u64,
    pub(crate) frame: Frame,
}

/// What both ends see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Set when the flight is over: the writer ends when it has written what waits.
    pub(crate) is_over: AtomicBool,
    /// Set when a new file was begun: what does not change is to be written again.
    pub(crate) wants_all: AtomicBool,
    /// Ticks whose frames are in the file.
    pub(crate) written: AtomicU64,
    /// Ticks whose frames are not.
    pub(crate) lost: AtomicU64,
    /// Bytes in the file, or in both of a ring.
    pub(crate) bytes: AtomicU64,
}

/// The end of the tick: empty frames come, full ones go.
pub(crate) struct TickEnd {
    /// Frames that came back.
    empty: Receiver<Stamped>,
    /// Frames that were not needed yet: the fewer are in use, the warmer they are in the cache.
    spare: Vec<Stamped>,
    full: Sender<Stamped>,
    pub(crate) shared: Arc<Shared>,
    /// Whether a tick waits for the writer rather than losing its frame.
    waits: bool,
}

/// The end of the writer.
pub(crate) struct WriterEnd {
    pub(crate) empty: Sender<Stamped>,
    pub(crate) full: Receiver<Stamped>,
    pub(crate) shared: Arc<Shared>,
}

/// A queue of `frames` frames of `frame_bytes` bytes each; all its memory is taken here.
pub(crate) fn queue(frames: usize, frame_bytes: usize, waits: bool) -> (TickEnd, WriterEnd) {
    let (to_tick, empty) = bounded(frames);
    let (full, to_writer) = bounded(frames);
    let new = || Stamped { time_ns: 0, frame: Frame::with_capacity(frame_bytes) };
    let spare = core::iter::repeat_with(new).take(frames).collect();
    let shared = Arc::new(Shared::default());
    let tick_end = TickEnd { empty, spare, full, shared: Arc::clone(&shared), waits };
    (tick_end, WriterEnd { empty: to_tick, full: to_writer, shared })
}

impl TickEnd {
    /// An empty frame; `None`, and the tick is lost, if the writer has them all.
    ///
    /// The writer polls: it never waits in the queue, so neither this nor [`send`](Self::send) has
    /// to wake it, which would be a call into the operating system and a lock.
    pub(crate) fn take(&mut self) -> Option<Stamped> {
        if let Some(taken) = self.empty.try_recv().ok().or_else(|| self.spare.pop()) {
            return Some(taken);
        }
        if !self.waits {
            return None;
        }
        loop {
            match self.empty.try_recv() {
                Ok(taken) => return Some(taken),
                Err(TryRecvError::Disconnected) => return None,
                // To wait in the queue would use the heap.
                Err(TryRecvError::Empty) => thread::sleep(WAIT),
            }
        }
    }

    /// Hands a frame over.
    pub(crate) fn send(&self, stamped: Stamped) {
        // There are no more frames than room.
        if self.full.try_send(stamped).is_err() {
            self.lose();
        }
    }

    /// Whether everything is to be written in this tick, whether it has changed or not.
    pub(crate) fn wants_all(&self) -> bool {
        // A plain load first: it is almost never set.
        self.shared.wants_all.load(Ordering::Relaxed)
            && self.shared.wants_all.swap(false, Ordering::Relaxed)
    }

    /// Counts a tick that is not recorded.
    pub(crate) fn lose(&self) {
        self.shared.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Ticks lost so far, here and in the writer.
    pub(crate) fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}
