//! Promise: a robot in a batch has the bits it has alone, for every kind of network, on every
//! backend and in batches of any size; and only the rows that are named change.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rivus_liquid::init::{self, CfcShape};
use rivus_liquid::wiring::WiringSpec;
use rivus_liquid::{
    Backend, BatchScratch, CfcMode, Kernels, Layer, Linear, LtcParams, Mapping, MemoryParams,
    Network, Scratch, StepFault,
};

const SPEC: WiringSpec =
    WiringSpec::AutoNcp { units: 19, output_size: 4, sparsity_level: 0.5, seed: 7 };
/// Neurons that have sensory and recurrent synapses, in numbers that do not go together.
const RANDOM: WiringSpec =
    WiringSpec::Random { units: 21, output_dim: Some(3), sparsity_level: 0.6, random_seed: 1111 };
const STEPS: usize = 6;

/// A deterministic number for entry `i`, within -0.5..0.5.
fn number(i: usize) -> f32 {
    ((i * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5
}

fn linear(inputs: usize, outputs: usize) -> Linear {
    Linear {
        inputs,
        outputs,
        weight: (0..inputs * outputs).map(number).collect(),
        bias: (0..outputs).map(number).collect(),
    }
}

fn memory(inputs: usize, units: usize) -> MemoryParams {
    MemoryParams {
        input_map: linear(inputs, 4 * units),
        recurrent_weight: (0..4 * units * units).map(|i| 0.4 * number(i)).collect(),
    }
}

fn mapped(params: LtcParams) -> LtcParams {
    let scale = |count: usize| (0..count).map(|i| 1.0 + number(i)).collect();
    let offset = (0..params.inputs).map(number).collect();
    LtcParams {
        input_mapping: Mapping::Affine { scale: scale(params.inputs), offset },
        output_mapping: Mapping::Linear { scale: scale(params.motors) },
        ..params
    }
}

fn cfc(mode: CfcMode, backbone: &[usize]) -> Layer {
    Layer::cfc(&init::cfc(&CfcShape { inputs: 6, units: 17, backbone, mode }, 3)).unwrap()
}

fn wired(spec: &WiringSpec, inputs: usize) -> Layer {
    Layer::wired_cfc(&init::wired_cfc(spec, inputs, CfcMode::Default, 4).unwrap().0).unwrap()
}

/// Every kind of layer, alone or with what can stand around it.
fn networks() -> Vec<(&'static str, Network)> {
    let ltc = LtcParams {
        input_mapping: Mapping::None,
        output_mapping: Mapping::None,
        ..init::ltc(&SPEC, 6, 1).unwrap().0
    };
    let random = init::ltc(&RANDOM, 5, 2).unwrap().0;
    let layer = |params: &LtcParams| Layer::ltc(params).unwrap();
    let odd = LtcParams { unfolds: 3, ..random.clone() };
    let unconnected = LtcParams { sensory: vec![], synapses: vec![], ..ltc.clone() };
    let networks: Vec<(&str, Vec<Layer>)> = vec![
        ("ltc", vec![layer(&ltc)]),
        ("ltc with mappings", vec![layer(&mapped(ltc.clone()))]),
        ("ltc, random", vec![layer(&random)]),
        ("ltc, odd unfolds", vec![layer(&odd)]),
        ("ltc, no synapses", vec![layer(&unconnected)]),
        ("ltc with memory", vec![layer(&mapped(ltc.clone())).with_memory(&memory(6, 19)).unwrap()]),
        (
            "ltc with projection",
            vec![layer(&mapped(ltc.clone())).with_projection(&linear(4, 3)).unwrap()],
        ),
        ("cfc", vec![cfc(CfcMode::Default, &[])]),
        ("cfc with backbone", vec![cfc(CfcMode::Default, &[20, 33])]),
        ("cfc, no gate", vec![cfc(CfcMode::NoGate, &[])]),
        ("cfc, pure", vec![cfc(CfcMode::Pure, &[9])]),
        ("wired cfc", vec![wired(&SPEC, 6)]),
        ("wired cfc with memory", vec![wired(&SPEC, 6).with_memory(&memory(6, 19)).unwrap()]),
        (
            "stack",
            vec![
                layer(&mapped(ltc)),
                wired(&SPEC, 4),
                layer(&LtcParams { inputs: 4, ..init::ltc(&SPEC, 4, 5).unwrap().0 }),
            ],
        ),
    ];
    networks.into_iter().map(|(name, layers)| (name, Network::new(layers).unwrap())).collect()
}

/// Inputs of robot `row` in a step.
fn input(network: &Network, row: usize, step: usize) -> impl Iterator<Item = f32> {
    (0..network.inputs()).map(move |i| 3.0 * number(31 * row + 7 * step + i))
}

fn elapsed(step: usize) -> f32 {
    0.6 + number(step)
}

/// States and outputs after every step, stepped one by one.
fn alone(network: &Network, row: usize) -> Vec<u32> {
    let mut state = vec![0.0; network.state_len()];
    let mut output = vec![0.0; network.outputs()];
    let mut scratch = Scratch::new(network);
    let mut bits = Vec::new();
    for step in 0..STEPS {
        let input: Vec<f32> = input(network, row, step).collect();
        network.step(&input, elapsed(step), &mut state, &mut output, &mut scratch).unwrap();
        bits.extend(state.iter().chain(&output).map(|x| x.to_bits()));
    }
    bits
}

/// The same of several robots whose states stand in these rows.
fn together(network: &Network, rows: &[u32]) -> Vec<Vec<u32>> {
    let len = network.state_len();
    let known = rows.iter().max().map_or(0, |&row| row as usize + 2);
    let mut states = vec![7.0; known * len];
    for &row in rows {
        states[row as usize * len..][..len].fill(0.0);
    }
    let mut outputs = vec![0.0; rows.len() * network.outputs()];
    let mut scratch = BatchScratch::new(network);
    let mut bits = vec![Vec::new(); rows.len()];
    for step in 0..STEPS {
        let inputs: Vec<f32> =
            rows.iter().flat_map(|&row| input(network, row as usize, step)).collect();
        network
            .step_batch(rows, &inputs, elapsed(step), &mut states, &mut outputs, &mut scratch)
            .unwrap();
        for ((bits, &row), output) in
            bits.iter_mut().zip(rows).zip(outputs.chunks(network.outputs()))
        {
            let state = &states[row as usize * len..][..len];
            bits.extend(state.iter().chain(output).map(|x| x.to_bits()));
        }
    }
    for (row, state) in states.chunks(len).enumerate() {
        if !rows.iter().any(|&named| named as usize == row) {
            assert!(state.iter().all(|&x| x == 7.0), "row {row} was not named");
        }
    }
    bits
}

#[test]
fn a_batch_has_the_bits_of_its_robots_alone() {
    for (name, network) in networks() {
        let integers = network.quantized().unwrap();
        for (kind, network) in [("float", network), ("int8", integers)] {
            for kernels in Backend::ALL.into_iter().filter_map(Kernels::new) {
                let network = network.clone().with_kernels(kernels);
                for count in [1, 3, 10, 17, 79] {
                    // Every other row, from the last to the first.
                    let rows: Vec<u32> = (0..count).rev().map(|row| 2 * row + 1).collect();
                    let alone: Vec<_> =
                        rows.iter().map(|&row| alone(&network, row as usize)).collect();
                    let backend = kernels.backend().name();
                    let same = together(&network, &rows) == alone;
                    assert!(same, "{name}, {kind}, {count} robots on {backend}");
                }
            }
        }
    }
}

#[test]
fn a_fault_leaves_every_robot_unchanged() {
    let (_, network) = networks().swap_remove(0);
    let rows: Vec<u32> = (0..20).collect();
    let before: Vec<f32> = (0..20 * network.state_len()).map(number).collect();
    let (mut states, mut outputs) = (before.clone(), vec![7.0; 20 * network.outputs()]);
    let mut scratch = BatchScratch::new(&network);
    let mut inputs = vec![0.1; 20 * network.inputs()];
    let mut step = |inputs: &[f32], elapsed: f32| {
        network.step_batch(&rows, inputs, elapsed, &mut states, &mut outputs, &mut scratch)
    };
    assert_eq!(step(&inputs, 0.0), Err(StepFault::Elapsed { elapsed: 0.0 }));
    inputs[113] = f32::NEG_INFINITY;
    assert_eq!(step(&inputs, 0.1), Err(StepFault::Input { index: 113 }));
    assert_eq!((states, outputs), (before, vec![7.0; 20 * network.outputs()]));
}

#[test]
fn no_robots_are_no_work() {
    let (_, network) = networks().swap_remove(0);
    let mut scratch = BatchScratch::new(&network);
    assert_eq!(network.step_batch(&[], &[], 1.0, &mut [], &mut [], &mut scratch), Ok(()));
}

#[test]
#[should_panic(expected = "rows")]
fn an_unknown_row_is_refused() {
    let (_, network) = networks().swap_remove(0);
    let mut scratch = BatchScratch::new(&network);
    let (mut states, mut outputs) = (vec![0.0; 2 * network.state_len()], vec![0.0; 4]);
    let _ = network.step_batch(&[2], &[0.0; 6], 1.0, &mut states, &mut outputs, &mut scratch);
}

#[test]
fn a_quantized_network_stays_near_its_original() {
    for (name, network) in networks() {
        let integers = network.quantized().unwrap();
        assert!(integers.is_quantized() && !network.is_quantized());
        assert_eq!(integers.quantized().unwrap(), integers);
        let values = |network: &Network| -> Vec<f32> {
            (0..8).flat_map(|row| alone(network, row)).map(f32::from_bits).collect()
        };
        let pairs = || values(&network).into_iter().zip(values(&integers));
        let square = |sum: f32, x: f32| sum + x * x;
        let error = pairs().map(|(a, b)| a - b).fold(0.0, square);
        let power = pairs().map(|(a, _)| a).fold(0.0, square);
        assert!(error < 1e-3 * power, "{name}: {error} of {power}");
    }
}

#[test]
fn cost_counts_what_is_computed() {
    let find =
        |wanted: &str| networks().into_iter().find(|(name, _)| *name == wanted).unwrap().1.cost();
    let wiring = SPEC.build(6).unwrap();
    let gates = (wiring.sensory.len() + 6 * wiring.synapses.len()) as u64;
    let ltc = find("ltc");
    assert_eq!((ltc.gates, ltc.multiply_adds, ltc.activations), (gates, 0, 0));
    assert_eq!(find("ltc with mappings").multiply_adds, 6 + 4);
    assert_eq!(find("ltc with memory").multiply_adds, 6 + 4 + 4 * 19 * 25);
    assert_eq!(find("ltc with memory").activations, 5 * 19);
    let cfc = find("cfc with backbone");
    assert_eq!(cfc.multiply_adds, 23 * 20 + 20 * 33 + 4 * 33 * 17);
    assert_eq!(cfc.activations, 20 + 33 + 3 * 17);
    assert_eq!(cfc.fused_operations(), cfc.multiply_adds + 9 * cfc.activations);
    assert_eq!(find("cfc, pure").activations, 9 + 17);
    assert_eq!(find("wired cfc").activations, 3 * 19);
}
