//! One number for all that a network computes in 500 steps, for the test that pins it and for the
//! example that prints it.
//!
//! Steps go through the plan, past the checks of [`Network::step`], so that NaN, infinities and
//! denormals get in.

mod networks;
mod signal;

use rivus_liquid::{Kernels, Network};

pub(crate) use networks::cases;
use signal::{Signal, elapsed};

/// Steps behind a golden hash.
pub(crate) const STEPS: usize = 500;
/// Sizes of batches: less than a vector, and several.
pub(crate) const BATCHES: [usize; 2] = [5, 64];

/// A network and what it is called.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) network: Network,
    /// Steps of a batch; fewer where one step is long.
    pub(crate) batch_steps: usize,
}

impl Case {
    /// The hash of one robot's first `steps`.
    pub(crate) fn single(&self, kernels: Kernels, robot: usize, steps: usize) -> u64 {
        let plan = self.network.plan().view();
        let mut robot = Robot::new(robot, &self.network);
        let mut workspace = vec![f32::NAN; plan.workspace_len];
        for step in 0..steps {
            robot.signal.advance(&mut robot.input, &mut robot.state);
            let Robot { input, state, output, .. } = &mut robot;
            plan.step(kernels, input, elapsed(step), state, output, &mut workspace);
            robot.take_stock();
        }
        robot.hash.0
    }

    /// The hash of each of so many robots, stepped at once.
    pub(crate) fn batch(&self, kernels: Kernels, robots: usize) -> Vec<u64> {
        let plan = self.network.plan().view();
        let lanes = robots.next_multiple_of(rivus_kernels::LANES_MAX);
        let mut robots: Vec<Robot> = (0..robots).map(|i| Robot::new(i, &self.network)).collect();
        // What is left in lanes without a robot must not matter.
        let mut workspace = vec![f32::NAN; plan.workspace_len * lanes];
        for step in 0..self.batch_steps {
            for (lane, robot) in robots.iter_mut().enumerate() {
                robot.signal.advance(&mut robot.input, &mut robot.state);
                let mut write = |at: usize, values: &[f32]| {
                    let rows = workspace[at * lanes..].chunks_mut(lanes);
                    rows.zip(values).for_each(|(row, value)| row[lane] = *value);
                };
                write(plan.input.at as usize, &robot.input);
                let mut rest = &robot.state[..];
                for part in plan.state {
                    let (values, later) = rest.split_at(part.len as usize);
                    write(part.at as usize, values);
                    rest = later;
                }
            }
            plan.step_batch(kernels, lanes, elapsed(step), &mut workspace);
            for (lane, robot) in robots.iter_mut().enumerate() {
                let read = |at: usize, values: &mut [f32]| {
                    let rows = workspace[at * lanes..].chunks(lanes);
                    values.iter_mut().zip(rows).for_each(|(value, row)| *value = row[lane]);
                };
                read(plan.output.at as usize, &mut robot.output);
                let mut rest = &mut robot.state[..];
                for part in plan.state {
                    let (values, later) = rest.split_at_mut(part.len as usize);
                    read(part.at as usize, values);
                    rest = later;
                }
                robot.take_stock();
            }
        }
        robots.iter().map(|robot| robot.hash.0).collect()
    }
}

struct Robot {
    signal: Signal,
    input: Vec<f32>,
    state: Vec<f32>,
    output: Vec<f32>,
    hash: Hash,
}

impl Robot {
    fn new(index: usize, network: &Network) -> Self {
        Self {
            signal: Signal::new(index, network.inputs()),
            input: vec![0.0; network.inputs()],
            state: vec![0.0; network.state_len()],
            output: vec![0.0; network.outputs()],
            hash: Hash::default(),
        }
    }

    /// Hashes what a step left, then replaces what would never recover.
    fn take_stock(&mut self) {
        self.hash.add(&self.state);
        self.hash.add(&self.output);
        self.state.iter_mut().filter(|x| !x.is_finite()).for_each(|x| *x = 0.0);
    }
}

/// FNV-1a, 64 bits.
pub(crate) struct Hash(pub(crate) u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    /// Adds the bits of `values`, lowest byte first; all NaN are one.
    pub(crate) fn add(&mut self, values: &[f32]) {
        for value in values {
            let bits = if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() };
            self.add_bytes(&bits.to_le_bytes());
        }
    }

    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
