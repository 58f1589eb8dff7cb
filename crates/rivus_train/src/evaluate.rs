//! Flights of finished policies on the full model at 1 kHz, beside other pilots.

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use rivus_flight::{Kinematics, Scoring, Setpoint, tilt_rad};
use rivus_math::{NonNegative, OutOfRange, Quat, Vec3};
use rivus_vehicle::{NoiseStream, Quadrotor, ROTORS, StartSpec, State};
use thiserror::Error;

use crate::air::{Air, AirError};
use crate::pilot::{Cockpit, Pilot, PilotError};
use crate::spec::{SensorNoise, SpecError, TrainSpec};

/// Physics steps per second.
const TICKS_PER_S: usize = 1000;
/// Physics steps per flight.
const TICKS: usize = 8 * TICKS_PER_S;
const DT_S: f32 = 1.0 / TICKS_PER_S as f32;
/// Where a flight starts.
const OFFSET_M: f64 = 0.5;
const TILT_DEG: f64 = 30.0;
/// A flight that goes beyond this distance is lost, m.
const LOST_M: f32 = 2.5;
/// A flight succeeds if it is not lost and has settled for good by this time, s.
const SETTLED_BY_S: f64 = 4.0;

/// How the flights of an evaluation are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trials {
    /// Flights per pilot and air.
    pub starts: usize,
    /// First of the numbers that decide start, noise and wind; none of them is used in training.
    pub first: u64,
    /// Control steps per second; must divide 1000.
    pub rate_hz: usize,
}

impl Default for Trials {
    /// 64 starts at 100 Hz.
    fn default() -> Self {
        Self { starts: 64, first: 0, rate_hz: 100 }
    }
}

/// What all flights of one pilot in one air came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flights {
    /// Flights that never left 2.5 m and stayed within 0.1 m from 4 s on.
    pub succeeded: usize,
    /// Root mean square of the distance to the setpoint over all flights, m.
    pub rmse_m: f64,
    /// The largest such figure of a single flight, m.
    pub rmse_m_max: f64,
    /// Mean time of the last distance above 0.1 m, s.
    pub settle_s: f64,
    /// Largest such time, s.
    pub settle_s_max: f64,
}

/// One pilot's line in the table of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As given.
    pub name: String,
    /// In still air; success and settling count here.
    pub calm: Flights,
    /// In a gust.
    pub gust: Flights,
    /// In turbulence.
    pub dryden: Flights,
}

/// Why there is no evaluation.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A pilot cannot fly this vehicle.
    #[error("{name}: {error}")]
    Pilot {
        /// Which one.
        name: String,
        /// Why.
        error: PilotError,
    },
    /// A number of the specification cannot be used.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The rate is not one that the physics can be divided into.
    #[error("{rate_hz} Hz does not divide {TICKS_PER_S} Hz")]
    Rate {
        /// The rate.
        rate_hz: usize,
    },
    /// A fixed number of the trials is out of range.
    #[error("{0}")]
    Trial(String),
}

impl From<AirError> for EvaluateError {
    fn from(error: AirError) -> Self {
        Self::Trial(error.to_string())
    }
}

impl From<OutOfRange> for EvaluateError {
    fn from(error: OutOfRange) -> Self {
        Self::Trial(error.to_string())
    }
}

/// Flies every pilot from the same starts through the same air with the sensors of `spec`.
///
/// # Errors
/// If a number of `spec` is not usable, a pilot cannot fly its vehicle, or the rate does not divide
/// 1000 Hz.
pub fn evaluate(
    spec: &TrainSpec,
    trials: &Trials,
    pilots: &[(&str, Pilot<'_>)],
) -> Result<Vec<Row>, EvaluateError> {
    let world = World::new(spec, trials)?;
    let fly = |&(name, pilot): &(&str, Pilot<'_>)| {
        let named = |error| EvaluateError::Pilot { name: name.into(), error };
        let mut cockpit = Cockpit::new(pilot, &world.vehicle).map_err(named)?;
        let mut through = |air| world.flights(&mut cockpit, trials, air);
        let [calm, gust, dryden] =
            [through(Air::Calm)?, through(Air::Gust)?, through(Air::Dryden)?];
        Ok(Row { name: name.into(), calm, gust, dryden })
    };
    pilots.iter().map(fly).collect()
}

/// What is the same in all flights.
struct World {
    vehicle: Quadrotor<f32>,
    noise: SensorNoise,
    delay_ticks: usize,
    start: StartSpec,
    /// Physics steps per control step.
    every: usize,
}

impl World {
    fn new(spec: &TrainSpec, trials: &Trials) -> Result<Self, EvaluateError> {
        spec.check()?;
        let rate_hz = trials.rate_hz;
        if rate_hz == 0 || !TICKS_PER_S.is_multiple_of(rate_hz) {
            return Err(EvaluateError::Rate { rate_hz });
        }
        Ok(Self {
            vehicle: Quadrotor::new(&spec.vehicle, spec.gravity_mps2),
            noise: spec.noise,
            // The check leaves a small number that is not negative.
            delay_ticks: (spec.delay_s / DT_S + 0.5) as usize,
            start: StartSpec {
                offset_m: NonNegative::new(OFFSET_M)?,
                tilt_deg: NonNegative::new(TILT_DEG)?,
            },
            every: TICKS_PER_S / rate_hz,
        })
    }

    fn flights(
        &self,
        cockpit: &mut Cockpit<'_>,
        trials: &Trials,
        air: Air,
    ) -> Result<Flights, EvaluateError> {
        let mut all = Flights::default();
        for flight in (trials.first..).take(trials.starts) {
            let winds = air.winds(flight, TICKS, DT_S)?;
            let (scoring, farthest_m) = self.fly(cockpit, flight, &winds, air.scored_from_s());
            let score = scoring.score();
            let succeeded = farthest_m <= LOST_M && score.settle_s <= SETTLED_BY_S;
            all.succeeded += usize::from(succeeded);
            // Every flight reaches its scored time; one that did not would have to count as lost.
            let rmse_m = score.rmse_m.unwrap_or(f64::INFINITY);
            all.rmse_m += rmse_m * rmse_m;
            all.rmse_m_max = all.rmse_m_max.max(rmse_m);
            all.settle_s += score.settle_s;
            all.settle_s_max = all.settle_s_max.max(score.settle_s);
        }
        let starts = trials.starts.max(1) as f64;
        all.rmse_m = rivus_math::ops::f64::sqrt(all.rmse_m / starts);
        all.settle_s /= starts;
        Ok(all)
    }

    /// One flight: its score and the largest distance to the setpoint, m.
    fn fly(
        &self,
        cockpit: &mut Cockpit<'_>,
        flight: u64,
        winds: &[Vec3<f32>],
        scored_from_s: f32,
    ) -> (Scoring, f32) {
        let hover_radps = self.vehicle.hover_speed_radps();
        let mut start_noise = NoiseStream::new(flight, "evaluation", "start");
        let (offset_m, world_from_body) = self.start.draw(&mut start_noise);
        let mut state = State { world_from_body, ..State::at_rest(offset_m, hover_radps) };
        let mut sensors = NoiseStream::new(flight, "evaluation", "sensors");
        // The last states, oldest at the position that is overwritten next.
        let mut past = vec![state; self.delay_ticks + 1];
        let setpoint = Setpoint { position_m: Vector3::zeros(), yaw_rad: 0.0 };
        let mut command = [hover_radps; ROTORS];
        let mut scoring = Scoring::from(scored_from_s.into());
        let mut farthest_m = 0.0_f32;
        cockpit.reset();
        for (tick, &wind) in winds.iter().enumerate() {
            let slots = past.len();
            past[tick % slots] = state;
            if tick.is_multiple_of(self.every) {
                let seen = self.measure(&past[(tick + 1) % slots], &mut sensors);
                let dt_s = self.every as f32 * DT_S;
                command = cockpit.command(&self.vehicle, &seen, &setpoint, dt_s).unwrap_or(command);
            }
            state = self.vehicle.step_semi_implicit(&state, command, wind, DT_S);
            let error_m = state.position_m.norm();
            // A lost vehicle may leave the range of its numbers: f32::max would hide a NaN.
            farthest_m =
                if error_m > farthest_m || error_m.is_nan() { error_m } else { farthest_m };
            let tilt_rad = tilt_rad(&state.world_from_body.into());
            scoring.add(f64::from(tick as f32 + 1.0) * f64::from(DT_S), error_m, tilt_rad);
        }
        (scoring, if farthest_m.is_nan() { f32::INFINITY } else { farthest_m })
    }

    /// What the sensors report of `state`.
    fn measure(&self, state: &State<f32>, sensors: &mut NoiseStream) -> Kinematics {
        let mut noisy = |v: Vec3<f32>, deviation: f32| {
            Vector3::from((v + sensors.normal_vec3() * deviation).to_array())
        };
        let position_m = noisy(state.position_m, self.noise.position_m);
        let velocity_mps = noisy(state.velocity_mps, self.noise.velocity_mps);
        let body_rates_radps = noisy(state.body_rates_radps, self.noise.body_rates_radps);
        let Quat { w, .. } = state.world_from_body;
        let imaginary = noisy(state.world_from_body.vector(), self.noise.attitude);
        let scalar = w + sensors.normal() * self.noise.attitude;
        let world_from_body =
            UnitQuaternion::new_normalize(Quaternion::from_parts(scalar, imaginary));
        Kinematics { position_m, velocity_mps, world_from_body, body_rates_radps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::CellKind;
    use crate::test_spec::{lee_gains, short};

    fn refusal(spec: &TrainSpec, rate_hz: usize) -> String {
        let trials = Trials { starts: 1, rate_hz, ..Trials::default() };
        evaluate(spec, &trials, &[]).unwrap_err().to_string()
    }

    #[test]
    fn a_rate_that_does_not_divide_the_physics_is_refused() {
        let spec = short(CellKind::Ltc);
        assert_eq!(refusal(&spec, 300), "300 Hz does not divide 1000 Hz");
        assert_eq!(refusal(&spec, 0), "0 Hz does not divide 1000 Hz");
        assert_eq!(refusal(&spec, 2000), "2000 Hz does not divide 1000 Hz");
    }

    #[test]
    fn an_unusable_delay_is_refused() {
        let spec = TrainSpec { delay_s: f32::INFINITY, ..short(CellKind::Ltc) };
        assert!(refusal(&spec, 100).starts_with("delay_s is inf"));
    }

    #[test]
    fn lee_flies_every_start_through_every_air() {
        let trials = Trials { starts: 4, ..Trials::default() };
        let spec = short(CellKind::Ltc);
        let rows = evaluate(&spec, &trials, &[("Lee", Pilot::Lee(lee_gains()))]).unwrap();
        let [Row { name, calm, gust, dryden }] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((name.as_str(), calm.succeeded), ("Lee", 4));
        // Noise alone leaves millimetres in still air; without an integral, wind leaves decimetres.
        assert!(calm.rmse_m < 0.02 && calm.settle_s_max < 3.0, "{calm:?}");
        assert!(gust.rmse_m > calm.rmse_m && gust.rmse_m < 0.5, "{gust:?}");
        assert!(dryden.rmse_m > calm.rmse_m && dryden.rmse_m < 0.5, "{dryden:?}");
    }

    #[test]
    fn the_same_trials_give_the_same_rows_and_other_starts_others() {
        let spec = short(CellKind::Ltc);
        let fly = |first| {
            let trials = Trials { starts: 1, first, rate_hz: 100 };
            evaluate(&spec, &trials, &[("Lee", Pilot::Lee(lee_gains()))]).unwrap()
        };
        assert_eq!(fly(0), fly(0));
        assert_ne!(fly(0), fly(1));
    }

    #[test]
    fn a_pilot_without_torque_is_named() {
        let mut spec = short(CellKind::Ltc);
        let hub = spec.vehicle.rotors[0];
        spec.vehicle.rotors = [hub; ROTORS];
        let pilots = [("Lee", Pilot::Lee(lee_gains()))];
        let error = evaluate(&spec, &Trials::default(), &pilots).unwrap_err();
        assert!(error.to_string().starts_with("Lee: "), "{error}");
    }
}
