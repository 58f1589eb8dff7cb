//! Sensors as parts of a robot: what they measure and how badly.

use bevy_ecs::component::Component;
use rivus_math::NonNegative;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{PoseSample, RatesSample, Reading, VelocitySample};

/// Measures position, velocity and attitude from outside, like a camera system in a flight hall.
///
/// Samples at the rate of the stage `sense`. Noise is white, normal and independent per axis.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[require(Reading<PoseSample>, Reading<VelocitySample>)]
pub struct MotionCapture {
    /// Standard deviation of the position, per axis.
    pub position_noise_m: NonNegative,
    /// Standard deviation of the velocity, per axis.
    pub velocity_noise_mps: NonNegative,
    /// Standard deviation of each quaternion component, before the quaternion is normalised.
    pub attitude_noise: NonNegative,
    /// Time from the measurement to its arrival.
    pub delay_s: NonNegative,
}

/// Measures body rates.
///
/// Samples at the rate of the stage `sense`. Noise is white, normal and independent per axis.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[require(Reading<RatesSample>)]
pub struct Gyroscope {
    /// Standard deviation of the rate, per axis.
    pub rate_noise_radps: NonNegative,
    /// Standard deviation of the constant bias of each axis, which the seed draws once per run.
    pub rate_bias_radps: NonNegative,
    /// Time from the measurement to its arrival.
    pub delay_s: NonNegative,
}
