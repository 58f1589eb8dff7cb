//! How long things may be.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use crate::{Tree, Violation};

/// Longest source file, tests included.
const FILE_LINES_MAX: usize = 700;

/// Longest function, from `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;

/// Longest example.
const EXAMPLE_LINES_MAX: usize = 40;

/// No source file is longer than 700 lines.
#[must_use]
pub fn long_files(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, _) in tree.rust_files() {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            found.push(Violation::at(
                &file.path,
                FILE_LINES_MAX + 1,
                format!("{lines} lines, above {FILE_LINES_MAX}; split the file by idea"),
            ));
        }
    }
    found
}

/// No function is longer than 70 lines.
#[must_use]
pub fn long_functions(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, rust) in tree.rust_files() {
        let mut functions = Functions { path: &file.path, found: &mut found };
        functions.visit_file(&rust.syntax);
    }
    found
}

/// No example is longer than 40 lines; one that is a package of its own is a program.
#[must_use]
pub fn long_examples(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, _) in tree.rust_files() {
        let lines = file.text.lines().count();
        let is_example =
            file.path.starts_with("examples/") && tree.example_package(&file.path).is_none();
        if is_example && lines > EXAMPLE_LINES_MAX {
            found.push(Violation::at(
                &file.path,
                EXAMPLE_LINES_MAX + 1,
                format!("{lines} lines, above {EXAMPLE_LINES_MAX}; make the API shorter to use"),
            ));
        }
    }
    found
}

struct Functions<'a> {
    path: &'a str,
    found: &'a mut Vec<Violation>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &Signature, body: &Block) {
        let first = line(signature.fn_token.span);
        let lines = body.brace_token.span.close().end().line + 1 - first;
        if lines > FUNCTION_LINES_MAX {
            self.found.push(Violation::at(
                self.path,
                first,
                format!(
                    "`{}` has {lines} lines, above {FUNCTION_LINES_MAX}; split it",
                    signature.ident
                ),
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::{places, tree};

    /// A function of `lines` lines, braces in strings included.
    fn function(lines: usize) -> String {
        format!("fn a() {{\n{}}}", "    b(\"}\");\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_file_is_caught() {
        let rows = |lines| "// A line.\n".repeat(lines);
        assert!(long_files(&tree(&[("src/a.rs", &rows(700))])).is_empty());
        assert_eq!(places(&long_files(&tree(&[("src/a.rs", &rows(701))]))), ["src/a.rs:701"]);
    }

    #[test]
    fn a_long_function_is_caught() {
        assert!(long_functions(&tree(&[("src/a.rs", &function(70))])).is_empty());
        let text = format!("/// Docs do not count.\n{}", function(71));
        assert_eq!(places(&long_functions(&tree(&[("src/a.rs", &text)]))), ["src/a.rs:2"]);
    }

    #[test]
    fn methods_default_methods_and_inner_functions_are_measured() {
        let long = function(71);
        for text in [
            format!("impl A {{ {long} }}"),
            format!("trait A {{ {long} }}"),
            format!("mod b {{ {long} }}"),
        ] {
            assert_eq!(long_functions(&tree(&[("src/a.rs", &text)])).len(), 1);
        }
        let nested = format!("fn outer() {{ {long} }}");
        assert_eq!(long_functions(&tree(&[("src/a.rs", &nested)])).len(), 2);
    }

    #[test]
    fn a_long_example_is_caught() {
        let rows = |lines| "// A line.\n".repeat(lines);
        assert!(long_examples(&tree(&[("examples/a.rs", &rows(40))])).is_empty());
        assert_eq!(long_examples(&tree(&[("examples/a.rs", &rows(41))])).len(), 1);
        assert!(long_examples(&tree(&[("tests/a.rs", &rows(41))])).is_empty());
        let package = [("examples/a/Cargo.toml", ""), ("examples/a/src/main.rs", &rows(41))];
        assert!(long_examples(&tree(&package)).is_empty());
    }
}
