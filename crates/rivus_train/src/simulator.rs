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

/// `value`, negated where `scalar` is negative: of the two quaternions of a rotation, the one with w >= 0.
fn with_sign(value: f32, scalar: f32) -> f32 {
    if scalar < 0.0 { -value } else { value }
}
