//! Weights as numbers, and as integers of 8 bits with one scale per row.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use crate::NetworkError;
use crate::error::{check_len, check_tensor};

/// Largest magnitude of an integer weight; -128 is left out, so that a sign costs no range.
const INT8_MAX: f32 = 127.0;

/// Most integer weights whose products are added: 4128 x 127 x 4096, the largest signal, is just
/// below 2^31.
const INT8_ROW_MAX: usize = 4128;

/// Weights in rows, each with what it is multiplied by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weights {
    /// What they are worth: `value * scale` if they are integers.
    pub(crate) f32s: Vec<f32>,
    pub(crate) int8: Option<Int8>,
}

/// Integer weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Int8 {
    /// Within -127..=127.
    pub(crate) values: Vec<i8>,
    /// What a value of 1 is worth in each row; positive and not denormal.
    pub(crate) scale: Vec<f32>,
}

/// Weights before they are checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RawWeights {
    F32(Vec<f32>),
    #[cfg_attr(not(feature = "std"), expect(dead_code, reason = "only files hold integers"))]
    Int8(Int8),
}

impl RawWeights {
    /// Checks the weights; row `i` is `row_start[i]..row_start[i + 1]`.
    pub(crate) fn checked(self, what: &str, row_start: &[u32]) -> Result<Weights, NetworkError> {
        let count = row_start.last().map_or(0, |&end| end as usize);
        match self {
            Self::F32(f32s) => {
                check_tensor(what, &f32s, count)?;
                Ok(Weights { f32s, int8: None })
            }
            Self::Int8(int8) => {
                check_len(what, int8.values.len(), count)?;
                let Int8 { values, scale } = &int8;
                if let Some(index) = values.iter().position(|&value| value == i8::MIN) {
                    return Err(NetworkError::Int8 { what: what.into(), index });
                }
                let what = format!("{what}.scale");
                check_len(&what, scale.len(), row_start.len() - 1)?;
                if let Some(index) =
                    scale.iter().position(|scale| !(scale.is_normal() && *scale > 0.0))
                {
                    return Err(NetworkError::Scale { what, index });
                }
                let weights = Weights::from_int8(int8, row_start);
                check_tensor(&what, &weights.f32s, count)?;
                Ok(weights)
            }
        }
    }
}

impl Weights {
    fn from_int8(int8: Int8, row_start: &[u32]) -> Self {
        let mut f32s = Vec::with_capacity(int8.values.len());
        for (row, &scale) in rows(row_start).zip(&int8.scale) {
            f32s.extend(int8.values[row].iter().map(|&value| f32::from(value) * scale));
        }
        Self { f32s, int8: Some(int8) }
    }

    /// The nearest integers, with scales that give the largest weight of each row all the range.
    pub(crate) fn quantized(&self, row_start: &[u32]) -> Self {
        if self.int8.is_some() {
            return self.clone();
        }
        let mut values = Vec::with_capacity(self.f32s.len());
        let mut scales = Vec::with_capacity(row_start.len());
        for row in rows(row_start) {
            let weights = &self.f32s[row];
            let largest = weights.iter().fold(0.0_f32, |largest, w| largest.max(w.abs()));
            let scale = (largest / INT8_MAX).max(f32::MIN_POSITIVE);
            scales.push(scale);
            values.extend(weights.iter().map(|&weight| {
                // Within -127..=127.
                libm::roundevenf(weight / scale).clamp(-INT8_MAX, INT8_MAX) as i8
            }));
        }
        Self::from_int8(Int8 { values, scale: scales }, row_start)
    }

    /// Refuses rows of integers whose sum of products could pass 32 bits.
    pub(crate) fn check_sums(&self, what: &str, row_start: &[u32]) -> Result<(), NetworkError> {
        if self.int8.is_none() {
            return Ok(());
        }
        match rows(row_start).map(|row| row.len()).find(|&len| len > INT8_ROW_MAX) {
            Some(len) => {
                Err(NetworkError::Int8Row { what: what.into(), found: len, max: INT8_ROW_MAX })
            }
            None => Ok(()),
        }
    }
}

fn rows(row_start: &[u32]) -> impl Iterator<Item = Range<usize>> {
    row_start.windows(2).map(|row| row[0] as usize..row[1] as usize)
}

/// The start of each of `rows` rows of `len` weights, and the end of the last.
pub(crate) fn even_rows(rows: usize, len: usize) -> Vec<u32> {
    // In range: rows and their lengths are limited to 16 bits.
    (0..=rows).map(|row| (row * len) as u32).collect()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn the_largest_weight_of_a_row_is_kept_and_the_others_are_near() {
        let weights = Weights { f32s: vec![1.0, -2.0, 0.013, 0.0, 0.0, 1e-40], int8: None };
        let rows = [0, 3, 5, 6];
        let quantized = weights.quantized(&rows);
        let int8 = quantized.int8.as_ref().unwrap();
        assert_eq!(int8.values, [64, -127, 1, 0, 0, 0], "63.5 goes to the even neighbour");
        assert_eq!(int8.scale, [2.0 / 127.0, f32::MIN_POSITIVE, f32::MIN_POSITIVE]);
        for (i, (&found, &weight)) in quantized.f32s.iter().zip(&weights.f32s).enumerate() {
            let scale = int8.scale[if i < 3 { 0 } else { 1 }];
            assert!((found - weight).abs() <= 0.5 * scale, "{found} for {weight}");
        }
        assert_eq!(quantized.quantized(&rows), quantized);
        let raw = RawWeights::Int8(int8.clone());
        assert_eq!(raw.checked("w", &rows).unwrap(), quantized);
    }

    #[test]
    fn damaged_integers_are_refused_by_place() {
        let refused = |values: [i8; 3], scale: &[f32]| {
            let raw = RawWeights::Int8(Int8 { values: values.into(), scale: scale.into() });
            raw.checked("w", &[0, 2, 3]).unwrap_err()
        };
        for bad in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-40] {
            let error = NetworkError::Scale { what: "w.scale".into(), index: 1 };
            assert_eq!(refused([1, 2, 3], &[1.0, bad]), error);
        }
        let error = NetworkError::Int8 { what: "w".into(), index: 2 };
        assert_eq!(refused([1, 2, -128], &[1.0, 1.0]), error);
        assert!(matches!(refused([1, 2, 3], &[1.0]), NetworkError::Shape { .. }));
        let loud = refused([1, 2, 127], &[1.0, f32::MAX]);
        assert!(matches!(loud, NetworkError::NotFinite { index: 2, .. }));
    }

    #[test]
    fn rows_whose_sums_could_overflow_are_refused() {
        let len = INT8_ROW_MAX + 1;
        let weights = Weights { f32s: vec![1.0; len], int8: None };
        let rows = even_rows(1, len);
        assert_eq!(weights.check_sums("w", &rows), Ok(()));
        let error = weights.quantized(&rows).check_sums("w", &rows).unwrap_err();
        assert_eq!(error, NetworkError::Int8Row { what: "w".into(), found: len, max: len - 1 });
        assert!(INT8_ROW_MAX as i64 * 127 * 4096 < 1 << 31 && len as i64 * 127 * 4096 >= 1 << 31);
    }
}
