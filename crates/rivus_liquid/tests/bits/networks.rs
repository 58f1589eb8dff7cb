//! The networks whose bits are pinned.

use rivus_liquid::init::{self, CfcShape};
use rivus_liquid::wiring::WiringSpec;
use rivus_liquid::{
    CfcMode, Layer, Linear, LtcParams, MemoryParams, Network, NetworkError, Policy,
};

use super::Case;
use super::signal::Stream;

const AUTO_19: WiringSpec =
    WiringSpec::AutoNcp { units: 19, output_size: 4, sparsity_level: 0.5, seed: 22222 };
const AUTO_32: WiringSpec =
    WiringSpec::AutoNcp { units: 32, output_size: 4, sparsity_level: 0.5, seed: 22222 };
const FULL_128: WiringSpec = WiringSpec::FullyConnected {
    units: 128,
    output_dim: Some(8),
    erev_init_seed: 1111,
    self_connections: true,
};
const CFC_64: CfcShape<'_> =
    CfcShape { inputs: 16, units: 64, backbone: &[128], mode: CfcMode::Default };

const HOVER_LTC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_ltc.safetensors");
const HOVER_CFC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_cfc.safetensors");

type Built = Result<Network, Box<dyn core::error::Error>>;

/// Every network, small ones first.
pub(crate) fn cases() -> Result<Vec<Case>, Box<dyn core::error::Error>> {
    let ltc_32 = ltc(&AUTO_32, 29, 2)?;
    let cfc_32 = wired(29, CfcMode::Default, 4)?;
    let cfc_64 = one(Layer::cfc(&init::cfc(&CFC_64, 5)))?;
    let case = |name, network| Case { name, network, batch_steps: 24 };
    let large = |name, network| Case { batch_steps: 8, ..case(name, network) };
    Ok(vec![
        case("ltc_19", ltc(&AUTO_19, 12, 1)?),
        case("ltc_32_int8", ltc_32.quantized()?),
        case("ltc_32", ltc_32),
        case("cfc_32_int8", cfc_32.quantized()?),
        case("cfc_32", cfc_32),
        large("cfc_64_int8", cfc_64.quantized()?),
        large("cfc_64", cfc_64),
        case("cfc_no_gate_memory", no_gate_with_memory()?),
        case("cfc_pure", wired(7, CfcMode::Pure, 7)?),
        case("stack", stack()?),
        case("drone_hover_ltc", shipped(HOVER_LTC)?),
        case("drone_hover_cfc", shipped(HOVER_CFC)?),
        large("ltc_full_128", full()?),
    ])
}

fn one(layer: Result<Layer, NetworkError>) -> Built {
    Ok(Network::new(vec![layer?])?)
}

fn ltc(spec: &WiringSpec, inputs: usize, seed: u64) -> Built {
    one(Layer::ltc(&init::ltc(spec, inputs, seed)?.0))
}

/// Every synapse there can be, and one sub-step, since they are so many.
fn full() -> Built {
    let (params, _) = init::ltc(&FULL_128, 8, 3)?;
    one(Layer::ltc(&LtcParams { unfolds: 1, ..params }))
}

fn wired(inputs: usize, mode: CfcMode, seed: u64) -> Built {
    one(Layer::wired_cfc(&init::wired_cfc(&AUTO_32, inputs, mode, seed)?.0))
}

/// No backbone, an LSTM in front and a projection behind.
fn no_gate_with_memory() -> Built {
    let shape = CfcShape { inputs: 10, units: 21, backbone: &[], mode: CfcMode::NoGate };
    let layer = Layer::cfc(&init::cfc(&shape, 6))?;
    let mut stream = Stream::new(6);
    let memory = memory(&mut stream, shape.inputs, shape.units);
    one(layer.with_memory(&memory)?.with_projection(&linear(&mut stream, shape.units, 3)))
}

/// An LTC with an LSTM below a pure cell with two backbone layers.
fn stack() -> Built {
    let mut stream = Stream::new(8);
    let below = Layer::ltc(&init::ltc(&AUTO_19, 6, 8)?.0)?;
    let shape = CfcShape { inputs: 4, units: 9, backbone: &[17, 12], mode: CfcMode::Pure };
    let above = Layer::cfc(&init::cfc(&shape, 8))?;
    Ok(Network::new(vec![below.with_memory(&memory(&mut stream, 6, 19))?, above])?)
}

fn shipped(file: &[u8]) -> Built {
    Ok(Policy::from_bytes(file)?.network().clone())
}

fn memory(stream: &mut Stream, inputs: usize, units: usize) -> MemoryParams {
    MemoryParams {
        input_map: linear(stream, inputs, 4 * units),
        recurrent_weight: stream.values(4 * units * units, 0.2),
    }
}

fn linear(stream: &mut Stream, inputs: usize, outputs: usize) -> Linear {
    let (weight, bias) = (stream.values(inputs * outputs, 0.3), stream.values(outputs, 0.1));
    Linear { inputs, outputs, weight, bias }
}
