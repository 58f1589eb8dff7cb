//! Cells with hand-written derivatives, sixteen episodes at a time.

mod cfc;
mod ltc;

pub(crate) use cfc::Cfc;
pub(crate) use ltc::Ltc;
use rivus_liquid::wiring::Wiring;
use rivus_liquid::{Layer, NetworkError};

use crate::lanes::Lanes;
use rivus_vehicle::NoiseStream;

/// A liquid cell that can be trained: one step of it forward, and the same step backward.
///
/// Training moves *raw* parameters; a step reads the *effective* ones made from them.
pub(crate) trait Cell {
    /// A cell of this wiring.
    fn new(wiring: &Wiring) -> Self;

    /// First raw parameters.
    fn initial(&self, random: &mut NoiseStream) -> Vec<f32>;

    /// Learning rate of each parameter as a multiple of the optimiser's.
    fn rates(&self) -> Vec<f32>;

    /// Effective parameters from raw ones.
    fn effective(&self, raw: &[f32]) -> Vec<f32>;

    /// Turns derivatives by effective parameters into derivatives by raw ones.
    fn chain(&self, effective: &[f32], grads: &mut [f32]);

    /// The layer that computes the same in flight.
    ///
    /// # Errors
    /// If a parameter is not finite.
    fn layer(&self, effective: &[f32]) -> Result<Layer, NetworkError>;

    /// Number of rows of state.
    fn state_len(&self) -> usize;

    /// Number of rows that a step leaves for its backward pass.
    fn trace_len(&self) -> usize;

    /// Advances `state` by `elapsed` and writes `output`; `trace` is for the backward pass.
    fn forward(&self, effective: &[f32], elapsed: &Lanes, step: Step<'_>);

    /// Goes back through the step that wrote `trace`.
    fn backward(&self, effective: &[f32], elapsed: &Lanes, step: StepBack<'_>);
}

/// What one step reads and writes.
pub(crate) struct Step<'a> {
    /// `[inputs]`.
    pub(crate) input: &'a [Lanes],
    /// `[state_len]`, updated.
    pub(crate) state: &'a mut [Lanes],
    /// `[outputs]`, written.
    pub(crate) output: &'a mut [Lanes],
    /// `[trace_len]`, written.
    pub(crate) trace: &'a mut [Lanes],
}

/// What one step backward reads and writes.
pub(crate) struct StepBack<'a> {
    /// `[trace_len]`, as the step left it.
    pub(crate) trace: &'a [Lanes],
    /// `[outputs]`: derivatives by the outputs.
    pub(crate) output: &'a [Lanes],
    /// `[state_len]`: derivatives by the new state in, by the old state out.
    pub(crate) state: &'a mut [Lanes],
    /// `[inputs]`: derivatives by the inputs, written.
    pub(crate) input: &'a mut [Lanes],
    /// `[parameters]`: derivatives by effective parameters, added to.
    pub(crate) parameters: &'a mut [Lanes],
}
