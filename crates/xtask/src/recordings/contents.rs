//! What is in a recording, read as the specification of MCAP says and without the library that
//! wrote it.

use std::collections::BTreeMap;

const MAGIC: &[u8] = b"\x89MCAP0\r\n";

/// Opcodes of the records that are looked at.
const CHANNEL: u8 = 4;
const MESSAGE: u8 = 5;
const CHUNK: u8 = 6;
const DATA_END: u8 = 15;

/// A message, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) sequence: u32,
    pub(crate) time_ns: u64,
    pub(crate) payload: Vec<u8>,
}

/// The messages of all whole chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// By topic, in the order of the file.
    pub(crate) channels: BTreeMap<String, Vec<Message>>,
    /// Whether the file has its end.
    pub(crate) is_whole: bool,
}

impl Contents {
    /// Reads a file, up to where it was cut off.
    pub(crate) fn read(file: &[u8]) -> Result<Self, String> {
        let mut rest = file.strip_prefix(MAGIC).ok_or("not an MCAP file")?;
        let mut contents = Self::default();
        let mut topics = BTreeMap::new();
        while let Some((opcode, body, after)) = record(rest) {
            match opcode {
                CHUNK => contents.read_chunk(body, &mut topics)?,
                DATA_END => contents.is_whole = true,
                _ => {}
            }
            rest = after;
        }
        Ok(contents)
    }

    /// Messages in all channels.
    pub(crate) fn messages(&self) -> usize {
        self.channels.values().map(Vec::len).sum()
    }

    /// Messages that are commands.
    pub(crate) fn commands(&self) -> u64 {
        let commands = self.channels.iter().filter(|(topic, _)| topic.contains("/command/"));
        commands.map(|(_, messages)| messages.len() as u64).sum()
    }

    fn read_chunk(
        &mut self,
        chunk: &[u8],
        topics: &mut BTreeMap<u16, String>,
    ) -> Result<(), String> {
        let mut head = Fields(chunk);
        // Times of the first and last message, length, checksum.
        head.take::<28>()?;
        if !head.text()?.is_empty() {
            return Err("a chunk is compressed".to_owned());
        }
        head.take::<8>()?;
        let mut rest = head.0;
        while let Some((opcode, body, after)) = record(rest) {
            let mut fields = Fields(body);
            match opcode {
                CHANNEL => {
                    let id = u16::from_le_bytes(fields.take()?);
                    fields.take::<2>()?;
                    topics.insert(id, fields.text()?);
                }
                MESSAGE => {
                    let id = u16::from_le_bytes(fields.take()?);
                    let sequence = u32::from_le_bytes(fields.take()?);
                    let time_ns = u64::from_le_bytes(fields.take()?);
                    fields.take::<8>()?;
                    let payload = fields.0.to_vec();
                    let topic = topics.get(&id).ok_or("a message without a channel")?;
                    let channel = self.channels.entry(topic.clone()).or_default();
                    channel.push(Message { sequence, time_ns, payload });
                }
                _ => {}
            }
            rest = after;
        }
        if rest.is_empty() { Ok(()) } else { Err("half a record in a chunk".to_owned()) }
    }
}

/// The first record: opcode, body, and what comes after it; `None` if it is not whole.
fn record(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (opcode, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (body, after) = rest.split_at_checked(length)?;
    Some((*opcode, body, after))
}

/// The fields of a record that have not been read yet.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (field, rest) = self.0.split_first_chunk().ok_or("a record is too short")?;
        self.0 = rest;
        Ok(*field)
    }

    fn text(&mut self) -> Result<String, String> {
        let length = u32::from_le_bytes(self.take()?) as usize;
        let (text, rest) = self.0.split_at_checked(length).ok_or("a text is too short")?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(opcode: u8, body: &[u8]) -> Vec<u8> {
        [&[opcode][..], &(body.len() as u64).to_le_bytes(), body].concat()
    }

    /// One chunk with a message in the channel `/a/command/b`.
    fn file() -> Vec<u8> {
        let topic = b"\x07\0\0\0\x0c\0\0\0/a/command/b";
        let message = b"\x07\0\x02\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0hi";
        let records = [record_of(CHANNEL, topic), record_of(MESSAGE, message)].concat();
        let chunk = [&[0; 28][..], &[0; 4], &[0; 8], &records].concat();
        [MAGIC, &record_of(CHUNK, &chunk), &record_of(DATA_END, &[0; 4])].concat()
    }

    #[test]
    fn messages_are_found_by_their_topic_and_halves_are_left_out() {
        let file = file();
        let contents = Contents::read(&file).unwrap();
        let message = Message { sequence: 2, time_ns: 5, payload: b"hi".to_vec() };
        assert_eq!(contents.channels["/a/command/b"], [message]);
        assert_eq!((contents.messages(), contents.commands(), contents.is_whole), (1, 1, true));
        let cut = Contents::read(&file[..file.len() - 14]).unwrap();
        assert_eq!((cut.messages(), cut.is_whole), (0, false));
        assert!(Contents::read(b"something else").is_err());
    }
}
