//! The channels of a recording.

use alloc::collections::BTreeMap;

use rivus_robot::seam::MessageSchema;

/// A channel: where its messages come from and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChannelPlan {
    pub(crate) topic: String,
    pub(crate) schema: String,
    pub(crate) definition: String,
    /// What a channel's name cannot say, such as what it is to the control side.
    pub(crate) notes: BTreeMap<String, String>,
}

impl ChannelPlan {
    pub(crate) fn new(topic: String, schema: &MessageSchema) -> Self {
        let notes = BTreeMap::new();
        Self { topic, schema: schema.name.to_owned(), definition: schema.text(), notes }
    }
}
