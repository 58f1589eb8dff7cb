//! A flight hall: a Crazyflie over the vehicle model, with sensors that can be broken.

use bevy_ecs::entity::Entity;
use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use rivus_app::prelude::*;
use rivus_control::{ControlPlugin, Fallback, Lee};
use rivus_estimation::EstimationPlugin;
use rivus_flight::RotorCommand;
use rivus_math::{Quat, Vec3};
use rivus_robot::{
    Airframe, Command, Mass, PoseSample, RatesSample, Reading, RobotId, Setpoint, VelocitySample,
};
use rivus_vehicle::{Quadrotor, ROTORS, State};

/// The robot's id.
pub(crate) const ROBOT: u32 = 7;

/// Where the robot really is.
#[derive(Component)]
pub(crate) struct Body(pub(crate) State<f32>);

/// What is wrong with the sensors.
#[derive(Resource, Default)]
pub(crate) struct Broken {
    /// Nothing arrives.
    pub(crate) is_silent: bool,
    /// Every number of this many readings to come is NaN.
    pub(crate) nan_readings: u32,
}

/// The Crazyflie 2.x.
pub(crate) fn crazyflie() -> Quadrotor<f32> {
    let arm_m = 0.028_072_14;
    Quadrotor {
        mass_kg: 0.027,
        inertia_kgm2: Vec3::new(1.4e-5, 1.4e-5, 2.17e-5),
        rotor_position_m: [(1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)]
            .map(|(x, y)| Vec3::new(x * arm_m, y * arm_m, 0.0)),
        rotor_spin: [1.0, -1.0, 1.0, -1.0],
        thrust_n_per_radps2: 2.881_55e-8,
        torque_nm_per_radps2: 7.240_36e-10,
        motor_lag_s: 0.072,
        rotor_speed_min_radps: 0.0,
        rotor_speed_max_radps: 2273.9,
        rotor_plane_drag: 1.025_06e-6,
        rotor_axial_drag: 7.553e-7,
        frame_drag: Vec3::zero(),
        gravity_mps2: 9.81,
    }
}

/// The backup law as a scene writes it.
pub(crate) fn lee(use_integral: bool) -> Lee {
    let gains = "(position_gain: (4, 4, 8), velocity_gain: (3.2, 3.2, 5), \
        integral_gain: (3, 3, 3), integral_limit_mps2: 2, \
        attitude_gain: (100, 100, 20), rate_gain: (18, 18, 8))";
    ron::from_str(&format!("(gains: {gains}, use_integral: {use_integral})")).unwrap()
}

/// An app with one robot at rest at 1 m, asked to stay there; everything at 1 kHz.
pub(crate) fn hall() -> (App, Entity) {
    let mut app = App::empty();
    app.add_plugins((EstimationPlugin, ControlPlugin))
        .init_resource::<Broken>()
        .add_systems(Stage::Sense.at(Rate::STAGE), measure)
        .add_systems(Stage::Simulate.at(Rate::STAGE), fly);
    let vehicle = crazyflie();
    let above = Vec3::new(0.0, 0.0, 1.0);
    let setpoint = rivus_flight::Setpoint { position_m: Vector3::z(), yaw_rad: 0.0 };
    let robot = app
        .world_mut()
        .spawn((
            RobotId(ROBOT),
            Airframe(vehicle),
            Mass { kg: vehicle.mass_kg },
            Setpoint(setpoint),
            Body(State::at_rest(above, vehicle.hover_speed_radps())),
            Reading::<PoseSample>::default(),
            Reading::<VelocitySample>::default(),
            Reading::<RatesSample>::default(),
        ))
        .id();
    (app, robot)
}

/// Ticks for `seconds` at 1 kHz; `check` sees the world after each.
pub(crate) fn run(app: &mut App, seconds: f32, mut check: impl FnMut(&World)) {
    for _ in 0..(seconds * 1000.0).round() as u32 {
        app.tick().unwrap();
        check(app.world());
    }
}

/// How far the robot is from its setpoint, m.
pub(crate) fn error_m(world: &World, robot: Entity) -> f32 {
    let position_m = vector(world.get::<Body>(robot).unwrap().0.position_m);
    (position_m - world.get::<Setpoint>(robot).unwrap().0.position_m).norm()
}

/// The rotor speeds that the robot is told, rad/s.
pub(crate) fn command(world: &World, robot: Entity) -> Option<[f32; ROTORS]> {
    let command = world.get::<Command<RotorCommand>>(robot).unwrap();
    command.value.map(|value| value.speeds_radps)
}

/// Who flies the robot.
pub(crate) fn fallback(world: &World, robot: Entity) -> Fallback {
    *world.get::<Fallback>(robot).unwrap()
}

/// Faults of one kind so far.
pub(crate) fn faults(world: &World, kind: FaultKind) -> u64 {
    world.resource::<Faults>().of(ROBOT, kind)
}

fn measure(
    tick: Res<Tick>,
    mut broken: ResMut<Broken>,
    mut robots: Query<(
        &Body,
        &mut Reading<PoseSample>,
        &mut Reading<VelocitySample>,
        &mut Reading<RatesSample>,
    )>,
) {
    if broken.is_silent {
        return;
    }
    let factor = if broken.nan_readings > 0 { f32::NAN } else { 1.0 };
    broken.nan_readings = broken.nan_readings.saturating_sub(1);
    for (Body(state), mut pose, mut velocity, mut rates) in &mut robots {
        let Quat { w, x, y, z } = state.world_from_body;
        let attitude = Quaternion::new(w, x, y, z) * factor;
        let position_m = vector(state.position_m) * factor;
        let world_from_body = UnitQuaternion::new_unchecked(attitude);
        pose.put(PoseSample { position_m, world_from_body }, tick.time_ns);
        let velocity_mps = vector(state.velocity_mps) * factor;
        velocity.put(VelocitySample { velocity_mps }, tick.time_ns);
        let body_rates_radps = vector(state.body_rates_radps) * factor;
        rates.put(RatesSample { body_rates_radps }, tick.time_ns);
    }
}

fn fly(dt: Res<Dt>, mut robots: Query<(&mut Body, &Airframe, &Command<RotorCommand>)>) {
    for (mut body, Airframe(vehicle), command) in &mut robots {
        let speeds_radps =
            command.value.map_or(body.0.rotor_speeds_radps, |value| value.speeds_radps);
        body.0 = vehicle.step_rk4(&body.0, speeds_radps, Vec3::zero(), dt.secs());
    }
}

fn vector(v: Vec3<f32>) -> Vector3<f32> {
    Vector3::new(v.x, v.y, v.z)
}
