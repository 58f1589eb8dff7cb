//! What is in a recording, at a glance.

use core::ops::ControlFlow;

use alloc::collections::BTreeMap;
use rivus_rate::Histogram;
use rivus_robot::seam::decode;

use crate::read::{Ending, Message, RecordingFile};
use crate::tick::{LogMessage, OverrunMessage, TimingMessage};
use crate::{Layout, RecordError, TickMessage, Value};

/// What is in a recording.
#[derive(Clone, Debug)]
pub struct LogSummary {
    /// How it ends.
    pub ending: Ending,
    /// Ticks in it.
    pub ticks: u64,
    /// Ticks that passed while it was made and are not in it.
    pub lost_ticks: u64,
    /// Base ticks that the runner or the scene had the control side miss.
    pub missed_ticks: u64,
    /// Time of the robot at the first tick, ns.
    pub first_ns: u64,
    /// Time of the robot at the last tick, ns.
    pub last_ns: u64,
    /// The channels that have messages, by topic.
    pub channels: Vec<ChannelSummary>,
    /// What ticks, stages and systems took, in the order of the tick.
    pub latencies: Vec<(String, Histogram)>,
    /// Faults by robot and kind.
    pub faults: BTreeMap<(String, String), u64>,
    /// Overruns by stage and system.
    pub overruns: BTreeMap<(String, String), u64>,
}

/// A channel and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSummary {
    /// Its name.
    pub topic: String,
    /// The type of its messages.
    pub schema: String,
    /// How many there are.
    pub messages: u64,
    /// Time of the first one, ns.
    pub first_ns: u64,
    /// Time of the last one, ns.
    pub last_ns: u64,
}

impl ChannelSummary {
    /// Messages per second between the first and the last; `None` for fewer than two moments.
    #[must_use]
    pub fn rate_hz(&self) -> Option<f64> {
        let gaps = self.messages.checked_sub(1)?;
        let spans_ns = self.last_ns.checked_sub(self.first_ns).filter(|ns| *ns > 0)?;
        Some(gaps as f64 * 1e9 / spans_ns as f64)
    }
}

/// Reads `file` from end to end.
///
/// # Errors
/// If it cannot be read or is damaged.
pub fn summarise(file: &RecordingFile) -> Result<LogSummary, RecordError> {
    let mut reader = LogReader::default();
    let ending = file.messages(|message| {
        reader.take(&message);
        ControlFlow::Continue(())
    })?;
    let LogReader { ticks, first_tick, last_tick, missed, channels, latencies, .. } = reader;
    let stamp_ns = |tick: Option<TickMessage>| tick.map_or(0, |tick| tick.stamp.ns());
    // Ticks before the first one of a ring were let go of, not lost.
    let passed = last_tick
        .zip(first_tick)
        .map_or(0, |(last, first)| last.ticks.saturating_sub(first.ticks).saturating_add(1));
    Ok(LogSummary {
        ending,
        ticks,
        lost_ticks: passed.saturating_sub(ticks),
        missed_ticks: missed,
        first_ns: stamp_ns(first_tick),
        last_ns: stamp_ns(last_tick),
        channels: channels.into_values().collect(),
        latencies,
        faults: reader.faults,
        overruns: reader.overruns,
    })
}

#[derive(Default)]
struct LogReader {
    ticks: u64,
    first_tick: Option<TickMessage>,
    last_tick: Option<TickMessage>,
    missed: u64,
    channels: BTreeMap<String, ChannelSummary>,
    layouts: BTreeMap<String, Option<Layout>>,
    latencies: Vec<(String, Histogram)>,
    faults: BTreeMap<(String, String), u64>,
    overruns: BTreeMap<(String, String), u64>,
}

impl LogReader {
    fn take(&mut self, message: &Message<'_>) {
        let topic = &message.channel.topic;
        let time_ns = message.time_ns;
        let channel = self.channels.entry(topic.clone()).or_insert_with(|| ChannelSummary {
            topic: topic.clone(),
            schema: message.channel.schema.clone(),
            messages: 0,
            first_ns: time_ns,
            last_ns: time_ns,
        });
        channel.messages += 1;
        channel.last_ns = time_ns;
        match topic.as_str() {
            TickMessage::TOPIC => self.take_tick(message.payload),
            TimingMessage::TOPIC => self.take_timing(message),
            LogMessage::TOPIC => {
                if let Some(names) = self.texts(message, ["name", "msg"]) {
                    *self.faults.entry(names).or_default() += 1;
                }
            }
            OverrunMessage::TOPIC => {
                if let Some(names) = self.texts(message, ["stage", "system"]) {
                    *self.overruns.entry(names).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    fn take_tick(&mut self, payload: &[u8]) {
        let Some(tick) = decode::<TickMessage>(payload) else { return };
        let before = self.last_tick.replace(tick);
        self.first_tick.get_or_insert(tick);
        self.ticks += 1;
        let lost =
            before.map_or(0, |before| tick.ticks.saturating_sub(before.ticks).saturating_sub(1));
        let passed =
            before.map_or(0, |before| tick.index.saturating_sub(before.index).saturating_sub(1));
        // Ticks that ran unrecorded are not missed ones.
        let missed = passed.saturating_sub(lost).saturating_add(tick.is_dropped.into());
        self.missed = self.missed.saturating_add(missed);
    }

    fn take_timing(&mut self, message: &Message<'_>) {
        let Some(values) = self.values(message) else { return };
        let fields = values.into_iter().filter_map(|(name, value)| match value {
            Value::Unsigned(ns) => Some((name.strip_suffix("_ns")?.to_owned(), ns)),
            _ => None,
        });
        for (place, (name, ns)) in fields.enumerate() {
            if self.latencies.len() <= place {
                self.latencies.push((name, Histogram::default()));
            }
            // Zero is a tick in which it did not run.
            if ns > 0 {
                self.latencies[place].1.record(ns);
            }
        }
    }

    /// Two texts of a message.
    fn texts(&mut self, message: &Message<'_>, names: [&str; 2]) -> Option<(String, String)> {
        let values = self.values(message)?;
        let text = |wanted: &str| {
            let value = values.iter().find(|(name, _)| name == wanted);
            value.map(|(_, value)| value.to_string())
        };
        Some((text(names[0])?, text(names[1])?))
    }

    fn values(&mut self, message: &Message<'_>) -> Option<Vec<(String, Value)>> {
        let channel = message.channel;
        let layout = self
            .layouts
            .entry(channel.topic.clone())
            .or_insert_with(|| Layout::parse(&channel.definition));
        layout.as_ref()?.read(message.payload)
    }
}
