//! What crosses the line between the control side and everything else, as messages.
//!
//! The control side's bits depend on its inputs alone, and all it says are its outputs. So a
//! recording of both can be run again anywhere and compared bit for bit.

mod crossing;
mod frame;
mod message;

use core::any::TypeId;

use alloc::vec::Vec;
use bevy_app::App;
use bevy_ecs::archetype::ArchetypeGeneration;
use bevy_ecs::change_detection::{DetectChanges, Ref, Tick as ChangeTick};
use bevy_ecs::component::{Component, Mutable};
use bevy_ecs::entity::Entity;
use bevy_ecs::query::QueryState;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use frame::{Frame, FrameHead, FrameMessage, decode, unstamped};
pub use message::{
    AuthorityMessage, Header, JointStateMessage, MessageSchema, Orientation, PoseStamped,
    RotorSpeedsMessage, SetpointMessage, ThrustMessage, Time, TwistMessage, Vector3Stamped,
    WrenchMessage, Xyz,
};

use crate::RobotId;

/// A component whose values enter a recording as messages.
pub trait Recorded: Component {
    /// What is written; its first field is a [`Time`] or a [`Header`].
    type Message: Serialize;

    /// Its channel is `/robot/TOPIC`.
    const TOPIC: &'static str;

    /// The definition of the message, for viewers.
    const SCHEMA: MessageSchema;

    /// Bytes of a message at most. A tick in which more messages are longer than there is room for
    /// is left out of the recording, and counted.
    const BYTES_MAX: usize = 256;

    /// The value as a message, written at `now`; `None` while there is nothing to say.
    fn message(&self, now: Time) -> Option<Self::Message>;

    /// The place of the value in its channel, if its source counts.
    fn sequence(&self) -> u32 {
        0
    }
}

/// A recorded component that a replay fills again.
pub trait Restored: Recorded<Message: DeserializeOwned> + Component<Mutability = Mutable> {
    /// Becomes the value that was recorded.
    fn restore(&mut self, message: Self::Message, sequence: u32);
}

/// What a channel is to the control side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It rests on it; recorded whenever it is written.
    Input,
    /// It says it; recorded whenever it is written.
    Output,
    /// It is there to be looked at; recorded when it changes.
    View,
}

/// Puts a recorded value back on a robot; whether the payload is one.
type Restore = fn(&mut World, Entity, &[u8], u32) -> bool;

/// A kind of component in the seam.
#[derive(Clone, Copy)]
pub struct SeamKind {
    /// The end of its channels' names.
    pub topic: &'static str,
    /// Its message.
    pub schema: MessageSchema,
    /// What it is to the control side.
    pub role: Role,
    /// Bytes of a message at most.
    pub bytes_max: usize,
    type_id: TypeId,
    tap: fn(&mut World, Role) -> Box<dyn Tap>,
    restore: Option<Restore>,
    push: fn(&World, Entity, Time, u16, &mut Frame),
}

impl SeamKind {
    /// A reader of all components of this kind in `world`.
    #[must_use]
    pub fn tap(&self, world: &mut World) -> Box<dyn Tap> {
        (self.tap)(world, self.role)
    }

    /// Puts the recorded value in `payload` on `robot`; whether it is one, of an input, and the
    /// robot has such a component.
    pub fn restore(&self, world: &mut World, robot: Entity, payload: &[u8], sequence: u32) -> bool {
        self.restore.is_some_and(|restore| restore(world, robot, payload, sequence))
    }

    /// Writes the present value of `robot`, if there is one, into `frame`.
    pub fn push(&self, world: &World, robot: Entity, now: Time, channel: u16, frame: &mut Frame) {
        (self.push)(world, robot, now, channel, frame);
    }
}

/// How to look at the robots.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Time of the running tick.
    pub now: Time,
    /// The change tick of the last look: what was written since is new.
    pub since: ChangeTick,
    /// The change tick of this one.
    pub this_run: ChangeTick,
    /// That of the end of stage `Sense`.
    pub sensed: ChangeTick,
    /// The channel of robot 0; that of another one is its id further.
    pub first: u16,
    /// Robots from this id on are left out.
    pub robots: u32,
    /// Whether what has not changed is written, too.
    pub wants_all: bool,
}

/// Reads one kind of component off the robots.
pub trait Tap: Send + Sync {
    /// Writes what is new since the last call into `frame`.
    ///
    /// An input that was written after stage `Sense` comes with the next call: in this tick the
    /// control side did not see it.
    fn read(&mut self, world: &World, look: &Look, frame: &mut Frame);
}

/// The kinds of components that cross the line, in the order in which they were registered.
#[derive(Resource, Clone, Default)]
pub struct Seam {
    kinds: Vec<SeamKind>,
    contested: Vec<&'static str>,
}

impl Seam {
    /// All kinds.
    #[must_use]
    pub fn kinds(&self) -> &[SeamKind] {
        &self.kinds
    }

    /// Topics that two types, or one type in two roles, are registered for: only the first of them
    /// is a kind.
    #[must_use]
    pub fn contested(&self) -> &[&'static str] {
        &self.contested
    }

    fn add(&mut self, kind: SeamKind) {
        match self.kinds.iter().find(|known| known.topic == kind.topic) {
            None => self.kinds.push(kind),
            // Two plugins may rely on the same one.
            Some(known) if known.type_id == kind.type_id && known.role == kind.role => {}
            Some(_) => self.contested.push(kind.topic),
        }
    }
}

/// Registration of what a recording holds.
pub trait SeamExt {
    /// Has what the control side rests on recorded, and filled again in a replay.
    ///
    /// It is written in stage `Sense`, by what stands for the outside. The control side may write it
    /// later, which comes out of a replay by itself, but not in a tick in which `Sense` wrote it: the
    /// recording would not hold what was seen in between.
    fn register_input<T: Restored>(&mut self) -> &mut Self;

    /// Has what the control side says recorded, and compared in a replay.
    fn register_output<T: Recorded>(&mut self) -> &mut Self;

    /// Has something recorded for people to look at.
    fn register_view<T: Recorded>(&mut self) -> &mut Self;
}

impl SeamExt for App {
    fn register_input<T: Restored>(&mut self) -> &mut Self {
        let restore: Restore = |world, robot, payload, sequence| {
            let component = world.get_mut::<T>(robot);
            let Some((mut component, message)) = component.zip(decode(payload)) else {
                return false;
            };
            component.restore(message, sequence);
            true
        };
        register::<T>(self, Role::Input, Some(restore))
    }

    fn register_output<T: Recorded>(&mut self) -> &mut Self {
        register::<T>(self, Role::Output, None)
    }

    fn register_view<T: Recorded>(&mut self) -> &mut Self {
        register::<T>(self, Role::View, None)
    }
}

fn register<T: Recorded>(app: &mut App, role: Role, restore: Option<Restore>) -> &mut App {
    let kind = SeamKind {
        topic: T::TOPIC,
        schema: T::SCHEMA,
        role,
        bytes_max: T::BYTES_MAX,
        type_id: TypeId::of::<T>(),
        tap: |world, role| Box::new(ComponentTap::<T>::new(world, role)),
        restore,
        push: |world, robot, now, channel, frame| {
            let value = world.get::<T>(robot);
            if let Some((value, message)) = value.and_then(|v| Some((v, v.message(now)?))) {
                frame.push(channel, value.sequence(), &message);
            }
        },
    };
    app.world_mut().get_resource_or_init::<Seam>().add(kind);
    app
}

/// What was written last about a robot, without its stamp; of what is too long, nothing.
#[derive(Clone)]
struct Last {
    bytes: Box<[u8]>,
    len: Option<usize>,
}

impl Last {
    /// Nothing yet, with room for `capacity` bytes.
    fn with_capacity(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity].into(), len: None }
    }

    /// Whether `said` is the same again; from now on it is what was written last.
    fn is_repeated(&mut self, said: &[u8]) -> bool {
        let known = self.len.and_then(|len| self.bytes.get(..len));
        if known == Some(said) {
            return true;
        }
        let room = self.bytes.get_mut(..said.len());
        self.len = room.map(|room| {
            room.copy_from_slice(said);
            said.len()
        });
        false
    }
}

struct ComponentTap<T: Component> {
    query: QueryState<(&'static RobotId, Ref<'static, T>)>,
    /// Those that the query knows.
    archetypes: Option<ArchetypeGeneration>,
    role: Role,
    /// What was written last of a view, by robot.
    last: Vec<Last>,
    /// Whether an input waits for the next tick, by robot.
    late: Vec<bool>,
}

impl<T: Recorded> ComponentTap<T> {
    fn new(world: &mut World, role: Role) -> Self {
        let mut robots = world.query::<&RobotId>();
        let highest = robots.iter(world).map(|id| id.0 as usize + 1).max();
        let robots = highest.unwrap_or(0);
        let (views, inputs) = match role {
            Role::View => (robots, 0),
            Role::Input => (0, robots),
            Role::Output => (0, 0),
        };
        Self {
            query: world.query(),
            archetypes: None,
            role,
            last: vec![Last::with_capacity(T::BYTES_MAX); views],
            late: vec![false; inputs],
        }
    }
}

impl<T: Recorded> Tap for ComponentTap<T> {
    fn read(&mut self, world: &World, look: &Look, frame: &mut Frame) {
        let archetypes = world.archetypes().generation();
        if self.archetypes.replace(archetypes) != Some(archetypes) {
            self.query.update_archetypes(world);
        }
        for (id, value) in self.query.iter_manual(world) {
            if id.0 >= look.robots {
                continue;
            }
            let is_written_after =
                |tick: ChangeTick| value.last_changed().is_newer_than(tick, look.this_run);
            let mut is_new = look.wants_all || is_written_after(look.since);
            if self.role == Role::Input
                && let Some(is_late) = self.late.get_mut(id.0 as usize)
            {
                is_new |= core::mem::take(is_late);
                *is_late = is_new && is_written_after(look.sensed);
                is_new &= !*is_late;
            }
            if !is_new {
                continue;
            }
            let Some(message) = value.message(look.now) else { continue };
            // There are fewer robots than channels.
            let channel = look.first + id.0 as u16;
            let Some(payload) = frame.push(channel, value.sequence(), &message) else { return };
            if let Some(last) = self.last.get_mut(id.0 as usize) {
                let len = payload.len();
                let is_repeated = last.is_repeated(unstamped(payload).unwrap_or_default());
                if is_repeated && !look.wants_all {
                    frame.take_back(len);
                }
            }
        }
    }
}
