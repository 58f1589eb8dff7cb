//! The element-wise maps in front of and behind an LTC cell.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::NetworkError;
use crate::error::check_tensor;
use crate::weights::{RawWeights, Weights, even_rows};

/// An element-wise map of inputs or of motor neurons.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapping {
    /// Values pass unchanged.
    None,
    /// `scale * x`.
    Linear {
        /// One factor per value.
        scale: Vec<f32>,
    },
    /// `scale * x + offset`.
    Affine {
        /// One factor per value.
        scale: Vec<f32>,
        /// One offset per value.
        offset: Vec<f32>,
    },
}

/// A checked [`Mapping`]; `scale` and `offset` are filled in for `Linear` too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChannelMap {
    pub(crate) kind: MappingKind,
    /// In one row.
    pub(crate) scale: Weights,
    pub(crate) offset: Vec<f32>,
}

/// Which of the three forms a mapping has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MappingKind {
    None,
    Linear,
    Affine,
}

impl ChannelMap {
    pub(crate) fn new(what: &str, mapping: &Mapping, width: usize) -> Result<Self, NetworkError> {
        let (kind, scale, offset) = match mapping {
            Mapping::None => (MappingKind::None, vec![1.0; width], vec![0.0; width]),
            Mapping::Linear { scale } => (MappingKind::Linear, scale.clone(), vec![0.0; width]),
            Mapping::Affine { scale, offset } => {
                (MappingKind::Affine, scale.clone(), offset.clone())
            }
        };
        Self::from_parts(what, kind, RawWeights::F32(scale), offset, width)
    }

    pub(crate) fn from_parts(
        what: &str,
        kind: MappingKind,
        scale: RawWeights,
        offset: Vec<f32>,
        width: usize,
    ) -> Result<Self, NetworkError> {
        let scale = scale.checked(&format!("{what}_w"), &even_rows(1, width))?;
        check_tensor(&format!("{what}_b"), &offset, width)?;
        Ok(Self { kind, scale, offset })
    }

    /// The map with integer scales, if it has any.
    pub(crate) fn quantized(&self) -> Self {
        match self.kind {
            MappingKind::None => self.clone(),
            MappingKind::Linear | MappingKind::Affine => {
                let scale = self.scale.quantized(&even_rows(1, self.width()));
                Self { scale, ..self.clone() }
            }
        }
    }

    /// Number of values.
    pub(crate) fn width(&self) -> usize {
        self.offset.len()
    }
}
