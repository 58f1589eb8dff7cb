//! Many robots that share a network, stepped side by side.

use alloc::vec;
use alloc::vec::Vec;

use rivus_kernels::plan::{Span, TILE};
use rivus_kernels::{LANES_MAX, PlanView, vectorized};

use crate::network::check_step;
use crate::{Network, StepFault};

/// Fewer robots than this are stepped one by one: the lanes of a batch come in sixteens, and most
/// would be idle.
const ROBOTS_MIN: usize = 4;

/// Buffers that a step of a batch writes before it reads; one per caller, for any number of robots.
#[derive(Clone, Debug)]
pub struct BatchScratch {
    /// `[workspace_len][TILE]`.
    workspace: Vec<f32>,
}

impl BatchScratch {
    /// Buffers large enough for `network`.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        Self { workspace: vec![0.0; network.plan().view().workspace_len * TILE] }
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
        assert_eq!(scratch.workspace.len(), plan.workspace_len * TILE, "scratch");
        check_step(inputs, elapsed)?;

        let tiles = rows.chunks(TILE).zip(inputs.chunks(TILE * input_len));
        for ((rows, inputs), outputs) in tiles.zip(outputs.chunks_mut(TILE * output_len)) {
            let tile = Tile { plan: &plan, rows, state, elapsed };
            if rows.len() < ROBOTS_MIN {
                tile.step_one_by_one(self, inputs, states, outputs, &mut scratch.workspace);
            } else {
                tile.step(self, inputs, states, outputs, &mut scratch.workspace);
            }
        }
        Ok(())
    }
}

/// As many robots as go through the kernels at once.
struct Tile<'a> {
    plan: &'a PlanView<'a>,
    /// Which rows of the states they have.
    rows: &'a [u32],
    /// Where the state is in a workspace.
    state: Span,
    elapsed: f32,
}

impl Tile<'_> {
    fn step_one_by_one(
        &self,
        network: &Network,
        inputs: &[f32],
        states: &mut [f32],
        outputs: &mut [f32],
        workspace: &mut [f32],
    ) {
        let state_len = self.state.len as usize;
        let workspace = &mut workspace[..self.plan.workspace_len];
        let robots = self.rows.iter().zip(inputs.chunks_exact(self.plan.inputs()));
        for ((&row, input), output) in robots.zip(outputs.chunks_exact_mut(self.plan.outputs())) {
            let state = &mut states[row as usize * state_len..][..state_len];
            self.plan.step(network.kernels(), input, self.elapsed, state, output, workspace);
        }
    }

    fn step(
        &self,
        network: &Network,
        inputs: &[f32],
        states: &mut [f32],
        outputs: &mut [f32],
        workspace: &mut [f32],
    ) {
        let lanes = self.rows.len().next_multiple_of(LANES_MAX);
        let rows_of = |span: Span| {
            let (at, len) = (span.at as usize, span.len as usize);
            at * lanes..(at + len) * lanes
        };
        let (plan, rows, state_len) = (self.plan, self.rows, self.state.len as usize);
        vectorized(
            #[inline(always)]
            || {
                let input = |robot: usize| &inputs[robot * plan.inputs()..][..plan.inputs()];
                to_lanes(rows.len(), lanes, input, &mut workspace[rows_of(plan.input)]);
                let state = |robot: usize| &states[rows[robot] as usize * state_len..][..state_len];
                to_lanes(rows.len(), lanes, state, &mut workspace[rows_of(self.state)]);
            },
        );
        plan.step_batch(network.kernels(), lanes, self.elapsed, workspace);
        vectorized(
            #[inline(always)]
            || {
                let state = |robot: usize| rows[robot] as usize * state_len;
                from_lanes(rows.len(), lanes, &workspace[rows_of(self.state)], state, states);
                let output = |robot: usize| robot * plan.outputs();
                from_lanes(rows.len(), lanes, &workspace[rows_of(plan.output)], output, outputs);
            },
        );
    }
}

/// Robots and values that are transposed at once.
const BLOCK: usize = 8;

/// Writes the values of robots, which stand side by side, one below another; lanes without a robot
/// become zeros.
#[inline(always)]
fn to_lanes<'a>(robots: usize, lanes: usize, values: impl Fn(usize) -> &'a [f32], out: &mut [f32]) {
    let mut robot = 0;
    while robot + BLOCK <= robots {
        let from: [&[f32]; BLOCK] = core::array::from_fn(|i| values(robot + i));
        let len = from[0].len();
        let from = from.map(|from| &from[..len]);
        let mut at = 0;
        while at + BLOCK <= len {
            let block: [[f32; BLOCK]; BLOCK] = from.map(|from| chunk(&from[at..]));
            for (i, values) in transposed(block).into_iter().enumerate() {
                out[(at + i) * lanes + robot..][..BLOCK].copy_from_slice(&values);
            }
            at += BLOCK;
        }
        for at in at..len {
            let values: [f32; BLOCK] = from.map(|from| from[at]);
            out[at * lanes + robot..][..BLOCK].copy_from_slice(&values);
        }
        robot += BLOCK;
    }
    for robot in robot..robots {
        for (out, &value) in out.chunks_exact_mut(lanes).zip(values(robot)) {
            out[robot] = value;
        }
    }
    if robots < lanes {
        out.chunks_exact_mut(lanes).for_each(|out| out[robots..].fill(0.0));
    }
}

/// Writes the values of robots, which stand one below another, side by side, from `start` of each
/// robot on.
#[inline(always)]
fn from_lanes(
    robots: usize,
    lanes: usize,
    values: &[f32],
    start: impl Fn(usize) -> usize,
    out: &mut [f32],
) {
    let len = values.len() / lanes;
    let mut robot = 0;
    while robot + BLOCK <= robots {
        let starts: [usize; BLOCK] = core::array::from_fn(|i| start(robot + i));
        let mut at = 0;
        while at + BLOCK <= len {
            let block: [[f32; BLOCK]; BLOCK] =
                core::array::from_fn(|i| chunk(&values[(at + i) * lanes + robot..]));
            for (start, values) in starts.into_iter().zip(transposed(block)) {
                out[start + at..][..BLOCK].copy_from_slice(&values);
            }
            at += BLOCK;
        }
        for at in at..len {
            let values: [f32; BLOCK] = chunk(&values[at * lanes + robot..]);
            for (start, value) in starts.into_iter().zip(values) {
                out[start + at] = value;
            }
        }
        robot += BLOCK;
    }
    for robot in robot..robots {
        let out = &mut out[start(robot)..][..len];
        for (out, values) in out.iter_mut().zip(values.chunks_exact(lanes)) {
            *out = values[robot];
        }
    }
}

/// The first values of a slice.
#[inline(always)]
fn chunk(values: &[f32]) -> [f32; BLOCK] {
    let mut chunk = [0.0; BLOCK];
    chunk.copy_from_slice(&values[..BLOCK]);
    chunk
}

#[inline(always)]
fn transposed(block: [[f32; BLOCK]; BLOCK]) -> [[f32; BLOCK]; BLOCK] {
    core::array::from_fn(|i| core::array::from_fn(|j| block[j][i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_and_back_is_the_identity_for_any_size() {
        for (robots, len) in [(4_usize, 1_usize), (8, 8), (9, 19), (31, 7), (64, 33)] {
            let rows: Vec<f32> = (0..robots * len).map(|i| i as f32).collect();
            let lanes = robots.next_multiple_of(LANES_MAX);
            let mut columns = vec![f32::NAN; lanes * len];
            to_lanes(robots, lanes, |robot| &rows[robot * len..][..len], &mut columns);
            for (at, row) in columns.chunks(lanes).enumerate() {
                for (robot, &value) in row.iter().enumerate() {
                    let expected = if robot < robots { (robot * len + at) as f32 } else { 0.0 };
                    assert_eq!(value, expected);
                }
            }
            let mut back = vec![f32::NAN; robots * len];
            from_lanes(robots, lanes, &columns, |robot| robot * len, &mut back);
            assert_eq!(back, rows);
        }
    }
}
