//! Things that must not be written down: silenced checks, unfinished code, paths of one machine.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::tokens::is_punct;
use crate::{Tree, Violation};

/// Top-level folders of a Unix machine that a portable file has no reason to name.
const MACHINE_FOLDERS: [&str; 4] = ["home", "root", "tmp", "work"];

/// Continuous integration may know the machine that it runs on.
const MACHINE_AWARE: &str = ".ci/";

/// No ignored test, no `allow`, no `todo!` or `unimplemented!`.
#[must_use]
pub fn silenced_checks(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, rust) in tree.rust_files() {
        let mut words = Vec::new();
        scan_code(rust.tokens.clone(), &mut words);
        found.extend(words.into_iter().map(|(line, what)| Violation::at(&file.path, line, what)));
    }
    found
}

/// No path that exists on one machine only.
#[must_use]
pub fn machine_paths(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| !file.path.starts_with(MACHINE_AWARE)) {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(folder) = machine_folder(line) {
                found.push(Violation::at(
                    &file.path,
                    index + 1,
                    format!("a path under /{folder} of one machine; make it relative or a setting"),
                ));
            }
        }
    }
    found
}

/// The machine folder that an absolute path in `line` begins with.
fn machine_folder(line: &str) -> Option<&'static str> {
    MACHINE_FOLDERS.into_iter().find(|folder| {
        let pattern = format!("/{folder}/");
        line.match_indices(&pattern).any(|(start, _)| {
            let before = line[..start].chars().next_back();
            // After a letter, a dot or a brace the slash is in the middle of a longer path.
            !before.is_some_and(|c| c.is_alphanumeric() || "._-}$~".contains(c))
        })
    })
}

fn scan_code(tokens: TokenStream, found: &mut Vec<(usize, &'static str)>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if is_punct(tokens.get(index + 1), '!') => {
                let line = word.span().start().line;
                if word == "todo" || word == "unimplemented" {
                    found.push((line, "unfinished code; finish it, or return an error"));
                }
            }
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                let inner = usize::from(is_punct(tokens.get(index + 1), '!'));
                if let Some(TokenTree::Group(group)) = tokens.get(index + 1 + inner)
                    && group.delimiter() == Delimiter::Bracket
                {
                    scan_attribute(group.stream(), found);
                }
            }
            TokenTree::Group(group) => scan_code(group.stream(), found),
            _ => {}
        }
    }
}

/// Looks at the head of an attribute, and into `cfg_attr(condition, attribute)`.
fn scan_attribute(tokens: TokenStream, found: &mut Vec<(usize, &'static str)>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let Some(TokenTree::Ident(head)) = tokens.first() else {
        return;
    };
    let line = head.span().start().line;
    if head == "ignore" {
        found.push((line, "an ignored test; assert what happens today and say why it is wrong"));
    } else if head == "allow" {
        found.push((line, "`allow`; write `expect(lint, reason = \"…\")`"));
    } else if head == "cfg_attr"
        && let Some(TokenTree::Group(group)) = tokens.get(1)
    {
        let parts: Vec<_> = group.stream().into_iter().collect();
        for part in parts.split(|token| is_punct(Some(token), ',')).skip(1) {
            scan_attribute(part.iter().cloned().collect(), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::{places, tree};

    fn silenced(text: &str) -> Vec<String> {
        places(&silenced_checks(&tree(&[("tests/a.rs", text)])))
    }

    #[test]
    fn ignored_tests_are_caught() {
        assert_eq!(silenced("#[test]\n#[ignore]\nfn a() {}"), ["tests/a.rs:2"]);
        assert_eq!(silenced("#[ignore = \"slow\"]\nfn a() {}"), ["tests/a.rs:1"]);
    }

    #[test]
    fn allows_are_caught_also_in_macros_and_conditions() {
        assert_eq!(silenced("#![allow(missing_docs)]"), ["tests/a.rs:1"]);
        assert_eq!(silenced("#[cfg_attr(test, allow(dead_code))]\nfn a() {}"), ["tests/a.rs:1"]);
        let text = "macro_rules! a {\n    () => { #[allow(dead_code)] fn b() {} };\n}";
        assert_eq!(silenced(text), ["tests/a.rs:2"]);
    }

    #[test]
    fn unfinished_code_is_caught() {
        assert_eq!(silenced("fn a() {\n    todo!()\n}"), ["tests/a.rs:2"]);
        assert_eq!(silenced("fn a() { core::unimplemented!(\"b\") }"), ["tests/a.rs:1"]);
    }

    #[test]
    fn expectations_and_prose_are_fine() {
        let text =
            "#[expect(dead_code, reason = \"why\")]\n/// Not #[allow] nor todo!().\nfn a() {}";
        assert!(silenced(text).is_empty());
        assert!(silenced("fn allow(ignore: bool) -> bool { ignore }").is_empty());
    }

    #[test]
    fn machine_paths_are_caught_outside_of_ci() {
        let line = format!("first line\nopen {}/a.csv", ["", "work", "b"].join("/"));
        assert_eq!(places(&machine_paths(&tree(&[("README.md", &line)]))), ["README.md:2"]);
        assert!(machine_paths(&tree(&[(".ci/run", &line)])).is_empty());
    }

    #[test]
    fn a_folder_of_that_name_inside_the_project_is_fine() {
        let line = format!("see docs{}", ["", "work", "b"].join("/"));
        assert!(machine_paths(&tree(&[("README.md", &line)])).is_empty());
    }
}
