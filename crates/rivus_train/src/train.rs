//! Training: gradients of flights until the budget is used up.

use rivus_liquid::wiring::{Wiring, WiringError, WiringSpec};
use rivus_liquid::{
    Elapsed, LayerWiring, Network, NetworkError, Policy, PolicyError, PolicyInfo, Provenance,
    RateRange,
};
use rivus_math::ops;
use rivus_vehicle::{NoiseStream, ROTORS};
use thiserror::Error;

use crate::adam::Adam;
use crate::cell::{Cell, Cfc, Ltc};
use crate::channels::{self, INPUTS};
use crate::episode::{Episodes, PERIOD_S};
use crate::simulator::Simulator;
use crate::spec::{CellKind, SpecError, TrainSpec};

/// Share of the learning rate that is left at the end.
const RATE_LEFT: f32 = 0.02;

/// How far a training run has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps of the optimiser made.
    pub iteration: usize,
    /// Steps of the optimiser in all.
    pub iterations: usize,
    /// Mean loss per control step of the last sixteen episodes.
    pub loss: f32,
}

/// A trained policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// Ready to fly or to be written to a file.
    pub policy: Policy,
    /// Number of trained parameters.
    pub parameters: usize,
    /// Mean loss per control step over the last tenth of the run.
    pub loss: f32,
}

/// Why nothing was trained.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A number of the specification cannot be used.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The size does not give a wiring.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The loss stopped being a number.
    #[error("training diverged at step {iteration} of the optimiser")]
    Diverged {
        /// When.
        iteration: usize,
    },
    /// The trained weights do not make a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The network does not make a policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// Trains a policy to hover: gradients of the flown episodes by the network's parameters, back
/// through the vehicle model. The same specification gives the same policy, bit for bit.
///
/// `progress` is called after every step of the optimiser.
///
/// # Errors
/// If the specification is not usable or the loss stops being a number.
pub fn train(spec: &TrainSpec, progress: &mut dyn FnMut(Progress)) -> Result<Trained, TrainError> {
    spec.check()?;
    match spec.cell {
        CellKind::Ltc => train_cell::<Ltc>(spec, progress),
        CellKind::Cfc => train_cell::<Cfc>(spec, progress),
    }
}

fn train_cell<C: Cell>(
    spec: &TrainSpec,
    progress: &mut dyn FnMut(Progress),
) -> Result<Trained, TrainError> {
    let wiring_spec = WiringSpec::AutoNcp {
        units: spec.units,
        output_size: ROTORS,
        // The default of Python `ncps`.
        sparsity_level: 0.5,
        // The wiring's seed has 32 bits; the lower half of the run's seed is as good as any.
        seed: spec.seed as u32,
    };
    let wiring = wiring_spec.build(INPUTS)?;
    let cell = C::new(&wiring);
    let mut random = NoiseStream::new(spec.seed, "trainer", "episodes");
    let mut raw = cell.initial(&mut NoiseStream::new(spec.seed, "trainer", "parameters"));
    let mut adam = Adam::new(cell.rates());
    let mut simulator = Simulator::new(spec);
    let iterations = spec.recipe.iterations;
    let (mut tail, mut tail_len) = (0.0, 0);
    for iteration in 0..iterations {
        let effective = cell.effective(&raw);
        let episodes = Episodes::draw(spec, &mut random);
        let loss = simulator.forward(&cell, &effective, &episodes);
        if !loss.is_finite() {
            return Err(TrainError::Diverged { iteration });
        }
        let mut grads = simulator.backward(&cell, &effective, &episodes);
        let done = iteration as f32 / iterations as f32;
        let cosine = 0.5 + 0.5 * ops::cos(core::f32::consts::PI * done);
        let rate = spec.recipe.learning_rate * (RATE_LEFT + (1.0 - RATE_LEFT) * cosine);
        adam.step(rate, &mut grads, &mut raw);
        // The last one counts even in a run that is too short for a tenth.
        if iteration * 10 >= iterations * 9 || iteration + 1 == iterations {
            tail += loss;
            tail_len += 1;
        }
        progress(Progress { iteration: iteration + 1, iterations, loss });
    }
    let network = Network::new(vec![cell.layer(&cell.effective(&raw))?])?;
    let policy = Policy::new(network, info(spec, &wiring, wiring_spec))?;
    Ok(Trained { policy, parameters: raw.len(), loss: tail / tail_len as f32 })
}

/// What the policy's file says beside the weights.
fn info(spec: &TrainSpec, wiring: &Wiring, wiring_spec: WiringSpec) -> PolicyInfo {
    PolicyInfo {
        inputs: channels::inputs(),
        outputs: channels::outputs(),
        // The recipes draw 50 to 200 Hz; that their policies also hold at 500 Hz was measured.
        rate: RateRange { min_hz: 50.0, max_hz: 500.0 },
        elapsed: Elapsed::Periods(PERIOD_S),
        provenance: Provenance {
            task: "hover".into(),
            seed: spec.seed,
            version: env!("CARGO_PKG_VERSION").into(),
            command: None,
        },
        wirings: vec![Some(LayerWiring { spec: Some(wiring_spec), layers: wiring.layers.clone() })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::SensorNoise;
    use crate::test_spec::short;

    fn trained(spec: &TrainSpec) -> (Trained, Vec<f32>) {
        let mut losses = Vec::new();
        let trained = train(spec, &mut |progress| {
            assert_eq!(progress.iterations, spec.recipe.iterations);
            losses.push(progress.loss);
            assert_eq!(progress.iteration, losses.len());
        });
        (trained.unwrap(), losses)
    }

    #[test]
    fn the_same_specification_gives_the_same_bytes_and_another_seed_others() {
        for cell in [CellKind::Ltc, CellKind::Cfc] {
            let spec = short(cell);
            let bytes = |spec: &TrainSpec| trained(spec).0.policy.to_bytes().unwrap();
            let first = bytes(&spec);
            assert_eq!(first, bytes(&spec), "{cell:?}");
            assert_ne!(first, bytes(&TrainSpec { seed: 2, ..spec.clone() }), "{cell:?}");
        }
    }

    #[test]
    fn a_policy_is_trained_without_delay_and_noise_too() {
        let mut spec = TrainSpec { delay_s: 0.0, ..short(CellKind::Cfc) };
        spec.noise = SensorNoise {
            position_m: 0.0,
            velocity_mps: 0.0,
            attitude: 0.0,
            body_rates_radps: 0.0,
        };
        spec.recipe.iterations = 10;
        assert!(trained(&spec).0.loss.is_finite());
    }

    #[test]
    fn a_bad_number_is_refused_before_the_first_step() {
        let spec = TrainSpec { units: 3, ..short(CellKind::Ltc) };
        let error = train(&spec, &mut |_| panic!("a step was made")).unwrap_err();
        assert_eq!(error.to_string(), "units is 3, but must be at least 8");
    }

    #[test]
    fn tens_of_steps_lower_the_loss() {
        for cell in [CellKind::Ltc, CellKind::Cfc] {
            let (trained, losses) = trained(&short(cell));
            let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
            let (start, end) = (mean(&losses[..10]), mean(&losses[90..]));
            assert!(end < 0.8 * start, "{cell:?}: {start} to {end}");
            assert!((trained.loss - end).abs() < 1e-6, "{} is not {end}", trained.loss);
        }
    }
}
