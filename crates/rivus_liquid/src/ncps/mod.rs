//! Checkpoints of Python `ncps` (torch), saved as `.safetensors` under the names of `state_dict()`.
//!
//! The masks in the weights are the wiring: no wiring file is needed and none is generated again.
//! What the weights cannot tell must be answered by the caller; a missing answer is an error that
//! names it, never a default.

mod build;
mod modules;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use crate::tensor_file::TensorFile;
use crate::{Activation, CfcMode, Network, NetworkError, TensorFileError};

/// What the weights of one module cannot tell, as far as the caller knows it.
///
/// Only the answers that a module needs are asked for: an LTC has no mode, a `CfC` no unfolds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NcpsLayer {
    /// What stands before the module's key names, `0.` for instance. Needed if the file holds
    /// several modules.
    pub prefix: Option<String>,
    /// LTC: `ode_unfolds` of the constructor (its default is 6).
    pub ode_unfolds: Option<u32>,
    /// LTC: `epsilon` of the constructor (its default is 1e-8).
    pub epsilon: Option<f64>,
    /// LTC: `implicit_param_constraints` (the default of `LTC` is true, that of `LTCCell` false).
    pub implicit_param_constraints: Option<bool>,
    /// LTC without output mapping: number of motor neurons (`output_dim` of the wiring).
    pub motors: Option<usize>,
    /// `CfC`: `mode`; default and `no_gate` have the same weights.
    pub mode: Option<CfcMode>,
    /// `CfC` with a backbone: `backbone_activation`.
    pub backbone_activation: Option<Activation>,
}

/// Something the weights cannot tell and the caller did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingAnswer {
    /// Index of the layer.
    pub layer: usize,
    /// The field of [`NcpsLayer`].
    pub field: &'static str,
    /// What it could be.
    pub hint: String,
}

impl fmt::Display for MissingAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer {}: {} ({})", self.layer, self.field, self.hint)
    }
}

/// Why a checkpoint could not be made a network.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NcpsError {
    /// The file or a tensor in it cannot be used.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// No key looks like one of an LTC or `CfC`.
    #[error("no LTC or CfC module in the file: no key ends in `gleak` or `ff1.weight`")]
    NoModule,
    /// No module has the prefix that was asked for.
    #[error("layer {layer}: no module has the prefix `{prefix}`; there are: {found}")]
    UnknownPrefix {
        /// Index of the layer.
        layer: usize,
        /// The prefix that was asked for.
        prefix: String,
        /// The prefixes there are.
        found: String,
    },
    /// Answers are missing.
    #[error("the weights cannot tell: {}", list(.0))]
    Missing(Vec<MissingAnswer>),
    /// An answer contradicts the weights.
    #[error("layer {layer}: {field} is given as {answer}, but the weights say {weights}")]
    Contradiction {
        /// Index of the layer.
        layer: usize,
        /// The field of [`NcpsLayer`].
        field: &'static str,
        /// What was answered.
        answer: String,
        /// What the weights say.
        weights: String,
    },
    /// The parameters do not make a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

fn list(answers: &[MissingAnswer]) -> String {
    let texts: Vec<String> = answers.iter().map(alloc::string::ToString::to_string).collect();
    texts.join("; ")
}

/// Builds the network whose layers, first to last, are the modules that `layers` describe.
///
/// An empty `layers` stands for one module without answers, which tells what has to be answered.
///
/// # Errors
/// If the bytes are not a checkpoint, an answer is missing or contradicts the weights, or shapes or
/// values are wrong.
///
/// # Examples
/// ```no_run
/// use rivus_liquid::ncps::{self, NcpsLayer};
///
/// # let bytes = [];
/// let network = ncps::load(
///     &bytes,
///     &[NcpsLayer {
///         ode_unfolds: Some(6),
///         epsilon: Some(1e-8),
///         implicit_param_constraints: Some(true),
///         ..NcpsLayer::default()
///     }],
/// )?;
/// # Ok::<(), ncps::NcpsError>(())
/// ```
pub fn load(bytes: &[u8], layers: &[NcpsLayer]) -> Result<Network, NcpsError> {
    let file = TensorFile::parse(bytes)?;
    let modules = modules::find(&file);
    if modules.is_empty() {
        return Err(NcpsError::NoModule);
    }
    let unanswered = [NcpsLayer::default()];
    let layers = if layers.is_empty() { &unanswered } else { layers };
    let mut missing = Vec::new();
    let mut chosen = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let choice = modules::choose(&modules, index, layer.prefix.as_deref())?;
        match choice {
            Ok(module) => {
                missing.extend(build::missing_answers(&file, module, layer, index));
                chosen.push((module, layer));
            }
            Err(answer) => missing.push(answer),
        }
    }
    if !missing.is_empty() {
        return Err(NcpsError::Missing(missing));
    }
    let build = |(index, (module, layer))| build::layer(&file, module, layer, index);
    let layers: Result<Vec<_>, NcpsError> = chosen.into_iter().enumerate().map(build).collect();
    Ok(Network::new(layers?)?)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;
    use crate::tensor_file::TensorWriter;

    /// An LTC of two neurons and one input, without output mapping.
    fn ltc(prefix: &str, masks: bool) -> TensorWriter {
        let mut writer = TensorWriter::default();
        let mut add = |key: &str, shape: Vec<usize>, value: f32| {
            let count = shape.iter().product();
            writer.f32s(format!("{prefix}rnn_cell.{key}"), shape, &vec![value; count]);
        };
        for key in ["gleak", "vleak", "cm"] {
            add(key, vec![2], 0.3);
        }
        for (key, rows) in [("", 2), ("sensory_", 1)] {
            for name in ["w", "sigma", "mu", "erev"] {
                add(&format!("{key}{name}"), vec![rows, 2], 0.5);
            }
            if masks {
                add(&format!("{key}sparsity_mask"), vec![rows, 2], 1.0);
            }
        }
        writer
    }

    fn answered() -> NcpsLayer {
        NcpsLayer {
            ode_unfolds: Some(6),
            epsilon: Some(1e-8),
            implicit_param_constraints: Some(true),
            motors: Some(1),
            ..NcpsLayer::default()
        }
    }

    #[test]
    fn every_missing_answer_is_named() {
        let bytes = ltc("model.0.", true).into_bytes("", "").unwrap();
        let Err(NcpsError::Missing(missing)) = load(&bytes, &[]) else {
            panic!("an LTC without answers must not load");
        };
        let fields: Vec<_> = missing.iter().map(|answer| answer.field).collect();
        assert_eq!(fields, ["ode_unfolds", "epsilon", "implicit_param_constraints", "motors"]);
        let network = load(&bytes, &[answered()]).unwrap();
        assert_eq!((network.inputs(), network.outputs(), network.state_len()), (1, 1, 2));
    }

    #[test]
    fn several_modules_need_a_prefix() {
        let mut writer = ltc("0.", true);
        writer.f32s("1.rnn_cell.gleak".into(), vec![1], &[0.5]);
        let bytes = writer.into_bytes("", "").unwrap();
        let error = load(&bytes, &[answered()]).unwrap_err().to_string();
        assert!(error.contains("layer 0: prefix (the file holds several modules: `0.`, `1.`)"));
        let chosen = NcpsLayer { prefix: Some("0.".into()), ..answered() };
        assert!(load(&bytes, &[chosen]).is_ok());
        let unknown = NcpsLayer { prefix: Some("2.".into()), ..answered() };
        assert!(matches!(load(&bytes, &[unknown]), Err(NcpsError::UnknownPrefix { .. })));
    }

    #[test]
    fn masks_are_not_guessed() {
        let bytes = ltc("", false).into_bytes("", "").unwrap();
        let error = load(&bytes, &[answered()]).unwrap_err().to_string();
        assert_eq!(error, "tensor `rnn_cell.sensory_sparsity_mask` is missing");
    }

    #[test]
    fn answers_must_not_contradict_the_weights() {
        let mut writer = ltc("", true);
        writer.f32s("rnn_cell.output_w".into(), vec![2], &[1.0; 2]);
        let bytes = writer.into_bytes("", "").unwrap();
        let error = load(&bytes, &[answered()]).unwrap_err().to_string();
        assert_eq!(error, "layer 0: motors is given as 1, but the weights say 2");
    }

    #[test]
    fn backbone_layers_are_sorted_by_number_across_the_gaps_of_dropout() {
        let mut writer = TensorWriter::default();
        let mut add = |key: &str, outputs: usize, inputs: usize| {
            let weight = vec![0.1; outputs * inputs];
            writer.f32s(format!("rnn_cell.{key}.weight"), vec![outputs, inputs], &weight);
            writer.f32s(format!("rnn_cell.{key}.bias"), vec![outputs], &vec![0.0; outputs]);
        };
        for (index, outputs, inputs) in [(0, 3, 5), (2, 4, 3), (11, 6, 4)] {
            add(&format!("backbone.{index}"), outputs, inputs);
        }
        for head in ["ff1", "ff2", "time_a", "time_b"] {
            add(head, 2, 6);
        }
        let bytes = writer.into_bytes("", "").unwrap();
        let error = load(&bytes, &[]).unwrap_err().to_string();
        assert!(error.contains("mode") && error.contains("backbone_activation"), "{error}");
        let answers = NcpsLayer {
            mode: Some(CfcMode::NoGate),
            backbone_activation: Some(Activation::Silu),
            ..NcpsLayer::default()
        };
        let network = load(&bytes, &[answers]).unwrap();
        assert_eq!((network.inputs(), network.outputs()), (3, 2));
    }

    #[test]
    fn other_files_are_refused() {
        assert!(matches!(load(b"PK\x03\x04 a zip", &[]), Err(NcpsError::File(_))));
        let empty = TensorWriter::default().into_bytes("", "").unwrap();
        assert_eq!(load(&empty, &[]), Err(NcpsError::NoModule));
    }
}
