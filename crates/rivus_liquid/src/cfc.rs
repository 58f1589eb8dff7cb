//! Closed-form continuous-time cells (Hasani 2022): with a backbone, or wired as one masked cell
//! per layer.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rivus_kernels::{Activation, CfcGate};

use crate::error::{WIDTH_MAX, check_count, check_len, check_tensor};
use crate::linear::Map;
use crate::{Linear, NetworkError};

/// Which of the three closed forms a cell uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CfcMode {
    /// ff1 (1 - g) + g ff2.
    Default,
    /// ff1 + g ff2.
    NoGate,
    /// `A - A exp(-T (|w_tau| + |ff1|)) ff1`.
    Pure,
}

/// The four linear maps of a gated cell; all have the same inputs and outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct GatedHead {
    /// State for short elapsed times, before its tanh.
    pub ff1: Linear,
    /// State for long elapsed times, before its tanh.
    pub ff2: Linear,
    /// Rate of the time gate.
    pub time_a: Linear,
    /// Offset of the time gate.
    pub time_b: Linear,
}

/// The parameters of a pure cell.
#[derive(Clone, Debug, PartialEq)]
pub struct PureHead {
    /// The only linear map.
    pub ff1: Linear,
    /// Time constant of each neuron.
    pub w_tau: Vec<f32>,
    /// Amplitude A of each neuron.
    pub amplitude: Vec<f32>,
}

/// What follows the backbone, or stands alone.
#[derive(Clone, Debug, PartialEq)]
pub enum CfcHead {
    /// Interpolated by a time gate: [`CfcMode::Default`].
    Default(GatedHead),
    /// Added through a time gate: [`CfcMode::NoGate`].
    NoGate(GatedHead),
    /// The solution of the equation itself: [`CfcMode::Pure`].
    Pure(PureHead),
}

/// Fully connected layers between `[input, state]` and the head.
#[derive(Clone, Debug, PartialEq)]
pub struct Backbone {
    /// Follows every layer.
    pub activation: Activation,
    /// The first has `inputs + units` inputs, each other one its predecessor's outputs.
    pub layers: Vec<Linear>,
}

/// The parameters of a cell without wiring.
#[derive(Clone, Debug, PartialEq)]
pub struct CfcParams {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of neurons; all are outputs.
    pub units: usize,
    /// Layers in front of the head, if any.
    pub backbone: Option<Backbone>,
    /// The head; its inputs are the backbone's outputs, or `inputs + units`.
    pub head: CfcHead,
}

/// One layer of a wired cell.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskedCfcLayer {
    /// `[units][inputs + units]`, row-major: which weights of `ff1` and `ff2` exist. The time gate
    /// is not masked.
    pub mask: Vec<bool>,
    /// The layer's maps, from `[input, own state]` to its neurons.
    pub head: CfcHead,
}

/// The parameters of a wired cell: layers (inter, command, motor) that run in order within one
/// step.
#[derive(Clone, Debug, PartialEq)]
pub struct WiredCfcParams {
    /// Number of inputs of the first layer; each other one reads its predecessor's new state.
    pub inputs: usize,
    /// The layers; the state is theirs in this order and the output is the last one's.
    pub layers: Vec<MaskedCfcLayer>,
}

/// A checked head.
#[expect(clippy::large_enum_variant, reason = "a network has a handful, side by side in a Vec")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Head {
    Gated { gate: CfcGate, ff1: Map, ff2: Map, time_a: Map, time_b: Map },
    Pure { ff1: Map, w_tau: Vec<f32>, amplitude: Vec<f32> },
}

/// A checked cell without wiring.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CfcCell {
    pub(crate) inputs: usize,
    pub(crate) activation: Option<Activation>,
    pub(crate) backbone: Vec<Map>,
    pub(crate) head: Head,
}

/// A checked wired cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WiredCfcCell {
    pub(crate) inputs: usize,
    pub(crate) heads: Vec<Head>,
}

impl CfcHead {
    /// The mode this head belongs to.
    #[must_use]
    pub fn mode(&self) -> CfcMode {
        match self {
            Self::Default(_) => CfcMode::Default,
            Self::NoGate(_) => CfcMode::NoGate,
            Self::Pure(_) => CfcMode::Pure,
        }
    }

    /// Number of neurons, by the bias of `ff1`.
    fn units(&self) -> usize {
        match self {
            Self::Default(head) | Self::NoGate(head) => head.ff1.outputs,
            Self::Pure(head) => head.ff1.outputs,
        }
    }

    /// Checks shapes and values, and drops the weights of `ff1` and `ff2` that `mask` excludes.
    fn build(&self, mask: Option<&[bool]>) -> Result<Head, NetworkError> {
        let masked = |what: &str, linear: &Linear| match mask {
            Some(mask) => Map::masked(what, linear, mask),
            None => Map::dense(what, linear),
        };
        match self {
            Self::Default(head) | Self::NoGate(head) => Head::gated(
                self.mode(),
                [
                    masked("ff1", &head.ff1)?,
                    masked("ff2", &head.ff2)?,
                    Map::dense("time_a", &head.time_a)?,
                    Map::dense("time_b", &head.time_b)?,
                ],
            ),
            Self::Pure(head) => {
                Head::pure(masked("ff1", &head.ff1)?, head.w_tau.clone(), head.amplitude.clone())
            }
        }
    }
}

impl Head {
    /// A gated head from `[ff1, ff2, time_a, time_b]`.
    pub(crate) fn gated(mode: CfcMode, maps: [Map; 4]) -> Result<Self, NetworkError> {
        let (inputs, units) = (maps[0].inputs, maps[0].outputs());
        for (map, name) in maps.iter().zip(["ff1", "ff2", "time_a", "time_b"]) {
            check_len(&format!("{name}: inputs"), map.inputs, inputs)?;
            check_len(&format!("{name}: outputs"), map.outputs(), units)?;
        }
        let [ff1, ff2, time_a, time_b] = maps;
        let gate = match mode {
            CfcMode::NoGate => CfcGate::Add,
            CfcMode::Default | CfcMode::Pure => CfcGate::Interpolate,
        };
        Ok(Self::Gated { gate, ff1, ff2, time_a, time_b })
    }

    pub(crate) fn pure(
        ff1: Map,
        w_tau: Vec<f32>,
        amplitude: Vec<f32>,
    ) -> Result<Self, NetworkError> {
        check_tensor("w_tau", &w_tau, ff1.outputs())?;
        check_tensor("A", &amplitude, ff1.outputs())?;
        Ok(Self::Pure { ff1, w_tau, amplitude })
    }

    #[cfg(feature = "std")]
    pub(crate) fn mode(&self) -> CfcMode {
        match self {
            Self::Gated { gate: CfcGate::Interpolate, .. } => CfcMode::Default,
            Self::Gated { gate: CfcGate::Add, .. } => CfcMode::NoGate,
            Self::Pure { .. } => CfcMode::Pure,
        }
    }

    fn ff1(&self) -> &Map {
        let (Self::Gated { ff1, .. } | Self::Pure { ff1, .. }) = self;
        ff1
    }

    fn inputs(&self) -> usize {
        self.ff1().inputs
    }

    pub(crate) fn units(&self) -> usize {
        self.ff1().outputs()
    }

    /// The maps, in the order of their outputs.
    pub(crate) fn maps(&self) -> Vec<&Map> {
        match self {
            Self::Gated { ff1, ff2, time_a, time_b, .. } => Vec::from([ff1, ff2, time_a, time_b]),
            Self::Pure { ff1, .. } => Vec::from([ff1]),
        }
    }

    /// The head with integer weights.
    fn quantized(&self) -> Result<Self, NetworkError> {
        Ok(match self {
            Self::Gated { gate, ff1, ff2, time_a, time_b } => Self::Gated {
                gate: *gate,
                ff1: ff1.quantized("ff1")?,
                ff2: ff2.quantized("ff2")?,
                time_a: time_a.quantized("time_a")?,
                time_b: time_b.quantized("time_b")?,
            },
            Self::Pure { ff1, w_tau, amplitude } => Self::Pure {
                ff1: ff1.quantized("ff1")?,
                w_tau: w_tau.clone(),
                amplitude: amplitude.clone(),
            },
        })
    }
}

impl CfcCell {
    pub(crate) fn new(params: &CfcParams) -> Result<Self, NetworkError> {
        let (activation, layers) = match &params.backbone {
            Some(backbone) => (Some(backbone.activation), backbone.layers.as_slice()),
            None => (None, [].as_slice()),
        };
        let maps = layers.iter().enumerate();
        let backbone: Result<_, _> =
            maps.map(|(i, layer)| Map::dense(&format!("backbone.{i}"), layer)).collect();
        check_len("ff1: outputs", params.head.units(), params.units)?;
        Self::from_parts(params.inputs, activation, backbone?, params.head.build(None)?)
    }

    pub(crate) fn from_parts(
        inputs: usize,
        activation: Option<Activation>,
        backbone: Vec<Map>,
        head: Head,
    ) -> Result<Self, NetworkError> {
        check_count("inputs", inputs, 1, WIDTH_MAX)?;
        let mut width = inputs + head.units();
        for (i, map) in backbone.iter().enumerate() {
            check_len(&format!("backbone.{i}: inputs"), map.inputs, width)?;
            width = map.outputs();
        }
        check_len("ff1: inputs", head.inputs(), width)?;
        let needed = usize::from(!backbone.is_empty());
        check_len("backbone activation", activation.iter().len(), needed)?;
        Ok(Self { inputs, activation, backbone, head })
    }

    pub(crate) fn units(&self) -> usize {
        self.head.units()
    }

    /// The cell with integer weights.
    pub(crate) fn quantized(&self) -> Result<Self, NetworkError> {
        let backbone = self.backbone.iter().enumerate();
        let backbone: Result<_, _> =
            backbone.map(|(i, map)| map.quantized(&format!("backbone.{i}"))).collect();
        Ok(Self { backbone: backbone?, head: self.head.quantized()?, ..self.clone() })
    }
}

impl WiredCfcCell {
    pub(crate) fn new(params: &WiredCfcParams) -> Result<Self, NetworkError> {
        let build = |(i, layer): (usize, &MaskedCfcLayer)| {
            let head = layer.head.build(Some(&layer.mask));
            head.map_err(|error| error.within(&layer_name(i)))
        };
        let heads: Result<_, _> = params.layers.iter().enumerate().map(build).collect();
        Self::from_heads(params.inputs, heads?)
    }

    pub(crate) fn from_heads(inputs: usize, heads: Vec<Head>) -> Result<Self, NetworkError> {
        check_count("inputs", inputs, 1, WIDTH_MAX)?;
        check_count("layers", heads.len(), 1, WIDTH_MAX)?;
        let mut width = inputs;
        for (i, head) in heads.iter().enumerate() {
            check_len(
                &format!("{}ff1: inputs", layer_name(i)),
                head.inputs(),
                width + head.units(),
            )?;
            width = head.units();
        }
        Ok(Self { inputs, heads })
    }

    pub(crate) fn units(&self) -> usize {
        self.heads.iter().map(Head::units).sum()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.heads.last().map_or(0, Head::units)
    }

    /// The cell with integer weights.
    pub(crate) fn quantized(&self) -> Result<Self, NetworkError> {
        let quantize = |(i, head): (usize, &Head)| {
            head.quantized().map_err(|error| error.within(&layer_name(i)))
        };
        let heads: Result<_, _> = self.heads.iter().enumerate().map(quantize).collect();
        Ok(Self { heads: heads?, ..self.clone() })
    }
}

/// How errors name a layer of a wired cell.
fn layer_name(layer: usize) -> String {
    format!("layer_{layer}.")
}
