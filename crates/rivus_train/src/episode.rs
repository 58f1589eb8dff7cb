//! What is drawn for sixteen flights.

use rivus_math::{Quat, ops};
use rivus_vehicle::{NoiseStream, Quadrotor};

use crate::channels::INPUTS;
use crate::lanes::{LANES, Lanes, ZERO};
use crate::plant::{QUATERNION, RATES, ROTOR_SPEEDS, SCALAR, STATE, VELOCITY};
use crate::spec::{SensorNoise, TrainSpec};

/// The network's unit of time, s.
pub(crate) const PERIOD_S: f32 = 0.01;

/// Limits of a start, each side: position in m, velocity in m/s, rates in rad/s per axis. Together
/// with the tilt they go beyond the starts that finished policies are judged from.
const START_M: f32 = 0.6;
const START_MPS: f32 = 1.0;
const START_RADPS: f32 = 2.0;
/// Half the largest tilt and yaw of a start.
const HALF_TILT_DEG: f32 = 20.0;
const HALF_YAW_DEG: f32 = 7.5;

/// Sixteen episodes before they are flown.
pub(crate) struct Episodes {
    /// Rows of a state.
    pub(crate) start: [Lanes; STATE],
    /// Control period in units of [`PERIOD_S`].
    pub(crate) elapsed: Lanes,
    /// Length of a physics step, s.
    pub(crate) substep_s: Lanes,
    /// Weights of the states 0, 1, 2, ... control steps back in an observation.
    pub(crate) look_back: Vec<Lanes>,
    /// `[steps]`: sensor noise.
    pub(crate) noise: Vec<[Lanes; INPUTS]>,
    /// Wind before and after the change, world frame, m/s.
    wind: [[Lanes; 3]; 2],
    /// Control step at which the wind changes.
    change: usize,
}

impl Episodes {
    pub(crate) fn draw(spec: &TrainSpec, random: &mut NoiseStream) -> Self {
        let recipe = &spec.recipe;
        let vehicle = Quadrotor::<f32>::new(&spec.vehicle, spec.gravity_mps2);
        let hover_radps = vehicle.hover_speed_radps();
        let (mut start, mut dt_s, mut wind) = ([ZERO; STATE], ZERO, [[ZERO; 3]; 2]);
        for lane in 0..LANES {
            let state = draw_start(hover_radps, random);
            start.iter_mut().zip(state).for_each(|(row, value)| row[lane] = value);
            let (low, high) = recipe.period_s;
            dt_s[lane] = low + (high - low) * random.uniform();
            for wind in &mut wind {
                let velocity = random.unit_vec3() * (recipe.wind_mps * random.uniform());
                wind.iter_mut().zip(velocity.to_array()).for_each(|(row, v)| row[lane] = v);
            }
        }
        // The wind changes in the middle half.
        let steps = recipe.steps;
        let change = steps / 4 + (0.5 * random.uniform() * steps as f32) as usize;
        Self {
            start,
            elapsed: dt_s.map(|dt_s| dt_s / PERIOD_S),
            substep_s: dt_s.map(|dt_s| dt_s / recipe.substeps as f32),
            look_back: look_back(spec.delay_s, &dt_s),
            noise: (0..steps).map(|_| draw_noise(&spec.noise, random)).collect(),
            wind,
            change,
        }
    }

    /// The wind of control step `k`, world frame, m/s.
    pub(crate) fn wind(&self, k: usize) -> &[Lanes; 3] {
        &self.wind[usize::from(k >= self.change)]
    }
}

/// A start within the limits, rotors at hover speed.
fn draw_start(hover_radps: f32, random: &mut NoiseStream) -> [f32; STATE] {
    let mut even = |limit: f32| limit * (2.0 * random.uniform() - 1.0);
    let mut state = [0.0; STATE];
    state[..VELOCITY].fill_with(|| even(START_M));
    state[VELOCITY..QUATERNION].fill_with(|| even(START_MPS));
    state[RATES..ROTOR_SPEEDS].fill_with(|| even(START_RADPS));
    state[ROTOR_SPEEDS..].fill(hover_radps);
    let axis = even(core::f32::consts::PI);
    let (tilt, yaw) = (even(HALF_TILT_DEG.to_radians()), even(HALF_YAW_DEG.to_radians()));
    let (x, y) = (ops::cos(axis) * ops::sin(tilt), ops::sin(axis) * ops::sin(tilt));
    let heading = Quat::new(0.0, 0.0, ops::sin(yaw), ops::cos(yaw));
    let q = heading * Quat::new(x, y, 0.0, ops::cos(tilt));
    state[QUATERNION..=SCALAR].copy_from_slice(&[q.x, q.y, q.z, q.w]);
    state
}

/// The noise of one observation, in the order of the channels.
fn draw_noise(noise: &SensorNoise, random: &mut NoiseStream) -> [Lanes; INPUTS] {
    let SensorNoise { position_m, velocity_mps, attitude, body_rates_radps } = *noise;
    let deviations = [position_m, velocity_mps, attitude, body_rates_radps];
    core::array::from_fn(|channel| {
        core::array::from_fn(|_| deviations[channel / 3] * random.normal())
    })
}

/// The two control steps that the delay lies between, weighted by how near they are.
fn look_back(delay_s: f32, dt_s: &Lanes) -> Vec<Lanes> {
    let farthest = dt_s.iter().fold(0.0_f32, |farthest, dt_s| farthest.max(delay_s / dt_s));
    // The specification's check keeps this to a few dozen states.
    (0..farthest as usize + 2)
        .map(|back| dt_s.map(|dt_s| (1.0 - (delay_s / dt_s - back as f32).abs()).max(0.0)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_is_as_old_as_the_delay_at_every_period() {
        let dt_s: Lanes = core::array::from_fn(|lane| 0.002 + 0.0012 * lane as f32);
        let weights = look_back(0.01, &dt_s);
        for (lane, dt_s) in dt_s.iter().enumerate() {
            let sum: f32 = weights.iter().map(|row| row[lane]).sum();
            let age = |(back, row): (usize, &Lanes)| back as f32 * dt_s * row[lane];
            let age_s: f32 = weights.iter().enumerate().map(age).sum();
            assert!((sum - 1.0).abs() < 1e-5 && (age_s - 0.01).abs() < 1e-6, "{dt_s} {age_s}");
        }
    }

    #[test]
    fn without_delay_only_the_present_is_seen() {
        assert_eq!(look_back(0.0, &[0.01; LANES]), [[1.0; LANES], ZERO]);
    }

    #[test]
    fn starts_stay_within_the_limits_and_are_turned_by_unit_quaternions() {
        let mut random = NoiseStream::new(1, "trainer", "test");
        for _ in 0..100 {
            let state = draw_start(1500.0, &mut random);
            assert!(state[..3].iter().all(|x| x.abs() <= START_M));
            let norm2: f32 = state[QUATERNION..=SCALAR].iter().map(|x| x * x).sum();
            assert!((norm2 - 1.0).abs() < 1e-5 && state[SCALAR] > 0.9, "{state:?}");
        }
    }
}
