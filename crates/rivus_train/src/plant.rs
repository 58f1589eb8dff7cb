//! The vehicle and the loss as programs, recorded from the one vehicle model.

use rivus_math::{Quat, Real, Vec3};
use rivus_vehicle::{Quadrotor, QuadrotorSpec, ROTORS, State};

use crate::graph::{Graph, Var};
use crate::program::Program;
use crate::spec::LossWeights;

/// Rows of a state: position, velocity, quaternion (x, y, z, w), body rates, rotor speeds.
pub(crate) const STATE: usize = 17;
/// First row of the velocity in a state.
pub(crate) const VELOCITY: usize = 3;
/// First row of the quaternion in a state.
pub(crate) const QUATERNION: usize = 6;
/// Row of the quaternion's scalar part in a state.
pub(crate) const SCALAR: usize = 9;
/// First row of the body rates in a state.
pub(crate) const RATES: usize = 10;
/// First row of the rotor speeds in a state.
pub(crate) const ROTOR_SPEEDS: usize = 13;

/// Half the range of the outputs: a rotor turns at (1 + 0.5 u) times its hover speed.
pub(crate) const OUTPUT_SCALE: f64 = 0.5;

/// Where the inputs of the vehicle's program are.
pub(crate) mod plant_input {
    use super::{ROTORS, STATE};
    /// The network's outputs.
    pub(crate) const ACTION: usize = STATE;
    /// Wind, world frame, m/s.
    pub(crate) const WIND: usize = ACTION + ROTORS;
    /// Length of the step, s.
    pub(crate) const DT: usize = WIND + 3;
    /// How many inputs there are.
    pub(crate) const COUNT: usize = DT + 1;
}

/// Where the inputs of the loss's program are.
pub(crate) mod loss_input {
    use super::{ROTORS, STATE};
    /// The network's outputs.
    pub(crate) const ACTION: usize = STATE;
    /// The network's outputs of the step before.
    pub(crate) const LAST_ACTION: usize = ACTION + ROTORS;
    /// Length of the step as a multiple of the reference period.
    pub(crate) const PERIODS: usize = LAST_ACTION + ROTORS;
    /// How many inputs there are.
    pub(crate) const COUNT: usize = PERIODS + 1;
}

/// One semi-implicit step of the vehicle: state, action, wind, time step to the next state.
pub(crate) fn plant(spec: &QuadrotorSpec, gravity_mps2: f64) -> Program {
    let graph = Graph::default();
    let input: [Var<'_>; plant_input::COUNT] = graph.inputs();
    let vehicle = Quadrotor::new(spec, gravity_mps2);
    let hover = vehicle.hover_speed_radps();
    let command = core::array::from_fn(|i| {
        hover + hover * Var::from_f64(OUTPUT_SCALE) * input[plant_input::ACTION + i]
    });
    let wind = vector(&input, plant_input::WIND);
    let next = vehicle.step_semi_implicit(&state(&input), command, wind, input[plant_input::DT]);
    graph.finish(&rows(&next))
}

/// What one step costs.
///
/// The pseudo-Huber position term is what removes the steady error that a quadratic one leaves.
pub(crate) fn loss(weights: &LossWeights) -> Program {
    let graph = Graph::default();
    let input: [Var<'_>; loss_input::COUNT] = graph.inputs();
    let k = |weight: f64| Var::from_f64(weight);
    let State { position_m, velocity_mps, world_from_body, body_rates_radps, .. } = state(&input);
    let knee_m = k(weights.knee_m);
    let mut sum = k(0.0);
    for e in position_m.to_array() {
        sum = sum + ((e * e + knee_m * knee_m).sqrt() - knee_m) * k(weights.position);
    }
    sum = sum + velocity_mps.dot(velocity_mps) * k(weights.velocity);
    let (wx, wy, wz) = (body_rates_radps.x, body_rates_radps.y, body_rates_radps.z);
    sum = sum + (wx * wx + wy * wy) * k(weights.tilt_rate) + wz * wz * k(weights.yaw_rate);
    sum = sum + world_from_body.z * world_from_body.z * k(weights.yaw);
    let periods = input[loss_input::PERIODS];
    let mut change = k(0.0);
    for i in 0..ROTORS {
        let (u, last) = (input[loss_input::ACTION + i], input[loss_input::LAST_ACTION + i]);
        sum = sum + u * u * k(weights.action);
        change = change + (u - last) * (u - last) * k(weights.change);
    }
    // Per second, an error costs the same at every rate; a change of the action costs its rate squared.
    graph.finish(&[sum * periods + change / periods])
}

fn vector<'g>(input: &[Var<'g>], at: usize) -> Vec3<Var<'g>> {
    Vec3::new(input[at], input[at + 1], input[at + 2])
}

fn state<'g>(input: &[Var<'g>]) -> State<Var<'g>> {
    State {
        position_m: vector(input, 0),
        velocity_mps: vector(input, VELOCITY),
        world_from_body: Quat::new(
            input[QUATERNION],
            input[QUATERNION + 1],
            input[QUATERNION + 2],
            input[SCALAR],
        ),
        body_rates_radps: vector(input, RATES),
        rotor_speeds_radps: core::array::from_fn(|i| input[ROTOR_SPEEDS + i]),
    }
}

/// The rows of a state.
pub(crate) fn rows<R: Real>(state: &State<R>) -> [R; STATE] {
    let (p, v) = (state.position_m, state.velocity_mps);
    let (q, w, r) = (state.world_from_body, state.body_rates_radps, state.rotor_speeds_radps);
    [p.x, p.y, p.z, v.x, v.y, v.z, q.x, q.y, q.z, q.w, w.x, w.y, w.z, r[0], r[1], r[2], r[3]]
}
