//! The JSON document of a policy file.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{FORMAT, PolicyFileError};
use crate::activation_name::ActivationName;
use crate::layer::Cell;
use crate::mapping::MappingKind;
use crate::{
    CfcMode, Elapsed, InputChannel, Layer, LayerWiring, OutputChannel, Policy, PolicyInfo,
    Provenance, RateRange,
};

/// Everything but the tensors.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    format: u64,
    pub(super) layers: Vec<LayerDocument>,
    inputs: Vec<InputChannel>,
    outputs: Vec<OutputChannel>,
    rate: RateRange,
    elapsed: Elapsed,
    provenance: Provenance,
}

/// One layer of the network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerDocument {
    pub(super) cell: CellDocument,
    /// Whether an LSTM stands in front of the cell.
    pub(super) mixed_memory: bool,
    /// Outputs of the projection behind the cell, if there is one.
    pub(super) projection: Option<usize>,
    wiring: Option<LayerWiring>,
}

/// The cell of a layer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum CellDocument {
    Ltc(LtcDocument),
    Cfc {
        inputs: usize,
        units: usize,
        mode: CfcMode,
        /// Outputs of each backbone layer.
        backbone: Vec<usize>,
        activation: Option<ActivationName>,
    },
    WiredCfc {
        inputs: usize,
        layers: Vec<WiredLayerDocument>,
    },
}

/// What the tensors of an LTC do not say.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LtcDocument {
    pub(super) inputs: usize,
    pub(super) units: usize,
    pub(super) motors: usize,
    pub(super) unfolds: u32,
    pub(super) epsilon: f32,
    pub(super) input_mapping: MappingKind,
    pub(super) output_mapping: MappingKind,
}

/// One layer of a wired cell.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WiredLayerDocument {
    pub(super) units: usize,
    pub(super) mode: CfcMode,
}

impl Document {
    /// Reads the document; version and elapsed are looked at first, so that their errors are not
    /// lost among others.
    pub(super) fn parse(text: &str) -> Result<Self, PolicyFileError> {
        let damaged =
            |error: serde_json::Error| PolicyFileError::Document { reason: error.to_string() };
        let value: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
        match value.get("format") {
            Some(format) if format.as_u64() == Some(FORMAT) => {}
            Some(format) => {
                return Err(PolicyFileError::Version { found: format.to_string() });
            }
            None => {
                return Err(PolicyFileError::Version { found: "(none)".into() });
            }
        }
        if value.get("elapsed").is_none_or(serde_json::Value::is_null) {
            return Err(PolicyFileError::MissingElapsed);
        }
        serde_json::from_value(value).map_err(damaged)
    }

    pub(super) fn of(policy: &Policy) -> Self {
        let info = policy.info().clone();
        let layers = policy.network().layers().iter().zip(info.wirings);
        Self {
            format: FORMAT,
            layers: layers.map(|(layer, wiring)| LayerDocument::of(layer, wiring)).collect(),
            inputs: info.inputs,
            outputs: info.outputs,
            rate: info.rate,
            elapsed: info.elapsed,
            provenance: info.provenance,
        }
    }

    /// The document as JSON. Its maps have strings for keys and its numbers are finite, so this
    /// cannot fail.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn into_info(self) -> PolicyInfo {
        PolicyInfo {
            inputs: self.inputs,
            outputs: self.outputs,
            rate: self.rate,
            elapsed: self.elapsed,
            provenance: self.provenance,
            wirings: self.layers.into_iter().map(|layer| layer.wiring).collect(),
        }
    }
}

impl LayerDocument {
    fn of(layer: &Layer, wiring: Option<LayerWiring>) -> Self {
        let cell = match &layer.cell {
            Cell::Ltc(cell) => CellDocument::Ltc(LtcDocument {
                inputs: cell.inputs(),
                units: cell.units(),
                motors: cell.motors,
                unfolds: cell.unfolds,
                epsilon: cell.epsilon,
                input_mapping: cell.input_map.kind,
                output_mapping: cell.output_map.kind,
            }),
            Cell::Cfc(cell) => CellDocument::Cfc {
                inputs: cell.inputs,
                units: cell.units(),
                mode: cell.head.mode(),
                backbone: cell.backbone.iter().map(|map| map.outputs()).collect(),
                activation: cell.activation.map(ActivationName::from),
            },
            Cell::WiredCfc(cell) => {
                let heads = cell.heads.iter();
                let layers = heads
                    .map(|head| WiredLayerDocument { units: head.units(), mode: head.mode() })
                    .collect();
                CellDocument::WiredCfc { inputs: cell.inputs, layers }
            }
        };
        Self {
            cell,
            mixed_memory: layer.memory.is_some(),
            projection: layer.projection.as_ref().map(|map| map.outputs()),
            wiring,
        }
    }
}
