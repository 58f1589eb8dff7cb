//! The repository as values: its files, parsed, and its packages with their dependencies.

use core::str::FromStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};
use proc_macro2::TokenStream;

/// Directories that are not part of the source: build output, and Git's own.
const SKIPPED: [&str; 2] = ["target", ".git"];

/// The repository as the rules see it.
#[derive(Default)]
pub struct Tree {
    /// Every file, sorted by path.
    pub files: Vec<SourceFile>,
    /// The members of the workspace.
    pub packages: Vec<Package>,
}

/// One file.
pub struct SourceFile {
    /// Path from the root, with `/` between the parts.
    pub path: String,
    /// Contents; empty for a file that is not UTF-8.
    pub text: String,
    /// The parsed contents of a `.rs` file.
    pub rust: Option<RustSource>,
}

/// Parsed Rust, twice: as items, and as the tokens of the whole file (macros included).
pub struct RustSource {
    /// The items.
    pub syntax: syn::File,
    /// The tokens.
    pub tokens: TokenStream,
}

/// A member of the workspace.
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder from the root; empty for the root package.
    pub folder: String,
    /// What its manifest depends on.
    pub dependencies: Vec<Dependency>,
}

/// One entry of a manifest's dependency tables.
pub struct Dependency {
    /// Name of the package depended on.
    pub name: String,
    /// Which table it stands in.
    pub used_by: DependencyUse,
}

/// The table a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyUse {
    /// `[dependencies]` or `[build-dependencies]`.
    Code,
    /// `[dev-dependencies]`.
    Tests,
}

/// The repository could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A file or folder could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A source file is not Rust.
    #[error("{path}:{line}: {message}")]
    Syntax {
        /// Its path from the root.
        path: String,
        /// Where the parser stopped.
        line: usize,
        /// What it found there.
        message: String,
    },
    /// Cargo could not describe the workspace.
    #[error(transparent)]
    Cargo(#[from] cargo_metadata::Error),
}

impl Tree {
    /// Reads the repository at `root`. Cargo is asked about members only, so no network is needed.
    ///
    /// # Errors
    /// If a file cannot be read or parsed, or a manifest is broken.
    pub fn read(root: &Path) -> Result<Self, TreeError> {
        let mut paths = Vec::new();
        walk(root, &mut paths)?;
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let bytes = fs::read(&path).map_err(|source| read_error(&path, source))?;
            let text = String::from_utf8(bytes).unwrap_or_default();
            files.push(SourceFile::new(&relative(&path, root), text)?);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, packages: packages(root)? })
    }

    /// The `.rs` files.
    pub fn rust_files(&self) -> impl Iterator<Item = (&SourceFile, &RustSource)> {
        self.files.iter().filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    /// The folder under `examples/` that `path` is in, if it is a package of its own.
    #[must_use]
    pub fn example_package<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (folder, _) = path.strip_prefix("examples/")?.split_once('/')?;
        let manifest = format!("examples/{folder}/Cargo.toml");
        self.files.iter().any(|file| file.path == manifest).then_some(folder)
    }
}

impl SourceFile {
    /// A file with this path and text; a `.rs` file is parsed.
    ///
    /// # Errors
    /// If a `.rs` file is not Rust.
    pub fn new(path: &str, text: String) -> Result<Self, TreeError> {
        let rust = if path.ends_with(".rs") { Some(parse(path, &text)?) } else { None };
        Ok(Self { path: path.to_owned(), text, rust })
    }

    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

fn parse(path: &str, text: &str) -> Result<RustSource, TreeError> {
    let fail = |error: syn::Error| TreeError::Syntax {
        path: path.to_owned(),
        line: error.span().start().line,
        message: error.to_string(),
    };
    let syntax = syn::parse_file(text).map_err(fail)?;
    let tokens = TokenStream::from_str(text).map_err(|error| fail(error.into()))?;
    Ok(RustSource { syntax, tokens })
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), TreeError> {
    let fail = |source| read_error(folder, source);
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let is_skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
        if is_skipped {
            continue;
        }
        if entry.file_type().map_err(fail)?.is_dir() {
            walk(&entry.path(), paths)?;
        } else {
            paths.push(entry.path());
        }
    }
    Ok(())
}

fn packages(root: &Path) -> Result<Vec<Package>, TreeError> {
    let metadata =
        MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let packages = metadata.packages.iter().map(|package| Package {
        name: package.name.to_string(),
        folder: package
            .manifest_path
            .parent()
            .map(|folder| relative(folder.as_std_path(), root))
            .unwrap_or_default(),
        dependencies: package
            .dependencies
            .iter()
            .map(|dependency| Dependency {
                name: dependency.name.clone(),
                used_by: match dependency.kind {
                    DependencyKind::Development => DependencyUse::Tests,
                    _ => DependencyUse::Code,
                },
            })
            .collect(),
    });
    Ok(packages.collect())
}

fn relative(path: &Path, root: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn read_error(path: &Path, source: io::Error) -> TreeError {
    TreeError::Read { path: path.to_owned(), source }
}

#[cfg(test)]
pub(crate) mod planted {
    //! Repositories made up for the rules' unit tests.

    use super::{Dependency, DependencyUse, Package, SourceFile, Tree};
    use crate::Violation;

    /// A tree of these files: path, text.
    pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| SourceFile::new(path, (*text).to_owned()));
        Tree { files: files.collect::<Result<_, _>>().unwrap(), packages: Vec::new() }
    }

    /// A package in a folder, with dependencies.
    pub(crate) fn package(
        folder: &str,
        name: &str,
        dependencies: &[(&str, DependencyUse)],
    ) -> Package {
        let dependencies = dependencies
            .iter()
            .map(|&(name, used_by)| Dependency { name: name.to_owned(), used_by })
            .collect();
        Package { name: name.to_owned(), folder: folder.to_owned(), dependencies }
    }

    /// The places of the violations, as `path:line`.
    pub(crate) fn places(violations: &[Violation]) -> Vec<String> {
        violations.iter().map(|found| format!("{}:{}", found.path, found.line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_rust_is_named_with_its_line() {
        let error = SourceFile::new("src/a.rs", "fn a() {}\nfn (".to_owned()).err().unwrap();
        assert!(error.to_string().starts_with("src/a.rs:2: "), "{error}");
    }

    #[test]
    fn other_files_are_not_parsed() {
        let file = SourceFile::new("scenes/a.ron", "fn (".to_owned()).unwrap();
        assert!(file.rust.is_none());
        assert_eq!(file.name(), "a.ron");
    }
}
