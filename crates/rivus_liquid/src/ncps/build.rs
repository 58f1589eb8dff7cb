//! From the tensors of one module to a layer.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::modules::{Kind, Module};
use super::{MissingAnswer, NcpsError, NcpsLayer};
use crate::tensor_file::TensorFile;
use crate::{
    Backbone, CfcHead, CfcMode, CfcParams, GatedHead, Layer, Linear, LtcParams, Mapping,
    MaskedCfcLayer, MemoryParams, PureHead, Synapse, TensorFileError, WiredCfcParams,
};

/// The answers that `module` needs and `answers` does not have.
pub(super) fn missing_answers(
    file: &TensorFile<'_>,
    module: &Module,
    answers: &NcpsLayer,
    layer: usize,
) -> Vec<MissingAnswer> {
    let cell = Source { file, prefix: &module.cell };
    let needed: Vec<(bool, &'static str, &str)> = match module.kind {
        Kind::Ltc => {
            let motors_unknown = !cell.has("output_w") && answers.motors.is_none();
            let constraints = answers.implicit_param_constraints.is_none();
            Vec::from([
                (answers.ode_unfolds.is_none(), "ode_unfolds", "6 unless it was set"),
                (answers.epsilon.is_none(), "epsilon", "1e-8 unless it was set"),
                (
                    constraints,
                    "implicit_param_constraints",
                    "true for LTC and false for LTCCell unless it was set",
                ),
                (motors_unknown, "motors", "output_dim of the wiring; there is no output mapping"),
            ])
        }
        Kind::Cfc | Kind::WiredCfc => {
            let head = if module.kind == Kind::Cfc { "" } else { "layer_0." };
            let gated = cell.has(&format!("{head}ff2.weight"));
            let backbone = module.kind == Kind::Cfc && !cell.backbone_indices().is_empty();
            let activation = backbone && answers.backbone_activation.is_none();
            Vec::from([
                (gated && answers.mode.is_none(), "mode", "default or no_gate"),
                (activation, "backbone_activation", "lecun_tanh, silu, relu, tanh or gelu"),
            ])
        }
    };
    let missing = needed.into_iter().filter(|(missing, ..)| *missing);
    missing.map(|(_, field, hint)| MissingAnswer { layer, field, hint: hint.into() }).collect()
}

/// Builds the layer; every answer that is needed is there.
pub(super) fn layer(
    file: &TensorFile<'_>,
    module: &Module,
    answers: &NcpsLayer,
    index: usize,
) -> Result<Layer, NcpsError> {
    let cell = Source { file, prefix: &module.cell };
    let mut layer = match module.kind {
        Kind::Ltc => Layer::ltc(&ltc(&cell, answers, index)?)?,
        Kind::Cfc => Layer::cfc(&cfc(&cell, answers, index)?)?,
        Kind::WiredCfc => Layer::wired_cfc(&wired_cfc(&cell, answers, index)?)?,
    };
    let around = Source { file, prefix: &module.prefix };
    if around.has("lstm.input_map.weight") {
        let [gates, units] = around.shape("lstm.recurrent_map.weight")?;
        layer = layer.with_memory(&MemoryParams {
            input_map: around.linear("lstm.input_map")?,
            recurrent_weight: around.f32s("lstm.recurrent_map.weight", &[gates, units])?,
        })?;
    }
    if around.has("fc.weight") {
        layer = layer.with_projection(&around.linear("fc")?)?;
    }
    Ok(layer)
}

/// The tensors under one prefix.
struct Source<'a> {
    file: &'a TensorFile<'a>,
    prefix: &'a str,
}

impl Source<'_> {
    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn has(&self, key: &str) -> bool {
        self.file.contains(&self.name(key))
    }

    fn shape<const N: usize>(&self, key: &str) -> Result<[usize; N], TensorFileError> {
        self.file.shape(&self.name(key))
    }

    fn f64s(&self, key: &str, shape: &[usize]) -> Result<Vec<f64>, TensorFileError> {
        self.file.f64s(&self.name(key), shape)
    }

    /// Values in the precision of the kernels, whatever the file's.
    fn f32s(&self, key: &str, shape: &[usize]) -> Result<Vec<f32>, TensorFileError> {
        Ok(self.f64s(key, shape)?.into_iter().map(|value| value as f32).collect())
    }

    fn linear(&self, key: &str) -> Result<Linear, TensorFileError> {
        let weight = format!("{key}.weight");
        let [outputs, inputs] = self.shape(&weight)?;
        Ok(Linear {
            inputs,
            outputs,
            weight: self.f32s(&weight, &[outputs, inputs])?,
            bias: self.f32s(&format!("{key}.bias"), &[outputs])?,
        })
    }

    /// The numbers N of `backbone.N.weight`, ascending: dropout layers leave gaps between them.
    fn backbone_indices(&self) -> Vec<usize> {
        let prefix = self.name("backbone.");
        let index =
            |name: &str| name.strip_prefix(&prefix)?.strip_suffix(".weight")?.parse::<usize>().ok();
        let mut indices: Vec<usize> = self.file.names().filter_map(index).collect();
        indices.sort_unstable();
        indices
    }

    fn mapping(&self, key: &str, width: usize) -> Result<Mapping, TensorFileError> {
        let (scale, offset) = (format!("{key}_w"), format!("{key}_b"));
        Ok(match (self.has(&scale), self.has(&offset)) {
            (false, false) => Mapping::None,
            (true, false) => Mapping::Linear { scale: self.f32s(&scale, &[width])? },
            (_, true) => Mapping::Affine {
                scale: self.f32s(&scale, &[width])?,
                offset: self.f32s(&offset, &[width])?,
            },
        })
    }

    /// The synapses under a mask, with effective weights.
    fn synapses(
        &self,
        key_prefix: &str,
        shape: [usize; 2],
        positive: fn(f64) -> f64,
    ) -> Result<Vec<Synapse>, TensorFileError> {
        let matrix = |key: &str| self.f64s(&format!("{key_prefix}{key}"), &shape);
        let (mask, w) = (matrix("sparsity_mask")?, matrix("w")?);
        let (sigma, mu, erev) = (matrix("sigma")?, matrix("mu")?, matrix("erev")?);
        let existing = mask.iter().enumerate().filter(|(_, mask)| **mask != 0.0);
        let synapse = |(i, &mask): (usize, &f64)| Synapse {
            pre: i / shape[1],
            post: i % shape[1],
            sigma: sigma[i],
            mu: mu[i],
            w: positive(w[i]) * mask,
            erev: erev[i],
        };
        Ok(existing.map(synapse).collect())
    }
}

/// ln(1 + e^x), and x itself above 20 as in torch.
fn softplus(x: f64) -> f64 {
    if x > 20.0 { x } else { libm::log1p(libm::exp(x)) }
}

fn ltc(cell: &Source<'_>, answers: &NcpsLayer, layer: usize) -> Result<LtcParams, NcpsError> {
    let [units] = cell.shape("gleak")?;
    let [inputs, _] = cell.shape("sensory_w")?;
    let motors = match (cell.has("output_w"), answers.motors) {
        (false, motors) => motors.unwrap_or_default(),
        (true, answer) => {
            let [motors] = cell.shape("output_w")?;
            contradiction(layer, "motors", answer, Some(motors))?;
            motors
        }
    };
    let positive: fn(f64) -> f64 = match answers.implicit_param_constraints {
        Some(true) => softplus,
        _ => |x| x,
    };
    let positives = |key: &str| -> Result<Vec<f64>, TensorFileError> {
        Ok(cell.f64s(key, &[units])?.into_iter().map(positive).collect())
    };
    Ok(LtcParams {
        inputs,
        units,
        motors,
        sensory: cell.synapses("sensory_", [inputs, units], positive)?,
        synapses: cell.synapses("", [units, units], positive)?,
        gleak: positives("gleak")?,
        vleak: cell.f64s("vleak", &[units])?,
        cm: positives("cm")?,
        input_mapping: cell.mapping("input", inputs)?,
        output_mapping: cell.mapping("output", motors)?,
        unfolds: answers.ode_unfolds.unwrap_or_default(),
        epsilon: answers.epsilon.unwrap_or_default(),
    })
}

fn cfc(cell: &Source<'_>, answers: &NcpsLayer, layer: usize) -> Result<CfcParams, NcpsError> {
    let head = cfc_head(cell, "", answers, layer)?;
    let [units, features] = cell.shape("ff1.weight")?;
    let indices = cell.backbone_indices();
    let maps = indices.iter().map(|index| cell.linear(&format!("backbone.{index}")));
    let layers: Vec<Linear> = maps.collect::<Result<_, _>>()?;
    let joined = layers.first().map_or(features, |first| first.inputs);
    let inputs = joined.checked_sub(units).ok_or_else(|| TensorFileError::Shape {
        name: cell.name("ff1.weight"),
        expected: format!("more than {units} columns in the first map"),
        found: Vec::from([units, joined]),
    })?;
    let activation = answers.backbone_activation.filter(|_| !layers.is_empty());
    let backbone = activation.map(|activation| Backbone { activation, layers });
    Ok(CfcParams { inputs, units, backbone, head })
}

fn wired_cfc(
    cell: &Source<'_>,
    answers: &NcpsLayer,
    layer: usize,
) -> Result<WiredCfcParams, NcpsError> {
    let mut layers = Vec::new();
    let mut inputs = 0;
    while cell.has(&format!("layer_{}.ff1.weight", layers.len())) {
        let prefix = format!("layer_{}.", layers.len());
        let key = format!("{prefix}sparsity_mask");
        let [units, columns] = cell.shape(&key)?;
        let mask = cell.f32s(&key, &[units, columns])?;
        let mut head = cfc_head(cell, &prefix, answers, layer)?;
        scale_by_mask(&mut head, &mask);
        if layers.is_empty() {
            inputs = columns.checked_sub(units).ok_or_else(|| TensorFileError::Shape {
                name: cell.name(&key),
                expected: format!("more than {units} columns"),
                found: Vec::from([units, columns]),
            })?;
        }
        layers.push(MaskedCfcLayer { mask: mask.iter().map(|&m| m != 0.0).collect(), head });
    }
    if layers.is_empty() {
        return Err(TensorFileError::Missing { name: cell.name("layer_0.ff1.weight") }.into());
    }
    Ok(WiredCfcParams { inputs, layers })
}

/// Multiplies `ff1` and `ff2` by the mask, as the module does; it is all 0 and 1 unless someone
/// changed it.
fn scale_by_mask(head: &mut CfcHead, mask: &[f32]) {
    let scale = |linear: &mut Linear| {
        linear.weight.iter_mut().zip(mask).for_each(|(weight, mask)| *weight *= mask);
    };
    match head {
        CfcHead::Default(head) | CfcHead::NoGate(head) => {
            scale(&mut head.ff1);
            scale(&mut head.ff2);
        }
        CfcHead::Pure(head) => scale(&mut head.ff1),
    }
}

fn cfc_head(
    cell: &Source<'_>,
    prefix: &str,
    answers: &NcpsLayer,
    layer: usize,
) -> Result<CfcHead, NcpsError> {
    let linear = |key: &str| cell.linear(&format!("{prefix}{key}"));
    let ff1 = linear("ff1")?;
    if cell.has(&format!("{prefix}w_tau")) {
        contradiction(layer, "mode", answers.mode.map(mode_name), Some("pure"))?;
        let units = ff1.outputs;
        let w_tau = cell.f32s(&format!("{prefix}w_tau"), &[1, units])?;
        let amplitude = cell.f32s(&format!("{prefix}A"), &[1, units])?;
        return Ok(CfcHead::Pure(PureHead { ff1, w_tau, amplitude }));
    }
    let gated = GatedHead {
        ff1,
        ff2: linear("ff2")?,
        time_a: linear("time_a")?,
        time_b: linear("time_b")?,
    };
    match answers.mode {
        Some(CfcMode::NoGate) => Ok(CfcHead::NoGate(gated)),
        Some(CfcMode::Default) | None => Ok(CfcHead::Default(gated)),
        Some(CfcMode::Pure) => Err(NcpsError::Contradiction {
            layer,
            field: "mode",
            answer: mode_name(CfcMode::Pure).into(),
            weights: "default or no_gate".into(),
        }),
    }
}

fn mode_name(mode: CfcMode) -> &'static str {
    match mode {
        CfcMode::Default => "default",
        CfcMode::NoGate => "no_gate",
        CfcMode::Pure => "pure",
    }
}

/// An error if an answer was given and the weights say otherwise.
fn contradiction<T: PartialEq + ToString>(
    layer: usize,
    field: &'static str,
    answer: Option<T>,
    weights: Option<T>,
) -> Result<(), NcpsError> {
    match (answer, weights) {
        (Some(answer), Some(weights)) if answer != weights => Err(NcpsError::Contradiction {
            layer,
            field,
            answer: answer.to_string(),
            weights: weights.to_string(),
        }),
        _ => Ok(()),
    }
}
