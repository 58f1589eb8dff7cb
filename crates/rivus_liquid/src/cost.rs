//! What a step of a network costs.

use crate::Network;
use crate::cfc::Head;
use crate::layer::{Cell, Layer};
use crate::mapping::{ChannelMap, MappingKind};
use rivus_kernels::Activation;

/// The work of one step of one robot; what packing adds is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Gates of LTC synapses, with the two additions each one makes.
    pub gates: u64,
    /// Weights of linear maps, and scales of element-wise ones.
    pub multiply_adds: u64,
    /// Activations that need an exponential or error function.
    pub activations: u64,
}

impl Cost {
    /// Fused multiply-adds of a gate: one for its argument, six for the power of two and two for
    /// its sums; the denominator, its division and the clamps come on top.
    const PER_GATE: u64 = 9;
    /// Taken for an activation, to compare networks of either kind.
    const PER_ACTIVATION: u64 = 9;

    /// Fused multiply-adds of one step.
    #[must_use]
    pub fn fused_operations(&self) -> u64 {
        Self::PER_GATE * self.gates + self.multiply_adds + Self::PER_ACTIVATION * self.activations
    }
}

impl Network {
    /// What one step of one robot costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        for layer in self.layers() {
            cost.add(layer);
        }
        cost
    }
}

impl Cost {
    fn add(&mut self, layer: &Layer) {
        let weights = layer.maps().into_iter().map(|map| map.weight.f32s.len());
        self.multiply_adds += weights.sum::<usize>() as u64;
        if layer.has_memory() {
            // tanh of candidate and memory, and three gates.
            self.activations += 5 * layer.units() as u64;
        }
        match &layer.cell {
            Cell::Ltc(cell) => {
                let recurrent = u64::from(cell.unfolds) * cell.recurrent.pre.len() as u64;
                self.gates += cell.sensory.pre.len() as u64 + recurrent;
                self.multiply_adds += scales(&cell.input_map) + scales(&cell.output_map);
            }
            Cell::Cfc(cell) => {
                if cell.activation.is_some_and(|activation| activation != Activation::Relu) {
                    let values = cell.backbone.iter().map(|map| map.outputs() as u64);
                    self.activations += values.sum::<u64>();
                }
                self.activations += activations(&cell.head);
            }
            Cell::WiredCfc(cell) => {
                self.activations += cell.heads.iter().map(activations).sum::<u64>();
            }
        }
    }
}

fn scales(map: &ChannelMap) -> u64 {
    if map.kind == MappingKind::None { 0 } else { map.width() as u64 }
}

/// tanh of both states and the gate, or one exponential.
fn activations(head: &Head) -> u64 {
    let per_neuron = match head {
        Head::Gated { .. } => 3,
        Head::Pure { .. } => 1,
    };
    per_neuron * head.units() as u64
}
