//! Checkpoints of Python `ncps` (torch), saved as `.safetensors` under the names of `state_dict()`.
//!
//! The masks in the weights are the wiring: no wiring file is needed and none is generated again. What the weights
//! cannot tell must be answered by the caller; a missing answer is an error that names it, never a default.

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
    /// What stands before the module's key names, `0.` for instance. Needed if the file holds several modules.
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
    let texts: Vec<String> = answers
        .iter()
        .map(alloc::string::ToString::to_string)
        .collect();
    texts.join("; ")
}

/// Builds the network whose layers, first to last, are the modules that `layers` describe.
///
/// An empty `layers` stands for one module without answers, which tells what has to be answered.
///
/// # Errors
/// If the bytes are not a checkpoint, an answer is missing or contradicts the weights, or shapes or values are wrong.
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
    let layers = if layers.is_empty() {
        &unanswered
    } else {
        layers
    };
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
