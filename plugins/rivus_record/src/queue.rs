//! The way of messages from the tick to the writer.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::thread;

use alloc::sync::Arc;
use rivus_robot::seam::Frame;
use rtrb::{Consumer, Producer, RingBuffer};

/// Ticks that can wait, as a multiple of those that could if all were as long as a tick can be: most
/// are far shorter.
const TICKS_PER_LONGEST: usize = 16;

/// How long a tick that may wait sleeps before it looks for room again.
const WAIT: Duration = Duration::from_micros(200);

/// What both ends see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Set when the flight is over: the writer ends when it has written what waits.
    pub(crate) is_over: AtomicBool,
    /// Set when a new file was begun: what does not change is to be written again.
    pub(crate) wants_all: AtomicBool,
    /// Ticks whose messages are in the file.
    pub(crate) written: AtomicU64,
    /// Ticks whose messages are not.
    pub(crate) lost: AtomicU64,
    /// Bytes in the file, or in both of a ring.
    pub(crate) bytes: AtomicU64,
}

/// A tick on its way: when it was, and how long its messages are.
#[derive(Clone, Copy, Debug)]
struct Head {
    time_ns: u64,
    bytes: usize,
}

/// The end of the tick.
///
/// The rings have no lock, and the writer polls, so the tick has nobody to wake: that would be a
/// call into the operating system.
pub(crate) struct TickEnd {
    heads: Producer<Head>,
    bytes: Producer<u8>,
    pub(crate) shared: Arc<Shared>,
    /// Whether a tick waits for the writer rather than being lost.
    waits: bool,
}

/// The end of the writer.
pub(crate) struct WriterEnd {
    heads: Consumer<Head>,
    bytes: Consumer<u8>,
    pub(crate) shared: Arc<Shared>,
}

/// A queue with room for `ticks` ticks of `tick_bytes` bytes each, and more that are shorter; all its
/// memory is taken here.
pub(crate) fn queue(ticks: usize, tick_bytes: usize, waits: bool) -> (TickEnd, WriterEnd) {
    let (mut heads, mut heads_read) = RingBuffer::new(ticks * TICKS_PER_LONGEST);
    let (mut bytes, mut bytes_read) = RingBuffer::new(ticks * tick_bytes);
    // All is written once, so that the system has given the memory before a tick needs it. What was
    // put in is there to be taken out.
    let mut tick = vec![1; tick_bytes];
    for _ in 0..ticks {
        let _ = bytes.push_entire_slice(&tick);
        let _ = bytes_read.pop_entire_slice(&mut tick);
    }
    for _ in 0..ticks * TICKS_PER_LONGEST {
        let _ = heads.push(Head { time_ns: 0, bytes: 0 });
        let _ = heads_read.pop();
    }
    let shared = Arc::new(Shared::default());
    let tick_end = TickEnd { heads, bytes, shared: Arc::clone(&shared), waits };
    (tick_end, WriterEnd { heads: heads_read, bytes: bytes_read, shared })
}

impl TickEnd {
    /// Hands the messages of the tick at `time_ns` over; whether there is room for them.
    pub(crate) fn send(&mut self, time_ns: u64, messages: &Frame) -> bool {
        let messages = messages.as_bytes();
        while !self.has_room(messages.len()) {
            if !self.waits || self.heads.is_abandoned() {
                return false;
            }
            thread::sleep(WAIT);
        }
        // There is room. The head last: when the writer sees it, the messages are there.
        self.bytes.push_entire_slice(messages).is_ok()
            && self.heads.push(Head { time_ns, bytes: messages.len() }).is_ok()
    }

    fn has_room(&self, bytes: usize) -> bool {
        // What was known before is enough as a rule; the rest is a look at memory of the writer.
        let has_bytes = self.bytes.cached_slots() >= bytes || self.bytes.slots() >= bytes;
        has_bytes && (self.heads.cached_slots() > 0 || self.heads.slots() > 0)
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

impl WriterEnd {
    /// Puts the messages of the next tick into `frame` and returns when it was; `None` if no tick
    /// waits.
    pub(crate) fn take(&mut self, frame: &mut Frame) -> Option<u64> {
        let Head { time_ns, bytes } = self.heads.pop().ok()?;
        frame.fill(bytes, |room| self.bytes.pop_entire_slice(room).is_ok()).then_some(time_ns)
    }
}
