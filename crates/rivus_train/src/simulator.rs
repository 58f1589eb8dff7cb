//! Sixteen flights at once, forward and backward through network and vehicle.

use rivus_kernels::{Elementary, Kernels};
use rivus_vehicle::ROTORS;

use crate::cell::{Cell, Step, StepBack};
use crate::channels::{INPUTS, OBSERVED};
use crate::episode::Episodes;
use crate::lanes::{LANES, Lanes, ZERO, add, add_product, total, zip};
use crate::plant::{QUATERNION, SCALAR, STATE, loss, loss_input, plant, plant_input};
use crate::program::Program;
use crate::spec::TrainSpec;

/// A state in every episode.
pub(crate) type StateRows = [Lanes; STATE];

/// Buffers and programs to fly episodes of one specification.
pub(crate) struct Simulator {
    steps: usize,
    substeps: usize,
    memory: bool,
    plant: Program,
    loss: Program,
    kernels: Kernels,
    /// `[steps * substeps + 1]`.
    states: Vec<StateRows>,
    /// `[steps][INPUTS]`: what the network reads.
    inputs: Vec<[Lanes; INPUTS]>,
    /// `[steps]`: what the network answers.
    actions: Vec<[Lanes; ROTORS]>,
    /// `[steps][trace_len]` of the cell.
    traces: Vec<Lanes>,
    values: Vec<Lanes>,
    grads: Vec<Lanes>,
}

impl Simulator {
    pub(crate) fn new(spec: &TrainSpec) -> Self {
        let recipe = &spec.recipe;
        let plant = plant(&spec.vehicle, spec.gravity_mps2);
        let loss = loss(&recipe.loss);
        let rows = plant.len().max(loss.len());
        Self {
            steps: recipe.steps,
            substeps: recipe.substeps,
            memory: recipe.memory,
            plant,
            loss,
            kernels: Kernels::detect(),
            states: vec![[ZERO; STATE]; recipe.steps * recipe.substeps + 1],
            inputs: vec![[ZERO; INPUTS]; recipe.steps],
            actions: vec![[ZERO; ROTORS]; recipe.steps],
            traces: Vec::new(),
            values: vec![ZERO; rows],
            grads: vec![ZERO; rows],
        }
    }

    /// Flies the episodes; the mean loss per step and lane.
    pub(crate) fn forward<C: Cell>(&mut self, cell: &C, p: &[f32], draw: &Episodes) -> f32 {
        let elapsed = &draw.elapsed;
        self.traces.resize(self.steps * cell.trace_len(), ZERO);
        self.states[0] = draw.start;
        let mut state = vec![ZERO; cell.state_len()];
        let mut cost = ZERO;
        for k in 0..self.steps {
            self.observe(k, &draw.look_back, &draw.noise[k]);
            if !self.memory {
                state.fill(ZERO);
            }
            let trace = &mut self.traces[k * cell.trace_len()..][..cell.trace_len()];
            let (input, output) = (&self.inputs[k], &mut self.actions[k]);
            cell.forward(p, elapsed, Step { input, state: &mut state, output, trace });
            let wind = draw.wind(k);
            for s in k * self.substeps..(k + 1) * self.substeps {
                self.substep(s, k, wind, &draw.substep_s);
                for (row, &output) in self.plant.outputs().iter().enumerate() {
                    self.states[s + 1][row] = self.values[output];
                }
            }
            self.evaluate_loss(k, elapsed);
            add(&mut cost, &self.values[self.loss.outputs()[0]]);
        }
        total(&cost) / (self.steps * LANES) as f32
    }

    /// Derivatives of the mean loss by the raw parameters, after a forward pass.
    pub(crate) fn backward<C: Cell>(&mut self, cell: &C, p: &[f32], draw: &Episodes) -> Vec<f32> {
        let elapsed = &draw.elapsed;
        let seed = [1.0 / (self.steps * LANES) as f32; LANES];
        let mut by_parameter = vec![ZERO; p.len()];
        let mut by_state = vec![[ZERO; STATE]; self.steps + 1];
        let mut by_action = vec![[ZERO; ROTORS]; self.steps];
        let mut by_memory = vec![ZERO; cell.state_len()];
        for k in (0..self.steps).rev() {
            self.evaluate_loss(k, elapsed);
            self.loss.pull_back(&self.values, &[seed], &mut self.grads);
            let mut behind = by_state[k + 1];
            add_rows(&mut behind, &self.grads[..STATE]);
            add_rows(&mut by_action[k], &self.grads[loss_input::ACTION..]);
            if k > 0 {
                add_rows(&mut by_action[k - 1], &self.grads[loss_input::LAST_ACTION..]);
            }
            let wind = draw.wind(k);
            for s in (k * self.substeps..(k + 1) * self.substeps).rev() {
                self.substep(s, k, wind, &draw.substep_s);
                self.plant.pull_back(&self.values, &behind, &mut self.grads);
                behind.copy_from_slice(&self.grads[..STATE]);
                add_rows(&mut by_action[k], &self.grads[plant_input::ACTION..]);
            }
            add_rows(&mut by_state[k], &behind);
            if !self.memory {
                by_memory.fill(ZERO);
            }
            let mut by_input = [ZERO; INPUTS];
            let trace = &self.traces[k * cell.trace_len()..][..cell.trace_len()];
            let step = StepBack {
                trace,
                output: &by_action[k],
                state: &mut by_memory,
                input: &mut by_input,
                parameters: &mut by_parameter,
            };
            cell.backward(p, elapsed, step);
            self.observe_back(k, &draw.look_back, &by_input, &mut by_state);
        }
        let mut grads: Vec<f32> = by_parameter.iter().map(total).collect();
        cell.chain(p, &mut grads);
        grads
    }

    /// Writes the network's inputs of step `k`: a delayed state with noise, squashed.
    fn observe(&mut self, k: usize, weights: &[Lanes], noise: &[Lanes; INPUTS]) {
        let now = self.states[k * self.substeps][SCALAR];
        let inputs = &mut self.inputs[k];
        for (channel, &(row, scale)) in OBSERVED.iter().enumerate() {
            let mut value = noise[channel];
            for (back, weight) in weights.iter().enumerate() {
                let state = &self.states[k.saturating_sub(back) * self.substeps];
                add_product(&mut value, weight, &state[row]);
            }
            if (QUATERNION..SCALAR).contains(&row) {
                value = zip(&value, &now, with_sign);
            }
            inputs[channel] = value.map(|value| scale * value);
        }
        self.kernels.elementary(Elementary::Tanh, inputs.as_flattened_mut());
    }

    /// Adds to the derivatives by earlier states what the inputs of step `k` owe to them.
    fn observe_back(
        &self,
        k: usize,
        weights: &[Lanes],
        by_input: &[Lanes; INPUTS],
        by_state: &mut [StateRows],
    ) {
        let now = self.states[k * self.substeps][SCALAR];
        for (channel, &(row, scale)) in OBSERVED.iter().enumerate() {
            let slope = |x: f32| scale * (1.0 - x * x);
            let mut by_value =
                zip(&by_input[channel], &self.inputs[k][channel], |g, x| g * slope(x));
            if (QUATERNION..SCALAR).contains(&row) {
                by_value = zip(&by_value, &now, with_sign);
            }
            for (back, weight) in weights.iter().enumerate() {
                add_product(&mut by_state[k.saturating_sub(back)][row], weight, &by_value);
            }
        }
    }

    /// Runs the vehicle's program from state `s`, under the action of step `k`.
    fn substep(&mut self, s: usize, k: usize, wind: &[Lanes; 3], dt_s: &Lanes) {
        self.values[..STATE].copy_from_slice(&self.states[s]);
        self.values[plant_input::ACTION..plant_input::WIND].copy_from_slice(&self.actions[k]);
        self.values[plant_input::WIND..plant_input::DT].copy_from_slice(wind);
        self.values[plant_input::DT] = *dt_s;
        self.plant.forward(&mut self.values);
    }

    /// Runs the loss's program on the end of step `k`.
    fn evaluate_loss(&mut self, k: usize, elapsed: &Lanes) {
        let last = k.saturating_sub(1);
        self.values[..STATE].copy_from_slice(&self.states[(k + 1) * self.substeps]);
        self.values[loss_input::ACTION..loss_input::LAST_ACTION].copy_from_slice(&self.actions[k]);
        self.values[loss_input::LAST_ACTION..loss_input::PERIODS]
            .copy_from_slice(&self.actions[last]);
        self.values[loss_input::PERIODS] = *elapsed;
        self.loss.forward(&mut self.values);
    }
}

/// Adds the first rows of `from` to `to`.
fn add_rows(to: &mut [Lanes], from: &[Lanes]) {
    to.iter_mut().zip(from).for_each(|(to, from)| add(to, from));
}

/// `value`, negated where `scalar` is negative: a rotation has two quaternions, and the one with
/// w >= 0 is observed.
fn with_sign(value: f32, scalar: f32) -> f32 {
    if scalar < 0.0 { -value } else { value }
}

#[cfg(test)]
mod tests {
    use rivus_liquid::wiring::WiringSpec;
    use rivus_vehicle::NoiseStream;

    use super::*;
    use crate::cell::{Cfc, Ltc};
    use crate::spec::{CellKind, LossWeights, Recipe};
    use crate::test_spec::short;

    /// Width of the finite differences.
    const WIDTH: f32 = 4e-3;

    /// Everything that a step of the optimiser needs.
    struct Bench<C> {
        cell: C,
        raw: Vec<f32>,
        simulator: Simulator,
        episodes: Episodes,
    }

    /// Few enough steps that nothing turns over, where the sign of what is observed jumps.
    fn bench<C: Cell>(kind: CellKind, memory: bool, loss: LossWeights) -> Bench<C> {
        let spec = short(kind);
        let recipe = Recipe { memory, steps: 20, loss, ..spec.recipe };
        let spec = TrainSpec { recipe, ..spec };
        let wiring = WiringSpec::AutoNcp {
            units: spec.units,
            output_size: ROTORS,
            sparsity_level: 0.5,
            seed: 2,
        };
        let cell = C::new(&wiring.build(INPUTS).unwrap());
        let mut random = NoiseStream::new(8, "simulator", "test");
        let mut raw = cell.initial(&mut random);
        raw.iter_mut().for_each(|value| *value += 0.05 * random.normal());
        let episodes = Episodes::draw(&spec, &mut random);
        Bench { cell, raw, simulator: Simulator::new(&spec), episodes }
    }

    impl<C: Cell> Bench<C> {
        fn loss(&mut self, raw: &[f32]) -> f64 {
            self.simulator.forward(&self.cell, &self.cell.effective(raw), &self.episodes).into()
        }
    }

    /// Through cell, sensors, delay, wind, vehicle and loss at once, along the gradient and along
    /// random directions. The loss is single precision, which leaves about 5e-5 of the gradient's
    /// length in a difference; the tolerance is twice that.
    fn the_gradient_is_the_slope_of_the_loss<C: Cell>(
        kind: CellKind,
        memory: bool,
        loss: LossWeights,
    ) {
        let mut bench: Bench<C> = bench(kind, memory, loss);
        let raw = bench.raw.clone();
        bench.loss(&raw);
        let effective = bench.cell.effective(&raw);
        let grads = bench.simulator.backward(&bench.cell, &effective, &bench.episodes);
        let length = |v: &[f32]| rivus_math::ops::sqrt(v.iter().map(|x| x * x).sum());
        let mut random = NoiseStream::new(9, "simulator", "test");
        let mut directions = vec![grads.clone()];
        directions.extend((0..8).map(|_| raw.iter().map(|_| random.normal()).collect()));
        for direction in directions {
            let unit = 1.0 / length(&direction);
            let mut rise = |by: f32| {
                let mut moved = |by: f32| {
                    let each = raw.iter().zip(&direction);
                    bench.loss(&each.map(|(x, d)| x + by * unit * d).collect::<Vec<_>>())
                };
                moved(by) - moved(-by)
            };
            let slope = (8.0 * rise(WIDTH) - rise(2.0 * WIDTH)) / (12.0 * f64::from(WIDTH));
            let expected: f32 = direction.iter().zip(&grads).map(|(d, g)| unit * d * g).sum();
            let error = (slope - f64::from(expected)).abs();
            assert!(error < 1e-4 * f64::from(length(&grads)), "{kind:?}: {slope}, {expected}");
        }
    }

    #[test]
    fn gradients_are_slopes_of_the_loss_with_and_without_memory() {
        // The change of the actions is little of the whole loss, so it is looked at alone too.
        let whole = LossWeights::default();
        let change = LossWeights {
            position: 0.0,
            velocity: 0.0,
            tilt_rate: 0.0,
            yaw_rate: 0.0,
            yaw: 0.0,
            action: 0.0,
            change: 1.0,
            ..whole
        };
        for (memory, loss) in [(true, whole), (false, whole), (true, change), (false, change)] {
            the_gradient_is_the_slope_of_the_loss::<Ltc>(CellKind::Ltc, memory, loss);
            the_gradient_is_the_slope_of_the_loss::<Cfc>(CellKind::Cfc, memory, loss);
        }
    }

    /// Whether every action is that of a cell which has just been reset.
    fn forgets<C: Cell>(kind: CellKind, memory: bool) -> bool {
        let mut bench: Bench<C> = bench(kind, memory, LossWeights::default());
        bench.loss(&bench.raw.clone());
        let (cell, effective) = (&bench.cell, bench.cell.effective(&bench.raw));
        let mut trace = vec![ZERO; cell.trace_len()];
        let flown = bench.simulator.inputs.iter().zip(&bench.simulator.actions);
        flown.into_iter().all(|(input, action)| {
            let (state, mut output) = (&mut vec![ZERO; cell.state_len()][..], [ZERO; ROTORS]);
            let step = Step { input, state, output: &mut output, trace: &mut trace };
            cell.forward(&effective, &bench.episodes.elapsed, step);
            output == *action
        })
    }

    #[test]
    fn only_without_memory_is_each_step_the_first() {
        assert!(forgets::<Ltc>(CellKind::Ltc, false) && forgets::<Cfc>(CellKind::Cfc, false));
        assert!(!forgets::<Ltc>(CellKind::Ltc, true) && !forgets::<Cfc>(CellKind::Cfc, true));
    }
}
