//! The tensors of one layer, written and read under `layers.<index>.`.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::PolicyFileError;
use super::document::{CellDocument, LayerDocument, LtcDocument};
use crate::cfc::{CfcCell, Head, WiredCfcCell};
use crate::error::{WIDTH_MAX, check_count};
use crate::layer::Cell;
use crate::linear::{Map, WeightList};
use crate::ltc::LtcCell;
use crate::mapping::{ChannelMap, MappingKind};
use crate::memory::Memory;
use crate::synapses::{FoldedSynapses, Synapses, post_of};
use crate::tensor_file::{TensorFile, TensorWriter};
use crate::weights::{Int8, RawWeights, Weights};
use crate::{Activation, CfcMode, Layer, Mapping, NetworkError, TensorFileError};

/// Writes every tensor of a layer.
pub(super) fn write(writer: &mut TensorWriter, index: usize, layer: &Layer) {
    let mut sink = Sink { writer, prefix: format!("layers.{index}.") };
    match &layer.cell {
        Cell::Ltc(cell) => sink.ltc(cell),
        Cell::Cfc(cell) => {
            for (i, map) in cell.backbone.iter().enumerate() {
                sink.map(&format!("backbone.{i}"), map);
            }
            sink.head("", &cell.head);
        }
        Cell::WiredCfc(cell) => {
            for (i, head) in cell.heads.iter().enumerate() {
                sink.head(&format!("layer_{i}."), head);
            }
        }
    }
    if let Some(memory) = &layer.memory {
        sink.map("lstm", &memory.gates);
    }
    if let Some(map) = &layer.projection {
        sink.map("fc", map);
    }
}

/// A writer with a prefix.
struct Sink<'a> {
    writer: &'a mut TensorWriter,
    prefix: String,
}

impl Sink<'_> {
    fn f32s(&mut self, key: &str, shape: Vec<usize>, values: &[f32]) {
        self.writer.f32s(format!("{}{key}", self.prefix), shape, values);
    }

    fn vector(&mut self, key: &str, values: &[f32]) {
        self.f32s(key, vec![values.len()], values);
    }

    /// Weights as numbers, or as integers with the scale of each row.
    fn weights(&mut self, key: &str, shape: Vec<usize>, weights: &Weights) {
        match &weights.int8 {
            None => self.f32s(key, shape, &weights.f32s),
            Some(Int8 { values, scale }) => {
                self.writer.i8s(format!("{}{key}", self.prefix), shape, values);
                self.vector(&format!("{key}.scale"), scale);
            }
        }
    }

    fn u16s(&mut self, key: &str, values: &[u16]) {
        self.writer.u16s(format!("{}{key}", self.prefix), values);
    }

    fn ltc(&mut self, cell: &LtcCell) {
        self.synapses("sensory", &cell.sensory);
        self.synapses("recurrent", &cell.recurrent);
        self.vector("leak", &cell.leak);
        self.vector("leak_drive", &cell.leak_drive);
        self.vector("capacitance", &cell.capacitance);
        self.mapping("input", &cell.input_map);
        self.mapping("output", &cell.output_map);
    }

    fn synapses(&mut self, key: &str, synapses: &Synapses) {
        self.u16s(&format!("{key}.post"), &post_of(&synapses.row_start));
        self.u16s(&format!("{key}.pre"), &synapses.pre);
        self.vector(&format!("{key}.a"), &synapses.a);
        self.vector(&format!("{key}.b"), &synapses.b);
        let shape = || vec![synapses.pre.len()];
        self.weights(&format!("{key}.w"), shape(), &synapses.w);
        self.weights(&format!("{key}.w_erev"), shape(), &synapses.w_erev);
    }

    fn mapping(&mut self, key: &str, map: &ChannelMap) {
        if map.kind != MappingKind::None {
            self.weights(&format!("{key}_w"), vec![map.width()], &map.scale);
        }
        if map.kind == MappingKind::Affine {
            self.vector(&format!("{key}_b"), &map.offset);
        }
    }

    fn map(&mut self, key: &str, map: &Map) {
        let weight = format!("{key}.weight");
        match &map.rows {
            None => self.weights(&weight, vec![map.outputs(), map.inputs], &map.weight),
            Some(rows) => {
                self.u16s(&format!("{key}.row"), &post_of(&rows.row_start));
                self.u16s(&format!("{key}.column"), &rows.column);
                self.weights(&weight, vec![rows.column.len()], &map.weight);
            }
        }
        self.vector(&format!("{key}.bias"), &map.bias);
    }

    fn head(&mut self, prefix: &str, head: &Head) {
        match head {
            Head::Gated { ff1, ff2, time_a, time_b, .. } => {
                for (key, map) in
                    [("ff1", ff1), ("ff2", ff2), ("time_a", time_a), ("time_b", time_b)]
                {
                    self.map(&format!("{prefix}{key}"), map);
                }
            }
            Head::Pure { ff1, w_tau, amplitude } => {
                self.map(&format!("{prefix}ff1"), ff1);
                self.vector(&format!("{prefix}w_tau"), w_tau);
                self.vector(&format!("{prefix}A"), amplitude);
            }
        }
    }
}

/// Reads a layer as its document describes it.
pub(super) fn read(
    file: &TensorFile<'_>,
    index: usize,
    described: &LayerDocument,
) -> Result<Layer, PolicyFileError> {
    let source = Source { file, prefix: format!("layers.{index}.") };
    source.layer(described).map_err(|error| match error {
        PolicyFileError::Network(error) => {
            PolicyFileError::Network(error.within(&format!("layer {index}: ")))
        }
        other => other,
    })
}

/// A file with a prefix.
struct Source<'a> {
    file: &'a TensorFile<'a>,
    prefix: String,
}

impl Source<'_> {
    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn vector(&self, key: &str, len: usize) -> Result<Vec<f32>, TensorFileError> {
        self.file.f32s(&self.name(key), &[len])
    }

    /// Weights as numbers, or as integers with scales if the file has integers.
    fn weights(
        &self,
        key: &str,
        shape: &[usize],
        rows: usize,
    ) -> Result<RawWeights, TensorFileError> {
        let name = self.name(key);
        if !self.file.is_i8(&name) {
            return Ok(RawWeights::F32(self.file.f32s(&name, shape)?));
        }
        let values = self.file.i8s(&name, shape)?;
        let scale = self.vector(&format!("{key}.scale"), rows)?;
        Ok(RawWeights::Int8(Int8 { values, scale }))
    }

    fn u16s(&self, key: &str) -> Result<Vec<u16>, TensorFileError> {
        self.file.u16s(&self.name(key))
    }

    fn layer(&self, described: &LayerDocument) -> Result<Layer, PolicyFileError> {
        let mut layer = Layer::of(self.cell(&described.cell)?);
        if described.mixed_memory {
            let (inputs, units) = (layer.inputs(), layer.units());
            let gates = self.map("lstm", inputs + units, 4 * units)?;
            layer.memory = Some(Memory::from_map(gates, inputs, units)?);
        }
        if let Some(outputs) = described.projection {
            let map = self.map("fc", layer.outputs(), outputs)?;
            layer = layer.with_projection_map(map)?;
        }
        Ok(layer)
    }

    fn cell(&self, described: &CellDocument) -> Result<Cell, PolicyFileError> {
        match described {
            CellDocument::Ltc(described) => self.ltc(described).map(Cell::Ltc),
            CellDocument::Cfc { inputs, units, mode, backbone, activation } => {
                check_widths([*inputs, *units])?;
                let mut width = inputs + units;
                let mut maps = Vec::new();
                for (i, &outputs) in backbone.iter().enumerate() {
                    maps.push(self.map(&format!("backbone.{i}"), width, outputs)?);
                    width = outputs;
                }
                let head = self.head("", *mode, width, *units)?;
                let activation = activation.map(Activation::from);
                Ok(Cell::Cfc(CfcCell::from_parts(*inputs, activation, maps, head)?))
            }
            CellDocument::WiredCfc { inputs, layers } => {
                let mut width = *inputs;
                let mut heads = Vec::new();
                for (i, layer) in layers.iter().enumerate() {
                    check_widths([width, layer.units])?;
                    let prefix = format!("layer_{i}.");
                    let features = width + layer.units;
                    heads.push(self.head(&prefix, layer.mode, features, layer.units)?);
                    width = layer.units;
                }
                Ok(Cell::WiredCfc(WiredCfcCell::from_heads(*inputs, heads)?))
            }
        }
    }

    fn ltc(&self, described: &LtcDocument) -> Result<LtcCell, PolicyFileError> {
        let LtcDocument { inputs, units, motors, unfolds, epsilon, .. } = described;
        check_widths([*inputs, *units])?;
        let cell = LtcCell {
            motors: *motors,
            sensory: self.synapses("sensory", *inputs, *units)?,
            recurrent: self.synapses("recurrent", *units, *units)?,
            leak: self.vector("leak", *units)?,
            leak_drive: self.vector("leak_drive", *units)?,
            capacitance: self.vector("capacitance", *units)?,
            input_map: self.mapping("input", described.input_mapping, *inputs)?,
            output_map: self.mapping("output", described.output_mapping, *motors)?,
            unfolds: *unfolds,
            epsilon: *epsilon,
        };
        Ok(cell.checked()?)
    }

    fn synapses(
        &self,
        key: &str,
        sources: usize,
        units: usize,
    ) -> Result<Synapses, PolicyFileError> {
        let (post, pre) = (self.u16s(&format!("{key}.post"))?, self.u16s(&format!("{key}.pre"))?);
        let vector = |name: &str| self.vector(&format!("{key}.{name}"), pre.len());
        let (a, b) = (vector("a")?, vector("b")?);
        let weights = |name: &str| self.weights(&format!("{key}.{name}"), &[pre.len()], units);
        let (w, w_erev) = (weights("w")?, weights("w_erev")?);
        Ok(FoldedSynapses { post, pre, a, b, w, w_erev }.into_synapses(key, sources, units)?)
    }

    fn mapping(
        &self,
        key: &str,
        kind: MappingKind,
        width: usize,
    ) -> Result<ChannelMap, PolicyFileError> {
        check_count(&format!("{key}s"), width, 1, WIDTH_MAX)?;
        if kind == MappingKind::None {
            return Ok(ChannelMap::new(key, &Mapping::None, width)?);
        }
        let scale = self.weights(&format!("{key}_w"), &[width], 1)?;
        let offset = match kind {
            MappingKind::Affine => self.vector(&format!("{key}_b"), width)?,
            MappingKind::None | MappingKind::Linear => vec![0.0; width],
        };
        Ok(ChannelMap::from_parts(key, kind, scale, offset, width)?)
    }

    /// A linear map, masked if the file has its rows.
    fn map(&self, key: &str, inputs: usize, outputs: usize) -> Result<Map, PolicyFileError> {
        check_widths([inputs, outputs])?;
        let bias = self.vector(&format!("{key}.bias"), outputs)?;
        let name = format!("{key}.weight");
        if !self.file.contains(&self.name(&format!("{key}.row"))) {
            let weight = self.weights(&name, &[outputs, inputs], outputs)?;
            return Ok(Map::from_rows(key, inputs, weight, bias)?);
        }
        let (row, column) =
            (self.u16s(&format!("{key}.row"))?, self.u16s(&format!("{key}.column"))?);
        let weight = self.weights(&name, &[column.len()], outputs)?;
        Ok(Map::from_list(key, inputs, WeightList { row, column, weight }, bias)?)
    }

    fn head(
        &self,
        prefix: &str,
        mode: CfcMode,
        inputs: usize,
        units: usize,
    ) -> Result<Head, PolicyFileError> {
        let map = |key: &str| self.map(&format!("{prefix}{key}"), inputs, units);
        let vector = |key: &str| self.vector(&format!("{prefix}{key}"), units);
        Ok(match mode {
            CfcMode::Pure => Head::pure(map("ff1")?, vector("w_tau")?, vector("A")?)?,
            CfcMode::Default | CfcMode::NoGate => {
                let maps = [map("ff1")?, map("ff2")?, map("time_a")?, map("time_b")?];
                Head::gated(mode, maps)?
            }
        })
    }
}

/// Limits described sizes before anything is computed from them.
fn check_widths(widths: [usize; 2]) -> Result<(), NetworkError> {
    widths.into_iter().try_for_each(|width| check_count("a described size", width, 1, WIDTH_MAX))
}
