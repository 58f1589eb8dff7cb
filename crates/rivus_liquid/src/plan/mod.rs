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

use crate::aligned::Aligned;
use crate::{Layer, NetworkError};
use arrays::Arrays;

/// A network as the kernels run it: calls, packed weights and where values are in a workspace.
///
/// It follows from the layers alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    arrays: Arrays,
    /// Those of the arrays.
    f32s: Aligned,
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
        let f32s = Aligned::from(&*core::mem::take(&mut arrays.f32s));
        Ok(Self { arrays, f32s, input, output: signal, state: [state], workspace_len })
    }

    /// What the kernels read.
    #[must_use]
    pub fn view(&self) -> PlanView<'_> {
        let Arrays { ops, u16s, i8s, synapses, .. } = &self.arrays;
        PlanView {
            ops,
            f32s: &self.f32s,
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use rivus_kernels::plan::Op;
    use rivus_kernels::{LANES_MAX, padded};

    use super::*;
    use crate::init::{self, CfcShape};
    use crate::{CfcMode, Linear};

    fn linear(inputs: usize, outputs: usize) -> Linear {
        let weight = (0..inputs * outputs).map(|i| i as f32).collect();
        Linear { inputs, outputs, weight, bias: vec![0.5; outputs] }
    }

    fn cfc(inputs: usize, mode: CfcMode) -> Layer {
        let shape = CfcShape { inputs, units: 5, backbone: &[7], mode };
        Layer::cfc(&init::cfc(&shape, 1)).unwrap()
    }

    #[test]
    fn layers_hand_on_their_state_and_share_the_rest_of_the_workspace() {
        let projected = cfc(3, CfcMode::Default).with_projection(&linear(5, 2)).unwrap();
        let plan = Plan::new(&[projected, cfc(2, CfcMode::Pure)]).unwrap();
        let view = plan.view();
        assert_eq!((view.inputs(), view.outputs(), view.state_len()), (3, 5, 10));
        let state = plan.state();
        assert_eq!(view.output, part(state, 5, 5));
        let affine = |op: &Op| match *op {
            Op::Affine { x, out, .. } => Some((x, out)),
            _ => None,
        };
        let maps: Vec<_> = view.ops.iter().filter_map(affine).collect();
        assert_eq!(maps[0].0, [view.input, part(state, 0, 5)]);
        assert_eq!(maps[1].1.len, 20, "the four maps of a head are one");
        assert_eq!(maps[3].0[0], maps[2].1, "the projection is what the next layer reads");
        assert_eq!(maps[3].1.at, maps[0].1.at, "the backbones of both layers share their place");
        assert!(maps.iter().all(|(_, out)| (out.at as usize).is_multiple_of(LANES_MAX)));
        assert_eq!(view.workspace_len % LANES_MAX, 0);
    }

    #[test]
    fn weights_are_transposed_and_padded() {
        let layer = cfc(3, CfcMode::Pure).with_projection(&linear(5, 2)).unwrap();
        let layers = [layer];
        let plan = Plan::new(&layers).unwrap();
        let view = plan.view();
        let Some(Op::Affine { weight, bias, .. }) = view.ops.last() else { panic!("projection") };
        let weight = &view.f32s[weight.at as usize..][..weight.len as usize];
        assert_eq!(weight.len(), 5 * padded(2));
        assert_eq!([weight[0], weight[1], weight[2], weight[16], weight[17]], [0., 5., 0., 1., 6.]);
        let bias = &view.f32s[bias.at as usize..][..bias.len as usize];
        assert_eq!([bias[0], bias[1], bias[2], bias[15]], [0.5, 0.5, 0.0, 0.0]);

        let quantized = layers[0].quantized().unwrap();
        let plan = Plan::new(&[quantized]).unwrap();
        let view = plan.view();
        let Some(Op::AffineInt8 { weight, .. }) = view.ops.last() else { panic!("projection") };
        let weight = &view.i8s[weight.at as usize..][..weight.len as usize];
        assert_eq!(weight.len(), 2 * 3 * padded(2), "an odd input has a pair to itself");
        // Rows 0 1 2 3 4 and 5 6 7 8 9, each with 127 for its largest.
        assert_eq!(weight[..4], [0, 32, 71, 85]);
        assert_eq!(weight[4 * LANES_MAX..][..4], [127, 0, 127, 0]);
    }

    #[cfg(feature = "std")]
    #[test]
    fn weights_that_only_exist_as_zeros_are_limited() {
        use crate::NetworkError;
        use crate::cfc::{CfcCell, Head};
        use crate::layer::Cell;
        use crate::linear::{Map, WeightList};
        use crate::weights::RawWeights;

        let units = 20_000;
        let (row, column, weight) = (vec![0], vec![7], RawWeights::F32(vec![1.0]));
        let list = WeightList { row, column, weight };
        let ff1 = Map::from_list("ff1", units + 1, list, vec![0.0; units]).unwrap();
        let head = Head::pure(ff1, vec![1.0; units], vec![1.0; units]).unwrap();
        let cell = CfcCell::from_parts(1, None, vec![], head).unwrap();
        let error = Plan::new(&[Layer::of(Cell::Cfc(cell))]).unwrap_err();
        assert!(matches!(error, NetworkError::Count { .. }), "{error}");
    }
}
