//! The LSTM in front of a cell (mixed memory, Lechner 2020).

use alloc::vec::Vec;

use crate::error::{check_len, check_tensor};
use crate::linear::Map;
use crate::{Linear, NetworkError};

/// The parameters of the LSTM; gates are stacked as candidate, input, forget, output.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryParams {
    /// From the input to the four gates: `[4 units][inputs]`, with the bias of all.
    pub input_map: Linear,
    /// From the state to the four gates: `[4 units][units]`, row-major.
    pub recurrent_weight: Vec<f32>,
}

/// A checked LSTM: one map from `[input, state]` to the gates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Memory {
    pub(crate) gates: Map,
}

impl Memory {
    pub(crate) fn new(
        params: &MemoryParams,
        inputs: usize,
        units: usize,
    ) -> Result<Self, NetworkError> {
        let MemoryParams { input_map, recurrent_weight } = params;
        check_len("lstm.input_map: inputs", input_map.inputs, inputs)?;
        check_len("lstm.input_map: outputs", input_map.outputs, 4 * units)?;
        check_tensor("lstm.input_map.weight", &input_map.weight, 4 * units * inputs)?;
        check_tensor("lstm.recurrent_map.weight", recurrent_weight, 4 * units * units)?;
        let rows = (0..4 * units).flat_map(|row| {
            let from_input = &input_map.weight[row * inputs..(row + 1) * inputs];
            from_input.iter().chain(&recurrent_weight[row * units..(row + 1) * units])
        });
        let joined = Linear {
            inputs: inputs + units,
            outputs: 4 * units,
            weight: rows.copied().collect(),
            bias: input_map.bias.clone(),
        };
        Self::from_map(Map::dense("lstm", &joined)?, inputs, units)
    }

    pub(crate) fn from_map(gates: Map, inputs: usize, units: usize) -> Result<Self, NetworkError> {
        check_len("lstm: inputs", gates.inputs, inputs + units)?;
        check_len("lstm: outputs", gates.outputs(), 4 * units)?;
        Ok(Self { gates })
    }

    /// The LSTM with integer weights.
    pub(crate) fn quantized(&self) -> Result<Self, NetworkError> {
        Ok(Self { gates: self.gates.quantized("lstm")? })
    }
}
