//! The self-test: steps with ordinary and with strange inputs, and the hash of what came out.
//!
//! `crates/rivus_liquid/tests/bits` has the same program for machines with a heap; the hashes are
//! compared.

use rivus_kernels::{Kernels, PlanView};

use crate::{hart, policy};

const STEPS: usize = 500;
/// Every this many steps something strange comes in; between, a network has time to recover.
const INJECTION_PERIOD: usize = 11;
/// Every this many steps the state itself is damaged, for the first time soon after the start.
const DAMAGE_PERIOD: usize = 200;

const STRANGE: [f32; 10] = [
    f32::NAN,
    f32::INFINITY,
    1e-45,
    -0.0,
    3e38,
    f32::NEG_INFINITY,
    -3e38,
    f32::MIN_POSITIVE,
    -1e-40,
    0.0,
];

/// What a run gave.
pub(crate) struct Trial {
    /// FNV-1a 64 of the bits of state and output after every step; all NaN are one.
    pub(crate) hash: u64,
    /// Mean, rounded down.
    pub(crate) instructions_per_step: u64,
}

/// Steps the policy from a state of zeros.
pub(crate) fn run(network: &PlanView<'_>, kernels: Kernels) -> Trial {
    let mut signal = Signal::default();
    let mut input = [0.0; policy::INPUTS];
    let mut output = [0.0; policy::OUTPUTS];
    let mut state = [0.0; policy::STATE_LEN];
    let mut workspace = [0.0; policy::WORKSPACE_LEN];
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut instructions = 0;
    for step in 0..STEPS {
        signal.advance(step, &mut input, &mut state);
        let before = hart::instructions();
        network.step(kernels, &input, elapsed(step), &mut state, &mut output, &mut workspace);
        instructions += hart::instructions() - before;
        hash = state.iter().chain(&output).fold(hash, with_bits);
        // What would never recover.
        state.iter_mut().filter(|x| !x.is_finite()).for_each(|x| *x = 0.0);
    }
    Trial { hash, instructions_per_step: instructions / STEPS as u64 }
}

/// A linear congruential stream: whole numbers only, so the same on every machine.
struct Stream(u32);

impl Stream {
    fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(2_654_435_769).wrapping_add(1))
    }

    /// A number from -1..1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Smooth inputs, interrupted by the values that break things.
struct Signal {
    stream: Stream,
    smooth: [f32; policy::INPUTS],
}

impl Default for Signal {
    fn default() -> Self {
        Self { stream: Stream::new(0), smooth: [0.0; policy::INPUTS] }
    }
}

impl Signal {
    fn advance(&mut self, step: usize, input: &mut [f32], state: &mut [f32]) {
        for (value, out) in self.smooth.iter_mut().zip(&mut *input) {
            *value += 0.125 * (4.0 * self.stream.next() - *value);
            *out = *value;
        }
        if step % INJECTION_PERIOD == INJECTION_PERIOD - 1 {
            let n = step / INJECTION_PERIOD;
            input[7 * n % input.len()] = STRANGE[n % STRANGE.len()];
            if n % 2 == 1 {
                input[5 * n % input.len()] = STRANGE[n / 2 % STRANGE.len()];
            }
        }
        if step % DAMAGE_PERIOD == 3 {
            for (i, &strange) in STRANGE.iter().enumerate() {
                state[3 * i % state.len()] = strange;
            }
        }
    }
}

/// About 0.1 to 2, rarely as short or long as it can be.
fn elapsed(step: usize) -> f32 {
    match step % 97 {
        60 => 1e-45,
        70 => 1e-6,
        80 => f32::MAX,
        90 => 50.0,
        _ => 1.05 + 0.95 * Stream::new(step as u32).next(),
    }
}

fn with_bits(hash: u64, value: &f32) -> u64 {
    let bits = if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() };
    bits.to_le_bytes()
        .into_iter()
        .fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
