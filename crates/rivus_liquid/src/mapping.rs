//! The element-wise maps in front of and behind an LTC cell.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use rivus_kernels::Kernels;

use crate::NetworkError;
use crate::error::check_tensor;

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
    pub(crate) scale: Vec<f32>,
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
        check_tensor(&format!("{what}_w"), &scale, width)?;
        check_tensor(&format!("{what}_b"), &offset, width)?;
        Ok(Self { kind, scale, offset })
    }

    /// Maps `input` to `out`, both of the map's width.
    pub(crate) fn apply(&self, kernels: Kernels, input: &[f32], out: &mut [f32]) {
        match self.kind {
            MappingKind::None => out.copy_from_slice(input),
            MappingKind::Linear | MappingKind::Affine => {
                kernels.scale_offset(&self.scale, &self.offset, input, out);
            }
        }
    }
}
