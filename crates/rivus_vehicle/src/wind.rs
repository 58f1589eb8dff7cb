//! The velocity of the air: calm, constant, or constant with Dryden turbulence.

use rivus_math::ops::f64 as ops;
use rivus_math::{Finite, NonNegative, OutOfRange, Positive, Vec3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::NoiseStream;

/// One foot in metres; MIL-F-8785C is written in feet.
const FOOT_M: f64 = 0.3048;
/// One knot in m/s.
const KNOT_MPS: f64 = 1852.0 / 3600.0;
/// Turbulence passes a vehicle at least at this speed, m/s; in a still mean wind it would otherwise
/// never change.
const PASSAGE_MPS_MIN: f64 = 1.0;

/// The wind of a world.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum WindSpec {
    /// Still air.
    Calm,
    /// The same wind everywhere and always.
    Constant {
        /// Velocity of the air, world frame.
        velocity_mps: (Finite, Finite, Finite),
    },
    /// A mean wind with Dryden turbulence of MIL-F-8785C, low altitude.
    Dryden {
        /// Mean velocity of the air, world frame.
        mean_mps: (Finite, Finite, Finite),
        /// Strength of the turbulence.
        intensity: Intensity,
        /// Height above ground that sets the turbulence's scales.
        height_m: LowHeight,
    },
}

/// Strength of turbulence: the wind speed at 20 feet above ground, W20.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Intensity {
    /// W20 of 15 knots.
    Light,
    /// W20 of 30 knots.
    Moderate,
    /// W20 of 45 knots.
    Severe,
    /// This W20, m/s.
    W20Mps(NonNegative),
}

impl Intensity {
    /// Wind speed at 20 feet above ground, m/s.
    #[must_use]
    pub const fn w20_mps(self) -> f64 {
        match self {
            Self::Light => 15.0 * KNOT_MPS,
            Self::Moderate => 30.0 * KNOT_MPS,
            Self::Severe => 45.0 * KNOT_MPS,
            Self::W20Mps(speed) => speed.get(),
        }
    }
}

/// A height at which the low-altitude model holds: above zero, at most 1000 feet (304.8 m).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(with = "f64")]
pub struct LowHeight(f64);

/// Why a number is no [`LowHeight`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HeightError {
    /// Not above zero, or not finite.
    NotPositive(OutOfRange),
    /// Above 1000 feet; the height in metres.
    TooHigh(f64),
}

impl core::fmt::Display for HeightError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotPositive(error) => error.fmt(f),
            Self::TooHigh(height_m) => {
                write!(f, "expected a height up to 304.8 m (1000 ft), found {height_m}")
            }
        }
    }
}

impl core::error::Error for HeightError {}

impl TryFrom<f64> for LowHeight {
    type Error = HeightError;
    fn try_from(height_m: f64) -> Result<Self, HeightError> {
        let height_m = Positive::new(height_m).map_err(HeightError::NotPositive)?.get();
        if height_m > 1000.0 * FOOT_M {
            return Err(HeightError::TooHigh(height_m));
        }
        Ok(Self(height_m))
    }
}

impl From<LowHeight> for f64 {
    fn from(height: LowHeight) -> Self {
        height.0
    }
}

/// The wind at one place, moving on in time.
#[derive(Clone, Debug)]
pub struct Wind {
    mean_mps: Vec3<f32>,
    turbulence: Option<Turbulence>,
}

impl Wind {
    /// The wind of `spec`; `noise` feeds the turbulence, whose first value already has its full
    /// strength.
    #[must_use]
    pub fn new(spec: &WindSpec, mut noise: NoiseStream) -> Self {
        match *spec {
            WindSpec::Calm => Self { mean_mps: Vec3::zero(), turbulence: None },
            WindSpec::Constant { velocity_mps } => {
                Self { mean_mps: velocity_mps.into(), turbulence: None }
            }
            WindSpec::Dryden { mean_mps, intensity, height_m } => {
                let mean_mps = Vec3::from(mean_mps);
                let scales = Scales::low_altitude(height_m, intensity);
                let passage_mps = f64::from(mean_mps.norm()).max(PASSAGE_MPS_MIN);
                let turbulence = Turbulence {
                    along: horizontal_direction(mean_mps),
                    longitudinal: Longitudinal {
                        time_s: scales.length_u_m / passage_mps,
                        sigma_mps: scales.sigma_u_mps,
                        value: noise.normal().into(),
                    },
                    lateral: Transverse::new(
                        scales.length_u_m / passage_mps,
                        scales.sigma_u_mps,
                        &mut noise,
                    ),
                    vertical: Transverse::new(
                        scales.length_w_m / passage_mps,
                        scales.sigma_w_mps,
                        &mut noise,
                    ),
                    noise,
                };
                Self { mean_mps, turbulence: Some(turbulence) }
            }
        }
    }

    /// The velocity of the air `dt_s` later, world frame, m/s.
    ///
    /// The discretisation is exact: the statistics do not depend on the step.
    #[must_use]
    pub fn step(&mut self, dt_s: f32) -> Vec3<f32> {
        match &mut self.turbulence {
            None => self.mean_mps,
            Some(turbulence) => self.mean_mps + turbulence.step(f64::from(dt_s)),
        }
    }
}

/// Scale lengths and standard deviations of MIL-F-8785C below 1000 feet; u is along the mean wind,
/// w is up, v is as u.
#[derive(Clone, Copy, Debug)]
struct Scales {
    length_u_m: f64,
    length_w_m: f64,
    sigma_u_mps: f64,
    sigma_w_mps: f64,
}

impl Scales {
    fn low_altitude(height: LowHeight, intensity: Intensity) -> Self {
        let height_ft = height.0 / FOOT_M;
        let base = 0.177 + 0.000_823 * height_ft;
        let sigma_w_mps = 0.1 * intensity.w20_mps();
        Self {
            length_u_m: height.0 / ops::powf(base, 1.2),
            length_w_m: height.0,
            sigma_u_mps: sigma_w_mps / ops::powf(base, 0.4),
            sigma_w_mps,
        }
    }
}

/// The three forming filters and the noise that drives them.
#[derive(Clone, Debug)]
struct Turbulence {
    /// Horizontal unit vector of the mean wind, world frame.
    along: Vec3<f32>,
    longitudinal: Longitudinal,
    lateral: Transverse,
    vertical: Transverse,
    noise: NoiseStream,
}

impl Turbulence {
    /// The gust `dt_s` later, world frame, m/s.
    fn step(&mut self, dt_s: f64) -> Vec3<f32> {
        let u = self.longitudinal.step(dt_s, &mut self.noise) as f32;
        let v = self.lateral.step(dt_s, &mut self.noise) as f32;
        let w = self.vertical.step(dt_s, &mut self.noise) as f32;
        let left = Vec3::new(-self.along.y, self.along.x, 0.0);
        self.along * u + left * v + Vec3::new(0.0, 0.0, w)
    }
}

/// White noise through `1 / (1 + T s)`, scaled to a standard deviation; T = L/V.
#[derive(Clone, Copy, Debug)]
struct Longitudinal {
    time_s: f64,
    sigma_mps: f64,
    /// Standard deviation 1.
    value: f64,
}

impl Longitudinal {
    fn step(&mut self, dt_s: f64, noise: &mut NoiseStream) -> f64 {
        let decay = ops::exp(-dt_s / self.time_s);
        let fresh = ops::sqrt((1.0 - decay * decay).max(0.0));
        self.value = decay * self.value + fresh * f64::from(noise.normal());
        self.sigma_mps * self.value
    }
}

/// White noise through `(1 + √3 T s) / (1 + T s)²`, scaled to a standard deviation; T = L/V.
///
/// Two lags in series, `T dx/dt = noise − x` and `T dy/dt = x − y`, give the output `σ/√2 (√3 x +
/// (1 − √3) y)`: in the steady state Var x = 1 and Var y = Cov(x, y) = ½, hence the variance of the
/// output is σ².
#[derive(Clone, Copy, Debug)]
struct Transverse {
    time_s: f64,
    sigma_mps: f64,
    first: f64,
    second: f64,
}

impl Transverse {
    /// A filter in its steady state.
    fn new(time_s: f64, sigma_mps: f64, noise: &mut NoiseStream) -> Self {
        let first = f64::from(noise.normal());
        let second = 0.5 * first + 0.5 * f64::from(noise.normal());
        Self { time_s, sigma_mps, first, second }
    }

    fn step(&mut self, dt_s: f64, noise: &mut NoiseStream) -> f64 {
        let h = dt_s / self.time_s;
        let decay = ops::exp(-h);
        let decay2 = decay * decay;
        // The noise gathered in a step has the covariance P − A P Aᵀ with A = e⁻ʰ [1 0; h 1] and P
        // = [1 ½; ½ ½]; its Cholesky factor makes it from two independent numbers. The last entry
        // is h³/6 for a small h, where the difference may round below zero.
        let var_first = 1.0 - decay2;
        let covariance = 0.5 - decay2 * (h + 0.5);
        let var_second = 0.5 - decay2 * (h * h + h + 0.5);
        let a = ops::sqrt(var_first.max(0.0));
        let b = if a > 0.0 { covariance / a } else { 0.0 };
        let c = ops::sqrt((var_second - b * b).max(0.0));
        let (n1, n2) = (f64::from(noise.normal()), f64::from(noise.normal()));
        self.second = decay * (h * self.first + self.second) + b * n1 + c * n2;
        self.first = decay * self.first + a * n1;
        let sqrt3 = ops::sqrt(3.0);
        let output = sqrt3 * self.first + (1.0 - sqrt3) * self.second;
        self.sigma_mps * core::f64::consts::FRAC_1_SQRT_2 * output
    }
}

/// The horizontal unit vector along `v`; east when `v` has no horizontal part.
fn horizontal_direction(v: Vec3<f32>) -> Vec3<f32> {
    let horizontal = Vec3::new(v.x, v.y, 0.0);
    let speed = horizontal.norm();
    if speed > 0.0 { horizontal * (1.0 / speed) } else { Vec3::new(1.0, 0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn height(height_m: f64) -> LowHeight {
        LowHeight::try_from(height_m).unwrap()
    }

    /// Light turbulence 2 m above ground in a mean wind of 2 m/s to the north.
    fn light_at_2m(seed: u64) -> Wind {
        let zero = Finite::new(0.0).unwrap();
        let spec = WindSpec::Dryden {
            mean_mps: (zero, Finite::new(2.0).unwrap(), zero),
            intensity: Intensity::Light,
            height_m: height(2.0),
        };
        Wind::new(&spec, NoiseStream::new(seed, "world", "wind"))
    }

    #[test]
    fn scales_at_two_metres_are_those_of_the_standard() {
        let scales = Scales::low_altitude(height(2.0), Intensity::Light);
        assert!((scales.length_u_m - 15.4).abs() < 0.1, "{scales:?}");
        assert!((scales.length_w_m - 2.0).abs() < 1e-12, "{scales:?}");
        assert!((scales.sigma_w_mps - 0.772).abs() < 1e-3, "{scales:?}");
        assert!((scales.sigma_u_mps / scales.sigma_w_mps - 1.98).abs() < 0.01, "{scales:?}");
        assert!(LowHeight::try_from(305.0).is_err());
        assert!(LowHeight::try_from(0.0).is_err());
    }

    #[test]
    fn mean_and_deviation_are_as_specified_at_any_step() {
        // Axes: lateral is east-west, longitudinal is north, vertical is up.
        let expected = [(0.0, 1.528), (2.0, 1.528), (0.0, 0.772)];
        for dt_s in [0.005, 0.5, 30.0] {
            let (mut sum, mut square, mut count) = ([0.0; 3], [0.0; 3], 0.0);
            for seed in 0..400 {
                let mut wind = light_at_2m(seed);
                for _ in 0..100 {
                    let v = wind.step(dt_s).to_array().map(f64::from);
                    sum = core::array::from_fn(|i| sum[i] + v[i]);
                    square = core::array::from_fn(|i| square[i] + v[i] * v[i]);
                    count += 1.0;
                }
            }
            for i in 0..3 {
                let mean: f64 = sum[i] / count;
                let deviation = ops::sqrt(square[i] / count - mean * mean);
                // 400 independent starts leave 5 % of a deviation in the mean, 4 % in the
                // deviation.
                assert!((mean - expected[i].0).abs() < 0.2 * expected[i].1, "{dt_s} {i} {mean}");
                assert!((deviation / expected[i].1 - 1.0).abs() < 0.1, "{dt_s} {i} {deviation}");
            }
        }
    }

    /// Power of each axis at `omega_radps`, up to a common factor, averaged over many flights.
    fn power(omega_radps: f64) -> [f64; 3] {
        const STEPS: u32 = 1024;
        let dt_s = 0.01;
        let mut power = [0.0; 3];
        for seed in 0..200 {
            let mut wind = light_at_2m(seed);
            let mut spectrum = [[0.0; 2]; 3];
            for k in 0..STEPS {
                let phase = omega_radps * dt_s * f64::from(k);
                // A raised cosine keeps the strong low frequencies out of the weak high ones.
                let turn = core::f64::consts::TAU * f64::from(k) / f64::from(STEPS);
                let window = 0.5 - 0.5 * ops::cos(turn);
                let v = wind.step(dt_s as f32).to_array().map(f64::from);
                for (axis, sum) in spectrum.iter_mut().enumerate() {
                    sum[0] += window * v[axis] * ops::cos(phase);
                    sum[1] += window * v[axis] * ops::sin(phase);
                }
            }
            for axis in 0..3 {
                power[axis] += spectrum[axis][0].powi(2) + spectrum[axis][1].powi(2);
            }
        }
        power
    }

    #[test]
    fn power_falls_with_the_square_of_frequency_above_the_corner() {
        // The corners V/L are 0.13 and 1 rad/s, the sampling's limit is 314 rad/s.
        let (low, high) = (power(12.0), power(48.0));
        for axis in 0..3 {
            let slope = ops::ln(high[axis] / low[axis]) / ops::ln(4.0);
            assert!((slope + 2.0).abs() < 0.2, "axis {axis}: slope {slope}");
        }
    }

    #[test]
    fn calm_and_constant_wind_do_not_change() {
        let noise = || NoiseStream::new(0, "world", "wind");
        assert_eq!(Wind::new(&WindSpec::Calm, noise()).step(0.001), Vec3::zero());
        let speed = |x| Finite::new(x).unwrap();
        let spec = WindSpec::Constant { velocity_mps: (speed(3.0), speed(0.0), speed(-1.0)) };
        let mut wind = Wind::new(&spec, noise());
        assert_eq!(wind.step(0.001), Vec3::new(3.0, 0.0, -1.0));
        assert_eq!(wind.step(9.0), Vec3::new(3.0, 0.0, -1.0));
    }

    #[test]
    fn a_scene_writes_wind_in_one_line() {
        let parse = |text| ron::from_str::<WindSpec>(text);
        assert_eq!(parse("Calm").unwrap(), WindSpec::Calm);
        let dryden = "Dryden(mean_mps: (2, 0, 0), intensity: W20Mps(7.5), height_m: 2)";
        let WindSpec::Dryden { intensity, .. } = parse(dryden).unwrap() else {
            panic!("not turbulence");
        };
        assert_eq!(intensity.w20_mps(), 7.5);
        let too_high = "Dryden(mean_mps: (2, 0, 0), intensity: Light, height_m: 400)";
        let message = alloc::string::ToString::to_string(&parse(too_high).unwrap_err());
        assert!(message.contains("up to 304.8 m"), "{message}");
        assert!(parse("Constant(velocity_kmh: (1, 0, 0))").is_err());
    }
}
