//! Takes snapshots of ticks.

use alloc::vec::Vec;

use bevy_ecs::archetype::ArchetypeGeneration;
use bevy_ecs::message::MessageCursor;
use bevy_ecs::query::{QueryData, QueryState};
use bevy_ecs::world::World;
use rivus_app::{BudgetOverrun, Faults, Observed, Observer, Timings};
use rivus_control::Fallback;
use rivus_flight::RotorCommand;
use rivus_policy::{PolicyRow, PolicyStore};
use rivus_robot::{
    Authority, Command, JointPositions, Links, Pose, RobotId, RotorSpeeds, Setpoint, Truth, Twist,
};
use rivus_sim::{MotorHealth, SensorFaults, Wind};

use super::channels::WorldEnd;
use crate::{Pilot, RobotState, SNAPSHOT_HZ, SceneInfo, Snapshot};

/// What a snapshot shows of a robot.
#[derive(QueryData)]
struct Shown {
    id: &'static RobotId,
    setpoint: Option<&'static Setpoint>,
    pose: &'static Pose<Truth>,
    twist: &'static Twist<Truth>,
    rotors: Option<&'static RotorSpeeds>,
    command: Option<&'static Command<RotorCommand>>,
    health: Option<&'static MotorHealth>,
    sensors: Option<&'static SensorFaults>,
    wind: Option<&'static Wind>,
    links: Option<(&'static Links, &'static JointPositions)>,
    authority: &'static Authority,
    fallback: Option<&'static Fallback>,
    policy: Option<&'static PolicyRow>,
}

/// Shows [`SNAPSHOT_HZ`] ticks per second, fewer while the window is behind, and whichever is asked
/// for.
pub(super) struct Tap {
    end: WorldEnd,
    flight: u64,
    robots: QueryState<Shown>,
    archetypes: Option<ArchetypeGeneration>,
    count: usize,
    every_ticks: u64,
    overruns: MessageCursor<BudgetOverrun>,
}

impl Tap {
    /// Shows the ticks of `world` and of the flight in it.
    pub(super) fn new(world: &mut World, info: &SceneInfo, end: WorldEnd) -> Self {
        let every_ticks = u64::from((info.base_hz / SNAPSHOT_HZ).max(1));
        Self {
            end,
            flight: info.flight,
            robots: world.query(),
            archetypes: None,
            count: info.robots.len(),
            every_ticks,
            overruns: MessageCursor::default(),
        }
    }

    /// Shows `world` as it is at `time_ns`.
    pub(super) fn show(&mut self, world: &World, time_ns: u64) {
        let Ok(mut snapshot) = self.end.unused.try_recv() else {
            self.end.drop_one();
            return;
        };
        self.fill(world, time_ns, &mut snapshot);
        self.end.send(snapshot);
    }

    /// Makes unused snapshots as large as `world` needs them, so that no tick takes memory for those.
    pub(super) fn make_room(&mut self, world: &World) {
        let end = self.end.clone();
        end.each_unused(|snapshot| self.fill(world, 0, snapshot));
    }

    /// Fills `snapshot` with the world as it is; uses the heap only if it never held as much.
    fn fill(&mut self, world: &World, time_ns: u64, snapshot: &mut Snapshot) {
        let archetypes = world.archetypes().generation();
        if self.archetypes.replace(archetypes) != Some(archetypes) {
            self.robots.update_archetypes(world);
        }
        (snapshot.flight, snapshot.time_ns) = (self.flight, time_ns);
        let timings = world.get_resource::<Timings>();
        snapshot.skipped_ticks = timings.map_or(0, |timings| timings.skipped_ticks);
        snapshot.overruns = timings.map_or(0, Timings::overruns);
        snapshot.faults = world.get_resource::<Faults>().map_or(0, Faults::total);
        snapshot.robots.resize_with(self.count, RobotState::default);
        let store = world.get_resource::<PolicyStore>();
        for shown in self.robots.iter_manual(world) {
            if let Some(state) = snapshot.robots.get_mut(shown.id.0 as usize) {
                show(&shown, store, state);
            }
        }
    }
}

impl Observer for Tap {
    fn observe(&mut self, tick: &Observed<'_>) {
        if let Some(overruns) = tick.overruns {
            for overrun in self.overruns.read(overruns) {
                // Those that there is no room for are counted in the timings.
                let _ = self.end.overruns.try_send(overrun.clone());
            }
        }
        let is_due = (tick.tick.index + 1).is_multiple_of(self.every_ticks);
        if self.end.takes_next() || is_due && self.end.has_room(tick.tick.index / self.every_ticks)
        {
            self.show(tick.world, tick.tick.time_ns + tick.tick.period_ns);
        }
    }
}

fn show(shown: &ShownItem<'_, '_>, store: Option<&PolicyStore>, state: &mut RobotState) {
    state.position_m = shown.pose.position_m;
    state.world_from_body = shown.pose.world_from_body;
    state.velocity_mps = shown.twist.velocity_mps;
    state.body_rates_radps = shown.twist.body_rates_radps;
    state.target_m = shown.setpoint.map_or(shown.pose.position_m, |set| set.0.position_m);
    state.wind_mps = shown.wind.map(|wind| wind.velocity_mps).unwrap_or_default();
    state.rotors_radps = shown.rotors.map(|rotors| rotors.radps).unwrap_or_default();
    let command = shown.command.and_then(|command| command.value);
    state.command_radps = command.map(|command| command.speeds_radps).unwrap_or_default();
    state.motor_health = shown.health.copied().unwrap_or_default().thrust();
    state.sensor_faults = shown.sensors.copied().unwrap_or_default();
    let joints: &[f32] = shown.links.map_or(&[], |(_, joints)| &joints.positions);
    copy(joints, &mut state.joints);
    state.place_tip(shown.links.map(|(links, _)| &*links.0));
    state.pilot = Pilot::of(*shown.authority, shown.fallback.map(Fallback::pilot));
    let thought = shown.policy.and_then(|row| store?.thought(*row));
    copy(thought.map_or(&[], |thought| thought.observation), &mut state.observation);
    copy(thought.map_or(&[], |thought| thought.action), &mut state.action);
    copy(shown.policy.and_then(|row| store?.state(*row)).unwrap_or_default(), &mut state.state);
}

fn copy(from: &[f32], to: &mut Vec<f32>) {
    to.clear();
    to.extend_from_slice(from);
}
