//! Reading recordings, whole or cut off.

use core::ops::ControlFlow;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use mcap::McapError;
use mcap::records::Record;
use mcap::sans_io::{LinearReadEvent, LinearReader, LinearReaderOptions};
use rivus_robot::seam::Role;

use crate::about::METADATA;
use crate::capture::ROLE;
use crate::{About, RecordError};

/// A channel in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name, such as `/drone/command/rotors`.
    pub topic: String,
    /// The type of its messages.
    pub schema: String,
    /// The definition of the type, `ros2msg`.
    pub definition: Arc<str>,
    /// What it is to the control side of a robot; `None` if it belongs to no robot.
    pub role: Option<Role>,
}

/// A message in a recording.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Its channel.
    pub channel: &'a Arc<Channel>,
    /// Its place in the channel, as far as its source counts.
    pub sequence: u32,
    /// Time of the robot at the tick that it belongs to, ns.
    pub time_ns: u64,
    /// CDR.
    pub payload: &'a [u8],
}

/// How a recording ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Whole,
    /// After a whole chunk, without a footer: the writer was stopped, or the disk was full.
    Cut,
    /// The reader was told to stop.
    Stopped,
}

/// A recording on the disk.
#[derive(Clone, Debug)]
pub struct RecordingFile {
    path: PathBuf,
    about: About,
}

impl RecordingFile {
    /// Opens the recording at `path` and reads what it says about itself.
    ///
    /// # Errors
    /// If it cannot be read or is not a recording of Rivus.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let mut about = None::<About>;
        // What a recording says about itself comes before its first message.
        walk(path, |record| match record {
            Record::Metadata(metadata) if metadata.name == METADATA => {
                about.get_or_insert_default().take_metadata(metadata.metadata);
                ControlFlow::Continue(())
            }
            Record::Attachment { header, data, .. } => {
                if let (Some(about), Ok(text)) = (&mut about, core::str::from_utf8(&data)) {
                    about.sources.insert(header.name, text.to_owned());
                }
                ControlFlow::Continue(())
            }
            Record::Message { .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })?;
        match about {
            Some(about) => Ok(Self { path: path.to_owned(), about }),
            None => Err(RecordError::Foreign {
                path: path.to_owned(),
                what: format!("it has no metadata record `{METADATA}`"),
            }),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says about itself.
    #[must_use]
    pub const fn about(&self) -> &About {
        &self.about
    }

    /// Shows every message to `look`, in the order of the file, until it breaks off.
    ///
    /// A last chunk that is not whole is not shown.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged.
    pub fn messages(
        &self,
        mut look: impl FnMut(Message<'_>) -> ControlFlow<()>,
    ) -> Result<Ending, RecordError> {
        let mut schemas = BTreeMap::new();
        let mut channels: BTreeMap<u16, Arc<Channel>> = BTreeMap::new();
        walk(&self.path, |record| {
            match record {
                Record::Schema { header, data } => {
                    let definition: Arc<str> = String::from_utf8_lossy(&data).into();
                    schemas.insert(header.id, (header.name, definition));
                }
                Record::Channel(channel) => {
                    let schema = schemas.get(&channel.schema_id).cloned();
                    let (schema, definition) = schema.unwrap_or_default();
                    let role = channel.metadata.get(ROLE).and_then(|name| role(name));
                    let topic = channel.topic;
                    let entry = Channel { topic, schema, definition, role };
                    channels.insert(channel.id, Arc::new(entry));
                }
                Record::Message { header, data } => {
                    // The reader of the file has checked that it was declared; a stray one is
                    // nobody's.
                    if let Some(channel) = channels.get(&header.channel_id) {
                        let (sequence, time_ns) = (header.sequence, header.log_time);
                        return look(Message { channel, sequence, time_ns, payload: &data });
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        })
    }
}

fn role(name: &str) -> Option<Role> {
    match name {
        "input" => Some(Role::Input),
        "output" => Some(Role::Output),
        "view" => Some(Role::View),
        _ => None,
    }
}

/// Shows every record to `look`, those in chunks too, until it breaks off.
fn walk(
    path: &Path,
    mut look: impl FnMut(Record<'_>) -> ControlFlow<()>,
) -> Result<Ending, RecordError> {
    let cannot = |source: McapError| RecordError::Read { path: path.to_owned(), cause: source };
    let mut file = File::open(path).map_err(|source| cannot(source.into()))?;
    let length = file.metadata().map_err(|source| cannot(source.into()))?.len();
    let limit = usize::try_from(length).unwrap_or(usize::MAX);
    let options = LinearReaderOptions::default()
        .with_skip_end_magic(true)
        .with_validate_data_section_crc(true)
        // A chunk is shown whole or not at all.
        .with_prevalidate_chunk_crcs(true)
        .with_record_length_limit(limit);
    let mut reader = LinearReader::new_with_options(options);
    let (mut has_any, mut has_ended) = (false, false);
    while let Some(event) = reader.next_event() {
        match event {
            Ok(LinearReadEvent::ReadRequest(need)) => {
                let read = file.read(reader.insert(need));
                reader.notify_read(read.map_err(|source| cannot(source.into()))?);
            }
            Ok(LinearReadEvent::Record { data, opcode }) => {
                let record = mcap::parse_record(opcode, data).map_err(cannot)?;
                (has_any, has_ended) =
                    (true, matches!(record, Record::DataEnd(_) | Record::Footer(_)));
                if look(record).is_break() {
                    return Ok(Ending::Stopped);
                }
            }
            // The file ends in the middle of a record, or where one should begin.
            Err(McapError::UnexpectedEof | McapError::RecordTooLarge { .. }) if has_any => {
                return Ok(Ending::Cut);
            }
            Err(source) => return Err(cannot(source)),
        }
    }
    Ok(if has_ended { Ending::Whole } else { Ending::Cut })
}
