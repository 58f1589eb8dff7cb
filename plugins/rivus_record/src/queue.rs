//! The way of messages from the tick to the writer.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::thread;

use alloc::sync::Arc;
use rivus_robot::seam::{Frame, FrameHead};
use rtrb::{Consumer, Producer, RingBuffer};

/// How long a tick that may wait sleeps before it looks for room again.
const WAIT: Duration = Duration::from_micros(200);

/// What both ends see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Ticks whose messages are in the file.
    pub(crate) written: AtomicU64,
    /// Ticks whose messages are not.
    pub(crate) lost: AtomicU64,
    /// Bytes in the file, or in both of a ring.
    pub(crate) bytes: AtomicU64,
}

/// The end of the tick.
///
/// The ring has no lock, and the writer polls, so the tick has nobody to wake: that would be a
/// call into the operating system.
pub(crate) struct TickEnd {
    ring: Producer<u8>,
    pub(crate) shared: Arc<Shared>,
    /// Whether a tick waits for the writer rather than being lost.
    waits: bool,
}

/// The end of the writer.
pub(crate) struct WriterEnd {
    ring: Consumer<u8>,
    pub(crate) shared: Arc<Shared>,
}

/// A queue with room for `bytes` bytes of frames; all its memory is taken here.
pub(crate) fn queue(bytes: usize, waits: bool) -> (TickEnd, WriterEnd) {
    let (mut ring, mut written) = RingBuffer::new(bytes + FrameHead::BYTES);
    // Written once, so that the system has given the memory before a tick needs it. What was put in
    // is there to be taken out.
    let mut all = vec![1; bytes];
    let _ = ring.push_entire_slice(&all);
    let _ = written.pop_entire_slice(&mut all);
    let shared = Arc::new(Shared::default());
    let tick_end = TickEnd { ring, shared: Arc::clone(&shared), waits };
    (tick_end, WriterEnd { ring: written, shared })
}

impl TickEnd {
    /// Hands the messages of the tick at `time_ns` over; whether there is room for them.
    pub(crate) fn send(&mut self, time_ns: u64, messages: &mut Frame) -> bool {
        let frame = messages.sealed(time_ns);
        while self.ring.push_entire_slice(frame).is_err() {
            if !self.waits || self.ring.is_abandoned() {
                return false;
            }
            thread::sleep(WAIT);
        }
        true
    }

    /// Whether nobody writes any more.
    pub(crate) fn is_over(&self) -> bool {
        self.ring.is_abandoned()
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

impl WriterEnd {
    /// Puts the messages of the next tick into `frame` and returns when it was; `None` if no tick
    /// waits.
    pub(crate) fn take(&mut self, frame: &mut Frame) -> Option<u64> {
        // A frame comes with one push: where a head is, all of it is.
        let mut head = [0; FrameHead::BYTES];
        self.ring.pop_entire_slice(&mut head).ok()?;
        let head = FrameHead::read(head);
        let is_whole = frame.refill(head, |room| self.ring.pop_entire_slice(room).is_ok());
        is_whole.then_some(head.time_ns)
    }
}
