//! Where scenes and what they name are read from: the disk, or the copies inside the binary.

use alloc::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use include_dir::{Dir, include_dir};

static SCENES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenes");
static POLICIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/policies");

/// The scene that is flown when none is named.
pub const DEFAULT_SCENE: &str = "drone_hover";

/// A scene file and the place that the paths in it refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneFile {
    path: String,
    is_built_in: bool,
    /// Texts that are read in place of files, by their paths.
    texts: BTreeMap<String, String>,
}

/// Why a scene cannot be found.
#[derive(Debug, thiserror::Error)]
#[error("no scene `{name}`: there is no such file, and the built-in scenes are {}", .known.join(", "))]
pub struct NoSuchScene {
    /// What was asked for.
    pub name: String,
    /// The names of the built-in scenes.
    pub known: Vec<String>,
}

impl SceneFile {
    /// The scene that `name` stands for: a file if there is one, else the built-in scene of this name.
    ///
    /// A built-in scene may be named with or without `scenes/` and `.ron`.
    ///
    /// # Errors
    /// If there is neither.
    pub fn find(name: &str) -> Result<Self, NoSuchScene> {
        if Path::new(name).is_file() {
            return Ok(Self::of(name.to_owned(), false));
        }
        let stem = name.strip_prefix("scenes/").unwrap_or(name);
        let stem = stem.strip_suffix(".ron").unwrap_or(stem);
        let known = Self::built_in();
        if known.iter().any(|scene| scene == stem) {
            return Ok(Self::of(format!("scenes/{stem}.ron"), true));
        }
        Err(NoSuchScene { name: name.to_owned(), known })
    }

    const fn of(path: String, is_built_in: bool) -> Self {
        Self { path, is_built_in, texts: BTreeMap::new() }
    }

    /// A scene that was read before: its files are `texts`, by their paths; what it names besides
    /// is found as it was then.
    #[must_use]
    pub const fn recorded(
        path: String,
        is_built_in: bool,
        texts: BTreeMap<String, String>,
    ) -> Self {
        Self { path, is_built_in, texts }
    }

    /// Whether it is one inside the binary.
    #[must_use]
    pub const fn is_built_in(&self) -> bool {
        self.is_built_in
    }

    /// The names of the scenes inside the binary, in alphabetical order.
    #[must_use]
    pub fn built_in() -> Vec<String> {
        let mut names: Vec<String> = SCENES
            .files()
            .filter_map(|file| Some(file.path().to_str()?.strip_suffix(".ron")?.to_owned()))
            .collect();
        names.sort_unstable();
        names
    }

    /// The file names of the policies inside the binary, in alphabetical order.
    #[must_use]
    pub fn built_in_policies() -> Vec<String> {
        let names = POLICIES.files().filter_map(|file| file.path().to_str().map(str::to_owned));
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }

    /// The path, as errors show it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name without folder and ending.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".ron").unwrap_or(name)
    }

    /// The bytes of `path`, which is this scene's own or was joined to it.
    ///
    /// A path that the binary does not hold is read from the disk, so that a built-in scene can
    /// fly a policy given on the command line. A file that is not on the disk is looked for by its
    /// name in the binary, so that a scene anywhere can extend a built-in one.
    ///
    /// # Errors
    /// If it cannot be read; the text is the reason, without the path.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if let Some(text) = self.texts.get(path) {
            return Ok(text.clone().into_bytes());
        }
        if self.is_built_in
            && !path.starts_with('/')
            && let Some(bytes) = embedded(&flattened(path))
        {
            return Ok(bytes.to_vec());
        }
        std::fs::read(path).or_else(|error| {
            // A web page has no disk.
            if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) {
                return Err(error.to_string());
            }
            let name = path.rsplit('/').next().unwrap_or(path);
            let file = SCENES.get_file(name).or_else(|| POLICIES.get_file(name));
            let file = file.ok_or("there is no such file, nor a built-in one of this name")?;
            tracing::info!(path, "not on the disk; the built-in file of this name is used");
            Ok(file.contents().to_vec())
        })
    }

    /// The text of `path`; see [`read`](Self::read).
    ///
    /// # Errors
    /// If it cannot be read or is not text; the text is the reason, without the path.
    pub fn read_text(&self, path: &str) -> Result<String, String> {
        String::from_utf8(self.read(path)?).map_err(|_not_text| "it is not text".to_owned())
    }
}

/// A file inside the binary, by its path from the root of the project.
fn embedded(path: &str) -> Option<&'static [u8]> {
    let file = if let Some(scene) = path.strip_prefix("scenes/") {
        SCENES.get_file(scene)
    } else {
        POLICIES.get_file(path.strip_prefix("assets/policies/")?)
    };
    Some(file?.contents())
}

/// `path` without `.` and with each `..` taking away the folder before it.
fn flattened(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_in_scene_goes_by_its_short_and_long_name() {
        for name in ["drone_hover", "drone_hover.ron"] {
            let scene = SceneFile::find(name).unwrap();
            assert_eq!(scene.path(), "scenes/drone_hover.ron");
            assert_eq!(scene.name(), "drone_hover");
            assert!(scene.read("scenes/../scenes/drone_hover.ron").is_ok());
        }
    }

    #[test]
    fn an_unknown_scene_is_refused_with_the_known_ones() {
        let error = SceneFile::find("drone_hoover").unwrap_err().to_string();
        assert!(error.contains("drone_hoover") && error.contains("drone_hover"), "{error}");
    }

    #[test]
    fn paths_are_flattened() {
        assert_eq!(
            flattened("scenes/../assets/./policies/a.safetensors"),
            "assets/policies/a.safetensors"
        );
        assert_eq!(flattened("../x"), "../x");
    }
}
