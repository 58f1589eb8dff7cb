//! One quadrotor in the rapier world, without an app around it.

use rivus_math::{Quat, Vec3};
use rivus_vehicle::{Quadrotor, ROTORS, State};

use crate::body::{Bodies, BodyId, Push};

/// The wrench on a quadrotor during a step, and what its rotors do in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Drive {
    /// For the body.
    pub(crate) push: Push,
    /// Rotor speeds at the end of the step, rad/s.
    pub(crate) rotor_speeds_radps: [f32; ROTORS],
}

impl Drive {
    /// What `command_radps` and `wind_mps` (world frame), held for `step_s`, do to a quadrotor.
    ///
    /// The wrench is the one of mid-step: rotor speeds by the exact lag, motion by one evaluation of
    /// the model. Held over the step it is then right to second order.
    pub(crate) fn new(
        vehicle: &Quadrotor<f32>,
        state: &State<f32>,
        command_radps: [f32; ROTORS],
        wind_mps: Vec3<f32>,
        step_s: f32,
    ) -> Self {
        let command_radps = vehicle.clip(command_radps);
        let half_s = 0.5 * step_s;
        let now = vehicle.rate(state, command_radps, wind_mps);
        let middle = State {
            position_m: state.position_m,
            velocity_mps: state.velocity_mps + now.acceleration_mps2 * half_s,
            world_from_body: state.world_from_body.add_scaled(now.quat_rate, half_s).normalized(),
            body_rates_radps: state.body_rates_radps + now.angular_acceleration_radps2 * half_s,
            rotor_speeds_radps: vehicle.spin(state.rotor_speeds_radps, command_radps, half_s),
        };
        let wrench = vehicle.wrench(&middle, wind_mps);
        Self {
            push: Push {
                force_n: middle.world_from_body.rotate(wrench.force_n),
                torque_nm: middle.world_from_body.rotate(wrench.torque_nm),
            },
            rotor_speeds_radps: vehicle.spin(middle.rotor_speeds_radps, command_radps, half_s),
        }
    }
}

/// A quadrotor in an empty rapier world without ground, for comparison with reference trajectories.
///
/// It is stepped by the same code as the vehicles of a scene.
#[derive(Debug)]
pub struct RapierFlight {
    vehicle: Quadrotor<f32>,
    bodies: Bodies,
    body: BodyId,
    state: State<f32>,
}

impl RapierFlight {
    /// `vehicle` at `start`, under the gravity it was made for.
    #[must_use]
    pub fn new(vehicle: Quadrotor<f32>, start: &State<f64>) -> Self {
        let state = to_singles(start);
        let mut bodies = Bodies::new(vehicle.gravity_mps2, false);
        let body = bodies.add(&vehicle, &state);
        Self { vehicle, bodies, body, state }
    }

    /// Moves by `step_s` under a command (rad/s, clipped here) and wind (m/s, world frame).
    pub fn step(&mut self, command_radps: [f64; ROTORS], wind_mps: Vec3<f64>, step_s: f64) {
        let step_s = step_s as f32;
        let command_radps = command_radps.map(|speed| speed as f32);
        let wind_mps = vector_to_singles(wind_mps);
        let drive = Drive::new(&self.vehicle, &self.state, command_radps, wind_mps, step_s);
        self.bodies.push(self.body, drive.push);
        self.bodies.step(step_s);
        self.bodies.read(self.body, &mut self.state);
        self.state.rotor_speeds_radps = drive.rotor_speeds_radps;
    }

    /// Where it is now.
    #[must_use]
    pub fn state(&self) -> State<f64> {
        to_doubles(&self.state)
    }
}

fn vector_to_singles(v: Vec3<f64>) -> Vec3<f32> {
    Vec3::from_f64(v.to_array())
}

fn vector_to_doubles(v: Vec3<f32>) -> Vec3<f64> {
    Vec3::from_f64(v.to_array().map(f64::from))
}

fn to_singles(state: &State<f64>) -> State<f32> {
    let q = state.world_from_body;
    State {
        position_m: vector_to_singles(state.position_m),
        velocity_mps: vector_to_singles(state.velocity_mps),
        world_from_body: Quat::new(q.x as f32, q.y as f32, q.z as f32, q.w as f32).normalized(),
        body_rates_radps: vector_to_singles(state.body_rates_radps),
        rotor_speeds_radps: state.rotor_speeds_radps.map(|speed| speed as f32),
    }
}

fn to_doubles(state: &State<f32>) -> State<f64> {
    let q = state.world_from_body;
    State {
        position_m: vector_to_doubles(state.position_m),
        velocity_mps: vector_to_doubles(state.velocity_mps),
        world_from_body: Quat::new(f64::from(q.x), f64::from(q.y), f64::from(q.z), f64::from(q.w)),
        body_rates_radps: vector_to_doubles(state.body_rates_radps),
        rotor_speeds_radps: state.rotor_speeds_radps.map(f64::from),
    }
}
