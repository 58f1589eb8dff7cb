//! Simulated sensors: the truth of a moment ago, with noise and bias.

use bevy_ecs::component::Component;
use bevy_ecs::system::{Query, Res};
use rivus_app::Tick;
use rivus_math::{Quat, Vec3};
use rivus_robot::{Gyroscope, MotionCapture, PoseSample, RatesSample, Reading, VelocitySample};
use rivus_vehicle::NoiseStream;

use crate::history::{History, Moment};
use crate::injected::SensorFaults;

/// The noise of one robot's motion capture.
#[derive(Component, Clone, Debug)]
pub(crate) struct MotionCaptureNoise(NoiseStream);

impl MotionCaptureNoise {
    pub(crate) fn new(seed: u64, robot: &str) -> Self {
        Self(NoiseStream::new(seed, robot, "motion_capture"))
    }
}

/// The noise of one robot's gyroscope, and its bias in units of the standard deviation.
#[derive(Component, Clone, Debug)]
pub(crate) struct GyroscopeNoise {
    stream: NoiseStream,
    bias: Vec3<f32>,
}

impl GyroscopeNoise {
    pub(crate) fn new(seed: u64, robot: &str) -> Self {
        let mut stream = NoiseStream::new(seed, robot, "gyroscope");
        let bias = stream.normal_vec3();
        Self { stream, bias }
    }
}

/// Fills the readings of motion capture.
pub(crate) fn sense_motion_capture(
    tick: Res<Tick>,
    mut sensors: Query<(
        &MotionCapture,
        &SensorFaults,
        &History,
        &mut MotionCaptureNoise,
        &mut Reading<PoseSample>,
        &mut Reading<VelocitySample>,
    )>,
) {
    for (sensor, faults, history, mut noise, mut pose, mut velocity) in &mut sensors {
        let fault = faults.motion_capture;
        let moment = delayed(history, &tick, fault.delay_s(sensor.delay_s));
        let (pose_sample, velocity_sample) = measure_motion(sensor, moment, &mut noise.0);
        fault.deliver(&mut pose, pose_sample, moment.stamp_ns);
        fault.deliver(&mut velocity, velocity_sample, moment.stamp_ns);
    }
}

/// Fills the readings of gyroscopes.
pub(crate) fn sense_gyroscope(
    tick: Res<Tick>,
    mut sensors: Query<(
        &Gyroscope,
        &SensorFaults,
        &History,
        &mut GyroscopeNoise,
        &mut Reading<RatesSample>,
    )>,
) {
    for (sensor, faults, history, mut noise, mut rates) in &mut sensors {
        let fault = faults.gyroscope;
        let moment = delayed(history, &tick, fault.delay_s(sensor.delay_s));
        let sample = measure_rates(sensor, moment, &mut noise);
        fault.deliver(&mut rates, sample, moment.stamp_ns);
    }
}

/// Base ticks that fit into a delay, rounded up.
pub(crate) fn ticks_of(delay_s: f64, base_hz: u32) -> usize {
    // The cast saturates; a delay of more ticks than memory has places fails to allocate.
    (delay_s * f64::from(base_hz)).ceil() as usize
}

/// What was true when a reading that arrives now was taken: to the nearest tick.
fn delayed<'a>(history: &'a History, tick: &Tick, delay_s: f64) -> &'a Moment {
    // Saturates far beyond any flight.
    let delay_ns = (delay_s * 1e9) as u64;
    history.at((tick.time_ns + tick.period_ns / 2).saturating_sub(delay_ns))
}

fn measure_motion(
    sensor: &MotionCapture,
    moment: &Moment,
    noise: &mut NoiseStream,
) -> (PoseSample, VelocitySample) {
    let truth = &moment.state;
    let position_m = truth.position_m + noise.normal_vec3() * sensor.position_noise_m.f32();
    let velocity_mps = truth.velocity_mps + noise.normal_vec3() * sensor.velocity_noise_mps.f32();
    let sigma = sensor.attitude_noise.f32();
    let mut wobble = || sigma * noise.normal();
    let q = truth.world_from_body;
    let attitude =
        Quat::new(q.x + wobble(), q.y + wobble(), q.z + wobble(), q.w + wobble()).normalized();
    (
        PoseSample { position_m: position_m.into(), world_from_body: attitude.into() },
        VelocitySample { velocity_mps: velocity_mps.into() },
    )
}

fn measure_rates(sensor: &Gyroscope, moment: &Moment, noise: &mut GyroscopeNoise) -> RatesSample {
    let white = noise.stream.normal_vec3() * sensor.rate_noise_radps.f32();
    let bias = noise.bias * sensor.rate_bias_radps.f32();
    RatesSample { body_rates_radps: (moment.state.body_rates_radps + bias + white).into() }
}

#[cfg(test)]
mod tests {
    use rivus_math::NonNegative;
    use rivus_vehicle::State;

    use super::*;

    fn of(value: f64) -> NonNegative {
        NonNegative::new(value).unwrap()
    }

    fn moment() -> Moment {
        let state = State {
            body_rates_radps: Vec3::new(0.1, -0.2, 0.3),
            ..State::at_rest(Vec3::new(1.0, 2.0, 3.0), 0.0)
        };
        Moment { stamp_ns: 0, state }
    }

    #[test]
    fn motion_capture_has_the_noise_it_states() {
        const COUNT: usize = 20_000;
        let sensor = MotionCapture {
            position_noise_m: of(0.01),
            velocity_noise_mps: of(0.03),
            attitude_noise: of(0.005),
            delay_s: of(0.0),
        };
        let mut noise = NoiseStream::new(1, "drone", "motion_capture");
        let mut squares = [0.0_f64; 3];
        for _ in 0..COUNT {
            let (pose, velocity) = measure_motion(&sensor, &moment(), &mut noise);
            let off = pose.position_m - nalgebra::Vector3::new(1.0, 2.0, 3.0);
            squares[0] += f64::from(off.norm_squared());
            squares[1] += f64::from(velocity.velocity_mps.norm_squared());
            squares[2] += f64::from(pose.world_from_body.imag().norm_squared());
        }
        let sigmas = squares.map(|sum| (sum / (3 * COUNT) as f64).sqrt());
        for (sigma, stated) in sigmas.into_iter().zip([0.01, 0.03, 0.005]) {
            assert!((sigma / stated - 1.0).abs() < 0.02, "{sigma} for {stated}");
        }
    }

    #[test]
    fn the_bias_of_a_gyroscope_stays_and_its_noise_does_not() {
        let sensor =
            Gyroscope { rate_noise_radps: of(0.02), rate_bias_radps: of(0.1), delay_s: of(0.0) };
        let mut noise = GyroscopeNoise::new(5, "drone");
        let bias = noise.bias * 0.1;
        let mean = (0..20_000)
            .map(|_| Vec3::from(measure_rates(&sensor, &moment(), &mut noise).body_rates_radps))
            .fold(Vec3::zero(), |sum, rates| sum + rates * (1.0 / 20_000.0));
        let off = mean - moment().state.body_rates_radps - bias;
        assert!(bias.norm() > 0.02 && off.norm() < 1e-3, "{off:?}");
    }

    #[test]
    fn a_reading_is_as_old_as_the_delay() {
        let mut history = History::new(ticks_of(0.010, 1000), moment().state);
        for index in 1..=30 {
            history.push(Moment { stamp_ns: index * 1_000_000, ..moment() });
        }
        let now = Tick { index: 30, time_ns: 30_000_000, period_ns: 1_000_000 };
        let stamp_ns = |delay_s| delayed(&history, &now, delay_s).stamp_ns;
        assert_eq!(stamp_ns(0.0), 30_000_000);
        assert_eq!(stamp_ns(0.010), 20_000_000);
        assert_eq!(stamp_ns(0.0072), 23_000_000);
    }
}
