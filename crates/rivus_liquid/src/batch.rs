//! Many robots that share a network, stepped side by side.

use rivus_kernels::plan::{Span, TILE_MAX};
use rivus_kernels::{Kernels, LANES_MAX, LANES_MOVED, Lanes, PlanView};

use crate::aligned::Aligned;
use crate::network::check_step;
use crate::{Network, StepFault};

/// The lanes of a batch come in sixteens. Fewer robots than this are cheaper one by one than with
/// idle lanes beside them.
const ROBOTS_MIN: usize = 10;

/// Buffers that a step of a batch writes before it reads; one per caller, for any number of robots.
#[derive(Clone, Debug)]
pub struct BatchScratch {
    /// `[workspace_len][TILE_MAX]`.
    workspace: Aligned,
}

impl BatchScratch {
    /// Buffers large enough for `network`.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        Self { workspace: Aligned::zeros(network.plan().view().workspace_len * TILE_MAX) }
    }
}

impl Network {
    /// Advances the states of some robots by `elapsed`, and writes their outputs; each with the
    /// bits that [`Self::step`] would give.
    ///
    /// Does not allocate.
    ///
    /// # Shapes
    /// `rows`: which rows of `states` are stepped, each at most once; `inputs`: `[rows][inputs]`,
    /// `states`: `[any][state_len]`, of which only those rows are changed, `outputs`:
    /// `[rows][outputs]`, all row-major.
    ///
    /// # Errors
    /// If `elapsed` is not positive and finite, or an input of any robot is not finite: `states`
    /// and `outputs` are unchanged.
    ///
    /// # Panics
    /// If a slice has another length, a row is not there, or `scratch` was made for another
    /// network.
    pub fn step_batch(
        &self,
        rows: &[u32],
        inputs: &[f32],
        elapsed: f32,
        states: &mut [f32],
        outputs: &mut [f32],
        scratch: &mut BatchScratch,
    ) -> Result<(), StepFault> {
        let plan = self.plan().view();
        let state = self.plan().state();
        let state_len = state.len as usize;
        let (input_len, output_len) = (self.inputs(), self.outputs());
        assert_eq!(inputs.len(), rows.len() * input_len, "inputs");
        assert_eq!(outputs.len(), rows.len() * output_len, "outputs");
        assert_eq!(states.len() % state_len, 0, "states");
        let known = states.len() / state_len;
        assert!(rows.iter().all(|&row| (row as usize) < known), "rows");
        assert_eq!(scratch.workspace.len(), plan.workspace_len * TILE_MAX, "scratch");
        check_step(inputs, elapsed)?;

        let mut start = 0;
        while start < rows.len() {
            let robots = robots_of_tile(rows.len() - start, self.kernels().tile());
            let end = start + robots.max(1);
            let tile = Tile {
                plan: &plan,
                kernels: self.kernels(),
                rows: &rows[start..end],
                state,
                inputs: &inputs[start * input_len..end * input_len],
                elapsed,
            };
            let outputs = &mut outputs[start * output_len..end * output_len];
            if robots == 0 {
                tile.step_one(states, outputs, &mut scratch.workspace);
            } else {
                tile.step(states, outputs, &mut scratch.workspace);
            }
            start = end;
        }
        Ok(())
    }
}

/// How many of so many robots go through the kernels next: zero stands for one of them, alone.
fn robots_of_tile(left: usize, tile: usize) -> usize {
    let left = left.min(tile);
    let idle_lanes = left.next_multiple_of(LANES_MAX) - left;
    if LANES_MAX - idle_lanes < ROBOTS_MIN { left - left % LANES_MAX } else { left }
}

/// Robots that go through the kernels at once.
struct Tile<'a> {
    plan: &'a PlanView<'a>,
    kernels: Kernels,
    /// Which rows of the states they have.
    rows: &'a [u32],
    /// Where the state is in a workspace.
    state: Span,
    inputs: &'a [f32],
    elapsed: f32,
}

impl Tile<'_> {
    /// Steps the only robot.
    fn step_one(&self, states: &mut [f32], output: &mut [f32], workspace: &mut [f32]) {
        let start = self.state_start(0);
        let state = &mut states[start..start + self.state.len as usize];
        let workspace = &mut workspace[..self.plan.workspace_len];
        self.plan.step(self.kernels, self.inputs, self.elapsed, state, output, workspace);
    }

    /// Steps all robots, in lanes.
    fn step(&self, states: &mut [f32], outputs: &mut [f32], workspace: &mut [f32]) {
        let Self { plan, kernels, rows, .. } = *self;
        let lanes = rows.len().next_multiple_of(LANES_MAX);
        let range = |span: Span| {
            let (at, len) = (span.at as usize, span.len as usize);
            at * lanes..(at + len) * lanes
        };
        let sizes = |len: usize| Sizes { robots: rows.len(), lanes, len };
        let (inputs, outputs_len) = (sizes(plan.inputs()), sizes(plan.outputs()));
        let state = sizes(self.state.len as usize);
        let state_start = |robot: usize| self.state_start(robot);

        let start = |robot: usize| robot * inputs.len;
        inputs.to_lanes(kernels, self.inputs, start, &mut workspace[range(plan.input)]);
        state.to_lanes(kernels, states, state_start, &mut workspace[range(self.state)]);
        plan.step_batch(kernels, lanes, self.elapsed, workspace);
        state.out_of_lanes(kernels, &workspace[range(self.state)], state_start, states);
        let start = |robot: usize| robot * outputs_len.len;
        outputs_len.out_of_lanes(kernels, &workspace[range(plan.output)], start, outputs);
    }

    /// Where the state of a robot starts.
    fn state_start(&self, robot: usize) -> usize {
        self.rows[robot] as usize * self.state.len as usize
    }
}

/// A matrix of values of robots: with the values of one robot side by side, or *in lanes*, with one
/// value of all robots side by side.
#[derive(Clone, Copy)]
struct Sizes {
    robots: usize,
    /// At least as many.
    lanes: usize,
    /// Number of values of one robot.
    len: usize,
}

impl Sizes {
    /// Puts values into lanes; each robot's are found from `start` on. Lanes without a robot become
    /// zeros.
    fn to_lanes(
        self,
        kernels: Kernels,
        values: &[f32],
        start: impl Fn(usize) -> usize,
        out: &mut [f32],
    ) {
        let Self { robots, lanes, len } = self;
        let whole = robots - robots % LANES_MOVED;
        for lane in (0..whole).step_by(LANES_MOVED) {
            let robots = core::array::from_fn(|i| &values[start(lane + i)..][..len]);
            kernels.to_lanes(robots, Lanes { len, lanes, lane }, out);
        }
        for robot in whole..robots {
            let values = &values[start(robot)..][..len];
            for (out, &value) in out.chunks_exact_mut(lanes).zip(values) {
                out[robot] = value;
            }
        }
        if robots < lanes {
            out.chunks_exact_mut(lanes).for_each(|out| out[robots..].fill(0.0));
        }
    }

    /// Takes values out of lanes again.
    fn out_of_lanes(
        self,
        kernels: Kernels,
        values: &[f32],
        start: impl Fn(usize) -> usize,
        out: &mut [f32],
    ) {
        let Self { robots, lanes, len } = self;
        let whole = robots - robots % LANES_MOVED;
        for lane in (0..whole).step_by(LANES_MOVED) {
            let starts = core::array::from_fn(|i| start(lane + i));
            kernels.out_of_lanes(values, Lanes { len, lanes, lane }, starts, out);
        }
        for robot in whole..robots {
            let out = &mut out[start(robot)..][..len];
            for (out, values) in out.iter_mut().zip(values.chunks_exact(lanes)) {
                *out = values[robot];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn lanes_and_back_is_the_identity_for_any_size() {
        for (robots, len) in [(3_usize, 1_usize), (8, 8), (9, 19), (31, 7), (64, 33)] {
            let rows: Vec<f32> = (0..robots * len).map(|i| i as f32).collect();
            let lanes = robots.next_multiple_of(LANES_MAX);
            let sizes = Sizes { robots, lanes, len };
            let mut in_lanes = vec![f32::NAN; lanes * len];
            sizes.to_lanes(Kernels::detect(), &rows, |robot| robot * len, &mut in_lanes);
            for (at, row) in in_lanes.chunks(lanes).enumerate() {
                for (robot, &value) in row.iter().enumerate() {
                    let expected = if robot < robots { (robot * len + at) as f32 } else { 0.0 };
                    assert_eq!(value, expected);
                }
            }
            let mut back = vec![f32::NAN; robots * len];
            sizes.out_of_lanes(Kernels::detect(), &in_lanes, |robot| robot * len, &mut back);
            assert_eq!(back, rows);
        }
    }

    #[test]
    fn tiles_have_few_idle_lanes() {
        let robots = [1, 9, 10, 16, 17, 25, 26, 32, 1000];
        assert_eq!(robots.map(|left| robots_of_tile(left, 32)), [0, 0, 10, 16, 16, 16, 26, 32, 32]);
    }
}
