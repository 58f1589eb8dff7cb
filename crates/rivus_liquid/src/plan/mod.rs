//! A network, laid out for the kernels.
//!
//! The order of things in a plan's workspace: the inputs, the state of all layers without gaps,
//! what layers hand on that is not part of their state, and then what only one layer needs, which
//! all layers share.

mod arrays;
mod cells;
mod slots;

use alloc::vec::Vec;

use rivus_kernels::PlanView;
use rivus_kernels::plan::Span;

use crate::{Layer, NetworkError};
use arrays::Arrays;

/// A network as the kernels run it: calls, packed weights and where values are in a workspace.
///
/// It follows from the layers alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    arrays: Arrays,
    input: Span,
    output: Span,
    /// The state of all layers, in the order of the network's.
    state: [Span; 1],
    workspace_len: usize,
}

impl Plan {
    pub(crate) fn new(layers: &[Layer]) -> Result<Self, NetworkError> {
        let mut arrays = Arrays::default();
        let input = arrays.reserve(layers.first().map_or(0, Layer::inputs))?;
        let state = arrays.reserve(layers.iter().map(Layer::state_len).sum())?;
        let handed_on: Result<Vec<_>, _> =
            layers.iter().map(|layer| arrays.reserve(layer.handed_on())).collect();
        let mut signal = input;
        let mut at = 0;
        for (layer, handed_on) in layers.iter().zip(handed_on?) {
            let state = part(state, at, layer.state_len());
            at += layer.state_len();
            let mark = arrays.mark();
            signal = arrays.layer(layer, signal, state, handed_on)?;
            arrays.forget_since(mark);
        }
        let workspace_len = arrays.workspace_len();
        Ok(Self { arrays, input, output: signal, state: [state], workspace_len })
    }

    /// What the kernels read.
    #[must_use]
    pub fn view(&self) -> PlanView<'_> {
        let Arrays { ops, f32s, u16s, i8s, synapses, .. } = &self.arrays;
        PlanView {
            ops,
            f32s,
            u16s,
            i8s,
            synapses,
            input: self.input,
            output: self.output,
            state: &self.state,
            workspace_len: self.workspace_len,
        }
    }

    /// Where the state is in a workspace.
    pub(crate) fn state(&self) -> Span {
        self.state[0]
    }
}

/// `len` values of `span` from `at` on.
fn part(span: Span, at: usize, len: usize) -> Span {
    // In range: a part of a span, whose ends are 32 bits wide.
    Span { at: span.at + at as u32, len: len as u32 }
}
