//! What happens in stage `Record`.

use alloc::sync::Arc;

use bevy_ecs::world::World;
use rivus_app::Tick;
use rivus_robot::seam::{Look, Role, Seam, SeamKind, Tap, Time};
use rivus_robot::{RobotId, RobotName};

use crate::RecordError;
use crate::plan::ChannelPlan;
use crate::policy::PolicyTap;
use crate::queue::TickEnd;
use crate::tick::{FaultTap, OverrunTap, TickMessage, TimingTap};

/// What the fact `role` of a channel says.
pub(crate) const ROLE: &str = "role";

/// Room for the messages of a tick that belong to no robot: faults, overruns, times.
const COMMON_BYTES: usize = 4096;

/// Reads everything that is recorded.
pub(crate) struct Capture {
    /// The readers of components and the channel of the first robot of each.
    taps: Vec<(u16, Box<dyn Tap>)>,
    faults: FaultTap,
    overruns: OverrunTap,
    timing: TimingTap,
    policy: PolicyTap,
    robots: u32,
    /// Bytes that the messages of one robot need at most.
    robot_bytes: usize,
    ticks: u64,
    end: Option<TickEnd>,
}

/// Channels that belong to no robot, in their order.
const TICK: u16 = 0;
const FAULTS: u16 = 1;
const OVERRUNS: u16 = 2;
const TIMING: u16 = 3;

impl Capture {
    /// Everything that the robots in `world` have, and the channels it goes to.
    pub(crate) fn new(
        world: &mut World,
        has_policy_state: bool,
    ) -> Result<(Self, Vec<ChannelPlan>), RecordError> {
        let names = robot_names(world)?;
        let kinds = kinds(world)?;
        let robots = u32::try_from(names.len()).unwrap_or(u32::MAX);
        if robots == 0 {
            return Err(RecordError::NoRobots);
        }
        let mut plans =
            vec![TickMessage::plan(), FaultTap::plan(), OverrunTap::plan(), TimingTap::plan(world)];
        let mut taps = Vec::new();
        for kind in &kinds {
            // All are counted below.
            taps.push((plans.len() as u16, kind.tap(world)));
            for name in names.iter() {
                let mut plan = ChannelPlan::new(format!("/{name}/{}", kind.topic), &kind.schema);
                plan.notes.insert(ROLE.to_owned(), role_name(kind.role).to_owned());
                plans.push(plan);
            }
        }
        let policy = PolicyTap::new(world, &names, has_policy_state, &mut plans);
        let (robots_count, channels) = (names.len(), plans.len());
        u16::try_from(channels)
            .map_err(|_too_many| RecordError::Channels { robots: robots_count, channels })?;
        let capture = Self {
            taps,
            policy,
            faults: FaultTap::new(world, names),
            overruns: OverrunTap::new(world),
            timing: TimingTap::new(world),
            robots,
            robot_bytes: kinds.iter().map(|kind| kind.bytes_max).sum(),
            ticks: 0,
            end: None,
        };
        Ok((capture, plans))
    }

    /// Bytes that the messages of one tick need at most.
    pub(crate) fn frame_bytes(&self) -> usize {
        COMMON_BYTES + self.policy.frame_bytes() + self.robot_bytes * self.robots as usize
    }

    /// Where frames go.
    pub(crate) fn connect(&mut self, end: TickEnd) {
        self.end = Some(end);
    }

    /// Records the running tick.
    pub(crate) fn read(&mut self, world: &World) {
        let Some(end) = &mut self.end else { return };
        self.ticks += 1;
        let Some(mut stamped) = end.take() else {
            end.lose();
            return;
        };
        let time_ns = world.resource::<Tick>().time_ns;
        let now = Time::from_ns(time_ns);
        stamped.time_ns = time_ns;
        let wants_all = end.wants_all();
        let frame = &mut stamped.frame;
        frame.clear();
        frame.push(TICK, 0, &TickMessage::new(world, self.ticks, end.lost()));
        for (first, tap) in &mut self.taps {
            tap.read(world, &Look { now, first: *first, robots: self.robots, wants_all }, frame);
        }
        self.policy.read(world, now, frame);
        self.timing.read(world, now, TIMING, frame);
        let has_overflowed = frame.has_overflowed();
        // What is left out of these is not missed by a replay.
        self.faults.read(world, now, FAULTS, frame);
        self.overruns.read(world, now, OVERRUNS, frame);
        if has_overflowed {
            frame.clear();
            end.lose();
            // An empty frame goes the same way, so that its memory comes back.
        }
        end.send(stamped);
    }
}

/// The kinds that are recorded.
pub(crate) fn kinds(world: &mut World) -> Result<Vec<SeamKind>, RecordError> {
    let seam = world.get_resource_or_init::<Seam>();
    match seam.contested().first() {
        Some(topic) => Err(RecordError::Contested { topic }),
        None => Ok(seam.kinds().to_vec()),
    }
}

/// The names of the robots by id.
pub(crate) fn robot_names(world: &mut World) -> Result<Arc<[String]>, RecordError> {
    let mut robots = world.query::<(&RobotId, &RobotName)>();
    let mut found: Vec<(RobotId, String)> =
        robots.iter(world).map(|(id, name)| (*id, name.0.clone())).collect();
    found.sort();
    match (0..).zip(&found).find(|(place, (id, _))| *place != id.0) {
        Some((place, (id, _))) => Err(RecordError::Ids { place, id: id.0 }),
        None => Ok(found.into_iter().map(|(_, name)| name).collect()),
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Input => "input",
        Role::Output => "output",
        Role::View => "view",
    }
}
