//! A layer of a network: a cell, with an LSTM in front of it or a projection behind it if wanted.

use alloc::vec::Vec;

use crate::cfc::{CfcCell, WiredCfcCell};
use crate::error::check_len;
use crate::linear::Map;
use crate::ltc::LtcCell;
use crate::mapping::MappingKind;
use crate::memory::Memory;
use crate::weights::Weights;
use crate::{CfcParams, Linear, LtcParams, MemoryParams, NetworkError, WiredCfcParams};

/// One checked layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub(crate) cell: Cell,
    pub(crate) memory: Option<Memory>,
    pub(crate) projection: Option<Map>,
}

/// The cells there are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Ltc(LtcCell),
    Cfc(CfcCell),
    WiredCfc(WiredCfcCell),
}

impl Cell {
    pub(crate) fn inputs(&self) -> usize {
        match self {
            Self::Ltc(cell) => cell.inputs(),
            Self::Cfc(cell) => cell.inputs,
            Self::WiredCfc(cell) => cell.inputs,
        }
    }

    pub(crate) fn units(&self) -> usize {
        match self {
            Self::Ltc(cell) => cell.units(),
            Self::Cfc(cell) => cell.units(),
            Self::WiredCfc(cell) => cell.units(),
        }
    }

    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Ltc(cell) => cell.motors,
            Self::Cfc(cell) => cell.units(),
            Self::WiredCfc(cell) => cell.outputs(),
        }
    }

    fn quantized(&self) -> Result<Self, NetworkError> {
        Ok(match self {
            Self::Ltc(cell) => Self::Ltc(cell.quantized()?),
            Self::Cfc(cell) => Self::Cfc(cell.quantized()?),
            Self::WiredCfc(cell) => Self::WiredCfc(cell.quantized()?),
        })
    }
}

impl Layer {
    /// A layer of an LTC cell.
    ///
    /// # Errors
    /// If shapes do not fit, an index is out of range, or a value is not finite or out of its
    /// range.
    pub fn ltc(params: &LtcParams) -> Result<Self, NetworkError> {
        Ok(Self::of(Cell::Ltc(LtcCell::new(params)?)))
    }

    /// A layer of a `CfC` cell without wiring.
    ///
    /// # Errors
    /// If shapes do not fit or a value is not finite.
    pub fn cfc(params: &CfcParams) -> Result<Self, NetworkError> {
        Ok(Self::of(Cell::Cfc(CfcCell::new(params)?)))
    }

    /// A layer of a wired `CfC` cell.
    ///
    /// # Errors
    /// If shapes do not fit or a value under a mask is not finite.
    pub fn wired_cfc(params: &WiredCfcParams) -> Result<Self, NetworkError> {
        Ok(Self::of(Cell::WiredCfc(WiredCfcCell::new(params)?)))
    }

    pub(crate) fn of(cell: Cell) -> Self {
        Self { cell, memory: None, projection: None }
    }

    /// The layer with an LSTM in front of its cell (mixed memory).
    ///
    /// # Errors
    /// If shapes do not fit or a value is not finite.
    pub fn with_memory(mut self, params: &MemoryParams) -> Result<Self, NetworkError> {
        self.memory = Some(Memory::new(params, self.cell.inputs(), self.cell.units())?);
        Ok(self)
    }

    /// The layer with a linear map behind its outputs; the state is not projected.
    ///
    /// # Errors
    /// If shapes do not fit or a value is not finite.
    pub fn with_projection(self, params: &Linear) -> Result<Self, NetworkError> {
        self.with_projection_map(Map::dense("fc", params)?)
    }

    pub(crate) fn with_projection_map(mut self, map: Map) -> Result<Self, NetworkError> {
        check_len("fc: inputs", map.inputs, self.cell.outputs())?;
        self.projection = Some(map);
        Ok(self)
    }

    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.cell.inputs()
    }

    /// Number of neurons.
    #[must_use]
    pub fn units(&self) -> usize {
        self.cell.units()
    }

    /// Number of outputs, after the projection if there is one.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.projection.as_ref().map_or(self.cell.outputs(), Map::outputs)
    }

    /// Whether an LSTM stands in front of the cell, and so doubles the state.
    #[must_use]
    pub fn has_memory(&self) -> bool {
        self.memory.is_some()
    }

    /// Number of `f32` of state: neurons, then as many memory cells if there is an LSTM.
    pub(crate) fn state_len(&self) -> usize {
        self.units() * if self.memory.is_some() { 2 } else { 1 }
    }

    /// The linear maps of the layer.
    pub(crate) fn maps(&self) -> Vec<&Map> {
        let mut maps = match &self.cell {
            Cell::Ltc(_) => Vec::new(),
            Cell::Cfc(cell) => cell.backbone.iter().chain(cell.head.maps()).collect(),
            Cell::WiredCfc(cell) => cell.heads.iter().flat_map(|head| head.maps()).collect(),
        };
        maps.extend(self.memory.as_ref().map(|memory| &memory.gates));
        maps.extend(&self.projection);
        maps
    }

    /// Everything that may be integers.
    fn weights(&self) -> Vec<&Weights> {
        let mut weights: Vec<&Weights> = self.maps().into_iter().map(|map| &map.weight).collect();
        if let Cell::Ltc(cell) = &self.cell {
            for synapses in [&cell.sensory, &cell.recurrent] {
                weights.extend([&synapses.w, &synapses.w_erev]);
            }
            if cell.input_map.kind != MappingKind::None {
                weights.push(&cell.input_map.scale);
            }
        }
        weights
    }

    /// Whether the weights are integers.
    ///
    /// # Errors
    /// If some are and some are not.
    pub(crate) fn is_quantized(&self) -> Result<bool, NetworkError> {
        let weights = self.weights();
        let integers = weights.iter().filter(|weights| weights.int8.is_some()).count();
        match integers {
            0 => Ok(false),
            _ if integers == weights.len() => Ok(true),
            _ => Err(NetworkError::MixedWeights { what: "weights".into() }),
        }
    }

    /// The layer with integer weights.
    pub(crate) fn quantized(&self) -> Result<Self, NetworkError> {
        let memory = self.memory.as_ref().map(Memory::quantized).transpose()?;
        let projection = self.projection.as_ref().map(|map| map.quantized("fc")).transpose()?;
        Ok(Self { cell: self.cell.quantized()?, memory, projection })
    }
}
