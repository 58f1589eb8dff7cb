//! Recordings that somebody has tampered with, made by the library that Rivus writes them with.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use mcap::read::ChunkFlattener;
use mcap::records::{MessageHeader, Record};
use mcap::{Attachment, WriteOptions, Writer};

/// A message on its way from one file to another.
pub(crate) struct Edited<'a> {
    pub(crate) topic: &'a str,
    pub(crate) header: &'a mut MessageHeader,
    pub(crate) payload: &'a mut Vec<u8>,
}

impl Edited<'_> {
    /// Time of the robot, ms.
    pub(crate) fn time_ms(&self) -> u64 {
        self.header.log_time / 1_000_000
    }
}

/// Copies a recording; `edit` sees every message and says whether it stays. A chunk is closed
/// whenever `ticks_per_chunk` ticks are in it.
pub(crate) fn copied(
    from: &Path,
    to: &Path,
    ticks_per_chunk: u64,
    mut edit: impl FnMut(Edited<'_>) -> bool,
) {
    let bytes = fs::read(from).unwrap();
    let options = WriteOptions::new().compression(None).profile("ros2").chunk_size(None);
    let mut writer = options.create(BufWriter::new(File::create(to).unwrap())).unwrap();
    let (mut schemas, mut channels) = (BTreeMap::new(), BTreeMap::new());
    let mut ticks = 0;
    for record in ChunkFlattener::new(&bytes).unwrap() {
        match record.unwrap() {
            Record::Schema { header, data } => {
                let id = writer.add_schema(&header.name, &header.encoding, &data).unwrap();
                schemas.insert(header.id, id);
            }
            Record::Channel(channel) => {
                let schema = schemas[&channel.schema_id];
                let encoding = &channel.message_encoding;
                let id = writer.add_channel(schema, &channel.topic, encoding, &channel.metadata);
                channels.insert(channel.id, (id.unwrap(), channel.topic));
            }
            Record::Message { mut header, data } => {
                let (id, topic) = &channels[&header.channel_id];
                let mut payload = data.into_owned();
                if topic == TICK {
                    if ticks > 0 && ticks % ticks_per_chunk == 0 {
                        writer.flush().unwrap();
                    }
                    ticks += 1;
                }
                let is_kept = edit(Edited { topic, header: &mut header, payload: &mut payload });
                header.channel_id = *id;
                if is_kept {
                    writer.write_to_known_channel(&header, &payload).unwrap();
                }
            }
            other => copy_about(&mut writer, other),
        }
    }
    writer.finish().unwrap();
}

/// The channel whose messages begin the ticks.
const TICK: &str = "/tick";

fn copy_about(writer: &mut Writer<BufWriter<File>>, record: Record<'_>) {
    match record {
        Record::Metadata(metadata) => writer.write_metadata(&metadata).unwrap(),
        Record::Attachment { header, data, .. } => {
            let attachment = Attachment {
                log_time: header.log_time,
                create_time: header.create_time,
                name: header.name,
                media_type: header.media_type,
                data: Cow::Borrowed(&data),
            };
            writer.attach(&attachment).unwrap();
        }
        _ => {}
    }
}

/// Whether the channel holds commands.
pub(crate) fn is_command(topic: &str) -> bool {
    topic.contains("/command/")
}

/// The topics that have messages.
pub(crate) fn topics(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    let summary = mcap::Summary::read(&bytes).unwrap().unwrap();
    let counts = summary.stats.unwrap().channel_message_counts;
    let said = summary.channels.values().filter(|channel| counts.contains_key(&channel.id));
    said.map(|channel| channel.topic.clone()).collect()
}

/// The end of each chunk in the file, and how many messages are in all up to there.
pub(crate) fn chunk_ends(path: &Path) -> Vec<(usize, u64)> {
    let bytes = fs::read(path).unwrap();
    // Behind the magic, records of one byte opcode, eight bytes length and a body.
    let (mut at, mut messages, mut ends) = (mcap::MAGIC.len(), 0, Vec::new());
    while let Some((head, _)) = bytes[at..].split_first_chunk::<9>() {
        let body = at + head.len();
        let len = usize::try_from(u64::from_le_bytes(head[1..].try_into().unwrap())).unwrap();
        let end = body + len;
        if end > bytes.len() - mcap::MAGIC.len() {
            break;
        }
        let record = mcap::parse_record(head[0], &bytes[body..end]).unwrap();
        if let Record::Chunk { header, data } = record {
            let chunk = mcap::read::ChunkReader::new(header, &data).unwrap();
            let is_message = |record: &mcap::McapResult<Record<'_>>| {
                matches!(record.as_ref().unwrap(), Record::Message { .. })
            };
            messages += chunk.filter(is_message).count() as u64;
            ends.push((end, messages));
        }
        at = end;
    }
    ends
}
