//! A network on one kernel, with the robots that fly it.

use rivus_kernels::Kernels;
use rivus_liquid::{BatchScratch, Network, Policy, Scratch, StepFault};

use super::super::stimulus::Stimulus;

/// Steps of one robot over which kernels are compared: several times round the stimulus.
const COMPARED_STEPS: usize = 256;

/// Steps of all robots together, so that large batches need not wait for the scalar kernel; at
/// least [`COMPARED_STEPS_MIN`] of each.
const COMPARED_ROBOT_STEPS: usize = 8192;

/// Enough for a difference in one step to be seen in the next ones.
const COMPARED_STEPS_MIN: usize = 4;

/// Which of the two ways to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// [`Network::step`].
    Step,
    /// [`Network::step_batch`].
    StepBatch,
}

impl How {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::StepBatch => "step_batch",
        }
    }
}

/// All that a step needs.
#[derive(Clone)]
pub(super) struct Subject {
    network: Network,
    how: How,
    elapsed: f32,
    rows: Vec<u32>,
    states: Vec<f32>,
    outputs: Vec<f32>,
    scratch: Scratch,
    batch_scratch: BatchScratch,
}

impl Subject {
    /// Robots with states of zeros.
    pub(super) fn new(policy: &Policy, kernels: Kernels, how: How, robots: usize) -> Self {
        let network = policy.network().clone().with_kernels(kernels);
        Self {
            how,
            elapsed: policy.elapsed_for(1.0 / policy.info().rate.max_hz),
            // Their number is limited to far less.
            rows: (0..robots as u32).collect(),
            states: vec![0.0; robots * network.state_len()],
            outputs: vec![0.0; robots * network.outputs()],
            scratch: Scratch::new(&network),
            batch_scratch: BatchScratch::new(&network),
            network,
        }
    }

    pub(super) fn kernels(&self) -> Kernels {
        self.network.kernels()
    }

    pub(super) fn how(&self) -> How {
        self.how
    }

    pub(super) fn robots(&self) -> usize {
        self.rows.len()
    }

    /// One step of all robots with `inputs`, `[robots][inputs]`.
    pub(super) fn step(&mut self, inputs: &[f32]) -> Result<(), StepFault> {
        let Self { network, how, elapsed, rows, states, outputs, scratch, batch_scratch } = self;
        match how {
            How::Step => network.step(inputs, *elapsed, states, outputs, scratch),
            How::StepBatch => {
                network.step_batch(rows, inputs, *elapsed, states, outputs, batch_scratch)
            }
        }
    }

    /// FNV-1a over the bits of all outputs and states of some steps.
    pub(super) fn hash(mut self, stimulus: &Stimulus) -> Result<u64, StepFault> {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let steps = COMPARED_ROBOT_STEPS / self.robots();
        let steps = steps.clamp(COMPARED_STEPS_MIN, COMPARED_STEPS);
        for inputs in stimulus.steps().cycle().take(steps) {
            self.step(inputs)?;
            for value in self.outputs.iter().chain(&self.states) {
                // All NaNs are one: their bits are the processor's choice.
                let bits = if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() };
                for byte in bits.to_le_bytes() {
                    hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
                }
            }
        }
        Ok(hash)
    }
}
