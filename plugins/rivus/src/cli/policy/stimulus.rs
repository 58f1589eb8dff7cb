//! Random inputs that are the same on every machine.

use rivus_vehicle::NoiseStream;

/// Inputs of some robots over some steps, each uniform in -1..1.
pub(super) struct Stimulus {
    /// `[steps][robots][inputs]`, row-major.
    values: Vec<f32>,
    step_len: usize,
}

impl Stimulus {
    pub(super) fn new(steps: usize, robots: usize, inputs: usize) -> Self {
        let mut stream = NoiseStream::new(1, "policy", "stimulus");
        let step_len = robots * inputs;
        let values = (0..steps * step_len).map(|_| 2.0 * stream.uniform() - 1.0).collect();
        Self { values, step_len }
    }

    /// The steps, `[robots][inputs]` each.
    pub(super) fn steps(&self) -> core::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.step_len)
    }
}
