//! Reading tokens: what the rules about words have in common.

use alloc::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, ItemMod};

use crate::{RustSource, SourceFile, Tree};

/// The code that ships: every source file without what only tests and benches see.
pub(crate) fn product_code(tree: &Tree) -> impl Iterator<Item = (&SourceFile, TokenStream)> {
    let test_modules = test_modules(tree);
    let ships = move |file: &SourceFile| {
        let in_tests = |folder| file.path.split('/').any(|part| part == folder);
        !in_tests("tests")
            && !in_tests("benches")
            && !test_modules.iter().any(|module| is_inside(&file.path, module))
    };
    tree.rust_files()
        .filter(move |(file, _)| ships(file))
        .map(|(file, rust)| (file, without_tests(rust)))
}

/// The lines on which `word` stands as an identifier.
pub(crate) fn lines_naming(tokens: TokenStream, word: &str, lines: &mut Vec<usize>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) if name == word => lines.push(name.span().start().line),
            TokenTree::Group(group) => lines_naming(group.stream(), word, lines),
            _ => {}
        }
    }
}

/// Whether there is a token and it is this mark.
pub(crate) fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

/// The tokens of a file without the items that only tests see.
fn without_tests(rust: &RustSource) -> TokenStream {
    if rust.syntax.attrs.iter().any(is_test_only) {
        return TokenStream::new();
    }
    items_without_tests(&rust.syntax.items)
}

fn items_without_tests(items: &[Item]) -> TokenStream {
    let mut tokens = TokenStream::new();
    for item in items.iter().filter(|item| !attributes(item).iter().any(is_test_only)) {
        match item {
            Item::Mod(ItemMod { content: Some((_, inner)), .. }) => {
                tokens.extend(items_without_tests(inner));
            }
            other => other.to_tokens(&mut tokens),
        }
    }
    tokens
}

/// Paths, without `.rs`, of the modules that are declared `#[cfg(test)] mod name;`.
fn test_modules(tree: &Tree) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for (file, rust) in tree.rust_files() {
        let folder = match file.name() {
            "mod.rs" | "lib.rs" | "main.rs" => file.path.trim_end_matches(file.name()).to_owned(),
            _ => format!("{}/", file.path.trim_end_matches(".rs")),
        };
        for item in &rust.syntax.items {
            if let Item::Mod(module) = item
                && module.content.is_none()
                && module.attrs.iter().any(is_test_only)
            {
                modules.insert(format!("{folder}{}", module.ident));
            }
        }
    }
    modules
}

fn is_inside(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn is_test_only(attribute: &Attribute) -> bool {
    if !attribute.path().is_ident("cfg") {
        return false;
    }
    let condition = attribute.meta.to_token_stream();
    names(condition.clone(), "test") && !names(condition.clone(), "not") && !names(condition, "any")
}

fn names(tokens: TokenStream, word: &str) -> bool {
    let mut lines = Vec::new();
    lines_naming(tokens, word, &mut lines);
    !lines.is_empty()
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        // Anything rarer counts as code of the product.
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    /// Whether the name `secret` is in the product code of these files.
    fn ships(files: &[(&str, &str)]) -> bool {
        product_code(&tree(files)).any(|(_, tokens)| names(tokens, "secret"))
    }

    #[test]
    fn items_under_cfg_test_do_not_ship() {
        let file = |text| ships(&[("crates/rivus_x/src/a.rs", text)]);
        assert!(file("fn secret() {}"));
        assert!(file("mod b { fn secret() {} }"));
        assert!(file("#[cfg(not(test))]\nfn secret() {}"));
        assert!(file("#[cfg(any(test, feature = \"std\"))]\nfn secret() {}"));
        assert!(!file("#[cfg(test)]\nmod tests { fn secret() {} }"));
        assert!(!file("mod b { #[cfg(all(test, feature = \"std\"))] fn secret() {} }"));
        assert!(!file("#![cfg(test)]\nfn secret() {}"));
    }

    #[test]
    fn tests_and_benches_do_not_ship() {
        assert!(!ships(&[("crates/rivus_x/tests/a.rs", "fn secret() {}")]));
        assert!(!ships(&[("tests/a.rs", "fn secret() {}")]));
        assert!(!ships(&[("crates/rivus_x/benches/a.rs", "fn secret() {}")]));
    }

    #[test]
    fn a_test_module_in_its_own_file_does_not_ship() {
        let checks = ("crates/rivus_x/src/a/checks.rs", "fn secret() {}");
        for parent in ["crates/rivus_x/src/a.rs", "crates/rivus_x/src/a/mod.rs"] {
            assert!(!ships(&[(parent, "#[cfg(test)]\nmod checks;"), checks]));
            assert!(ships(&[(parent, "mod checks;"), checks]));
        }
    }
}
