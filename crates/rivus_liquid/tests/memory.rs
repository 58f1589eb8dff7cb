//! Promise: kernels stay inside of their arrays. Every kind of network takes a few steps on every
//! backend, alone and in a batch, in buffers that are exactly as long as they must be: what an
//! interpreter (Miri) or a sanitizer watches. Small, because being watched is slow.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rivus_liquid::init::{self, CfcShape};
use rivus_liquid::wiring::WiringSpec;
use rivus_liquid::{Backend, BatchScratch, CfcMode, Kernels, Layer, LtcParams, Network, Scratch};

/// Numbers of inputs and neurons that fill no vector.
const INPUTS: usize = 3;
const UNITS: usize = if cfg!(miri) { 9 } else { 19 };
const WIRING: WiringSpec =
    WiringSpec::AutoNcp { units: UNITS, output_size: 3, sparsity_level: 0.5, seed: 7 };

/// Robots that leave some lanes of a batch without one, but too few to be stepped alone.
const ROBOTS: u32 = if cfg!(miri) { 10 } else { 27 };

fn networks() -> Vec<Network> {
    let cfc = |mode, backbone| {
        let shape = CfcShape { inputs: INPUTS, units: UNITS - 1, backbone, mode };
        Layer::cfc(&init::cfc(&shape, 1))
    };
    let wired = init::wired_cfc(&WIRING, INPUTS, CfcMode::Default, 1).unwrap().0;
    let ltc = init::ltc(&WIRING, INPUTS, 1).unwrap().0;
    let layers = [
        Layer::ltc(&LtcParams { unfolds: 2, ..ltc }),
        Layer::wired_cfc(&wired),
        cfc(CfcMode::NoGate, &[9]),
        cfc(CfcMode::Pure, &[]),
    ];
    let floats: Vec<Network> =
        layers.into_iter().map(|layer| Network::new(vec![layer.unwrap()]).unwrap()).collect();
    let integers: Vec<Network> =
        floats.iter().map(|network| network.quantized().unwrap()).collect();
    [floats, integers].concat()
}

fn kernels() -> impl Iterator<Item = Kernels> {
    Backend::ALL.into_iter().filter_map(Kernels::new)
}

#[test]
fn one_robot_stays_inside() {
    for network in networks() {
        for kernels in kernels() {
            let network = network.clone().with_kernels(kernels);
            let mut state = vec![0.5; network.state_len()];
            let mut output = vec![0.0; network.outputs()];
            let mut scratch = Scratch::new(&network);
            let input = [0.3; INPUTS];
            for _ in 0..2 {
                network.step(&input, 0.1, &mut state, &mut output, &mut scratch).unwrap();
            }
            assert!(state.iter().chain(&output).all(|x| x.is_finite()));
        }
    }
}

#[test]
fn a_batch_stays_inside() {
    let rows: Vec<u32> = (0..ROBOTS).collect();
    for network in networks() {
        for kernels in kernels() {
            let network = network.clone().with_kernels(kernels);
            let inputs = vec![0.3; rows.len() * INPUTS];
            let mut states = vec![0.5; rows.len() * network.state_len()];
            let mut outputs = vec![0.0; rows.len() * network.outputs()];
            let mut scratch = BatchScratch::new(&network);
            network
                .step_batch(&rows, &inputs, 0.1, &mut states, &mut outputs, &mut scratch)
                .unwrap();
            assert!(states.iter().chain(&outputs).all(|x| x.is_finite()));
        }
    }
}
