//! The policy file: one `.safetensors` with the folded weights, and the rest as JSON in its
//! metadata.
//!
//! Folded weights are stored as the kernels read them, so that no device computes them again.
//! Everything that is read passes the same checks as parameters from a trainer.

mod document;
mod tensors;

use alloc::string::String;
use alloc::vec::Vec;

use thiserror::Error;

use crate::tensor_file::{TensorFile, TensorWriter};
use crate::{Network, NetworkError, Policy, PolicyError, TensorFileError};
use document::Document;

/// Key of the JSON document in the file's metadata.
const DOCUMENT_KEY: &str = "rivus.policy";
/// The version this crate writes and the only one it reads.
const FORMAT: u64 = 1;

/// Why a file is not a policy that can be run.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// Truncated, something else, or a tensor is missing or has the wrong shape.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// A tensor file that no Rivus wrote.
    #[error("a safetensors file, but not a policy: its metadata has no `{DOCUMENT_KEY}`")]
    NotAPolicy,
    /// Written by another version.
    #[error("policy format {found} is not known (this version reads format {FORMAT})")]
    Version {
        /// The format the file names.
        found: String,
    },
    /// The unit of elapsed time is not stated, and must not be guessed.
    #[error("`elapsed` is missing: Constant(1.0), Seconds or Periods(trained_dt_s)")]
    MissingElapsed,
    /// The JSON document is damaged.
    #[error("policy metadata: {reason}")]
    Document {
        /// What is wrong with it.
        reason: String,
    },
    /// The weights do not make the network that the document describes.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The description does not fit the network.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// If the file is truncated or something else, of an unknown version, does not state its unit
    /// of elapsed time, or holds shapes, indices or values that do not make a network.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PolicyFileError> {
        let file = TensorFile::parse(bytes)?;
        let text = file.metadata(DOCUMENT_KEY).ok_or(PolicyFileError::NotAPolicy)?;
        let document = Document::parse(text)?;
        let layers: Result<Vec<_>, PolicyFileError> = document
            .layers
            .iter()
            .enumerate()
            .map(|(index, described)| tensors::read(&file, index, described))
            .collect();
        let network = Network::new(layers?)?;
        Ok(Self::new(network, document.into_info())?)
    }

    /// Writes a policy file; the same policy gives the same bytes.
    ///
    /// # Errors
    /// If its names and provenance do not fit the header of a file, which may have 100 MB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TensorFileError> {
        let mut writer = TensorWriter::default();
        for (index, layer) in self.network().layers().iter().enumerate() {
            tensors::write(&mut writer, index, layer);
        }
        writer.into_bytes(DOCUMENT_KEY, &Document::of(self).to_json())
    }
}
