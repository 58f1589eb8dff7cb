//! Promises of `Network::step`: faults change nothing, backends agree to the bit, and nothing is
//! allocated.
//!
//! Not covered here: agreement with Python, which `golden_ncps.rs` compares.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use allocation_counter::{AllocationInfo, measure};
use rivus_liquid::wiring::WiringSpec;
use rivus_liquid::{
    Backend, BatchScratch, CfcHead, GatedHead, Kernels, Layer, Linear, LtcParams, Mapping,
    MaskedCfcLayer, MemoryParams, Network, Scratch, StepFault, Synapse, WiredCfcParams,
};

/// A deterministic weight for entry `i`.
fn weight(i: usize) -> f32 {
    ((i * 7919 + 13) % 1000) as f32 / 1000.0 - 0.5
}

fn linear(inputs: usize, outputs: usize) -> Linear {
    Linear {
        inputs,
        outputs,
        weight: (0..inputs * outputs).map(weight).collect(),
        bias: (0..outputs).map(weight).collect(),
    }
}

/// 4 inputs, an LTC of 19 neurons with an LSTM, then a wired cell, 2 outputs.
fn network() -> Network {
    let spec = WiringSpec::AutoNcp { units: 19, output_size: 4, sparsity_level: 0.5, seed: 1 };
    let wiring = spec.build(4).unwrap();
    let synapse = |(i, s): (usize, &rivus_liquid::wiring::SignedSynapse)| Synapse {
        pre: s.pre,
        post: s.post,
        sigma: 4.0 + f64::from(weight(i)),
        mu: 0.1,
        w: 0.6 + f64::from(weight(i)),
        erev: s.polarity.into(),
    };
    let ltc = LtcParams {
        inputs: 4,
        units: 19,
        motors: 4,
        sensory: wiring.sensory.iter().enumerate().map(synapse).collect(),
        synapses: wiring.synapses.iter().enumerate().map(synapse).collect(),
        gleak: vec![0.3; 19],
        vleak: vec![-0.1; 19],
        cm: vec![0.5; 19],
        input_mapping: Mapping::None,
        output_mapping: Mapping::None,
        unfolds: 6,
        epsilon: 1e-8,
    };
    let memory = MemoryParams {
        input_map: linear(4, 76),
        recurrent_weight: (0..19 * 76).map(weight).collect(),
    };
    let layer = |inputs: usize, units: usize| {
        let map = || linear(inputs + units, units);
        let head = GatedHead { ff1: map(), ff2: map(), time_a: map(), time_b: map() };
        let mask = (0..units * (inputs + units)).map(|i| i % 2 == 0).collect();
        MaskedCfcLayer { mask, head: CfcHead::Default(head) }
    };
    let wired = WiredCfcParams { inputs: 4, layers: vec![layer(4, 9), layer(9, 5), layer(5, 2)] };
    let ltc = Layer::ltc(&ltc).unwrap().with_memory(&memory).unwrap();
    Network::new(vec![ltc, Layer::wired_cfc(&wired).unwrap()]).unwrap()
}

#[test]
fn faults_leave_state_and_output_unchanged() {
    let network = network();
    let mut scratch = Scratch::new(&network);
    let before: Vec<f32> = (0..network.state_len()).map(weight).collect();
    let (mut state, mut output) = (before.clone(), [7.0; 2]);
    for elapsed in [0.0, -0.0, -1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let fault = network.step(&[0.1; 4], elapsed, &mut state, &mut output, &mut scratch);
        assert!(matches!(fault, Err(StepFault::Elapsed { .. })), "{elapsed}");
    }
    for bad in [f32::NAN, f32::INFINITY] {
        let input = [0.0, 0.0, bad, 0.0];
        let fault = network.step(&input, 1.0, &mut state, &mut output, &mut scratch);
        assert_eq!(fault, Err(StepFault::Input { index: 2 }));
    }
    assert_eq!((state, output), (before, [7.0; 2]));
}

#[test]
fn backends_agree_to_the_bit() {
    let runs = Backend::ALL.into_iter().filter_map(Kernels::new).map(|kernels| {
        let network = network().with_kernels(kernels);
        let mut state = vec![0.0; network.state_len()];
        let mut scratch = Scratch::new(&network);
        let mut output = [0.0; 2];
        let mut bits = Vec::new();
        for step in 0..200 {
            let input = [weight(step), weight(step + 1), 2.0 * weight(step + 2), 0.3];
            let elapsed = 0.6 + weight(step + 3);
            network.step(&input, elapsed, &mut state, &mut output, &mut scratch).unwrap();
            bits.extend(state.iter().chain(&output).map(|x| x.to_bits()));
        }
        bits
    });
    let runs: Vec<_> = runs.collect();
    assert!(runs.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_step_does_not_allocate() {
    let float = network();
    for network in [float.quantized().unwrap(), float] {
        let mut state = vec![0.0; network.state_len()];
        let mut scratch = Scratch::new(&network);
        let mut output = [0.0; 2];
        let used = measure(|| {
            for step in 0..100 {
                let input = [weight(step); 4];
                network.step(&input, 1.0, &mut state, &mut output, &mut scratch).unwrap();
            }
        });
        assert_eq!(used, AllocationInfo::default());
    }
}

#[test]
fn a_batch_does_not_allocate() {
    const ROBOTS: usize = 67;
    let float = network();
    for network in [float.quantized().unwrap(), float] {
        let rows: Vec<u32> = (0..ROBOTS as u32).collect();
        let inputs = vec![0.3; ROBOTS * network.inputs()];
        let mut states = vec![0.0; ROBOTS * network.state_len()];
        let mut outputs = vec![0.0; ROBOTS * network.outputs()];
        let mut scratch = BatchScratch::new(&network);
        let used = measure(|| {
            for _ in 0..10 {
                network
                    .step_batch(&rows, &inputs, 1.0, &mut states, &mut outputs, &mut scratch)
                    .unwrap();
            }
        });
        assert_eq!(used, AllocationInfo::default());
    }
}
