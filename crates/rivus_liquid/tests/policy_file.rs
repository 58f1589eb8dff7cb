//! A policy file gives back the policy that was written, and nothing that is not one is taken for
//! one.
//!
//! Damage is of three kinds: files cut at any length, files with one bit of any byte flipped, and
//! files changed on purpose in one place, of which the error must name the reason.

#![cfg(feature = "std")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and tells what it counted"
)]

use rivus_liquid::wiring::WiringSpec;
use rivus_liquid::{
    Activation, Backbone, CfcHead, CfcParams, Elapsed, GatedHead, InputChannel, Layer, LayerWiring,
    Linear, LtcParams, Mapping, MaskedCfcLayer, MemoryParams, Network, OutputChannel, Policy,
    PolicyFileError, PolicyInfo, Provenance, PureHead, RateRange, Scratch, Squash, Synapse,
    WiredCfcParams,
};

/// A linear congruential stream: the same weights on every machine.
struct Stream(u32);

impl Stream {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }

    fn positive(&mut self) -> f64 {
        f64::from(self.next().abs() + 0.01)
    }

    fn linear(&mut self, inputs: usize, outputs: usize) -> Linear {
        let (weight, bias) = (self.values(inputs * outputs), self.values(outputs));
        Linear { inputs, outputs, weight, bias }
    }

    fn gated(&mut self, inputs: usize, outputs: usize) -> GatedHead {
        GatedHead {
            ff1: self.linear(inputs, outputs),
            ff2: self.linear(inputs, outputs),
            time_a: self.linear(inputs, outputs),
            time_b: self.linear(inputs, outputs),
        }
    }
}

fn spec() -> WiringSpec {
    WiringSpec::AutoNcp { units: 12, output_size: 2, sparsity_level: 0.5, seed: 22222 }
}

/// An LTC in an NCP wiring, with 3 inputs and 2 outputs.
fn ltc_layer(stream: &mut Stream) -> (Layer, LayerWiring) {
    let wiring = spec().build(3).unwrap();
    let mut synapse = |pre, post, polarity: i8| Synapse {
        pre,
        post,
        sigma: 3.0 + stream.positive(),
        mu: 0.5,
        w: stream.positive(),
        erev: polarity.into(),
    };
    let sensory = wiring.sensory.iter().map(|s| synapse(s.pre, s.post, s.polarity)).collect();
    let synapses = wiring.synapses.iter().map(|s| synapse(s.pre, s.post, s.polarity)).collect();
    let params = LtcParams {
        inputs: 3,
        units: 12,
        motors: 2,
        sensory,
        synapses,
        gleak: (0..12).map(|_| stream.positive()).collect(),
        vleak: (0..12).map(|_| stream.positive()).collect(),
        cm: (0..12).map(|_| stream.positive()).collect(),
        input_mapping: Mapping::Affine { scale: stream.values(3), offset: stream.values(3) },
        output_mapping: Mapping::Linear { scale: stream.values(2) },
        unfolds: 3,
        epsilon: 1e-8,
    };
    let wiring = LayerWiring { spec: Some(spec()), layers: wiring.layers };
    (Layer::ltc(&params).unwrap(), wiring)
}

/// A wired cell with 2 inputs and layers of 3, 2 (pure) and 1 neurons.
fn wired_layer(stream: &mut Stream) -> Layer {
    let mut layer = |inputs: usize, units: usize, pure: bool| {
        let mask = (0..units * (inputs + units)).map(|i| i % 3 != 0).collect();
        let head = if pure {
            let ff1 = stream.linear(inputs + units, units);
            let (w_tau, amplitude) = (stream.values(units), stream.values(units));
            CfcHead::Pure(PureHead { ff1, w_tau, amplitude })
        } else {
            CfcHead::NoGate(stream.gated(inputs + units, units))
        };
        MaskedCfcLayer { mask, head }
    };
    let layers = vec![layer(2, 3, false), layer(3, 2, true), layer(2, 1, false)];
    Layer::wired_cfc(&WiredCfcParams { inputs: 2, layers }).unwrap()
}

/// A cell with backbone, LSTM and projection: 1 input, 4 neurons, 2 outputs.
fn backbone_layer(stream: &mut Stream) -> Layer {
    let backbone = Backbone {
        activation: Activation::LecunTanh,
        layers: vec![stream.linear(5, 6), stream.linear(6, 3)],
    };
    let head = CfcHead::Default(stream.gated(3, 4));
    let params = CfcParams { inputs: 1, units: 4, backbone: Some(backbone), head };
    let memory =
        MemoryParams { input_map: stream.linear(1, 16), recurrent_weight: stream.values(64) };
    let projection = stream.linear(4, 2);
    let layer = Layer::cfc(&params).unwrap();
    layer.with_memory(&memory).unwrap().with_projection(&projection).unwrap()
}

fn policy(layers: Vec<Layer>, wirings: Vec<Option<LayerWiring>>) -> Policy {
    let network = Network::new(layers).unwrap();
    let input = |i| InputChannel {
        name: format!("input_{i}"),
        scale: 0.1,
        offset: -0.3,
        squash: if i == 0 { Squash::None } else { Squash::Tanh },
    };
    let output = |i| OutputChannel { name: format!("output_{i}"), scale: 7.3, offset: 1e-9 };
    let info = PolicyInfo {
        inputs: (0..network.inputs()).map(input).collect(),
        outputs: (0..network.outputs()).map(output).collect(),
        rate: RateRange { min_hz: 50.0, max_hz: 200.0 },
        elapsed: Elapsed::Periods(0.01),
        provenance: Provenance {
            task: "a \"quoted\" task".into(),
            seed: u64::MAX,
            version: "0.1.0".into(),
            command: Some("rivus train".into()),
        },
        wirings,
    };
    Policy::new(network, info).unwrap()
}

fn ltc_policy() -> Policy {
    let (layer, wiring) = ltc_layer(&mut Stream(1));
    policy(vec![layer], vec![Some(wiring)])
}

/// Every kind of layer, stacked.
fn stacked_policy() -> Policy {
    let mut stream = Stream(2);
    let (ltc, wiring) = ltc_layer(&mut stream);
    let layers = vec![ltc, wired_layer(&mut stream), backbone_layer(&mut stream)];
    policy(layers, vec![Some(wiring), None, None])
}

/// Outputs of some steps from zero.
fn rollout(policy: &Policy) -> Vec<f32> {
    let network = policy.network();
    let mut state = vec![0.0; network.state_len()];
    let mut scratch = Scratch::new(network);
    let mut all = Vec::new();
    for step in 0_u8..8 {
        let input: Vec<f32> = (0..network.inputs()).map(|_| f32::from(step) * 0.1).collect();
        let mut output = vec![0.0; network.outputs()];
        let elapsed = policy.elapsed_for(0.01);
        network.step(&input, elapsed, &mut state, &mut output, &mut scratch).unwrap();
        all.extend(output);
    }
    all
}

/// The policy with integer weights.
fn quantized(policy: &Policy) -> Policy {
    Policy::new(policy.network().quantized().unwrap(), policy.info().clone()).unwrap()
}

#[test]
fn what_is_written_is_read_to_the_last_bit() {
    let float = [ltc_policy(), stacked_policy()];
    let integers = float.each_ref().map(quantized);
    for policy in float.into_iter().chain(integers) {
        let bytes = policy.to_bytes().unwrap();
        let read = Policy::from_bytes(&bytes).unwrap();
        assert_eq!(read, policy);
        assert_eq!(read.to_bytes().unwrap(), bytes);
        assert_eq!(rollout(&read), rollout(&policy));
    }
}

#[test]
fn every_truncation_is_called_one() {
    let bytes = stacked_policy().to_bytes().unwrap();
    for length in 0..bytes.len() {
        let error = Policy::from_bytes(&bytes[..length]).unwrap_err();
        assert!(error.to_string().contains("truncated"), "{length} bytes: {error}");
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_a_policy_that_runs() {
    let mut stream = Stream(3);
    for policy in [ltc_policy(), stacked_policy(), quantized(&stacked_policy())] {
        let mut bytes = policy.to_bytes().unwrap();
        let mut accepted = 0;
        for position in 0..bytes.len() {
            stream.next();
            let bit = 1 << (stream.0 >> 16 & 7);
            bytes[position] ^= bit;
            if let Ok(damaged) = Policy::from_bytes(&bytes) {
                rollout(&damaged);
                accepted += 1;
            }
            bytes[position] ^= bit;
        }
        println!("{accepted} of {} flips leave a policy that runs", bytes.len());
    }
}

/// The error for the LTC policy's file after its first `from` has become `to`, of the same length.
fn after_replacing(from: &str, to: &str) -> PolicyFileError {
    assert_eq!(from.len(), to.len());
    let mut bytes = ltc_policy().to_bytes().unwrap();
    let start = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let start = start.unwrap_or_else(|| panic!("`{from}` is not in the file"));
    bytes[start..start + to.len()].copy_from_slice(to.as_bytes());
    Policy::from_bytes(&bytes).unwrap_err()
}

#[test]
fn damage_is_refused_with_its_reason() {
    for (from, to, reason) in [
        ("\\\"format\\\":1", "\\\"format\\\":2", "policy format 2 is not known"),
        ("\\\"elapsed\\\"", "\\\"elapsEd\\\"", "`elapsed` is missing"),
        ("{\\\"Periods\\\":0.01}", "{\\\"Periods\\\":-0.1}", "elapsed: -0.1 is not positive"),
        (
            "\\\"units\\\":12,\\\"mo",
            "\\\"units\\\":13,\\\"mo",
            "has shape [12] where [13] is needed",
        ),
        ("\\\"motors\\\":2", "\\\"motors\\\":3", "has shape [2] where [3] is needed"),
        ("\\\"min_hz\\\":50.0", "\\\"min_hz\\\":-0.0", "is not a range"),
        ("\\\"rate\\\"", "\\\"Rate\\\"", "unknown field"),
        ("input_0", "input_1", "needs a name of its own"),
        ("rivus.policy", "rivus.pilocy", "not a policy"),
        ("layers.0.leak\"", "layers.0.lack\"", "tensor `layers.0.leak` is missing"),
    ] {
        let error = after_replacing(from, to).to_string();
        assert!(error.contains(reason), "{from} -> {to}: {error}");
    }
}

#[test]
fn bad_numbers_are_refused_with_their_place() {
    let bytes = ltc_policy().to_bytes().unwrap();
    let header_len = usize::from_le_bytes(bytes[..8].try_into().unwrap());
    let mut nan = bytes.clone();
    nan[8 + header_len..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = Policy::from_bytes(&nan).unwrap_err();
    assert_eq!(error.to_string(), "layer 0: capacitance[0] is not a finite number");

    let mut index = bytes.clone();
    let end = index.len();
    index[end - 2..].copy_from_slice(&1000_u16.to_le_bytes());
    let error = Policy::from_bytes(&index).unwrap_err().to_string();
    assert!(error.contains("refers to neuron 1000, but there are 3"), "{error}");
}

/// Overwrites the start of a tensor in a file.
fn overwrite(bytes: &mut [u8], tensor: &str, value: &[u8]) {
    let header_len = usize::from_le_bytes(bytes[..8].try_into().unwrap());
    let header = String::from_utf8(bytes[8..8 + header_len].to_vec()).unwrap();
    let described = header.split_once(&format!("\"{tensor}\":")).unwrap().1;
    let offset = described.split_once("\"data_offsets\":[").unwrap().1;
    let start: usize = offset.split_once(',').unwrap().0.parse().unwrap();
    bytes[8 + header_len + start..][..value.len()].copy_from_slice(value);
}

#[test]
fn damaged_integer_weights_are_refused_with_their_place() {
    let bytes = quantized(&ltc_policy()).to_bytes().unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("layers.0.recurrent.w.scale") && text.contains("layers.0.input_w.scale"));
    assert!(Policy::from_bytes(&bytes).unwrap().network().is_quantized());

    let refused = |tensor: &str, value: &[u8]| {
        let mut damaged = bytes.clone();
        overwrite(&mut damaged, tensor, value);
        Policy::from_bytes(&damaged).unwrap_err().to_string()
    };
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-42] {
        let error = refused("layers.0.recurrent.w.scale", &scale.to_le_bytes());
        assert_eq!(error, "layer 0: recurrent.w.scale[0] is not a positive normal number");
    }
    let error = refused("layers.0.sensory.w_erev", &[0x80]);
    let expected = "sensory.w_erev[0] is -128, but integer weights are within -127..=127";
    assert_eq!(error, format!("layer 0: {expected}"));
    let error = refused("layers.0.sensory.w", &[0xff]);
    assert_eq!(error, "layer 0: sensory.w[0] is negative");
}

#[test]
fn integers_beside_numbers_are_refused() {
    let (float, _) = ltc_layer(&mut Stream(1));
    let integers = quantized(&ltc_policy()).network().layers()[0].clone();
    let inputs = float.outputs();
    let head = CfcHead::Default(Stream(9).gated(inputs + 3, 3));
    let above = Layer::cfc(&CfcParams { inputs, units: 3, backbone: None, head }).unwrap();
    assert!(Network::new(vec![float, above.clone()]).is_ok());
    let error = Network::new(vec![integers, above]).unwrap_err();
    assert_eq!(error.to_string(), "layers: some weights are integers, but not all");
}

#[test]
fn other_files_are_not_taken_for_policies() {
    for other in [&b"fn main() {}\n and a little more text"[..], b"\x89PNG\r\n\x1a\n0000000000"] {
        let error = Policy::from_bytes(other).unwrap_err();
        assert!(error.to_string().starts_with("not a safetensors file"), "{error}");
    }
}
