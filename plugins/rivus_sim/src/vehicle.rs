//! Vehicles in the rapier world: how they enter it and how they move.

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::query::{QueryData, Without};
use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Commands, Query, Res, ResMut};
use rivus_app::{Dt, Tick, TickConfig};
use rivus_math::Vec3;
use rivus_robot::{
    Airframe, Gyroscope, MotionCapture, Pose, RobotId, RobotName, RotorSpeeds, Setpoint, Start,
    Truth, Twist,
};
use rivus_vehicle::{State, Wind as WindModel};

use crate::body::{Bodies, BodyId};
use crate::free_flight::Drive;
use crate::history::{History, Moment};
use crate::injected::{AddedWind, DELAY_MAX_S, MotorHealth, SensorFaults, Wind};
use crate::motors::Motors;
use crate::sense::{GyroscopeNoise, MotionCaptureNoise, ticks_of};
use crate::setting::Setting;
use crate::timeline::Timeline;
use crate::trajectory::{Trajectory, TrajectoryRow};

/// A vehicle in the rapier world.
#[derive(Component, Debug)]
pub(crate) struct Body {
    id: BodyId,
    state: State<f32>,
    wind: WindModel,
}

/// The robots in the world, in the order of their ids.
#[derive(Resource, Clone, Debug, Default)]
pub(crate) struct Roster {
    ids: Vec<RobotId>,
    entities: Vec<Entity>,
}

impl Roster {
    /// Their entities.
    pub(crate) fn entities(&self) -> &[Entity] {
        &self.entities
    }

    fn insert(&mut self, id: RobotId, entity: Entity) {
        let place = self.ids.partition_point(|known| *known < id);
        self.ids.insert(place, id);
        self.entities.insert(place, entity);
    }
}

/// Marks a robot that is in the world.
#[derive(Component, Clone, Copy, Debug)]
pub(crate) struct Entered;

/// A robot that is not in the world yet.
#[derive(QueryData)]
pub(crate) struct Newcomer {
    entity: Entity,
    id: &'static RobotId,
    name: &'static RobotName,
    airframe: Option<&'static Airframe>,
    start: Option<&'static Start>,
    motion_capture: Option<&'static MotionCapture>,
    gyroscope: Option<&'static Gyroscope>,
}

/// A robot in flight.
#[derive(QueryData)]
#[query_data(mutable)]
pub(crate) struct Flying {
    id: &'static RobotId,
    airframe: &'static Airframe,
    setpoint: Option<&'static Setpoint>,
    motors: &'static Motors,
    health: &'static MotorHealth,
    body: &'static mut Body,
    history: &'static mut History,
    pose: &'static mut Pose<Truth>,
    twist: &'static mut Twist<Truth>,
    rotors: &'static mut RotorSpeeds,
    wind: &'static mut Wind,
}

/// Puts every robot at its start, at rest. One with an airframe gets a body, rotors at hover speed;
/// any other stands there until a plugin moves its `Pose<Truth>`. An airframe that it gets later is
/// not flown.
pub(crate) fn enter_world(
    mut commands: Commands,
    config: Res<TickConfig>,
    setting: Setting,
    mut bodies: ResMut<Bodies>,
    mut roster: ResMut<Roster>,
    mut timeline: ResMut<Timeline>,
    newcomers: Query<Newcomer, Without<Entered>>,
) {
    if newcomers.is_empty() {
        return;
    }
    if roster.entities.is_empty() {
        *bodies = setting.bodies();
        *timeline = setting.timeline(newcomers.iter().map(|robot| (robot.name, robot.entity)));
    }
    let mut arriving: Vec<_> = newcomers.iter().collect();
    // The order of bodies in rapier is part of the bits of a run.
    arriving.sort_by_key(|robot| *robot.id);
    for robot in arriving {
        roster.insert(*robot.id, robot.entity);
        let start = robot.start.copied().unwrap_or_default();
        let mut entity = commands.entity(robot.entity);
        entity.insert((Entered, setting.score()));
        let Some(Airframe(vehicle)) = robot.airframe else {
            let pose = Pose::<Truth>::new(start.position_m, start.world_from_body);
            // A plugin may have put it somewhere already.
            entity.insert_if_new((pose, Twist::<Truth>::default()));
            continue;
        };
        let state = State {
            world_from_body: start.world_from_body.into(),
            ..State::at_rest(start.position_m.into(), vehicle.hover_speed_radps())
        };
        let name = robot.name.0.as_str();
        let delays = [
            robot.motion_capture.map(|sensor| sensor.delay_s),
            robot.gyroscope.map(|sensor| sensor.delay_s),
        ];
        let ticks = delays
            .into_iter()
            .flatten()
            .map(|delay_s| ticks_of(delay_s.get() + DELAY_MAX_S, config.base_hz));
        entity.insert((
            Body { id: bodies.add(vehicle, &state), state, wind: setting.wind(name) },
            Motors::idle(vehicle),
            (MotorHealth::default(), SensorFaults::default(), Wind::default()),
            History::new(ticks.max().unwrap_or(0), state),
            MotionCaptureNoise::new(setting.seed(), name),
            GyroscopeNoise::new(setting.seed(), name),
            truth(&state),
        ));
    }
}

/// Moves all vehicles by one tick under what their motors were told and the wind.
pub(crate) fn fly(
    tick: Res<Tick>,
    dt: Res<Dt>,
    roster: Res<Roster>,
    timeline: Res<Timeline>,
    added: Res<AddedWind>,
    mut bodies: ResMut<Bodies>,
    mut trajectory: Option<ResMut<Trajectory>>,
    mut robots: Query<Flying>,
) {
    let gust_mps = timeline.gust_mps(tick.time_ns) + added.velocity_mps.into();
    let mut table = trajectory.as_deref_mut().filter(|table| table.wants(tick.index));
    for entity in roster.entities() {
        let Ok(mut robot) = robots.get_mut(*entity) else { continue };
        let wind_mps = robot.body.wind.step(dt.secs()) + gust_mps;
        robot.wind.velocity_mps = wind_mps.into();
        let command_radps = robot.health.follow(robot.motors.command_radps);
        if let Some(table) = &mut table {
            table.push(TrajectoryRow {
                time_s: tick.time_s(),
                state: robot.body.state,
                command_radps,
                wind_mps,
                setpoint_m: robot.setpoint.map_or(Vec3::zero(), |set| set.0.position_m.into()),
                robot: robot.id.0,
            });
        }
        let drive =
            Drive::new(&robot.airframe.0, &robot.body.state, command_radps, wind_mps, dt.secs());
        bodies.push(robot.body.id, drive.push);
        robot.body.state.rotor_speeds_radps = drive.rotor_speeds_radps;
    }
    bodies.step(dt.secs());
    let stamp_ns = tick.time_ns + tick.period_ns;
    for entity in roster.entities() {
        let Ok(mut robot) = robots.get_mut(*entity) else { continue };
        let body = &mut *robot.body;
        bodies.read(body.id, &mut body.state);
        robot.history.push(Moment { stamp_ns, state: body.state });
        let (pose, twist, rotors) = truth(&body.state);
        (*robot.pose, *robot.twist, *robot.rotors) = (pose, twist, rotors);
    }
}

/// The state as the components that the rest of the app reads.
fn truth(state: &State<f32>) -> (Pose<Truth>, Twist<Truth>, RotorSpeeds) {
    (
        Pose::new(state.position_m.into(), state.world_from_body.into()),
        Twist::new(state.velocity_mps.into(), state.body_rates_radps.into()),
        RotorSpeeds { radps: state.rotor_speeds_radps },
    )
}
