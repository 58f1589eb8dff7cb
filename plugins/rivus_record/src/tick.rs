//! What is recorded of every tick besides components: the tick itself, times, faults, overruns.

use alloc::borrow::Cow;

use bevy_ecs::world::World;
use rivus_app::{BudgetOverrun, Fault, Tick, TickOrders, Timings};
use rivus_robot::seam::{MessageSchema, Time};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Serialize, Serializer};

use crate::plan::ChannelPlan;

/// `rivus_msgs/msg/Tick`: the first message of every tick that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickMessage {
    /// Time of the robot.
    pub stamp: Time,
    /// Index of the tick.
    pub index: u64,
    /// Ticks since the recording began, this one included, whether they were recorded or lost.
    pub ticks: u64,
    /// How many of them were lost.
    pub lost: u64,
    /// What the elapsed times of the control side jumped by, ns.
    pub jump_ns: u64,
    /// Whether the control side missed the tick.
    #[serde(serialize_with = "octet")]
    pub is_dropped: bool,
    /// Whether an overrun was answered from this tick on.
    #[serde(serialize_with = "octet")]
    pub is_overrun: bool,
}

/// Writes a flag as the byte that it is in CDR: as a flag it would be written in two branches, which
/// is too long for the compiler to put in line.
#[inline]
fn octet<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*flag))
}

impl TickMessage {
    pub(crate) const TOPIC: &'static str = "/tick";

    const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/Tick",
        fields: "builtin_interfaces/Time stamp\nuint64 index\nuint64 ticks\nuint64 lost\n\
                 uint64 jump_ns\nbool is_dropped\nbool is_overrun\n",
        needs: &[Time::SCHEMA],
    };

    pub(crate) fn new(tick: Tick, orders: TickOrders, ticks: u64, lost: u64) -> Self {
        let TickOrders { is_dropped, jump_ns, is_overrun } = orders;
        let stamp = Time::from_ns(tick.time_ns);
        Self { stamp, index: tick.index, ticks, lost, jump_ns, is_dropped, is_overrun }
    }

    pub(crate) fn plan() -> ChannelPlan {
        ChannelPlan::new(Self::TOPIC.to_owned(), &Self::SCHEMA)
    }
}

/// `rcl_interfaces/msg/Log`, which viewers list as text: a fault, named by robot.
#[derive(Serialize)]
pub(crate) struct LogMessage<'a> {
    stamp: Time,
    level: u8,
    name: &'a str,
    msg: &'a str,
    file: &'a str,
    function: &'a str,
    line: u32,
}

impl<'a> LogMessage<'a> {
    pub(crate) const TOPIC: &'static str = "/faults";

    const SCHEMA: MessageSchema = MessageSchema {
        name: "rcl_interfaces/msg/Log",
        fields: "byte DEBUG=10\nbyte INFO=20\nbyte WARN=30\nbyte ERROR=40\nbyte FATAL=50\n\
                 builtin_interfaces/Time stamp\nuint8 level\nstring name\nstring msg\n\
                 string file\nstring function\nuint32 line\n",
        needs: &[Time::SCHEMA],
    };

    /// The level of a fault.
    const WARN: u8 = 30;

    pub(crate) const fn new(stamp: Time, robot: &'a str, fault: &Fault) -> Self {
        let (msg, file, function, line) = (fault.kind.name(), "", "", 0);
        Self { stamp, level: Self::WARN, name: robot, msg, file, function, line }
    }

    pub(crate) fn plan() -> ChannelPlan {
        ChannelPlan::new(Self::TOPIC.to_owned(), &Self::SCHEMA)
    }
}

/// `rivus_msgs/msg/BudgetOverrun`.
#[derive(Serialize)]
pub(crate) struct OverrunMessage<'a> {
    stamp: Time,
    tick: u64,
    stage: &'a str,
    system: &'a str,
    wall_ns: u64,
    budget_ns: u64,
}

impl<'a> OverrunMessage<'a> {
    pub(crate) const TOPIC: &'static str = "/overruns";

    const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/BudgetOverrun",
        fields: "builtin_interfaces/Time stamp\nuint64 tick\nstring stage\nstring system\n\
                 uint64 wall_ns\nuint64 budget_ns\n",
        needs: &[Time::SCHEMA],
    };

    pub(crate) fn new(stamp: Time, overrun: &'a BudgetOverrun) -> Self {
        Self {
            stamp,
            tick: overrun.tick,
            stage: overrun.stage.map_or("tick", rivus_app::Stage::name),
            system: overrun.system.as_deref().unwrap_or_default(),
            wall_ns: overrun.wall_ns,
            budget_ns: overrun.budget_ns,
        }
    }

    pub(crate) fn plan() -> ChannelPlan {
        ChannelPlan::new(Self::TOPIC.to_owned(), &Self::SCHEMA)
    }
}

/// `rivus_msgs/msg/Timing`: what the tick before took, with a field for the whole, for observers, and
/// for each stage and system of this app.
#[derive(Serialize)]
pub(crate) struct TimingMessage<'a> {
    stamp: Time,
    took_ns: Fields<'a, u32>,
}

impl<'a> TimingMessage<'a> {
    pub(crate) const TOPIC: &'static str = "/timing";

    pub(crate) const fn new(stamp: Time, took_ns: &'a [u32]) -> Self {
        Self { stamp, took_ns: Fields(took_ns) }
    }

    /// How many times are in it.
    pub(crate) fn rows(world: &World) -> usize {
        let timings = world.resource::<Timings>();
        2 + timings.stages.len() + timings.systems.len()
    }

    pub(crate) fn plan(world: &World) -> ChannelPlan {
        let timings = world.resource::<Timings>();
        let stages = timings.stages.iter().map(|stage| stage.stage.name().to_owned());
        let systems = timings.systems.iter().map(|system| {
            let name: Cow<'_, str> = system.name.rsplit("::").next().unwrap_or(&system.name).into();
            format!("{}_{}", system.stage, field_name(&name))
        });
        let mut names = vec!["tick".to_owned(), "observers".to_owned()];
        for name in stages.chain(systems) {
            let twins = names.iter().filter(|known| name == **known).count();
            names.push(if twins == 0 { name } else { format!("{name}_{}", names.len()) });
        }
        let fields = names.iter().map(|name| format!("uint32 {name}_ns\n"));
        let head = "builtin_interfaces/Time stamp\n".to_owned();
        let definition = fields.fold(head, |text, field| text + &field);
        let time = MessageSchema { name: "", fields: "", needs: &[Time::SCHEMA] }.text();
        ChannelPlan {
            topic: Self::TOPIC.to_owned(),
            schema: "rivus_msgs/msg/Timing".to_owned(),
            definition: definition + &time,
            notes: alloc::collections::BTreeMap::new(),
        }
    }
}

/// Fields of one type one after the other, without a length in front.
pub(crate) struct Fields<'a, T>(pub(crate) &'a [T]);

impl<T: Serialize> Serialize for Fields<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for field in self.0 {
            tuple.serialize_element(field)?;
        }
        tuple.end()
    }
}

/// The name as a field of a ROS 2 message may be called: `a-z`, `0-9` and single `_`, from a letter.
pub(crate) fn field_name(name: &str) -> String {
    let mut field = String::new();
    for c in name.chars() {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        if c != '_' || !field.ends_with('_') {
            field.push(c);
        }
    }
    let field = field.trim_matches('_');
    match field.chars().next() {
        Some('a'..='z') => field.to_owned(),
        _ => format!("x{field}"),
    }
}
