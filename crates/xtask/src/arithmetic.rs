//! Arithmetic that is the same on every processor.

use proc_macro2::{TokenStream, TokenTree};

use crate::tokens::{is_punct, product_code};
use crate::{Tree, Violation};

/// Methods of floats whose bits depend on the target or on what the compiler fuses.
///
/// The elementary functions are clippy's (`disallowed-methods`); these have a folder where they are at home.
const UNEVEN: [&str; 3] = ["mul_add", "powi", "recip"];

/// Where every fused operation is explicit and tested bit for bit.
const KERNELS: &str = "crates/rivus_kernels/";

/// What is drawn; no robot's bits depend on it.
const DRAWN: &str = "plugins/rivus_gui/";

/// No `mul_add`, `powi` or `recip` outside of the kernels. Tests are exempt: no robot's bits depend on them.
#[must_use]
pub fn uneven_operations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, tokens) in product_code(tree) {
        if [KERNELS, DRAWN].iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        let mut calls = Vec::new();
        method_uses(tokens, &mut calls);
        found.extend(calls.into_iter().map(|(line, name)| {
            Violation::at(
                &file.path,
                line,
                format!("`{name}` outside of rivus_kernels; write the operations out"),
            )
        }));
    }
    found
}

/// Finds `.name` and `::name`, also inside macros.
fn method_uses(tokens: TokenStream, found: &mut Vec<(usize, &'static str)>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) => {
                let before = index.checked_sub(1).and_then(|before| tokens.get(before));
                if is_punct(before, '.') || is_punct(before, ':') {
                    let name = UNEVEN.into_iter().find(|name| word == name);
                    found.extend(name.map(|name| (word.span().start().line, name)));
                }
            }
            TokenTree::Group(group) => method_uses(group.stream(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::{places, tree};

    fn uneven(path: &str, text: &str) -> Vec<String> {
        places(&uneven_operations(&tree(&[(path, text)])))
    }

    #[test]
    fn calls_and_paths_are_caught() {
        let path = "plugins/rivus_x/src/a.rs";
        for text in [
            "fn a(x: f32) -> f32 { x.mul_add(x, x) }",
            "fn a(x: f64) -> f64 { x.powi(2) }",
            "fn a(x: &[f32]) { b(x.iter().copied().map(f32::recip)) }",
            "fn a(x: f32) { assert!(x.recip() > 0.0) }",
        ] {
            assert_eq!(uneven(path, text), [format!("{path}:1")], "{text}");
        }
    }

    #[test]
    fn kernels_and_tests_may_use_them() {
        let text = "fn a(x: f32) -> f32 { x.mul_add(x, x) }";
        assert!(uneven("crates/rivus_kernels/src/a.rs", text).is_empty());
        assert!(uneven("crates/rivus_x/tests/a.rs", text).is_empty());
    }
}
