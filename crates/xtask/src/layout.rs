//! What may stand where.

use alloc::collections::BTreeSet;

use syn::spanned::Spanned;
use syn::{Item, Visibility};

use crate::{Package, Tree, Violation};

/// The top level of the repository, beside dot-files and tool configuration (`*.toml`).
const TOP_LEVEL: [&str; 16] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "assets",
    "benches",
    "crates",
    "docs",
    "examples",
    "fuzz",
    "plugins",
    "scenes",
    "systems",
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] =
    ["common", "helper", "helpers", "misc", "types", "util", "utils", "utilities"];

/// The one crate whose root may hold constants: they are what it is about.
const CONSTANTS: &str = "crates/rivus_math/src/lib.rs";

/// The top level holds only what ARCHITECTURE.md lists.
#[must_use]
pub fn unknown_top_level(tree: &Tree) -> Vec<Violation> {
    let entries: BTreeSet<&str> =
        tree.files.iter().filter_map(|file| file.path.split('/').next()).collect();
    let is_known = |entry: &&str| {
        TOP_LEVEL.contains(entry)
            || *entry == "tests"
            || entry.starts_with('.')
            || entry.ends_with(".toml")
    };
    entries
        .into_iter()
        .filter(|entry| !is_known(entry))
        .map(|entry| Violation::at(entry, 1, "not a top-level entry; find its folder"))
        .collect()
}

/// A `lib.rs` is a table of contents: documentation, `mod` and `use`.
#[must_use]
pub fn code_in_lib(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, rust) in tree.rust_files().filter(|(file, _)| file.path.ends_with("src/lib.rs")) {
        for item in &rust.syntax.items {
            let is_contents = match item {
                Item::Mod(module) => module.content.is_none(),
                Item::Use(_) | Item::ExternCrate(_) => true,
                Item::Const(constant) => {
                    file.path == CONSTANTS && matches!(constant.vis, Visibility::Public(_))
                }
                // How two features that exclude each other are refused.
                Item::Macro(call) => call.mac.path.is_ident("compile_error"),
                _ => false,
            };
            if !is_contents {
                found.push(Violation::at(
                    &file.path,
                    item.span().start().line,
                    "code in lib.rs; move it to a file named after it",
                ));
            }
        }
    }
    found
}

/// Every member has a README beside its manifest.
#[must_use]
pub fn missing_readmes(tree: &Tree) -> Vec<Violation> {
    let has = |path: &str| tree.files.iter().any(|file| file.path == path);
    tree.packages
        .iter()
        .map(|package| in_folder(package, "README.md"))
        .filter(|readme| !has(readme))
        .map(|readme| Violation::at(&readme, 1, "missing; say what the crate is and is not"))
        .collect()
}

/// Every member takes the workspace's lints.
#[must_use]
pub fn members_without_lints(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &tree.packages {
        let path = in_folder(package, "Cargo.toml");
        let text = tree.files.iter().find(|file| file.path == path).map_or("", |file| &file.text);
        let manifest = text.parse::<toml::Table>().unwrap_or_default();
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        if inherits.and_then(toml::Value::as_bool) != Some(true) {
            found.push(Violation::at(&path, 1, "no lints; add `lints.workspace = true`"));
        }
    }
    found
}

/// No file or module folder has a name that fits anything.
#[must_use]
pub fn empty_names(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, _) in tree.rust_files() {
        let parts = file.path.trim_end_matches(".rs").split('/');
        for part in parts.filter(|part| EMPTY_NAMES.contains(part)) {
            found.push(Violation::at(
                &file.path,
                1,
                format!("`{part}` says nothing; name the file after the noun it holds"),
            ));
        }
    }
    found
}

fn in_folder(package: &Package, name: &str) -> String {
    let slash = if package.folder.is_empty() { "" } else { "/" };
    format!("{}{slash}{name}", package.folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::{package, places, tree};

    #[test]
    fn a_stray_top_level_entry_is_caught() {
        let tree = tree(&[
            (".ci/run", ""),
            ("Cargo.toml", ""),
            ("notes.md", ""),
            ("scripts/a.sh", ""),
            ("tests/a.rs", ""),
        ]);
        assert_eq!(places(&unknown_top_level(&tree)), ["notes.md:1", "scripts:1"]);
    }

    #[test]
    fn code_in_a_lib_is_caught() {
        let path = "crates/rivus_x/src/lib.rs";
        let contents = "//! Docs.\nextern crate alloc;\nmod a;\npub use a::A;\n";
        assert!(code_in_lib(&tree(&[(path, contents)])).is_empty());
        for code in ["fn a() {}", "mod a { pub fn b() {} }", "const A: u8 = 1;", "pub struct A;"] {
            let text = format!("{contents}{code}");
            assert_eq!(places(&code_in_lib(&tree(&[(path, &text)]))), [format!("{path}:5")]);
        }
        let constant = "/// Gravity.\npub const G: f32 = 9.81;";
        assert!(code_in_lib(&tree(&[(CONSTANTS, constant)])).is_empty());
    }

    #[test]
    fn a_missing_readme_is_caught() {
        let mut tree = tree(&[("README.md", ""), ("crates/rivus_a/README.md", "")]);
        tree.packages = vec![
            package("", "rivus", &[]),
            package("crates/rivus_a", "rivus_a", &[]),
            package("crates/rivus_b", "rivus_b", &[]),
        ];
        assert_eq!(places(&missing_readmes(&tree)), ["crates/rivus_b/README.md:1"]);
    }

    #[test]
    fn a_member_without_lints_is_caught() {
        let mut tree = tree(&[
            ("crates/rivus_a/Cargo.toml", "[lints]\nworkspace = true"),
            ("crates/rivus_b/Cargo.toml", "lints.workspace = true"),
            (
                "crates/rivus_c/Cargo.toml",
                "# lints.workspace = true\n[lints.rust]\nunused = \"warn\"",
            ),
        ]);
        tree.packages = ["rivus_a", "rivus_b", "rivus_c"]
            .map(|name| package(&format!("crates/{name}"), name, &[]))
            .into();
        assert_eq!(places(&members_without_lints(&tree)), ["crates/rivus_c/Cargo.toml:1"]);
    }

    #[test]
    fn an_empty_name_is_caught() {
        let tree = tree(&[("crates/a/src/utils.rs", ""), ("tests/common/mod.rs", "")]);
        assert_eq!(empty_names(&tree).len(), 2);
    }
}
