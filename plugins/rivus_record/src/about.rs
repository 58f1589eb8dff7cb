//! What a recording says about itself.

use alloc::collections::BTreeMap;

/// Name of the metadata record that holds it.
pub(crate) const METADATA: &str = "rivus";

/// What was recorded: enough to set the same robots up again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Facts by name, such as `scene`, `seed` and `version`.
    pub facts: BTreeMap<String, String>,
    /// Text files that the scene consists of, by the path under which they were read.
    pub sources: BTreeMap<String, String>,
    /// SHA-256 of every other file that was read, such as a policy, by its path, in hexadecimal.
    pub hashes: BTreeMap<String, String>,
}

/// Begins the names of facts that are hashes of files.
const HASH: &str = "sha256 ";

impl About {
    /// The facts and hashes, as a metadata record holds them.
    pub(crate) fn metadata(&self) -> BTreeMap<String, String> {
        let hashes = self.hashes.iter();
        let hashes = hashes.map(|(path, hash)| (format!("{HASH}{path}"), hash.clone()));
        self.facts.clone().into_iter().chain(hashes).collect()
    }

    /// Takes the facts and hashes from a metadata record.
    pub(crate) fn take_metadata(&mut self, metadata: BTreeMap<String, String>) {
        for (name, value) in metadata {
            match name.strip_prefix(HASH) {
                Some(path) => self.hashes.insert(path.to_owned(), value),
                None => self.facts.insert(name, value),
            };
        }
    }
}
