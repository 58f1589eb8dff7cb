//! What is trained, on what, and how.

use rivus_vehicle::QuadrotorSpec;
use thiserror::Error;

/// Fewest neurons that the four rotors leave room for inter and command neurons with.
const UNITS_MIN: usize = 8;
/// Longest delay in the shortest control periods: each of them costs an observation one state.
const DELAY_PERIODS_MAX: f32 = 32.0;

/// Which cell a policy is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// The liquid time-constant cell: a differential equation, three sub-steps per step.
    Ltc,
    /// The wired closed-form cell.
    Cfc,
}

/// Standard deviations of what the sensors add.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SensorNoise {
    /// Per axis, m.
    pub position_m: f32,
    /// Per axis, m/s.
    pub velocity_mps: f32,
    /// Per component of the quaternion.
    pub attitude: f32,
    /// Per axis, rad/s.
    pub body_rates_radps: f32,
}

/// What a policy is trained to fly.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainSpec {
    /// The vehicle.
    pub vehicle: QuadrotorSpec,
    /// Acceleration of free fall, m/s².
    pub gravity_mps2: f64,
    /// Age of what the sensors report, s.
    pub delay_s: f32,
    /// What the sensors add.
    pub noise: SensorNoise,
    /// The kind of network.
    pub cell: CellKind,
    /// Neurons; at least 8.
    pub units: usize,
    /// Decides wiring, first parameters and every episode.
    pub seed: u64,
    /// How it is trained.
    pub recipe: Recipe,
}

/// A number of a specification that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} is {value}, but must be {expected}")]
pub struct SpecError {
    /// Which number: the path of its field from [`TrainSpec`] on.
    pub what: &'static str,
    /// Its value.
    pub value: String,
    /// What would be right.
    pub expected: &'static str,
}

/// The settings of the optimisation and of its episodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Steps of the optimiser.
    pub iterations: usize,
    /// Learning rate at the start; it falls along a cosine to 2 % of this.
    pub learning_rate: f32,
    /// Control steps per episode.
    pub steps: usize,
    /// Steps of the vehicle model per control step.
    pub substeps: usize,
    /// Shortest and longest control period, s; each episode draws its own.
    pub period_s: (f32, f32),
    /// Strongest wind, m/s.
    pub wind_mps: f32,
    /// What a step costs.
    pub loss: LossWeights,
    /// Whether the network keeps its state from step to step.
    pub memory: bool,
}

/// Weights of the terms of the loss; the defaults were tuned, not derived.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossWeights {
    /// Of the pseudo-Huber norm of the position error.
    pub position: f64,
    /// Where the pseudo-Huber norm turns from quadratic to linear, m.
    pub knee_m: f64,
    /// Of the squared velocity.
    pub velocity: f64,
    /// Of the squared roll and pitch rates.
    pub tilt_rate: f64,
    /// Of the squared yaw rate.
    pub yaw_rate: f64,
    /// Of the squared vertical quaternion component.
    pub yaw: f64,
    /// Of the squared outputs.
    pub action: f64,
    /// Of the squared change of the outputs.
    pub change: f64,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self {
            position: 0.6,
            knee_m: 0.05,
            velocity: 0.08,
            tilt_rate: 0.004,
            yaw_rate: 0.01,
            yaw: 1.0,
            action: 0.01,
            change: 0.05,
        }
    }
}

impl Recipe {
    /// The settings that work for `cell`.
    #[must_use]
    pub fn of(cell: CellKind) -> Self {
        let (iterations, loss) = match cell {
            // The steeper loss, for more than twice as long, takes most of the cell's steady
            // offset away.
            CellKind::Ltc => {
                (3500, LossWeights { position: 1.0, velocity: 0.04, ..LossWeights::default() })
            }
            CellKind::Cfc => (1500, LossWeights::default()),
        };
        Self {
            iterations,
            learning_rate: 1e-2,
            steps: 100,
            substeps: 2,
            period_s: (0.005, 0.02),
            // Stronger than any wind it is judged in: turbulence has no upper limit.
            wind_mps: 5.0,
            loss,
            memory: true,
        }
    }
}

impl TrainSpec {
    /// Refuses numbers that would train nothing, before any work is done.
    pub(crate) fn check(&self) -> Result<(), SpecError> {
        let Recipe { iterations, steps, substeps, learning_rate, wind_mps, .. } = self.recipe;
        let (shortest_s, longest_s) = self.recipe.period_s;
        let delay_max_s = DELAY_PERIODS_MAX * shortest_s;
        at_least("units", self.units, UNITS_MIN, "at least 8")?;
        at_least("recipe.iterations", iterations, 1, "at least 1")?;
        at_least("recipe.steps", steps, 1, "at least 1")?;
        at_least("recipe.substeps", substeps, 1, "at least 1")?;
        positive("gravity_mps2", self.gravity_mps2)?;
        positive("recipe.learning_rate", learning_rate)?;
        positive("recipe.period_s.0", shortest_s)?;
        positive("recipe.period_s.1", longest_s)?;
        not_negative("recipe.wind_mps", wind_mps)?;
        not_negative("delay_s", self.delay_s)?;
        let longest = "at least recipe.period_s.0";
        require("recipe.period_s.1", longest_s, longest_s >= shortest_s, longest)?;
        let expected = "at most 32 of the shortest control periods";
        require("delay_s", self.delay_s, self.delay_s <= delay_max_s, expected)?;
        self.noise.check()?;
        self.recipe.loss.check()
    }
}

impl SensorNoise {
    fn check(&self) -> Result<(), SpecError> {
        not_negative("noise.position_m", self.position_m)?;
        not_negative("noise.velocity_mps", self.velocity_mps)?;
        not_negative("noise.attitude", self.attitude)?;
        not_negative("noise.body_rates_radps", self.body_rates_radps)
    }
}

impl LossWeights {
    fn check(&self) -> Result<(), SpecError> {
        not_negative("recipe.loss.position", self.position)?;
        // At a knee of zero the norm has no derivative.
        positive("recipe.loss.knee_m", self.knee_m)?;
        not_negative("recipe.loss.velocity", self.velocity)?;
        not_negative("recipe.loss.tilt_rate", self.tilt_rate)?;
        not_negative("recipe.loss.yaw_rate", self.yaw_rate)?;
        not_negative("recipe.loss.yaw", self.yaw)?;
        not_negative("recipe.loss.action", self.action)?;
        not_negative("recipe.loss.change", self.change)
    }
}

fn require(
    what: &'static str,
    value: impl ToString,
    is_right: bool,
    expected: &'static str,
) -> Result<(), SpecError> {
    if is_right { Ok(()) } else { Err(SpecError { what, value: value.to_string(), expected }) }
}

fn at_least(
    what: &'static str,
    value: usize,
    least: usize,
    expected: &'static str,
) -> Result<(), SpecError> {
    require(what, value, value >= least, expected)
}

fn positive(what: &'static str, value: impl Into<f64> + ToString + Copy) -> Result<(), SpecError> {
    let number = value.into();
    require(what, value, number > 0.0 && number.is_finite(), "positive and finite")
}

fn not_negative(
    what: &'static str,
    value: impl Into<f64> + ToString + Copy,
) -> Result<(), SpecError> {
    let number = value.into();
    require(what, value, number >= 0.0 && number.is_finite(), "finite and not negative")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_spec::short;

    /// The message about the specification that `change` spoils.
    fn refusal(change: impl Fn(&mut TrainSpec)) -> String {
        let mut spec = short(CellKind::Cfc);
        change(&mut spec);
        spec.check().unwrap_err().to_string()
    }

    #[test]
    fn the_recipes_pass_with_any_delay_from_zero_on() {
        for cell in [CellKind::Ltc, CellKind::Cfc] {
            let spec = TrainSpec { recipe: Recipe::of(cell), ..short(cell) };
            for delay_s in [0.0, 0.01, 0.16] {
                assert_eq!(TrainSpec { delay_s, ..spec.clone() }.check(), Ok(()));
            }
        }
    }

    #[test]
    fn a_refusal_names_the_field_its_value_and_what_is_right() {
        assert_eq!(refusal(|s| s.units = 7), "units is 7, but must be at least 8");
        assert_eq!(
            refusal(|s| s.delay_s = -0.01),
            "delay_s is -0.01, but must be finite and not negative"
        );
        assert_eq!(
            refusal(|s| s.delay_s = 1.0),
            "delay_s is 1, but must be at most 32 of the shortest control periods"
        );
        assert_eq!(
            refusal(|s| s.recipe.period_s = (0.0, 0.02)),
            "recipe.period_s.0 is 0, but must be positive and finite"
        );
        assert_eq!(
            refusal(|s| s.recipe.period_s = (0.02, 0.005)),
            "recipe.period_s.1 is 0.005, but must be at least recipe.period_s.0"
        );
        assert_eq!(
            refusal(|s| s.recipe.loss.knee_m = 0.0),
            "recipe.loss.knee_m is 0, but must be positive and finite"
        );
    }

    #[test]
    fn no_number_may_be_nan() {
        let nan = f32::NAN;
        assert!(refusal(|s| s.delay_s = nan).starts_with("delay_s is NaN"));
        assert!(refusal(|s| s.recipe.period_s.1 = nan).starts_with("recipe.period_s.1 is NaN"));
        assert!(refusal(|s| s.noise.attitude = nan).starts_with("noise.attitude is NaN"));
        assert!(refusal(|s| s.gravity_mps2 = nan.into()).starts_with("gravity_mps2 is NaN"));
    }

    #[test]
    fn an_empty_run_is_refused() {
        assert!(refusal(|s| s.recipe.iterations = 0).starts_with("recipe.iterations is 0"));
        assert!(refusal(|s| s.recipe.steps = 0).starts_with("recipe.steps is 0"));
        assert!(refusal(|s| s.recipe.substeps = 0).starts_with("recipe.substeps is 0"));
    }
}
