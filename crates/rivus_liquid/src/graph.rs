//! The wiring of a network as a graph, for people to look at.
//!
//! A graph leaves out what has no place in a drawing: leaks, biases and slopes, the time gate of
//! a `CfC`, and an LSTM in front of a cell. Nothing is computed from it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use rivus_kernels::CfcGate;

use crate::cfc::{CfcCell, Head, WiredCfcCell};
use crate::layer::Cell;
use crate::linear::Map;
use crate::ltc::LtcCell;
use crate::synapses::Synapses;
use crate::{Layer, LayerWiring, Network};

/// Nodes and what connects them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// In ascending order of [`Node::column`].
    pub nodes: Vec<Node>,
    /// No pair of nodes occurs twice in the same direction.
    pub links: Vec<Link>,
}

/// An input, a neuron or a projected output.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is for.
    pub kind: NodeKind,
    /// The channel's name for the inputs and outputs of a policy; else the kind and a number that
    /// counts from 0 within the kind, as in `inter 3`, after `layer 1 ` where there are several.
    pub name: String,
    /// The layer of the network; 0 for an input.
    pub layer: usize,
    /// Where it stands from inputs (0) to outputs; all of a column are of one kind.
    pub column: usize,
    /// Its number among the inputs of the network; `None` for all others.
    pub input: Option<usize>,
    /// Its number among the outputs of the network; `None` if it is none.
    pub output: Option<usize>,
    /// Its place in the state of the network; `None` for inputs and projected outputs.
    pub state: Option<usize>,
    /// Time constant at rest, all inputs and neurons at 0, in the network's unit of elapsed time;
    /// see [`Network::time_constant`]. `None` for inputs, outputs of a projection, neurons with an
    /// LSTM in front, and a `CfC` with a time gate, which has none.
    pub tau_elapsed: Option<f32>,
}

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// An input of the network.
    Sensory,
    /// A neuron that is neither of the others.
    Inter,
    /// A neuron between inter and motor neurons.
    Command,
    /// An output of a layer of an NCP, or of the network.
    Motor,
}

/// A synapse, or a weight from one node to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Index of the source in [`Graph::nodes`].
    pub from: usize,
    /// Index of the destination; the source itself for a neuron that is connected to itself.
    pub to: usize,
    /// Positive if it excites, negative if it inhibits.
    ///
    /// LTC: `w erev`, what the open gate drives a neuron at 0 with. `CfC`: the weight of the source
    /// in the new state with the time gate half open, (ff1 + ff2) / 2 or ff1 + ff2 / 2, and
    /// `-A ff1` for a pure one; a backbone counts with the product of its maps. Projection: its
    /// weight.
    pub weight: f32,
}

impl NodeKind {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sensory => "sensory",
            Self::Inter => "inter",
            Self::Command => "command",
            Self::Motor => "motor",
        }
    }
}

impl Graph {
    /// How many links end in a node, and how many start there.
    #[must_use]
    pub fn fan_in_out(&self, node: usize) -> (usize, usize) {
        let count = |is: fn(&Link) -> usize| self.links.iter().filter(|l| is(l) == node).count();
        (count(|link| link.to), count(|link| link.from))
    }
}

impl Network {
    /// The wiring. `wirings` says of each layer which neurons of an LTC are command neurons; a
    /// layer without one has inter and motor neurons only. A wired `CfC` knows its own.
    #[must_use]
    pub fn graph(&self, wirings: &[Option<LayerWiring>]) -> Graph {
        let mut growing = Growing::new(self.inputs());
        let states = self.layer_states();
        let count = self.layers().len();
        for (l, (layer, place)) in self.layers().iter().zip(states).enumerate() {
            growing.layer = l;
            growing.prefix = if count > 1 { format!("layer {l} ") } else { String::new() };
            let wiring = wirings.get(l).and_then(Option::as_ref);
            growing.add(layer, place.neurons.start, Stage { wiring, is_last: l + 1 == count });
        }
        for (output, &node) in growing.sources.iter().enumerate() {
            growing.graph.nodes[node].output = Some(output);
        }
        growing.graph
    }

    /// How fast the neuron at this place of the state follows what drives it, in the network's
    /// unit of elapsed time.
    ///
    /// LTC: cm / (gleak + sum of w sigmoid(sigma (v - mu))) over the synapses that end in it
    /// (Hasani 2021, eq. 2): the more of them are open, the faster it is. Pure `CfC`:
    /// `1 / (|w_tau| + |ff1|)`, with ff1 of inputs and neurons at 0 whatever they are. `None` where
    /// [`Node::tau_elapsed`] is, and in later layers, whose inputs are not at hand.
    ///
    /// # Shapes
    /// `input`: `[inputs]`, as the network reads it, `state`: `[state_len]`.
    ///
    /// # Panics
    /// If a slice has another length.
    #[must_use]
    pub fn time_constant(&self, neuron: usize, input: &[f32], state: &[f32]) -> Option<f32> {
        assert_eq!(input.len(), self.inputs(), "inputs");
        assert_eq!(state.len(), self.state_len(), "state");
        let layer = self.layers().first()?;
        let neurons = &state[..layer.units()];
        (neuron < neurons.len()).then(|| time_constant(layer, neuron, input, neurons)).flatten()
    }
}

#[cfg(feature = "std")]
impl crate::Policy {
    /// The wiring, with inputs and outputs named as the channels.
    #[must_use]
    pub fn graph(&self) -> Graph {
        let info = self.info();
        let mut graph = self.network().graph(&info.wirings);
        for node in &mut graph.nodes {
            let input = node.input.and_then(|i| Some(&info.inputs.get(i)?.name));
            let output = node.output.and_then(|i| Some(&info.outputs.get(i)?.name));
            if let Some(name) = input.or(output) {
                node.name.clone_from(name);
            }
        }
        graph
    }

    /// Seconds in one unit of elapsed time, and so of [`Node::tau_elapsed`]; `None` if the network
    /// takes every step for equally long, whatever the rate.
    #[must_use]
    pub fn elapsed_unit_s(&self) -> Option<f32> {
        match self.info().elapsed {
            crate::Elapsed::Constant(_) => None,
            crate::Elapsed::Seconds => Some(1.0),
            crate::Elapsed::Periods(period_s) => Some(period_s),
        }
    }
}

/// What a layer does not know about itself.
#[derive(Clone, Copy)]
struct Stage<'a> {
    wiring: Option<&'a LayerWiring>,
    is_last: bool,
}

/// A graph to which layers are added.
struct Growing {
    graph: Graph,
    /// What the next layer reads.
    sources: Vec<usize>,
    layer: usize,
    column: usize,
    prefix: String,
}

impl Growing {
    fn new(inputs: usize) -> Self {
        let prefix = String::new();
        let graph = Graph::default();
        let mut growing = Self { graph, sources: Vec::new(), layer: 0, column: 0, prefix };
        for i in 0..inputs {
            let node = growing.push(NodeKind::Sensory, format!("input {i}"));
            growing.graph.nodes[node].input = Some(i);
            growing.sources.push(node);
        }
        growing
    }

    /// Adds a node to the current column.
    fn push(&mut self, kind: NodeKind, name: String) -> usize {
        self.graph.nodes.push(Node {
            kind,
            name: format!("{}{name}", self.prefix),
            layer: self.layer,
            column: self.column,
            input: None,
            output: None,
            state: None,
            tau_elapsed: None,
        });
        self.graph.nodes.len() - 1
    }

    fn link(&mut self, from: usize, to: usize, weight: f32) {
        self.graph.links.push(Link { from, to, weight });
    }

    fn add(&mut self, layer: &Layer, state_start: usize, stage: Stage<'_>) {
        let kinds = kinds(layer, stage);
        let zeros = vec![0.0; layer.inputs().max(layer.units())];
        let mut neurons = vec![0; kinds.len()];
        for kind in [NodeKind::Inter, NodeKind::Command, NodeKind::Motor] {
            let members = (0..kinds.len()).filter(|&neuron| kinds[neuron] == kind);
            for (number, neuron) in members.enumerate() {
                self.column += usize::from(number == 0);
                let node = self.push(kind, format!("{} {number}", kind.name()));
                let rest = (&zeros[..layer.inputs()], &zeros[..layer.units()]);
                self.graph.nodes[node].state = Some(state_start + neuron);
                self.graph.nodes[node].tau_elapsed = time_constant(layer, neuron, rest.0, rest.1);
                neurons[neuron] = node;
            }
        }
        let sources = core::mem::take(&mut self.sources);
        match &layer.cell {
            Cell::Ltc(cell) => {
                self.add_synapses(&cell.sensory, &sources, &neurons);
                self.add_synapses(&cell.recurrent, &neurons, &neurons);
            }
            Cell::Cfc(cell) => self.add_weights(cfc_weights(cell), &sources, &neurons),
            Cell::WiredCfc(cell) => self.add_heads(cell, &sources, &neurons),
        }
        let outputs = match &layer.cell {
            Cell::Ltc(cell) => neurons[..cell.motors].to_vec(),
            cell => neurons[cell.units() - cell.outputs()..].to_vec(),
        };
        self.sources = match &layer.projection {
            Some(map) => self.add_projection(map, &outputs, stage),
            None => outputs,
        };
    }

    fn add_synapses(&mut self, synapses: &Synapses, sources: &[usize], neurons: &[usize]) {
        for (neuron, &to) in neurons.iter().enumerate() {
            for i in synapses.row(neuron) {
                self.link(sources[usize::from(synapses.pre[i])], to, synapses.w_erev.f32s[i]);
            }
        }
    }

    /// Adds the weights by row and column, the columns being sources and then neurons.
    fn add_weights(&mut self, weights: WeightsByPlace, sources: &[usize], neurons: &[usize]) {
        for ((row, column), weight) in weights {
            let own = column.checked_sub(sources.len());
            let from = own.map_or_else(|| sources[column], |own| neurons[own]);
            self.link(from, neurons[row], weight);
        }
    }

    fn add_heads(&mut self, cell: &WiredCfcCell, sources: &[usize], neurons: &[usize]) {
        let (mut sources, mut rest) = (sources, neurons);
        for head in &cell.heads {
            let (own, later) = rest.split_at(head.units());
            self.add_weights(head_weights(head), sources, own);
            (sources, rest) = (own, later);
        }
    }

    fn add_projection(&mut self, map: &Map, outputs: &[usize], stage: Stage<'_>) -> Vec<usize> {
        let kind = if stage.is_last { NodeKind::Motor } else { NodeKind::Inter };
        self.column += 1;
        let projected: Vec<usize> =
            (0..map.outputs()).map(|i| self.push(kind, format!("output {i}"))).collect();
        for ((row, column), &weight) in map.positions().zip(&map.weight.f32s) {
            self.link(outputs[column], projected[row], weight);
        }
        projected
    }
}

/// What each neuron of a layer is for, in the order of the state.
fn kinds(layer: &Layer, stage: Stage<'_>) -> Vec<NodeKind> {
    match &layer.cell {
        Cell::Ltc(cell) => {
            let layers = stage.wiring.map_or([].as_slice(), |wiring| &wiring.layers);
            let between = layers.get(1..layers.len().saturating_sub(1)).unwrap_or_default();
            let mut kinds = vec![NodeKind::Inter; cell.units()];
            for &id in between.iter().flatten().filter(|&&id| id < cell.units()) {
                kinds[id] = NodeKind::Command;
            }
            kinds[..cell.motors].fill(NodeKind::Motor);
            kinds
        }
        Cell::Cfc(cell) if stage.is_last && layer.projection.is_none() => {
            vec![NodeKind::Motor; cell.units()]
        }
        Cell::Cfc(cell) => vec![NodeKind::Inter; cell.units()],
        Cell::WiredCfc(cell) => {
            let kind = |i: usize| match i {
                _ if i + 1 == cell.heads.len() => NodeKind::Motor,
                0 => NodeKind::Inter,
                _ => NodeKind::Command,
            };
            let heads = cell.heads.iter().enumerate();
            heads.flat_map(|(i, head)| vec![kind(i); head.units()]).collect()
        }
    }
}

/// Weights by row (destination) and column (source).
type WeightsByPlace = BTreeMap<(usize, usize), f32>;

fn head_weights(head: &Head) -> WeightsByPlace {
    let mut weights = WeightsByPlace::new();
    let mut add = |map: &Map, factor: &dyn Fn(usize) -> f32| {
        for ((row, column), weight) in map.positions().zip(&map.weight.f32s) {
            *weights.entry((row, column)).or_default() += factor(row) * weight;
        }
    };
    match head {
        Head::Gated { gate, ff1, ff2, .. } => {
            let first = if *gate == CfcGate::Interpolate { 0.5 } else { 1.0 };
            add(ff1, &|_| first);
            add(ff2, &|_| 0.5);
        }
        Head::Pure { ff1, amplitude, .. } => add(ff1, &|row| -amplitude[row]),
    }
    weights
}

/// The head's weights times those of the backbone, last layer first.
fn cfc_weights(cell: &CfcCell) -> WeightsByPlace {
    let mut weights = head_weights(&cell.head);
    for map in cell.backbone.iter().rev() {
        let mut product = WeightsByPlace::new();
        for ((row, hidden), weight) in weights {
            let inner = &map.weight.f32s[hidden * map.inputs..(hidden + 1) * map.inputs];
            for (column, inner) in inner.iter().enumerate() {
                *product.entry((row, column)).or_default() += weight * inner;
            }
        }
        weights = product;
    }
    weights
}

fn time_constant(layer: &Layer, neuron: usize, input: &[f32], state: &[f32]) -> Option<f32> {
    if layer.has_memory() {
        return None;
    }
    match &layer.cell {
        Cell::Ltc(cell) => Some(ltc_time_constant(cell, neuron, input, state)),
        Cell::Cfc(cell) => pure_time_constant(&cell.head, neuron),
        Cell::WiredCfc(cell) => {
            let mut own = neuron;
            let head = cell.heads.iter().find(|head| {
                let is_inside = own < head.units();
                own -= if is_inside { 0 } else { head.units() };
                is_inside
            })?;
            pure_time_constant(head, own)
        }
    }
}

fn ltc_time_constant(cell: &LtcCell, neuron: usize, input: &[f32], state: &[f32]) -> f32 {
    let open = |synapses: &Synapses, value: &dyn Fn(usize) -> f32| -> f32 {
        let gate = |i: usize| {
            let exponent = synapses.a[i] * value(usize::from(synapses.pre[i])) + synapses.b[i];
            synapses.w.f32s[i] / (1.0 + libm::exp2f(exponent))
        };
        synapses.row(neuron).map(gate).sum()
    };
    let map = &cell.input_map;
    let sensory = open(&cell.sensory, &|i| map.scale.f32s[i] * input[i] + map.offset[i]);
    let recurrent = open(&cell.recurrent, &|i| state[i]);
    // The cell keeps cm times the number of sub-steps.
    cell.capacitance[neuron] / cell.unfolds as f32 / (cell.leak[neuron] + sensory + recurrent)
}

fn pure_time_constant(head: &Head, neuron: usize) -> Option<f32> {
    let Head::Pure { ff1, w_tau, .. } = head else { return None };
    let rate = w_tau[neuron].abs() + ff1.bias[neuron].abs();
    (rate > 0.0).then(|| 1.0 / rate)
}

#[cfg(all(test, feature = "std"))]
mod tests;
