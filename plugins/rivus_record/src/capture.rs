//! What is read off every tick.

use alloc::sync::Arc;

use bevy_ecs::message::{MessageCursor, Messages};
use bevy_ecs::world::World;
use rivus_app::{BudgetOverrun, Fault, Observed, Observer};
use rivus_robot::seam::{Frame, Look, Role, Seam, SeamKind, Tap, Time};
use rivus_robot::{RobotId, RobotName};

use crate::RecordError;
use crate::plan::ChannelPlan;
use crate::policy::PolicyTap;
use crate::queue::TickEnd;
use crate::tick::{LogMessage, OverrunMessage, TickMessage, TimingMessage};

/// What the fact `role` of a channel says.
pub(crate) const ROLE: &str = "role";

/// Room for the messages of a tick about itself.
const TICK_MESSAGE_BYTES: usize = 128;

/// Room for its faults and overruns.
const EVENT_BYTES: usize = 8192;

/// Reads everything that is recorded.
pub(crate) struct Capture {
    /// The readers of components and the channel of the first robot of each.
    taps: Vec<(u16, Box<dyn Tap>)>,
    faults: MessageCursor<Fault>,
    overruns: MessageCursor<BudgetOverrun>,
    policy: PolicyTap,
    /// Their names, by id.
    robots: Arc<[String]>,
    /// Bytes that the messages of one robot need at most.
    robot_bytes: usize,
    /// Times in the message about them.
    timing_rows: usize,
    ticks: u64,
    /// Whether the last tick was lost, and with it what had changed.
    is_after_loss: bool,
    /// Of the running tick: one piece of memory that stays in the cache.
    frame: Frame,
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
        if names.is_empty() {
            return Err(RecordError::NoRobots);
        }
        let mut plans = vec![
            TickMessage::plan(),
            LogMessage::plan(),
            OverrunMessage::plan(),
            TimingMessage::plan(world),
        ];
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
        let (robots, channels) = (names.len(), plans.len());
        u16::try_from(channels).map_err(|_too_many| RecordError::Channels { robots, channels })?;
        let capture = Self {
            taps,
            faults: world.resource::<Messages<Fault>>().get_cursor(),
            overruns: world.resource::<Messages<BudgetOverrun>>().get_cursor(),
            policy,
            robots: names,
            timing_rows: TimingMessage::rows(world),
            robot_bytes: kinds.iter().map(|kind| kind.bytes_max).sum(),
            ticks: 0,
            is_after_loss: false,
            frame: Frame::default(),
            end: None,
        };
        Ok((capture, plans))
    }

    /// Bytes that the messages of one tick need at most.
    pub(crate) fn tick_bytes(&self) -> usize {
        EVENT_BYTES + self.quiet_tick_bytes()
    }

    /// The same for a tick without faults and overruns, as most are.
    pub(crate) fn quiet_tick_bytes(&self) -> usize {
        let timing = self.timing_rows * size_of::<u32>();
        let robots = self.robot_bytes * self.robots.len();
        TICK_MESSAGE_BYTES + timing + self.policy.frame_bytes() + robots
    }

    /// Where messages go.
    pub(crate) fn connect(&mut self, end: TickEnd) {
        self.frame = Frame::with_capacity(self.tick_bytes());
        self.end = Some(end);
    }
}

impl Observer for Capture {
    fn observe(&mut self, observed: &Observed<'_>) {
        let Some(end) = self.end.as_mut().filter(|end| !end.is_over()) else { return };
        self.ticks += 1;
        let frame = &mut self.frame;
        frame.clear();
        let Observed { world, tick, orders, since, sensed, now: this_run, .. } = *observed;
        let now = Time::from_ns(tick.time_ns);
        let mut look = Look {
            now,
            since,
            this_run,
            sensed,
            first: 0,
            // Their channels were counted.
            robots: self.robots.len() as u32,
            wants_all: self.is_after_loss,
        };
        frame.push(TICK, 0, &TickMessage::new(tick, orders, self.ticks, end.lost()));
        for (first, tap) in &mut self.taps {
            look.first = *first;
            tap.read(world, &look, frame);
        }
        self.policy.read(world, now, self.is_after_loss, frame);
        if !observed.took_ns.is_empty() {
            frame.push(TIMING, 0, &TimingMessage::new(now, observed.took_ns));
        }
        let has_overflowed = frame.has_overflowed();
        // What is left out of these is not missed by a replay.
        let (mut faults_read, mut overruns_read) = (self.faults.clone(), self.overruns.clone());
        // Those of a lost tick still wait.
        let faults = observed.faults.or_else(|| self.is_after_loss.then(|| world.resource()));
        if let Some(faults) = faults {
            for fault in faults_read.read(faults) {
                let robot = self.robots.get(fault.robot as usize).map_or("", String::as_str);
                frame.push(FAULTS, 0, &LogMessage::new(now, robot, fault));
            }
        }
        // Those of the tick before.
        let overruns = observed.overruns.or_else(|| self.is_after_loss.then(|| world.resource()));
        if let Some(overruns) = overruns {
            for overrun in overruns_read.read(overruns) {
                frame.push(OVERRUNS, 0, &OverrunMessage::new(now, overrun));
            }
        }
        let is_sent = !has_overflowed && end.send(tick.time_ns, frame);
        self.is_after_loss = !is_sent;
        if is_sent {
            (self.faults, self.overruns) = (faults_read, overruns_read);
        } else {
            end.lose();
        }
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

#[cfg(test)]
mod tests {
    use bevy_app::App;
    use rivus_app::{AppExt, FaultKind, TickPlugin};

    use super::*;
    use crate::queue::queue;

    #[test]
    fn a_fault_in_a_lost_tick_comes_with_the_next_one() {
        let mut app = App::empty();
        app.add_plugins(TickPlugin);
        app.world_mut().spawn((RobotId(0), RobotName("r".to_owned())));
        app.build_ticks().unwrap();
        let (mut capture, _) = Capture::new(app.world_mut(), false).unwrap();
        let (tick_end, mut writer_end) = queue(capture.tick_bytes(), false);
        let shared = alloc::sync::Arc::clone(&tick_end.shared);
        let lost = || shared.lost.load(core::sync::atomic::Ordering::Relaxed);
        capture.connect(tick_end);
        app.observe_ticks(capture).unwrap();
        while lost() == 0 {
            app.tick().unwrap();
        }
        app.world_mut().write_message(Fault { robot: 0, kind: FaultKind::Dropped });
        app.tick().unwrap();
        assert_eq!(lost(), 2);
        let mut frame = Frame::default();
        while writer_end.take(&mut frame).is_some() {
            assert!(frame.messages().all(|message| message.channel != FAULTS));
        }
        app.tick().unwrap();
        app.tick().unwrap();
        for count in [1, 0] {
            writer_end.take(&mut frame).unwrap();
            let faults = frame.messages().filter(|message| message.channel == FAULTS);
            assert_eq!(faults.count(), count);
        }
    }
}
