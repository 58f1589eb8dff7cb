//! Where sources are, and where what is made from them goes.

use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

use crate::error::TaskError;

/// The folders of this repository.
pub(crate) struct Folders {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// For all that is made here: `cross` in the target folder.
    pub(crate) cross: PathBuf,
}

impl Folders {
    /// Asks Cargo, which knows `CARGO_TARGET_DIR` and its configuration files.
    pub(crate) fn find() -> Result<Self, TaskError> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().map_err(TaskError::at(&root))?;
        let metadata =
            MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
        let target = metadata.target_directory.into_std_path_buf();
        Ok(Self { root, cross: target.join("cross"), target })
    }
}
