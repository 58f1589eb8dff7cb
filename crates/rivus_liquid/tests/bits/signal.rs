//! What the networks are fed: smooth signals, interrupted by the values that break things.

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

/// A linear congruential stream: whole numbers only, so the same on every machine.
pub(crate) struct Stream(u32);

impl Stream {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(2_654_435_769).wrapping_add(1))
    }

    /// A number from -1..1.
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    pub(crate) fn values(&mut self, count: usize, limit: f32) -> Vec<f32> {
        (0..count).map(|_| limit * self.next()).collect()
    }
}

/// One robot's inputs, step after step.
pub(crate) struct Signal {
    robot: usize,
    step: usize,
    stream: Stream,
    smooth: Vec<f32>,
}

impl Signal {
    pub(crate) fn new(robot: usize, inputs: usize) -> Self {
        // Far fewer than 2^32 robots.
        Self { robot, step: 0, stream: Stream::new(robot as u32), smooth: vec![0.0; inputs] }
    }

    /// Writes the next inputs, and damages the state now and then.
    pub(crate) fn advance(&mut self, input: &mut [f32], state: &mut [f32]) {
        for (value, out) in self.smooth.iter_mut().zip(&mut *input) {
            // A walk towards a new number in each step, about -1.5..1.5.
            *value += 0.125 * (4.0 * self.stream.next() - *value);
            *out = *value;
        }
        let turn = self.step + 3 * self.robot;
        if turn % INJECTION_PERIOD == INJECTION_PERIOD - 1 {
            let n = turn / INJECTION_PERIOD;
            // The second one, of another kind, comes every other time.
            input[7 * n % input.len()] = STRANGE[n % STRANGE.len()];
            if n % 2 == 1 {
                input[5 * n % input.len()] = STRANGE[(n / 2 + self.robot) % STRANGE.len()];
            }
        }
        if self.step % DAMAGE_PERIOD == 3 + self.robot % 8 {
            for (i, &strange) in STRANGE.iter().enumerate() {
                state[(self.robot + 3 * i) % state.len()] = strange;
            }
        }
        self.step += 1;
    }
}

/// Elapsed time of a step, the same for all robots: about 0.1 to 2, rarely as short or long as it
/// can be.
pub(crate) fn elapsed(step: usize) -> f32 {
    match step % 97 {
        60 => 1e-45,
        70 => 1e-6,
        80 => f32::MAX,
        90 => 50.0,
        _ => 1.05 + 0.95 * Stream::new(step as u32).next(),
    }
}
