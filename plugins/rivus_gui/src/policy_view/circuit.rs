//! The network of one policy, ready to be drawn, and its values at one moment.

use alloc::sync::Arc;
use core::ops::Range;

use rivus_liquid::Policy;
use rivus_liquid::graph::{Graph, Node, NodeKind};

use super::Pin;
use super::layout::Outline;
use crate::RobotState;
use crate::Signal;
use crate::signal::ChannelName;

/// Synapses that are drawn, the heaviest; more could not be told apart.
const LINKS_MAX: usize = 2000;

/// What does not change as long as the policy does not.
#[derive(Clone, Debug)]
pub(super) struct Circuit {
    pub(super) policy: Arc<Policy>,
    pub(super) graph: Graph,
    pub(super) outline: Outline,
    /// The drawn links as indices of the graph's, lightest first, so that heavy ones lie on top.
    pub(super) drawn: Vec<usize>,
    /// Weight of each drawn link, 0 to 1, of the heaviest between the same columns: what counts is
    /// which of a neuron's synapses are strong.
    pub(super) strength: Vec<f32>,
    /// What the channels of the first and the last column are called.
    pub(super) channels: Vec<Option<ChannelName>>,
}

impl Circuit {
    pub(super) fn new(policy: &Arc<Policy>) -> Self {
        let graph = policy.graph();
        let channels: Vec<Option<ChannelName>> = graph.nodes.iter().map(channel).collect();
        let columns = columns(&graph);
        let groups = |column: Option<&Range<usize>>| {
            column.map_or_else(Vec::new, |nodes| groups(nodes.clone(), &channels))
        };
        let outline = Outline {
            input_groups: groups(columns.first()),
            output_groups: groups(columns.last()),
            columns,
        };
        let mut drawn: Vec<usize> = (0..graph.links.len()).collect();
        let size = |link: usize| graph.links[link].weight.abs();
        drawn.sort_by(|&a, &b| size(a).total_cmp(&size(b)));
        let drawn = drawn.split_off(drawn.len().saturating_sub(LINKS_MAX));
        let heaviest = |link: usize| {
            let place = |link: usize| {
                let link = &graph.links[link];
                [link.from, link.to].map(|node| graph.nodes[node].column)
            };
            let same = drawn.iter().rev().find(|&&other| place(other) == place(link));
            same.map_or(1.0, |&other| size(other).max(f32::MIN_POSITIVE))
        };
        let strength = drawn.iter().map(|&link| size(link) / heaviest(link)).collect();
        Self { policy: policy.clone(), graph, outline, drawn, strength, channels }
    }

    /// What a pin of this node shows.
    pub(super) fn signal(&self, node: usize) -> Option<Signal> {
        let node = &self.graph.nodes[node];
        let input = node.input.map(Signal::Input);
        input.or(node.output.map(Signal::Output)).or(node.state.map(Signal::State))
    }

    pub(super) fn pin(&self, node: usize) -> Option<Pin> {
        Some(Pin { name: self.graph.nodes[node].name.clone(), what: self.signal(node)? })
    }

    pub(super) fn unit(&self, node: usize) -> &'static str {
        self.channels[node].as_ref().map_or("", |channel| channel.unit)
    }

    /// What the network reads: one per input, zeros before it has been told anything.
    pub(super) fn encoded(&self, now: &RobotState) -> Vec<f32> {
        let mut inputs = vec![0.0; self.policy.network().inputs()];
        if now.observation.len() == inputs.len() {
            self.policy.encode(&now.observation, &mut inputs);
        }
        inputs
    }

    /// The activation of every node: what the network reads, the neuron's state, or what the
    /// network says; 0 where there is none yet.
    pub(super) fn activations(&self, now: &RobotState) -> Vec<f32> {
        let inputs = self.encoded(now);
        let outputs = &self.policy.info().outputs;
        let activation = |node: &Node| {
            let said = node.output.and_then(|i| {
                let channel = outputs.get(i).filter(|channel| channel.scale != 0.0)?;
                Some((now.action.get(i)? - channel.offset) / channel.scale)
            });
            let state = node.state.and_then(|i| now.state.get(i).copied());
            let read = node.input.and_then(|i| inputs.get(i).copied());
            read.or(state).or(said).filter(|value| value.is_finite()).unwrap_or(0.0)
        };
        self.graph.nodes.iter().map(activation).collect()
    }

    /// Time constants of a neuron at rest and now, seconds; `None` where it has none, or the policy
    /// does not know how long a step is.
    pub(super) fn time_constants_s(
        &self,
        node: usize,
        now: &RobotState,
    ) -> Option<(f32, Option<f32>)> {
        let unit_s = self.policy.elapsed_unit_s()?;
        let node = &self.graph.nodes[node];
        let rest_s = node.tau_elapsed? * unit_s;
        let network = self.policy.network();
        let is_whole = now.state.len() == network.state_len();
        let live = node
            .state
            .filter(|_| is_whole)
            .and_then(|neuron| network.time_constant(neuron, &self.encoded(now), &now.state));
        Some((rest_s, live.map(|tau| tau * unit_s)))
    }
}

fn channel(node: &Node) -> Option<ChannelName> {
    (node.input.is_some() || node.output.is_some()).then(|| ChannelName::parse(&node.name))
}

fn columns(graph: &Graph) -> Vec<Range<usize>> {
    let mut columns: Vec<Range<usize>> = Vec::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        match columns.last_mut() {
            Some(last) if graph.nodes[last.start].column == node.column => last.end = i + 1,
            _ => columns.push(i..i + 1),
        }
    }
    columns
}

/// Neighbours of one quantity.
fn groups(nodes: Range<usize>, channels: &[Option<ChannelName>]) -> Vec<Range<usize>> {
    let quantity =
        |node: usize| channels[node].as_ref().map(|channel| (&channel.quantity, channel.unit));
    let mut groups: Vec<Range<usize>> = Vec::new();
    for node in nodes {
        match groups.last_mut() {
            Some(last) if quantity(last.start) == quantity(node) => last.end = node + 1,
            _ => groups.push(node..node + 1),
        }
    }
    groups
}

/// What the column of this node is called. A network without command neurons is no NCP: its
/// columns have the names that people give those of any other network.
pub(super) fn heading(graph: &Graph, node: usize) -> &'static str {
    let node = &graph.nodes[node];
    let is_circuit = graph.nodes.iter().any(|other| other.kind == NodeKind::Command);
    match (node.kind, is_circuit) {
        (NodeKind::Motor, _) if node.state.is_none() => "output",
        (kind, true) => kind.name(),
        (NodeKind::Sensory, false) => "input",
        (NodeKind::Motor, false) => "output",
        (NodeKind::Inter | NodeKind::Command, false) => "hidden",
    }
}
