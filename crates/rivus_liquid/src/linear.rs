//! Linear maps: as parameters, and checked.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

use crate::NetworkError;
use crate::error::{WIDTH_MAX, check_count, check_len, check_tensor};
use crate::weights::{RawWeights, Weights, even_rows};

/// The parameters of a linear map `y = W x + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Length of x.
    pub inputs: usize,
    /// Length of y.
    pub outputs: usize,
    /// `[outputs][inputs]`, row-major, as in torch.
    pub weight: Vec<f32>,
    /// `[outputs]`.
    pub bias: Vec<f32>,
}

/// A checked linear map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) inputs: usize,
    /// In rows, one per output.
    pub(crate) weight: Weights,
    pub(crate) bias: Vec<f32>,
    /// Which weights exist; `None` if all do.
    pub(crate) rows: Option<Rows>,
}

/// Position of the weights of a masked map (compressed rows).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) row_start: Vec<u32>,
    pub(crate) column: Vec<u16>,
}

impl Map {
    /// A map of which every weight exists.
    pub(crate) fn dense(what: &str, linear: &Linear) -> Result<Self, NetworkError> {
        let weight = RawWeights::F32(linear.weight.clone());
        Self::from_rows(what, linear.inputs, weight, linear.bias.clone())
    }

    /// A map of which every weight exists, from `[outputs][inputs]`.
    pub(crate) fn from_rows(
        what: &str,
        inputs: usize,
        weight: RawWeights,
        bias: Vec<f32>,
    ) -> Result<Self, NetworkError> {
        check_count(&format!("{what}: inputs"), inputs, 0, WIDTH_MAX)?;
        check_count(&format!("{what}: outputs"), bias.len(), 1, WIDTH_MAX)?;
        let weight = weight.checked(&format!("{what}.weight"), &even_rows(bias.len(), inputs))?;
        Self { inputs, weight, bias, rows: None }.checked(what)
    }

    /// A map of which only the weights under `mask` exist; the others may hold anything.
    pub(crate) fn masked(what: &str, linear: &Linear, mask: &[bool]) -> Result<Self, NetworkError> {
        let mut kept = linear.clone();
        check_len(&format!("{what}.weight"), linear.weight.len(), mask.len())?;
        for (weight, &exists) in kept.weight.iter_mut().zip(mask) {
            if !exists {
                *weight = 0.0;
            }
        }
        let mut map = Self::dense(what, &kept)?;
        if mask.iter().all(|&exists| exists) {
            return Ok(map);
        }
        let mut rows = Rows { row_start: Vec::from([0]), column: Vec::new() };
        let mut weight = Vec::new();
        for (values, exists) in map.weight.f32s.chunks(map.inputs).zip(mask.chunks(map.inputs)) {
            // Columns and counts fit: `dense` has limited the width to 16 bits.
            for (column, &value) in (0..=u16::MAX).zip(values) {
                if exists[usize::from(column)] {
                    rows.column.push(column);
                    weight.push(value);
                }
            }
            rows.row_start.push(weight.len() as u32);
        }
        map.weight.f32s = weight;
        map.rows = Some(rows);
        Ok(map)
    }

    /// A masked map from the list of its weights, in ascending order of row and then column.
    #[cfg(feature = "std")]
    pub(crate) fn from_list(
        what: &str,
        inputs: usize,
        list: WeightList,
        bias: Vec<f32>,
    ) -> Result<Self, NetworkError> {
        let outputs = bias.len();
        check_count(&format!("{what}: inputs"), inputs, 1, WIDTH_MAX)?;
        check_count(&format!("{what}: outputs"), outputs, 1, WIDTH_MAX)?;
        let WeightList { row, column, weight } = list;
        let row_start = crate::synapses::row_start(what, &column, &row, inputs, outputs)?;
        let weight = weight.checked(&format!("{what}.weight"), &row_start)?;
        let rows = Some(Rows { row_start, column });
        Self { inputs, weight, bias, rows }.checked(what)
    }

    /// Checks what no constructor has checked yet.
    fn checked(self, what: &str) -> Result<Self, NetworkError> {
        check_tensor(&format!("{what}.bias"), &self.bias, self.bias.len())?;
        self.weight.check_sums(&format!("{what}.weight"), &self.row_start())?;
        Ok(self)
    }

    /// The map with integer weights.
    pub(crate) fn quantized(&self, what: &str) -> Result<Self, NetworkError> {
        let weight = self.weight.quantized(&self.row_start());
        Self { weight, ..self.clone() }.checked(what)
    }

    /// Length of y.
    pub(crate) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Where each output's weights start, and where the last one's end.
    fn row_start(&self) -> Cow<'_, [u32]> {
        match &self.rows {
            Some(rows) => Cow::Borrowed(&rows.row_start),
            None => Cow::Owned(even_rows(self.outputs(), self.inputs)),
        }
    }

    /// Row and column of every weight, in the order in which they are held.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (usize, usize)> {
        let row_start = self.row_start().into_owned();
        let columns = self.rows.as_ref().map(|rows| rows.column.as_slice());
        (0..self.outputs()).flat_map(move |row| {
            let (start, end) = (row_start[row] as usize, row_start[row + 1] as usize);
            (start..end).map(move |i| match columns {
                Some(columns) => (row, usize::from(columns[i])),
                None => (row, i - start),
            })
        })
    }
}

/// The weights of a masked map with their positions, as a policy file holds them.
#[cfg(feature = "std")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WeightList {
    pub(crate) row: Vec<u16>,
    pub(crate) column: Vec<u16>,
    pub(crate) weight: RawWeights,
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn linear() -> Linear {
        Linear {
            inputs: 3,
            outputs: 2,
            weight: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            bias: vec![0.5; 2],
        }
    }

    #[test]
    fn masked_weights_are_dropped_whatever_they_hold() {
        let mut linear = linear();
        linear.weight[1] = f32::NAN;
        let mask = [true, false, true, true, true, true];
        let map = Map::masked("ff1", &linear, &mask).unwrap();
        assert_eq!(map.weight.f32s, [1.0, 3.0, 4.0, 5.0, 6.0]);
        let positions = [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2)];
        assert!(map.positions().eq(positions));
        let rows = map.rows.unwrap();
        assert_eq!((rows.row_start, rows.column), (vec![0, 2, 5], vec![0, 2, 0, 1, 2]));
    }

    #[test]
    fn a_mask_of_ones_is_a_dense_map() {
        let map = Map::masked("ff1", &linear(), &[true; 6]).unwrap();
        assert_eq!(map, Map::dense("ff1", &linear()).unwrap());
    }

    #[test]
    fn wrong_shapes_and_nan_are_named() {
        let mut short = linear();
        short.weight.pop();
        let error = Map::dense("fc", &short).unwrap_err();
        assert_eq!(error, NetworkError::Shape { what: "fc.weight".into(), expected: 6, found: 5 });
        let mut infinite = linear();
        infinite.weight[4] = f32::INFINITY;
        let error = Map::dense("fc", &infinite).unwrap_err();
        assert_eq!(error, NetworkError::NotFinite { what: "fc.weight".into(), index: 4 });
    }
}
