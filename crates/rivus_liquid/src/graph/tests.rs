use super::*;
use crate::{
    Activation, Backbone, CfcHead, CfcParams, GatedHead, Linear, LtcParams, Mapping, Policy,
    PureHead, Synapse,
};

const LTC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_ltc.safetensors");
const CFC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_cfc.safetensors");

fn of_kind(graph: &Graph, kind: NodeKind) -> Vec<&Node> {
    graph.nodes.iter().filter(|node| node.kind == kind).collect()
}

/// How many links lead from one kind to another.
fn between(graph: &Graph, from: NodeKind, to: NodeKind) -> usize {
    let leads =
        |link: &&Link| (graph.nodes[link.from].kind, graph.nodes[link.to].kind) == (from, to);
    graph.links.iter().filter(leads).count()
}

fn linear(inputs: usize, outputs: usize, weight: &[f32]) -> Linear {
    Linear { inputs, outputs, weight: weight.to_vec(), bias: vec![0.5; outputs] }
}

fn weights(graph: &Graph) -> Vec<(usize, usize, f32)> {
    graph.links.iter().map(|link| (link.from, link.to, link.weight)).collect()
}

#[test]
fn shipped_policies_are_circuits_of_named_columns() {
    for (bytes, wired_among_command) in [(LTC, 22), (CFC, 121)] {
        let policy = Policy::from_bytes(bytes).unwrap();
        let graph = policy.graph();
        let counts = [NodeKind::Sensory, NodeKind::Inter, NodeKind::Command, NodeKind::Motor]
            .map(|kind| of_kind(&graph, kind).len());
        assert_eq!(counts, [12, 17, 11, 4]);
        assert!(graph.nodes.is_sorted_by_key(|node| node.column));
        assert_eq!(graph.nodes[0].name, "position_error_m.x");
        let motors = of_kind(&graph, NodeKind::Motor);
        let mut names = motors.iter().map(|node| (node.name.as_str(), node.output));
        assert_eq!(names.next_back(), Some(("rotor_speed.3", Some(3))));
        assert_eq!(of_kind(&graph, NodeKind::Inter)[3].name, "inter 3");
        let mut states: Vec<_> = graph.nodes.iter().filter_map(|node| node.state).collect();
        states.sort_unstable();
        assert!(states.into_iter().eq(0..policy.network().state_len()), "each neuron once");
        assert_eq!(between(&graph, NodeKind::Sensory, NodeKind::Motor), 0);
        assert_eq!(between(&graph, NodeKind::Sensory, NodeKind::Inter), 96);
        let among = between(&graph, NodeKind::Command, NodeKind::Command);
        assert!(among <= wired_among_command && among > 0, "{among} among command neurons");
        assert!(graph.links.iter().any(|link| link.weight > 0.0));
        assert!(graph.links.iter().any(|link| link.weight < 0.0));
        assert!((0..12).all(|node| graph.fan_in_out(node).0 == 0));
        assert_eq!((0..12).map(|node| graph.fan_in_out(node).1).sum::<usize>(), 96);
    }
}

#[test]
fn an_ltc_has_time_constants_and_they_shrink_as_synapses_open() {
    let policy = Policy::from_bytes(LTC).unwrap();
    assert_eq!(policy.elapsed_unit_s(), Some(0.01));
    let network = policy.network();
    let zeros = vec![0.0; network.state_len()];
    for node in policy.graph().nodes.iter().filter(|node| node.state.is_some()) {
        let tau = node.tau_elapsed.unwrap();
        assert!(tau > 0.0 && tau.is_finite(), "{}: {tau}", node.name);
        assert_eq!(network.time_constant(node.state.unwrap(), &[0.0; 12], &zeros), Some(tau));
    }
    let synapse = Synapse { pre: 0, post: 0, sigma: 4.0, mu: 0.0, w: 0.5, erev: -2.0 };
    let network = Network::new(vec![
        Layer::ltc(&LtcParams {
            inputs: 1,
            units: 2,
            motors: 1,
            sensory: vec![Synapse { post: 1, ..synapse }],
            synapses: vec![Synapse { pre: 1, ..synapse }],
            gleak: vec![0.25; 2],
            vleak: vec![0.0; 2],
            cm: vec![0.5; 2],
            input_mapping: Mapping::None,
            output_mapping: Mapping::None,
            unfolds: 6,
            epsilon: 0.0,
        })
        .unwrap(),
    ])
    .unwrap();
    let graph = network.graph(&[None]);
    let names: Vec<_> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["input 0", "inter 0", "motor 0"]);
    assert_eq!(weights(&graph), [(0, 1, -1.0), (1, 2, -1.0)]);
    // Half open at 0, fully open far above mu, shut far below.
    let tau = |input: f32| network.time_constant(1, &[input], &[0.0, 0.0]).unwrap();
    assert_eq!([tau(0.0), tau(50.0), tau(-50.0)], [1.0, 0.5 / 0.75, 2.0]);
    assert_eq!(network.time_constant(2, &[0.0], &[0.0, 0.0]), None);
}

#[test]
fn a_network_without_wiring_has_inputs_hidden_neurons_and_outputs() {
    let map = linear(2, 1, &[1.0, -2.0]);
    let gated = GatedHead {
        ff1: map.clone(),
        ff2: linear(2, 1, &[3.0, -4.0]),
        time_a: map.clone(),
        time_b: map.clone(),
    };
    let head = |head| CfcParams { inputs: 1, units: 1, backbone: None, head };
    let hidden = Layer::cfc(&head(CfcHead::Default(gated.clone()))).unwrap();
    let projected = hidden.clone().with_projection(&linear(1, 1, &[7.0])).unwrap();
    let graph = Network::new(vec![projected]).unwrap().graph(&[]);
    let kinds: Vec<_> = graph.nodes.iter().map(|node| (node.kind, node.column)).collect();
    assert_eq!(kinds, [(NodeKind::Sensory, 0), (NodeKind::Inter, 1), (NodeKind::Motor, 2)]);
    assert_eq!(weights(&graph), [(0, 1, 2.0), (1, 1, -3.0), (1, 2, 7.0)]);
    assert_eq!((graph.nodes[2].state, graph.nodes[2].output), (None, Some(0)));

    let pure = PureHead { ff1: map, w_tau: vec![1.5], amplitude: vec![2.0] };
    let last = Layer::cfc(&head(CfcHead::Pure(pure))).unwrap();
    let graph = Network::new(vec![hidden, last]).unwrap().graph(&[]);
    let names: Vec<_> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["input 0", "layer 0 inter 0", "layer 1 motor 0"]);
    assert_eq!(weights(&graph)[2..], [(1, 2, -2.0), (2, 2, 4.0)]);
    assert_eq!((graph.nodes[1].tau_elapsed, graph.nodes[2].tau_elapsed), (None, Some(0.5)));

    let backbone = Backbone {
        activation: Activation::Tanh,
        layers: vec![linear(2, 2, &[1.0, 2.0, 3.0, 4.0])],
    };
    let deep = CfcParams { backbone: Some(backbone), ..head(CfcHead::NoGate(gated)) };
    let graph = Network::new(vec![Layer::cfc(&deep).unwrap()]).unwrap().graph(&[]);
    // [1, -2] + [3, -4] / 2 = [2.5, -4], times the backbone.
    assert_eq!(weights(&graph), [(0, 1, -9.5), (1, 1, -11.0)]);
}
