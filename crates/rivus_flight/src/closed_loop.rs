//! Whole flights of the Lee controller: noisy and late readings, mixer, motor lag, wind.
//!
//! Physics run at 1 kHz in single precision. Readings are 10 ms old and carry noise of 1 cm, 3
//! cm/s, 0.5 % of a quaternion and 0.02 rad/s.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use rivus_math::{Finite, NonNegative, Vec3};
use rivus_vehicle::{
    Intensity, LowHeight, NoiseStream, Quadrotor, StartSpec, State, Wind, WindSpec,
};

use crate::test_vehicle::{crazyflie, lee_gains};
use crate::{Kinematics, Lee, LeeGains, Mixer, Score, Scoring, Setpoint, tilt_rad};

/// Flights per figure.
const SEEDS: u64 = 32;
/// Physics steps by which a reading is late.
const DELAY_STEPS: usize = 10;

/// What the air does in a flight.
#[derive(Clone, Copy)]
enum Air {
    Calm,
    /// 3 m/s to the east from 3 s to 5 s.
    Gust,
    /// 2 m/s to the east with light turbulence.
    Dryden,
}

impl Air {
    fn wind(self, seed: u64) -> Wind {
        let zero = Finite::new(0.0).unwrap();
        let spec = WindSpec::Dryden {
            mean_mps: (Finite::new(2.0).unwrap(), zero, zero),
            intensity: Intensity::Light,
            height_m: LowHeight::try_from(2.0).unwrap(),
        };
        let spec = if matches!(self, Self::Dryden) { spec } else { WindSpec::Calm };
        Wind::new(&spec, NoiseStream::new(seed, "world", "wind"))
    }

    fn scored_from_s(self) -> f64 {
        if matches!(self, Self::Gust) { 3.0 } else { 4.0 }
    }
}

fn measure(state: &State<f32>, noise: &mut NoiseStream) -> Kinematics {
    let mut vector = |v: Vec3<f32>, deviation: f32| {
        Vector3::from((v + noise.normal_vec3() * deviation).to_array())
    };
    let position_m = vector(state.position_m, 0.01);
    let velocity_mps = vector(state.velocity_mps, 0.03);
    let body_rates_radps = vector(state.body_rates_radps, 0.02);
    let imaginary = vector(state.world_from_body.vector(), 0.005);
    let w = state.world_from_body.w + 0.005 * noise.normal();
    let world_from_body = UnitQuaternion::from_quaternion(Quaternion::from_parts(w, imaginary));
    Kinematics { position_m, velocity_mps, world_from_body, body_rates_radps }
}

/// The state half a metre off and tilted by 30 degrees, rotors at hover speed.
fn start(vehicle: &Quadrotor<f32>, seed: u64) -> State<f32> {
    let spec = StartSpec {
        offset_m: NonNegative::new(0.5).unwrap(),
        tilt_deg: NonNegative::new(30.0).unwrap(),
    };
    let (offset_m, world_from_body) = spec.draw(&mut NoiseStream::new(seed, "drone", "start"));
    let at_rest = State::at_rest(offset_m, vehicle.hover_speed_radps());
    State { world_from_body, ..at_rest }
}

/// Flies 8 s with one control step every `period_steps` of the physics.
fn fly(gains: &LeeGains, air: Air, period_steps: usize, seed: u64) -> Score {
    let vehicle = crazyflie();
    let mixer = Mixer::new(&vehicle).unwrap();
    let setpoint = Setpoint { position_m: Vector3::zeros(), yaw_rad: 0.0 };
    let mut noise = NoiseStream::new(seed, "drone", "readings");
    let mut wind = air.wind(seed);
    let mut state = start(&vehicle, seed);
    let mut law = Lee::default();
    let mut scoring = Scoring::from(air.scored_from_s());
    let mut readings = [measure(&state, &mut noise); DELAY_STEPS + 1];
    let mut command_radps = state.rotor_speeds_radps;
    for step in 0..8000_usize {
        readings[step % readings.len()] = measure(&state, &mut noise);
        if step % period_steps == 0 {
            let estimate = &readings[(step + 1) % readings.len()];
            let dt_s = period_steps as f32 * 0.001;
            let wrench = law.step(gains, &vehicle, estimate, &setpoint, dt_s);
            command_radps = mixer.mix(&wrench);
        }
        let mut air_mps = wind.step(0.001);
        if matches!(air, Air::Gust) && (3000..5000).contains(&step) {
            air_mps.x += 3.0;
        }
        state = vehicle.step_semi_implicit(&state, command_radps, air_mps, 0.001);
        let tilt_rad = tilt_rad(&state.world_from_body.into());
        scoring.add((step + 1) as f64 * 0.001, state.position_m.norm(), tilt_rad);
    }
    scoring.score()
}

/// Mean and largest RMSE over all seeds, and the latest time of settling.
struct Flights {
    mean_rmse_m: f64,
    max_rmse_m: f64,
    max_settle_s: f64,
}

fn fly_all(gains: &LeeGains, air: Air, period_steps: usize) -> Flights {
    let mut all = Flights { mean_rmse_m: 0.0, max_rmse_m: 0.0, max_settle_s: 0.0 };
    for seed in 0..SEEDS {
        let score = fly(gains, air, period_steps, seed);
        let (rmse_m, max_error_m) = score.rmse_m.zip(score.max_error_m).unwrap();
        assert!(max_error_m < 0.5, "seed {seed}: {score:?}");
        all.mean_rmse_m += rmse_m / SEEDS as f64;
        all.max_rmse_m = all.max_rmse_m.max(rmse_m);
        all.max_settle_s = all.max_settle_s.max(score.settle_s);
    }
    all
}

#[test]
fn calm_hover_is_within_a_centimetre_at_both_control_rates() {
    for period_steps in [10, 1] {
        let flights = fly_all(&lee_gains().without_integral(), Air::Calm, period_steps);
        assert!(flights.max_rmse_m <= 0.01, "{}", flights.max_rmse_m);
        assert!(flights.max_settle_s <= 1.6, "{}", flights.max_settle_s);
    }
}

#[test]
fn a_gust_is_held_within_eleven_centimetres_at_both_control_rates() {
    for period_steps in [10, 1] {
        let flights = fly_all(&lee_gains().without_integral(), Air::Gust, period_steps);
        assert!(flights.max_rmse_m <= 0.11, "{}", flights.max_rmse_m);
    }
}

#[test]
fn the_integral_halves_the_error_in_turbulence_and_costs_little_in_calm_air() {
    let proportional = fly_all(&lee_gains().without_integral(), Air::Dryden, 10);
    let integral = fly_all(&lee_gains(), Air::Dryden, 10);
    assert!(
        integral.mean_rmse_m <= 0.5 * proportional.mean_rmse_m,
        "{} against {}",
        integral.mean_rmse_m,
        proportional.mean_rmse_m
    );
    let calm = fly_all(&lee_gains(), Air::Calm, 10);
    assert!(calm.max_rmse_m <= 0.035, "{}", calm.max_rmse_m);
}
