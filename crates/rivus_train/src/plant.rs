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
    // Per second, an error costs the same at every rate, a change of the action its rate squared.
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

#[cfg(test)]
mod tests {
    use rivus_vehicle::NoiseStream;

    use super::*;
    use crate::lanes::{LANES, Lanes, ZERO};
    use crate::test_spec::crazyflie;

    const GRAVITY_MPS2: f64 = 9.81;

    /// How far each row of a state, and each input of the vehicle behind it, moves in flight.
    fn input_scales() -> [f64; plant_input::COUNT] {
        let mut scales = [1.0; plant_input::COUNT];
        scales[ROTOR_SPEEDS..STATE].fill(1000.0);
        scales[plant_input::DT] = 0.01;
        scales
    }

    /// Inputs of the vehicle's program from all over its range.
    fn draw_plant_inputs(random: &mut NoiseStream) -> [f32; plant_input::COUNT] {
        let mut input = [0.0; plant_input::COUNT];
        input.fill_with(|| 1.6 * random.uniform() - 0.8);
        let quaternion = &mut input[QUATERNION..=SCALAR];
        let norm = rivus_math::ops::sqrt(quaternion.iter().map(|x| x * x).sum());
        quaternion.iter_mut().for_each(|x| *x /= norm);
        input[ROTOR_SPEEDS..STATE].fill_with(|| 1000.0 + 1000.0 * random.uniform());
        input[plant_input::DT] = 0.0025 + 0.0075 * random.uniform();
        input
    }

    /// The next state, in double precision and straight from the model.
    fn next(input: &[f64; plant_input::COUNT]) -> [f64; STATE] {
        let vehicle = Quadrotor::<f64>::new(&crazyflie(), GRAVITY_MPS2);
        let vector = |at: usize| Vec3::new(input[at], input[at + 1], input[at + 2]);
        let state = State {
            position_m: vector(0),
            velocity_mps: vector(VELOCITY),
            world_from_body: Quat::new(input[6], input[7], input[8], input[SCALAR]),
            body_rates_radps: vector(RATES),
            rotor_speeds_radps: core::array::from_fn(|i| input[ROTOR_SPEEDS + i]),
        };
        let hover = vehicle.hover_speed_radps();
        let action = &input[plant_input::ACTION..plant_input::WIND];
        let command = core::array::from_fn(|i| hover * (1.0 + OUTPUT_SCALE * action[i]));
        let (wind, dt_s) = (vector(plant_input::WIND), input[plant_input::DT]);
        rows(&vehicle.step_semi_implicit(&state, command, wind, dt_s))
    }

    fn drawn_lanes<const N: usize>(mut draw: impl FnMut() -> [f32; N]) -> [Lanes; N] {
        let mut rows = [ZERO; N];
        for lane in 0..LANES {
            rows.iter_mut().zip(draw()).for_each(|(row, value)| row[lane] = value);
        }
        rows
    }

    #[test]
    fn the_recorded_vehicle_is_the_vehicle() {
        let program = plant(&crazyflie(), GRAVITY_MPS2);
        let mut random = NoiseStream::new(1, "plant", "test");
        let input = drawn_lanes(|| draw_plant_inputs(&mut random));
        let mut values = vec![ZERO; program.len()];
        values[..plant_input::COUNT].copy_from_slice(&input);
        program.forward(&mut values);
        for lane in 0..LANES {
            let expected = next(&input.map(|row| f64::from(row[lane])));
            for (row, (&output, expected)) in program.outputs().iter().zip(expected).enumerate() {
                let error = (f64::from(values[output][lane]) - expected).abs();
                assert!(error < 2e-6 * input_scales()[row], "row {row}, lane {lane}: {error}");
            }
        }
    }

    /// The differences are taken in double precision, so the tolerance is that of single: 1e-5 of
    /// a derivative scaled to how far its input and output move.
    #[test]
    fn derivatives_of_the_vehicle_are_finite_differences() {
        let program = plant(&crazyflie(), GRAVITY_MPS2);
        let mut random = NoiseStream::new(2, "plant", "test");
        let input = drawn_lanes(|| draw_plant_inputs(&mut random));
        let scales = input_scales();
        let mut values = vec![ZERO; program.len()];
        values[..plant_input::COUNT].copy_from_slice(&input);
        program.forward(&mut values);
        let mut grads = vec![ZERO; program.len()];
        for output in 0..STATE {
            let mut seeds = [ZERO; STATE];
            seeds[output] = [1.0; LANES];
            program.pull_back(&values, &seeds, &mut grads);
            for (column, &scale) in scales.iter().enumerate() {
                for lane in 0..LANES {
                    let moved = |by: f64| {
                        let mut at = input.map(|row| f64::from(row[lane]));
                        at[column] += by * scale;
                        next(&at)[output]
                    };
                    let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5 / scales[output];
                    let found = f64::from(grads[column][lane]) * scale / scales[output];
                    let limit = 1e-5 * (1.0 + expected.abs());
                    let place = format!("d {output} / d {column}, lane {lane}");
                    assert!((found - expected).abs() < limit, "{place}: {found}, {expected}");
                }
            }
        }
    }

    /// The loss in double precision, term by term.
    fn expected_loss(w: &LossWeights, input: &[f64; loss_input::COUNT]) -> f64 {
        let square = |x: f64| x * x;
        let huber = |e: f64| (e * e + w.knee_m * w.knee_m).sqrt() - w.knee_m;
        let mut sum: f64 = input[..VELOCITY].iter().map(|&e| w.position * huber(e)).sum();
        sum += input[VELOCITY..QUATERNION].iter().map(|&v| w.velocity * v * v).sum::<f64>();
        sum += w.tilt_rate * (square(input[RATES]) + square(input[RATES + 1]));
        sum += w.yaw_rate * square(input[RATES + 2]) + w.yaw * square(input[QUATERNION + 2]);
        let mut change = 0.0;
        for i in 0..ROTORS {
            let (u, last) = (input[loss_input::ACTION + i], input[loss_input::LAST_ACTION + i]);
            sum += w.action * u * u;
            change += w.change * square(u - last);
        }
        sum * input[loss_input::PERIODS] + change / input[loss_input::PERIODS]
    }

    #[test]
    fn the_loss_and_its_derivatives_are_those_of_its_terms() {
        let weights = LossWeights::default();
        let program = loss(&weights);
        let mut random = NoiseStream::new(3, "plant", "test");
        let input = drawn_lanes::<{ loss_input::COUNT }>(|| {
            let mut input = [0.0; loss_input::COUNT];
            input.fill_with(|| 1.2 * random.uniform() - 0.6);
            input[loss_input::PERIODS] = 0.5 + 1.5 * random.uniform();
            input
        });
        let mut values = vec![ZERO; program.len()];
        values[..loss_input::COUNT].copy_from_slice(&input);
        program.forward(&mut values);
        let mut grads = vec![ZERO; program.len()];
        program.pull_back(&values, &[[1.0; LANES]], &mut grads);
        for lane in 0..LANES {
            let at = input.map(|row| f64::from(row[lane]));
            let found = f64::from(values[program.outputs()[0]][lane]);
            assert!((found - expected_loss(&weights, &at)).abs() < 1e-5, "lane {lane}: {found}");
            for column in 0..loss_input::COUNT {
                let moved = |by: f64| {
                    let mut at = at;
                    at[column] += by;
                    expected_loss(&weights, &at)
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let found = f64::from(grads[column][lane]);
                assert!((found - expected).abs() < 1e-5, "d/d {column}: {found}, {expected}");
            }
        }
    }
}
