//! What a new file of a ring says again.

use rivus_robot::seam::FrameMessage;

use crate::capture::ROLE;
use crate::plan::ChannelPlan;

/// The last message of every component of a robot: many are written only when they change, so a file
/// that begins later would lack them.
#[derive(Debug)]
pub(crate) struct Said {
    /// By channel; `None` for those that are not said again.
    channels: Vec<Option<Last>>,
}

#[derive(Clone, Debug, Default)]
struct Last {
    sequence: u32,
    /// Empty before the first message.
    payload: Vec<u8>,
}

impl Said {
    /// Nothing was said yet.
    pub(crate) fn new(channels: &[ChannelPlan]) -> Self {
        let is_of_robot = |plan: &ChannelPlan| plan.notes.contains_key(ROLE);
        let last = |plan| is_of_robot(plan).then(Last::default);
        Self { channels: channels.iter().map(last).collect() }
    }

    /// Keeps a message.
    pub(crate) fn note(&mut self, message: FrameMessage<'_>) {
        if let Some(Some(last)) = self.channels.get_mut(usize::from(message.channel)) {
            last.sequence = message.sequence;
            last.payload.clear();
            last.payload.extend_from_slice(message.payload);
        }
    }

    /// What was kept.
    pub(crate) fn messages(&self) -> impl Iterator<Item = FrameMessage<'_>> {
        (0..).zip(&self.channels).filter_map(|(channel, last)| {
            let Last { sequence, payload } = last.as_ref()?;
            let (sequence, payload) = (*sequence, payload.as_slice());
            (!payload.is_empty()).then_some(FrameMessage { channel, sequence, payload })
        })
    }
}
