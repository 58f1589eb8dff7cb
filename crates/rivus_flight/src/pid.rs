//! A proportional-integral-derivative law for one axis.

use rivus_math::{Finite, NonNegative};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Gains of a [`Pid`], as a scene writes them; the unit is that of the output per that of the error
/// (and seconds).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PidSpec {
    /// Output per error.
    pub kp: Finite,
    /// Output per integral of the error.
    pub ki: Finite,
    /// Output per rate of change of the error.
    pub kd: Finite,
    /// Largest output that the integral may contribute, either way.
    pub integral_limit: NonNegative,
}

/// A proportional-integral-derivative law: gains and memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "PidSpec", into = "PidSpec")]
#[schemars(with = "PidSpec")]
pub struct Pid {
    spec: PidSpec,
    /// Contribution of the integral to the output.
    integral: f32,
    last_error: Option<f32>,
}

impl Pid {
    /// The output for `error`, `dt_s` after the last step; an error that is not finite gives 0 and
    /// is forgotten.
    ///
    /// The first step has no derivative, because there is nothing to compare with.
    pub fn step(&mut self, error: f32, dt_s: f32) -> f32 {
        if !(error.is_finite() && dt_s > 0.0) {
            return 0.0;
        }
        let limit = self.spec.integral_limit.f32();
        let moved = self.integral + self.spec.ki.f32() * error * dt_s;
        self.integral = moved.max(-limit).min(limit);
        let slope = self.last_error.map_or(0.0, |last| (error - last) / dt_s);
        self.last_error = Some(error);
        self.spec.kp.f32() * error + self.integral + self.spec.kd.f32() * slope
    }

    /// Forgets what was gathered, e.g. when another controller has been flying.
    pub fn reset(&mut self) {
        *self = Self::from(self.spec);
    }
}

impl From<PidSpec> for Pid {
    fn from(spec: PidSpec) -> Self {
        Self { spec, integral: 0.0, last_error: None }
    }
}

impl From<Pid> for PidSpec {
    fn from(pid: Pid) -> Self {
        pid.spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid(gains: [f64; 3], integral_limit: f64) -> Pid {
        let [kp, ki, kd] = gains.map(|gain| Finite::new(gain).unwrap());
        Pid::from(PidSpec { kp, ki, kd, integral_limit: NonNegative::new(integral_limit).unwrap() })
    }

    #[test]
    fn each_gain_has_its_own_share() {
        assert_eq!(pid([2.0, 0.0, 0.0], 1.0).step(0.5, 0.1), 1.0);
        let mut integral = pid([0.0, 2.0, 0.0], 1.0);
        assert_eq!(integral.step(0.5, 0.25), 0.25);
        assert_eq!(integral.step(0.5, 0.25), 0.5);
        let mut derivative = pid([0.0, 0.0, 2.0], 1.0);
        assert_eq!(derivative.step(0.5, 0.5), 0.0);
        assert_eq!(derivative.step(1.0, 0.5), 2.0);
    }

    #[test]
    fn the_integral_stops_at_its_limit_and_leaves_it_at_once() {
        let mut law = pid([0.0, 1.0, 0.0], 0.5);
        for _ in 0..100 {
            assert!(law.step(1.0, 0.1) <= 0.5);
        }
        assert!(law.step(-1.0, 0.1) < 0.45);
        law.reset();
        assert_eq!(law.step(0.0, 0.1), 0.0);
    }

    #[test]
    fn a_broken_error_leaves_no_trace() {
        let mut law = pid([1.0, 1.0, 1.0], 9.0);
        let mut other = law;
        assert_eq!(law.step(f32::NAN, 0.1), 0.0);
        assert_eq!(law.step(1.0, 0.0), 0.0);
        assert_eq!(law.step(1.0, 0.1), other.step(1.0, 0.1));
    }

    #[test]
    fn a_scene_writes_the_gains_alone() {
        let text = "(kp: 2, ki: 0.5, kd: -1, integral_limit: 3)";
        let mut law: Pid = ron::from_str(text).unwrap();
        assert_eq!(law.step(1.0, 1.0), 2.5);
        let written = ron::to_string(&law).unwrap();
        assert_eq!(written, "(kp:2.0,ki:0.5,kd:-1.0,integral_limit:3.0)");
        assert!(ron::from_str::<Pid>("(kp: 2, ki: 0.5, kd: -1, integral_limit: -3)").is_err());
    }
}
