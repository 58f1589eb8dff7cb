//! A file that ends at a whole chunk, whatever happens.

use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use alloc::sync::Arc;

/// Collects what is written until it is flushed, and writes it at once.
#[derive(Debug)]
pub(crate) struct ChunkFile {
    file: File,
    waiting: Vec<u8>,
    /// Bytes that are in the file for good.
    whole_bytes: Arc<AtomicU64>,
    /// Whether every chunk is on the disk before the next one is begun.
    syncs: bool,
    has_failed: bool,
}

impl ChunkFile {
    /// A new file; `whole_bytes` will tell how long it is. With `syncs` a chunk also survives the
    /// loss of power.
    ///
    /// # Errors
    /// If it exists already or cannot be made.
    pub(crate) fn create(
        path: &Path,
        whole_bytes: Arc<AtomicU64>,
        syncs: bool,
    ) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Self { file, waiting: Vec::new(), whole_bytes, syncs, has_failed: false })
    }
}

impl ChunkFile {
    fn write_chunk(&mut self) -> io::Result<()> {
        let length = self.whole_bytes.load(Ordering::Relaxed) + self.waiting.len() as u64;
        // The signal for a file over the limit of the process would end the flight.
        if file_bytes_max().is_some_and(|limit| length > limit) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.file.write_all(&self.waiting)?;
        if self.syncs { self.file.sync_data() } else { Ok(()) }
    }
}

/// The longest file that this process may write.
#[cfg(unix)]
fn file_bytes_max() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

/// There is no such limit here.
#[cfg(not(unix))]
fn file_bytes_max() -> Option<u64> {
    None
}

impl Write for ChunkFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.has_failed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let written = self.write_chunk();
        if written.is_ok() {
            self.whole_bytes.fetch_add(self.waiting.len() as u64, Ordering::Relaxed);
        } else {
            // Half a chunk is of no use to anybody. If it cannot be cut off, readers skip it.
            let _ = self.file.set_len(self.whole_bytes.load(Ordering::Relaxed));
            self.has_failed = true;
        }
        self.waiting.clear();
        written
    }
}
