//! What the networks of robots are told and say.

use alloc::collections::BTreeMap;

use bevy_ecs::world::World;
use rivus_policy::{PolicyRow, PolicyStore};
use rivus_robot::RobotId;
use rivus_robot::seam::{Frame, MessageSchema, Time};

use crate::plan::ChannelPlan;
use crate::tick::{Fields, field_name};

/// A robot with a network.
struct Thinker {
    row: PolicyRow,
    /// Its channels: what it observes, what it does, and the network's state if that is wanted.
    observation: u16,
    action: u16,
    state: Option<u16>,
    /// Steps of its network that were seen.
    steps: u64,
}

/// Writes what networks observe and do, when they are stepped.
pub(crate) struct PolicyTap {
    thinkers: Vec<Thinker>,
    /// Numbers in all messages of a tick.
    width: usize,
}

impl PolicyTap {
    /// Adds the channels of every robot that has a network to `plans`.
    pub(crate) fn new(
        world: &mut World,
        robots: &[String],
        has_state: bool,
        plans: &mut Vec<ChannelPlan>,
    ) -> Self {
        let mut query = world.query::<(&RobotId, &PolicyRow)>();
        let mut found: Vec<_> = query.iter(world).map(|(id, row)| (*id, *row)).collect();
        found.sort_by_key(|(id, _)| *id);
        let mut tap = Self { thinkers: Vec::new(), width: 0 };
        let Some(store) = world.get_resource::<PolicyStore>() else { return tap };
        for (id, row) in found {
            let (Some(policy), Some(name)) = (store.policy(row), robots.get(id.0 as usize)) else {
                continue;
            };
            let mut add = |end: &str, fields: Vec<String>| {
                tap.width += fields.len();
                plans.push(plan(&format!("/{name}/policy/{end}"), &fields));
                // The caller counts channels in 16 bits.
                (plans.len() - 1) as u16
            };
            let info = policy.info();
            let observation = add(
                "observation",
                info.inputs.iter().map(|input| field_name(&input.name)).collect(),
            );
            let action =
                add("action", info.outputs.iter().map(|output| field_name(&output.name)).collect());
            let units = store.state(row).map_or(0, <[f32]>::len);
            let state =
                has_state.then(|| add("state", (0..units).map(|i| format!("unit_{i}")).collect()));
            tap.thinkers.push(Thinker { row, observation, action, state, steps: 0 });
        }
        tap
    }

    /// Bytes that the messages of one tick need at most.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.width * size_of::<f32>() + self.thinkers.len() * 3 * 32
    }

    /// Writes what is new since the last call, or, with `wants_all`, what there is.
    pub(crate) fn read(&mut self, world: &World, now: Time, wants_all: bool, frame: &mut Frame) {
        if self.thinkers.is_empty() {
            return;
        }
        let Some(store) = world.get_resource::<PolicyStore>() else { return };
        for thinker in &mut self.thinkers {
            let Some(thought) = store.thought(thinker.row) else { continue };
            let is_known = core::mem::replace(&mut thinker.steps, thought.steps) == thought.steps;
            if is_known && !wants_all {
                continue;
            }
            frame.push(thinker.observation, 0, &(now, Fields(thought.observation)));
            frame.push(thinker.action, 0, &(now, Fields(thought.action)));
            if let Some((channel, state)) = thinker.state.zip(store.state(thinker.row)) {
                frame.push(channel, 0, &(now, Fields(state)));
            }
        }
    }
}

/// A channel whose message has a number for each of `fields`.
fn plan(topic: &str, fields: &[String]) -> ChannelPlan {
    let lines = fields.iter().map(|name| format!("float32 {name}\n"));
    let head = "builtin_interfaces/Time stamp\n".to_owned();
    let definition = lines.fold(head, |text, line| text + &line);
    let time = MessageSchema { name: "", fields: "", needs: &[Time::SCHEMA] }.text();
    // Robots with different networks have different messages.
    let name = field_name(topic).split('_').map(capitalised).collect::<String>();
    ChannelPlan {
        topic: topic.to_owned(),
        schema: format!("rivus_msgs/msg/{name}"),
        definition: definition + &time,
        notes: BTreeMap::new(),
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
