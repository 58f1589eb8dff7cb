//! Running the control side again from a recording.

use core::fmt;
use core::ops::ControlFlow;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use bevy_app::App;
use bevy_ecs::entity::Entity;
use rivus_app::{AppExt, OverrunResponse, Tick, TickConfig, TimeFaults};
use rivus_robot::RobotId;
use rivus_robot::seam::{Frame, Role, SeamKind, Time, decode, unstamped};

use crate::capture::{kinds, robot_names};
use crate::describe::describe;
use crate::read::{Channel, Ending, Message, RecordingFile};
use crate::{RecordError, TickMessage};

/// The part of a recording in which commands are compared.
///
/// What comes before is run too: the control side remembers it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReplayRange {
    /// Time of the robot at which it begins, s.
    pub from_s: f64,
    /// Time of the robot at which it ends, s.
    pub to_s: f64,
}

impl Default for ReplayRange {
    /// All of it.
    fn default() -> Self {
        Self { from_s: 0.0, to_s: f64::INFINITY }
    }
}

/// How a replay went.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayReport {
    /// Commands that were compared.
    pub commands: u64,
    /// How many had the same bits.
    pub equal: u64,
    /// The first one that did not; the replay ends there.
    pub difference: Option<Difference>,
    /// How the recording ends.
    pub ending: Ending,
    /// Time of the robot at the last tick that was run, s.
    pub end_s: f64,
}

/// A command that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Index of the tick.
    pub tick: u64,
    /// Name of the robot.
    pub robot: String,
    /// Topic of the component.
    pub component: String,
    /// What was recorded; `None` if there was no command.
    pub recorded: Option<String>,
    /// What came out.
    pub replayed: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tick, robot, component, recorded, replayed } = self;
        let or_nothing = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
        writeln!(f, "tick {tick}, robot {robot}, {component}:")?;
        writeln!(f, "  recorded {}", or_nothing(recorded))?;
        write!(f, "  replayed {}", or_nothing(replayed))
    }
}

/// Gives the robots in `app` what `file` says they were told, tick by tick, and compares all they
/// say.
///
/// The recorded scene must be loaded into `app`, with the same control plugins and nothing that
/// moves or measures the robots. Sensors, setpoints, skipped and dropped ticks, jumps of time and
/// overruns come from the recording.
///
/// # Errors
/// If the file cannot be read, does not fit the robots in `app`, has no beginning or a gap inside
/// of `range`, or the ticks cannot be built.
pub fn replay(
    app: &mut App,
    file: &RecordingFile,
    range: ReplayRange,
) -> Result<ReplayReport, RecordError> {
    app.build_ticks()?;
    let mut player = Player::new(app, file, range)?;
    let mut failed = None;
    let ending = file.messages(|message| match player.take(&message) {
        Ok(flow) => flow,
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if player.difference.is_none() {
        player.run_tick()?;
    }
    let Player { commands, equal, difference, .. } = player;
    let end_s = app.world().resource::<Tick>().time_s();
    Ok(ReplayReport { commands, equal, difference, ending, end_s })
}

/// Where a channel belongs in this app.
#[derive(Clone, Copy)]
struct Target {
    kind: SeamKind,
    robot: usize,
    entity: Entity,
}

/// The last command of a robot.
struct Expected {
    target: Target,
    /// As it was recorded; `None` before the first.
    payload: Option<Vec<u8>>,
    /// Whether it was recorded in the running tick.
    is_new: bool,
}

/// What is known of the tick that is to run next.
struct Pending {
    tick: TickMessage,
    time_ns: u64,
    inputs: Vec<(Target, u32, Vec<u8>)>,
    outputs: Vec<(String, Vec<u8>)>,
}

struct Player<'a> {
    app: &'a mut App,
    file: &'a RecordingFile,
    range: ReplayRange,
    robots: Arc<[String]>,
    targets: BTreeMap<String, Target>,
    pending: Option<Pending>,
    next_index: u64,
    ticks_seen: u64,
    /// The last command of each channel of an output, as it was recorded.
    expected: BTreeMap<String, Expected>,
    frame: Frame,
    commands: u64,
    equal: u64,
    difference: Option<Difference>,
}

impl<'a> Player<'a> {
    fn new(
        app: &'a mut App,
        file: &'a RecordingFile,
        range: ReplayRange,
    ) -> Result<Self, RecordError> {
        let world = app.world_mut();
        let robots = robot_names(world)?;
        let kinds = kinds(world)?;
        let mut entities = world.query::<(&RobotId, Entity)>();
        let mut entities: Vec<_> = entities.iter(world).collect();
        entities.sort_by_key(|(id, _)| **id);
        let mut targets = BTreeMap::new();
        for kind in kinds {
            for (robot, (name, (_, entity))) in robots.iter().zip(&entities).enumerate() {
                let target = Target { kind, robot, entity: *entity };
                targets.insert(format!("/{name}/{}", kind.topic), target);
            }
        }
        let outputs = targets.iter().filter(|(_, target)| target.kind.role == Role::Output);
        let nothing = |target: &Target| Expected { target: *target, payload: None, is_new: false };
        let expected = outputs.map(|(topic, target)| (topic.clone(), nothing(target))).collect();
        Ok(Self {
            app,
            file,
            range,
            robots,
            targets,
            pending: None,
            next_index: 0,
            ticks_seen: 0,
            expected,
            frame: Frame::with_capacity(64 << 10),
            commands: 0,
            equal: 0,
            difference: None,
        })
    }

    /// Takes the next message of the recording.
    fn take(&mut self, message: &Message<'_>) -> Result<ControlFlow<()>, RecordError> {
        let Channel { topic, role, .. } = &**message.channel;
        if topic == TickMessage::TOPIC {
            return self.begin_tick(message);
        }
        let Some(role @ (Role::Input | Role::Output)) = *role else {
            return Ok(ControlFlow::Continue(()));
        };
        let unfit = |tick, what| {
            Err(RecordError::Unfit {
                path: self.file.path().to_owned(),
                tick,
                topic: topic.clone(),
                what,
            })
        };
        let Some(pending) = &mut self.pending else {
            return unfit(0, "it comes before the first tick");
        };
        let Some(&target) = self.targets.get(topic) else {
            return unfit(pending.tick.index, "the scene has no such robot or component");
        };
        let payload = message.payload.to_vec();
        match role {
            Role::Input => pending.inputs.push((target, message.sequence, payload)),
            Role::Output | Role::View => pending.outputs.push((topic.clone(), payload)),
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Runs the tick that is complete now, and begins the next one.
    fn begin_tick(&mut self, message: &Message<'_>) -> Result<ControlFlow<()>, RecordError> {
        self.run_tick()?;
        if self.difference.is_some() {
            return Ok(ControlFlow::Break(()));
        }
        let Some(tick) = decode::<TickMessage>(message.payload) else {
            return Err(RecordError::Foreign {
                path: self.file.path().to_owned(),
                what: format!("a message in {} is not a tick", TickMessage::TOPIC),
            });
        };
        let time_s = message.time_ns as f64 / 1e9;
        if time_s > self.range.to_s {
            return Ok(ControlFlow::Break(()));
        }
        let count = tick.ticks.saturating_sub(self.ticks_seen + 1);
        if count > 0 {
            let path = self.file.path().to_owned();
            return Err(RecordError::Gap { path, count, tick: tick.index, time_s });
        }
        let base_hz = self.app.world().resource::<TickConfig>().base_hz;
        let index_ns = u128::from(tick.index) * 1_000_000_000 / u128::from(base_hz);
        if tick.index < self.next_index || index_ns != u128::from(message.time_ns) {
            return Err(RecordError::Unfit {
                path: self.file.path().to_owned(),
                tick: tick.index,
                topic: TickMessage::TOPIC.to_owned(),
                what: "the scene has no such tick at this time, or it comes too late",
            });
        }
        self.ticks_seen = tick.ticks;
        let (inputs, outputs) = (Vec::new(), Vec::new());
        self.pending = Some(Pending { tick, time_ns: message.time_ns, inputs, outputs });
        Ok(ControlFlow::Continue(()))
    }

    /// Runs the pending tick, if there is one, and compares what the robots say.
    fn run_tick(&mut self) -> Result<(), RecordError> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let Pending { tick, time_ns, inputs, outputs } = pending;
        if tick.index > self.next_index {
            self.app.skip_ticks(tick.index - self.next_index)?;
        }
        self.next_index = tick.index + 1;
        let world = self.app.world_mut();
        if tick.is_overrun {
            world.resource_mut::<OverrunResponse>().inject();
        }
        let mut faults = world.resource_mut::<TimeFaults>();
        faults.jump(tick.jump_ns);
        faults.drop_ticks(u64::from(tick.is_dropped));
        for (target, sequence, payload) in inputs {
            if !target.kind.restore(world, target.entity, &payload, sequence) {
                return Err(RecordError::Unfit {
                    path: self.file.path().to_owned(),
                    tick: tick.index,
                    topic: target.kind.topic.to_owned(),
                    what: "the robot has no such component, or the message is damaged",
                });
            }
        }
        self.app.tick()?;
        for (topic, payload) in outputs {
            if let Some(expected) = self.expected.get_mut(&topic) {
                expected.payload = Some(payload);
                expected.is_new = true;
            }
        }
        self.compare(tick.index, time_ns as f64 / 1e9);
        Ok(())
    }

    /// Compares the commands of all robots with those that were recorded last.
    fn compare(&mut self, tick: u64, time_s: f64) {
        let is_compared = time_s >= self.range.from_s;
        let world = self.app.world();
        let now = Time::from_ns(world.resource::<Tick>().time_ns);
        for Expected { target, payload, is_new } in self.expected.values_mut() {
            let is_command = core::mem::take(is_new) && is_compared;
            if !is_compared {
                continue;
            }
            self.frame.clear();
            target.kind.push(world, target.entity, now, 0, &mut self.frame);
            let said = self.frame.messages().next().map(|message| message.payload);
            self.commands += u64::from(is_command);
            if said.and_then(unstamped) == payload.as_deref().and_then(unstamped) {
                self.equal += u64::from(is_command);
                continue;
            }
            let show = |payload: &[u8]| describe(&target.kind.schema.text(), payload);
            self.difference.get_or_insert_with(|| Difference {
                tick,
                robot: self.robots[target.robot].clone(),
                component: target.kind.topic.to_owned(),
                recorded: payload.as_deref().map(show),
                replayed: said.map(show),
            });
        }
    }
}
