//! The messages of one tick.

use alloc::vec::Vec;
use std::io;

use byteorder::LittleEndian;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What CDR puts before a value: plain, little-endian.
const ENCAPSULATION: [u8; 4] = [0, 1, 0, 0];

/// Bytes before a message in a frame: channel, sequence, length.
const PREFIX: usize = 10;

/// The messages of one tick, back to back in memory that never grows while they are added.
#[derive(Clone, Debug)]
pub struct Frame {
    /// All its memory.
    bytes: Vec<u8>,
    /// How much of it is used.
    len: usize,
    has_overflowed: bool,
}

/// A message in a [`Frame`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMessage<'a> {
    /// The number of its channel.
    pub channel: u16,
    /// Its place in the channel, as far as its source counts.
    pub sequence: u32,
    /// CDR.
    pub payload: &'a [u8],
}

/// What stands before the messages of a frame on their way to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// Time of the robot in nanoseconds.
    pub time_ns: u64,
    /// Bytes that follow.
    pub len: usize,
}

impl FrameHead {
    /// Its length.
    pub const BYTES: usize = 12;

    /// The head in these bytes.
    #[must_use]
    pub fn read(bytes: [u8; Self::BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, len @ ..] = bytes;
        let time_ns = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        Self { time_ns, len: u32::from_le_bytes(len) as usize }
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl Frame {
    /// An empty frame with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        // Written once, so that the system has given the memory before a tick needs it.
        let bytes = vec![1; FrameHead::BYTES + capacity];
        Self { bytes, len: FrameHead::BYTES, has_overflowed: false }
    }

    /// Takes all messages out.
    pub fn clear(&mut self) {
        self.len = FrameHead::BYTES;
        self.has_overflowed = false;
    }

    /// Adds a message and returns its payload; `None`, and a note, if there is no room for it.
    pub fn push(
        &mut self,
        channel: u16,
        sequence: u32,
        message: &impl Serialize,
    ) -> Option<&mut [u8]> {
        let rest = self.bytes.get_mut(self.len..).unwrap_or_default();
        let Some(len) = write(rest, (channel, sequence), message) else {
            self.has_overflowed = true;
            return None;
        };
        self.len += PREFIX + len;
        rest.get_mut(PREFIX..PREFIX + len)
    }

    /// Takes the message that was added last out again, which began `payload` bytes before the end.
    pub fn take_back(&mut self, payload: usize) {
        self.len = self.len.saturating_sub(payload + PREFIX).max(FrameHead::BYTES);
    }

    /// Whether a message was left out because there was no room for it.
    #[must_use]
    pub const fn has_overflowed(&self) -> bool {
        self.has_overflowed
    }

    /// The messages behind their [`FrameHead`], in one piece.
    pub fn sealed(&mut self, time_ns: u64) -> &[u8] {
        // A frame is far below 4 GiB.
        let len = (self.len - FrameHead::BYTES) as u32;
        let (head, _) = self.bytes.split_at_mut(FrameHead::BYTES);
        head[..8].copy_from_slice(&time_ns.to_le_bytes());
        head[8..].copy_from_slice(&len.to_le_bytes());
        &self.bytes[..self.len]
    }

    /// Becomes what followed `head` in another frame, which `fill` writes; whether it could.
    pub fn refill(&mut self, head: FrameHead, fill: impl FnOnce(&mut [u8]) -> bool) -> bool {
        self.len = FrameHead::BYTES + head.len;
        if self.bytes.len() < self.len {
            self.bytes.resize(self.len, 0);
        }
        fill(&mut self.bytes[FrameHead::BYTES..self.len])
    }

    /// The messages in the order in which they were added.
    pub fn messages(&self) -> impl Iterator<Item = FrameMessage<'_>> {
        let mut rest = self.bytes.get(FrameHead::BYTES..self.len).unwrap_or_default();
        core::iter::from_fn(move || {
            let (channel, after) = rest.split_first_chunk()?;
            let (sequence, after) = after.split_first_chunk()?;
            let (len, after) = after.split_first_chunk()?;
            let (payload, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
            rest = after;
            Some(FrameMessage {
                channel: u16::from_le_bytes(*channel),
                sequence: u32::from_le_bytes(*sequence),
                payload,
            })
        })
    }
}

/// The value in the payload of a message; `None` if it is not one.
#[must_use]
pub fn decode<M: DeserializeOwned>(payload: &[u8]) -> Option<M> {
    let body = payload.strip_prefix(&ENCAPSULATION)?;
    let (message, _) = cdr_encoding::from_bytes::<M, LittleEndian>(body).ok()?;
    Some(message)
}

/// What a message says besides when: all that follows its encapsulation and stamp.
#[must_use]
pub fn unstamped(payload: &[u8]) -> Option<&[u8]> {
    payload.get(12..)
}

/// Writes a message behind its channel and sequence and returns the length of its payload; `None` if
/// there is no room.
#[inline]
fn write(
    bytes: &mut [u8],
    (channel, sequence): (u16, u32),
    message: &impl Serialize,
) -> Option<usize> {
    let (prefix, payload) = bytes.split_first_chunk_mut::<PREFIX>()?;
    let room_len = payload.len();
    let mut room = Room(payload);
    room.put(&ENCAPSULATION).then_some(())?;
    cdr_encoding::to_writer::<_, LittleEndian, _>(&mut room, message).ok()?;
    let len = room_len - room.0.len();
    prefix[..2].copy_from_slice(&channel.to_le_bytes());
    prefix[2..6].copy_from_slice(&sequence.to_le_bytes());
    // A frame is far below 4 GiB.
    prefix[6..].copy_from_slice(&(len as u32).to_le_bytes());
    Some(len)
}

/// What is left of a buffer that is filled from its beginning; it never allocates.
struct Room<'a>(&'a mut [u8]);

impl Room<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) -> bool {
        // One comparison for each field: a place that counts up would take two.
        match core::mem::take(&mut self.0).split_at_mut_checked(bytes.len()) {
            Some((room, rest)) => {
                room.copy_from_slice(bytes);
                self.0 = rest;
                true
            }
            None => false,
        }
    }
}

impl io::Write for Room<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An error without a message does not use the heap.
        if self.put(bytes) { Ok(bytes.len()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in() {
        let mut frame = Frame::with_capacity(100);
        frame.push(3, 7, &(1.5_f32, 2.5_f64)).unwrap();
        frame.push(4, 8, &"ab").unwrap();
        let messages: Vec<_> = frame.messages().collect();
        assert_eq!((messages[0].channel, messages[0].sequence), (3, 7));
        assert_eq!(decode::<(f32, f64)>(messages[0].payload), Some((1.5, 2.5)));
        // Doubles stand at multiples of eight bytes after the encapsulation.
        assert_eq!(messages[0].payload.len(), 4 + 16);
        assert_eq!(messages[1].payload, [0, 1, 0, 0, 3, 0, 0, 0, b'a', b'b', 0]);
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole_and_noted() {
        let mut frame = Frame::with_capacity(40);
        assert!(frame.push(0, 0, &1.0_f64).is_some());
        assert!(frame.push(0, 1, &[1.0_f64; 4]).is_none());
        assert!(frame.has_overflowed());
        assert_eq!(frame.messages().count(), 1);
        frame.clear();
        assert!(!frame.has_overflowed() && frame.messages().next().is_none());
    }
}
