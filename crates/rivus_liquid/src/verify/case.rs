//! The description of a case, and the network it stands for.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use super::{CaseReport, VerifyError, run};
use crate::activation_name::ActivationName;
use crate::layer::Cell;
use crate::ncps::{self, NcpsLayer};
use crate::{Activation, CfcMode, Layer};

/// A parsed `case.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    #[serde(rename = "case")]
    pub(super) name: String,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) timespans: Timespans,
    layers: Vec<CaseLayer>,
}

/// Where the elapsed times come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Timespans {
    /// 1.0 in each step.
    Ones,
    /// Recorded with the inputs.
    Irregular,
}

#[derive(Clone, Debug, Deserialize)]
struct CaseLayer {
    model: Model,
    input_size: usize,
    state_size: usize,
    output_size: usize,
    prefix: String,
    mixed_memory: bool,
    wiring: Option<String>,
    ode_unfolds: Option<u32>,
    epsilon: Option<f64>,
    implicit_param_constraints: Option<bool>,
    mode: Option<CfcMode>,
    backbone_activation: Option<ActivationName>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Model {
    #[serde(rename = "LTC")]
    Ltc,
    #[serde(rename = "CfC")]
    Cfc,
}

/// What is compared of a wiring file: its synapses, as sets of pairs.
#[derive(Deserialize)]
struct WiringFile {
    units: usize,
    layers: Vec<Vec<usize>>,
    adjacency_matrix: Vec<Vec<i8>>,
    sensory_adjacency_matrix: Vec<Vec<i8>>,
}

impl Case {
    /// Reads `case.json`.
    ///
    /// # Errors
    /// If the text is not a description of a case.
    pub fn parse(case_json: &str) -> Result<Self, VerifyError> {
        serde_json::from_str(case_json).map_err(|error| VerifyError::Json {
            file: "case.json".into(),
            reason: error.to_string(),
        })
    }

    /// The case's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the wiring files that belong to the case.
    pub fn wiring_files(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().filter_map(|layer| layer.wiring.as_deref())
    }

    /// Builds the network, runs every stream over all steps and compares outputs and states with
    /// the recording.
    ///
    /// `wirings` are name and text of the files that [`Case::wiring_files`] names.
    ///
    /// # Errors
    /// If a file is damaged, or files contradict each other. A deviation is not an error: see the
    /// report.
    pub fn run(
        &self,
        model: &[u8],
        io: &[u8],
        wirings: &[(&str, &str)],
    ) -> Result<CaseReport, VerifyError> {
        let answers: Vec<NcpsLayer> = self.layers.iter().map(CaseLayer::answers).collect();
        let network = ncps::load(model, &answers)?;
        for (described, layer) in self.layers.iter().zip(network.layers()) {
            described.check_sizes(layer)?;
            if let Some(name) = &described.wiring {
                let text = wirings.iter().find(|(file, _)| file == name);
                let (_, text) = text.ok_or_else(|| VerifyError::Json {
                    file: name.clone(),
                    reason: "the file is missing".into(),
                })?;
                check_wiring(name, text, layer)?;
            }
        }
        run::compare(self, &network, io)
    }
}

impl CaseLayer {
    /// What the case says about the questions that the weights leave open.
    fn answers(&self) -> NcpsLayer {
        let prefix = Some(self.prefix.clone());
        match self.model {
            Model::Ltc => NcpsLayer {
                prefix,
                ode_unfolds: self.ode_unfolds,
                epsilon: self.epsilon,
                implicit_param_constraints: self.implicit_param_constraints,
                motors: Some(self.output_size),
                ..NcpsLayer::default()
            },
            Model::Cfc => NcpsLayer {
                prefix,
                mode: self.mode,
                backbone_activation: self.backbone_activation.map(Activation::from),
                ..NcpsLayer::default()
            },
        }
    }

    fn check_sizes(&self, layer: &Layer) -> Result<(), VerifyError> {
        agree("case.json", "input_size", self.input_size, layer.inputs())?;
        agree("case.json", "state_size", self.state_size, layer.units())?;
        agree("case.json", "mixed_memory", self.mixed_memory, layer.has_memory())?;
        match self.model {
            Model::Ltc => agree("case.json", "output_size", self.output_size, layer.outputs()),
            // A wired CfC of one layer puts out all its neurons, whatever its wiring calls outputs;
            // the shape of the recorded outputs decides.
            Model::Cfc => Ok(()),
        }
    }
}

/// An error if a file and the weights say different things.
fn agree<T: PartialEq + ToString>(
    file: &str,
    what: &str,
    found: T,
    expected: T,
) -> Result<(), VerifyError> {
    if found == expected {
        return Ok(());
    }
    Err(VerifyError::Disagreement {
        file: file.into(),
        what: what.into(),
        found: found.to_string(),
        expected: expected.to_string(),
        by: "model.safetensors".into(),
    })
}

/// Compares a wiring file with the masks in the weights.
fn check_wiring(name: &str, text: &str, layer: &Layer) -> Result<(), VerifyError> {
    let json = |reason: String| VerifyError::Json { file: name.into(), reason };
    let wiring: WiringFile = serde_json::from_str(text).map_err(|error| json(error.to_string()))?;
    agree(name, "units", wiring.units, layer.units())?;
    match &layer.cell {
        Cell::Ltc(cell) => {
            let synapses = [
                ("adjacency_matrix", &wiring.adjacency_matrix, cell.recurrent.pairs()),
                (
                    "sensory_adjacency_matrix",
                    &wiring.sensory_adjacency_matrix,
                    cell.sensory.pairs(),
                ),
            ];
            for (what, matrix, pairs) in synapses {
                let described = pairs_of(matrix);
                if let Some((pre, post)) = described.symmetric_difference(&pairs).next() {
                    let has = |set: &BTreeSet<(usize, usize)>| set.contains(&(*pre, *post));
                    let what = format!("{what}[{pre}][{post}] is a synapse");
                    agree(name, &what, has(&described), has(&pairs))?;
                }
            }
        }
        Cell::WiredCfc(cell) => {
            let sizes: Vec<usize> = wiring.layers.iter().map(Vec::len).collect();
            let units: Vec<usize> = cell.heads.iter().map(crate::cfc::Head::units).collect();
            agree(name, "layer sizes", format!("{sizes:?}"), format!("{units:?}"))?;
        }
        Cell::Cfc(_) => {}
    }
    Ok(())
}

/// Source and destination of every entry that is not zero.
fn pairs_of(matrix: &[Vec<i8>]) -> BTreeSet<(usize, usize)> {
    let rows = matrix.iter().enumerate();
    let pairs = rows.flat_map(|(pre, row)| {
        row.iter().enumerate().filter(|(_, p)| **p != 0).map(move |(post, _)| (pre, post))
    });
    pairs.collect()
}

impl crate::synapses::Synapses {
    /// Source and destination of every synapse.
    fn pairs(&self) -> BTreeSet<(usize, usize)> {
        let post = crate::synapses::post_of(&self.row_start);
        self.pre.iter().zip(post).map(|(&pre, post)| (pre.into(), post.into())).collect()
    }
}
