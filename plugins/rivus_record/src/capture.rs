//! What happens in stage `Record`.

use alloc::sync::Arc;

use bevy_ecs::world::World;
use rivus_app::Tick;
use rivus_robot::seam::{Role, Seam, Tap, Time};
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

/// Room for one message of a robot.
const MESSAGE_BYTES: usize = 256;

/// Reads everything that is recorded.
pub(crate) struct Capture {
    /// The readers of components and the channel of the first robot of each.
    taps: Vec<(u16, Box<dyn Tap>)>,
    faults: FaultTap,
    overruns: OverrunTap,
    timing: TimingTap,
    policy: PolicyTap,
    robots: u32,
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
        let names = robot_names(world);
        let kinds = world.get_resource_or_init::<Seam>().kinds().to_vec();
        let robots = u16::try_from(names.len()).ok().filter(|robots| *robots > 0);
        let robots = robots.ok_or(RecordError::Robots)?;
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
        u16::try_from(plans.len()).map_err(|_too_many| RecordError::Robots)?;
        let capture = Self {
            taps,
            policy,
            faults: FaultTap::new(world, names),
            overruns: OverrunTap::new(world),
            timing: TimingTap::new(world),
            robots: robots.into(),
            ticks: 0,
            end: None,
        };
        Ok((capture, plans))
    }

    /// Bytes that the messages of one tick need at most.
    pub(crate) fn frame_bytes(&self) -> usize {
        COMMON_BYTES
            + self.policy.frame_bytes()
            + self.taps.len() * self.robots as usize * MESSAGE_BYTES
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
        let frame = &mut stamped.frame;
        frame.clear();
        frame.push(TICK, 0, &TickMessage::new(world, self.ticks, end.lost()));
        for (first, tap) in &mut self.taps {
            tap.read(world, now, *first, self.robots, frame);
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

/// The names of the robots by id.
pub(crate) fn robot_names(world: &mut World) -> Arc<[String]> {
    let mut robots = world.query::<(&RobotId, &RobotName)>();
    let mut found: Vec<(RobotId, String)> =
        robots.iter(world).map(|(id, name)| (*id, name.0.clone())).collect();
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Input => "input",
        Role::Output => "output",
        Role::View => "view",
    }
}
