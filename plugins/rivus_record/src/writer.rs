//! The thread that writes the file.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use alloc::borrow::Cow;
use alloc::sync::Arc;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use mcap::records::{MessageHeader, Metadata};
use mcap::write::NoSeek;
use mcap::{Attachment, McapError, WriteOptions, Writer};
use rivus_robot::seam::{Frame, FrameMessage};

use crate::about::METADATA;
use crate::file::ChunkFile;
use crate::plan::ChannelPlan;
use crate::queue::{Shared, WriterEnd};
use crate::said::Said;
use crate::{About, RecordError};

/// A chunk is closed when it has so many bytes ...
const CHUNK_BYTES: usize = 512 << 10;

/// ... or when the writer has found the queue empty so often since it was begun.
const CHUNK_POLLS: u32 = 100;

/// How long the writer sleeps when the queue is empty.
const POLL: Duration = Duration::from_millis(2);

/// What the container adds to a message: its head, and its place in the index.
const MESSAGE_HEAD_BYTES: usize = 31 + 16;

/// Room that is left in each half of a ring for its index and what is said again at its end.
const RING_END_BYTES: u64 = 128 << 10;

/// Where a recording goes and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// The file; it must not exist.
    pub path: PathBuf,
    /// Limit on the bytes of a ring; no limit if `None`.
    ///
    /// A ring is two files of half the size: when the first is full it is renamed from `x.mcap` to
    /// `x.previous.mcap`, in place of the one that was there, and begun again.
    pub ring_bytes: Option<u64>,
    /// Whether the states of networks are recorded, one number for each neuron.
    pub has_policy_state: bool,
}

impl RecordOptions {
    /// Where the older half of a ring is.
    #[must_use]
    pub fn previous(&self) -> PathBuf {
        let mut name = self.path.file_stem().unwrap_or_default().to_owned();
        name.push(".previous");
        if let Some(extension) = self.path.extension() {
            name.push(".");
            name.push(extension);
        }
        self.path.with_file_name(name)
    }
}

/// One file in the making.
struct Segment {
    mcap: Writer<NoSeek<ChunkFile>>,
    whole_bytes: Arc<AtomicU64>,
    /// The number of each channel in this file, if it is in it already.
    ids: Vec<Option<u16>>,
    chunk_bytes: usize,
    chunk_frames: u64,
    polls: u32,
}

impl Segment {
    /// A new file with everything that does not change.
    fn create(
        path: &Path,
        about: &About,
        channels: usize,
        syncs: bool,
    ) -> Result<Self, RecordError> {
        let cannot =
            |source: McapError| RecordError::Write { path: path.to_owned(), cause: source };
        let whole_bytes = Arc::new(AtomicU64::new(0));
        let file = ChunkFile::create(path, Arc::clone(&whole_bytes), syncs);
        let file = file.map_err(|source| cannot(source.into()))?;
        let options = WriteOptions::new()
            .compression(None)
            .profile("ros2")
            .library(concat!("rivus ", env!("CARGO_PKG_VERSION")))
            // Chunks are closed between frames, by `close_chunk`.
            .chunk_size(None)
            .disable_seeking(true);
        let mcap = options.create(NoSeek::new(file)).map_err(cannot)?;
        let ids = vec![None; channels];
        let mut segment =
            Self { mcap, whole_bytes, ids, chunk_bytes: 0, chunk_frames: 0, polls: 0 };
        segment.describe(about).map_err(cannot)?;
        Ok(segment)
    }

    fn describe(&mut self, about: &About) -> Result<(), McapError> {
        let metadata = Metadata { name: METADATA.to_owned(), metadata: about.metadata() };
        self.mcap.write_metadata(&metadata)?;
        for (path, text) in &about.sources {
            self.mcap.attach(&Attachment {
                log_time: 0,
                create_time: 0,
                name: path.clone(),
                media_type: "text/plain".to_owned(),
                data: Cow::Borrowed(text.as_bytes()),
            })?;
        }
        self.mcap.flush()
    }

    /// Adds the messages of a tick to the open chunk.
    fn write<'a>(
        &mut self,
        time_ns: u64,
        messages: impl Iterator<Item = FrameMessage<'a>>,
        channels: &[ChannelPlan],
    ) -> Result<(), McapError> {
        for message in messages {
            let place = usize::from(message.channel);
            let (Some(plan), Some(id)) = (channels.get(place), self.ids.get_mut(place)) else {
                continue;
            };
            let channel_id = match *id {
                Some(id) => id,
                None => {
                    let definition = plan.definition.as_bytes();
                    let schema = self.mcap.add_schema(&plan.schema, "ros2msg", definition)?;
                    let new = self.mcap.add_channel(schema, &plan.topic, "cdr", &plan.notes)?;
                    *id.insert(new)
                }
            };
            let (log_time, publish_time) = (time_ns, time_ns);
            let header =
                MessageHeader { channel_id, sequence: message.sequence, log_time, publish_time };
            self.mcap.write_to_known_channel(&header, message.payload)?;
            self.chunk_bytes += message.payload.len() + MESSAGE_HEAD_BYTES;
        }
        Ok(())
    }

    /// Puts the open chunk into the file and returns how many ticks it holds.
    fn close_chunk(&mut self) -> Result<u64, McapError> {
        self.mcap.flush()?;
        (self.chunk_bytes, self.polls) = (0, 0);
        Ok(core::mem::take(&mut self.chunk_frames))
    }

    /// Bytes in the file.
    fn len(&self) -> u64 {
        self.whole_bytes.load(Ordering::Relaxed)
    }

    /// Adds the summary and the footer.
    fn finish(mut self) -> Result<(), McapError> {
        self.mcap.finish()?;
        self.mcap.into_inner().into_inner().flush()?;
        Ok(())
    }
}

/// What the thread works with.
pub(crate) struct FileWriter {
    options: RecordOptions,
    about: About,
    channels: Vec<ChannelPlan>,
    segment: Option<Segment>,
    /// Bytes of the older half of a ring.
    previous_bytes: u64,
    /// Kept for a ring.
    said: Option<Said>,
    /// Whether the file was begun by a ring and no tick is in it.
    is_fresh: bool,
    /// Whether chunks are to survive the loss of power.
    syncs: bool,
}

impl FileWriter {
    /// Makes the file.
    pub(crate) fn create(
        options: RecordOptions,
        about: About,
        channels: Vec<ChannelPlan>,
        syncs: bool,
    ) -> Result<Self, RecordError> {
        let previous = options.previous();
        if options.ring_bytes.is_some() && previous.exists() {
            let exists = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(error(&previous, exists.into()));
        }
        let segment = Some(Segment::create(&options.path, &about, channels.len(), syncs)?);
        let said = options.ring_bytes.map(|_| Said::new(&channels));
        let (previous_bytes, is_fresh) = (0, false);
        Ok(Self { options, about, channels, segment, previous_bytes, said, is_fresh, syncs })
    }

    /// Writes what comes until nobody holds the other end of `until_over`; the error that ended the
    /// file, if one did.
    pub(crate) fn run(
        mut self,
        end: &mut WriterEnd,
        until_over: &Receiver<()>,
    ) -> Option<RecordError> {
        let mut error = None;
        let shared = Arc::clone(&end.shared);
        let about_bytes = self.segment.as_ref().map_or(0, Segment::len);
        shared.bytes.store(about_bytes, Ordering::Relaxed);
        let mut messages = Frame::default();
        // Known before the look into the queue: what was sent before the end is seen.
        let mut is_over = false;
        loop {
            let result = match end.take(&mut messages) {
                Some(time_ns) => self.take(time_ns, &messages, &shared),
                None if is_over => break,
                None => {
                    let waited = until_over.recv_timeout(POLL);
                    is_over = waited == Err(RecvTimeoutError::Disconnected);
                    self.idle(&shared)
                }
            };
            if let Err(new) = result {
                self.give_up(&shared);
                error.get_or_insert(new);
            }
        }
        let finished = self.finish(&shared);
        error.or(finished.err())
    }

    /// Writes a frame; without a file it is lost.
    fn take(&mut self, time_ns: u64, messages: &Frame, shared: &Shared) -> Result<(), RecordError> {
        // Not before there is something to write, so that the newest tick is in the newer file.
        if self.is_full()
            && let Err(error) = self.turn_over()
        {
            shared.lost.fetch_add(1, Ordering::Relaxed);
            return Err(error);
        }
        let Some(segment) = &mut self.segment else {
            shared.lost.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        let is_fresh = core::mem::take(&mut self.is_fresh);
        let said = self.said.iter().filter(|_| is_fresh).flat_map(Said::messages);
        let mut rest = messages.messages();
        // The tick itself comes first, then what is said again, then what is new.
        let all = rest.next().into_iter().chain(said).chain(rest);
        let written = segment.write(time_ns, all, &self.channels);
        written.map_err(|source| error(&self.options.path, source))?;
        segment.chunk_frames += 1;
        if let Some(said) = &mut self.said {
            messages.messages().for_each(|message| said.note(message));
        }
        if segment.chunk_bytes >= CHUNK_BYTES {
            self.close_chunk(shared)?;
        }
        Ok(())
    }

    /// Closes a chunk that has been open for long enough.
    fn idle(&mut self, shared: &Shared) -> Result<(), RecordError> {
        let Some(segment) = &mut self.segment else { return Ok(()) };
        segment.polls += 1;
        if segment.polls >= CHUNK_POLLS && segment.chunk_frames > 0 {
            self.close_chunk(shared)?;
        }
        Ok(())
    }

    /// Puts the open chunk into the file.
    fn close_chunk(&mut self, shared: &Shared) -> Result<(), RecordError> {
        let Some(segment) = &mut self.segment else { return Ok(()) };
        let frames = segment.close_chunk();
        let frames = frames.map_err(|source| error(&self.options.path, source))?;
        let whole_bytes = segment.len();
        shared.written.fetch_add(frames, Ordering::Relaxed);
        shared.bytes.store(self.previous_bytes + whole_bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the file is the half of a ring and has no room for another chunk.
    fn is_full(&self) -> bool {
        let Some((segment, limit)) = self.segment.as_ref().zip(self.options.ring_bytes) else {
            return false;
        };
        let has_room = segment.len() + CHUNK_BYTES as u64 + RING_END_BYTES <= limit / 2;
        segment.chunk_frames == 0 && !has_room
    }

    /// Makes the file the older half of the ring and begins a new one.
    fn turn_over(&mut self) -> Result<(), RecordError> {
        let Some(segment) = self.segment.take() else { return Ok(()) };
        let path = &self.options.path;
        let whole_bytes = Arc::clone(&segment.whole_bytes);
        segment.finish().map_err(|source| error(path, source))?;
        let renamed = fs::rename(path, self.options.previous());
        renamed.map_err(|source| error(path, source.into()))?;
        self.previous_bytes = whole_bytes.load(Ordering::Relaxed);
        self.segment = Some(Segment::create(path, &self.about, self.channels.len(), self.syncs)?);
        self.is_fresh = true;
        Ok(())
    }

    /// Lets go of the file after an error; what is in it stays.
    fn give_up(&mut self, shared: &Shared) {
        if let Some(segment) = self.segment.take() {
            shared.lost.fetch_add(segment.chunk_frames, Ordering::Relaxed);
        }
    }

    fn finish(&mut self, shared: &Shared) -> Result<(), RecordError> {
        if let Err(error) = self.close_chunk(shared) {
            self.give_up(shared);
            return Err(error);
        }
        let Some(segment) = self.segment.take() else { return Ok(()) };
        let path = &self.options.path;
        if shared.written.load(Ordering::Relaxed) == 0 && shared.lost.load(Ordering::Relaxed) == 0 {
            // A flight that never began leaves no file in the way of the next try.
            drop(segment);
            return fs::remove_file(path).map_err(|source| error(path, source.into()));
        }
        let whole_bytes = Arc::clone(&segment.whole_bytes);
        segment.finish().map_err(|source| error(path, source))?;
        let bytes = self.previous_bytes + whole_bytes.load(Ordering::Relaxed);
        shared.bytes.store(bytes, Ordering::Relaxed);
        Ok(())
    }
}

fn error(path: &Path, source: McapError) -> RecordError {
    RecordError::Write { path: path.to_owned(), cause: source }
}
