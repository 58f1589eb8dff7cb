//! What code below `plugins/` must not touch, and what the control side must not know.

use proc_macro2::{TokenStream, TokenTree};

use crate::tokens::{is_punct, lines_naming, product_code};
use crate::{Tree, Violation};

/// Modules of `std` that reach outside the program.
const OUTSIDE_MODULES: [&str; 5] = ["env", "fs", "net", "process", "thread"];

/// Types that read a clock.
const CLOCKS: [&str; 2] = ["Instant", "SystemTime"];

/// Folders whose code gets bytes and time as arguments.
const PURE: [&str; 2] = ["crates/", "systems/"];

/// The host tool may read the tree and start programs: it never runs on a robot.
const HOST_TOOL: &str = "crates/xtask/";

/// Packages that see the robot through its readings only.
const CONTROL_SIDE: [&str; 3] =
    ["systems/rivus_estimation/src/", "systems/rivus_control/src/", "systems/rivus_policy/src/"];

/// No file, port, thread, clock or environment variable under `crates/` and `systems/`.
///
/// Tests are exempt: they read reference data from disk. So are the examples of a crate, which are
/// programs of their own, and its build script, which runs on the machine that builds.
#[must_use]
pub fn outside_world(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, tokens) in product_code(tree) {
        let is_pure = PURE.iter().any(|folder| file.path.starts_with(folder));
        let is_for_host = file.path.starts_with(HOST_TOOL) || is_build_script(&file.path);
        if !is_pure || is_for_host || file.path.contains("/examples/") {
            continue;
        }
        let mut uses = Vec::new();
        outside_uses(tokens, &mut uses);
        found.extend(uses.into_iter().map(|(line, name)| {
            Violation::at(
                &file.path,
                line,
                format!("{name} below plugins/; take the value as an argument"),
            )
        }));
    }
    found
}

/// Estimation, control and policy never name `Truth`.
#[must_use]
pub fn leaked_truth(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, rust) in tree.rust_files() {
        if CONTROL_SIDE.iter().any(|folder| file.path.starts_with(folder)) {
            let mut lines = Vec::new();
            lines_naming(rust.tokens.clone(), "Truth", &mut lines);
            found.extend(lines.into_iter().map(|line| {
                Violation::at(
                    &file.path,
                    line,
                    "`Truth` on the control side; use the estimate, or move the code to rivus_sim",
                )
            }));
        }
    }
    found
}

/// `build.rs` beside a manifest, not a module of that name.
fn is_build_script(path: &str) -> bool {
    matches!(path.split('/').collect::<Vec<_>>()[..], [_, _, "build.rs"])
}

/// Finds `std::fs`, `use std::{fs, …}` and the clocks, also inside macros.
fn outside_uses(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if CLOCKS.iter().any(|clock| word == clock) => {
                found.push((word.span().start().line, format!("the clock `{word}`")));
            }
            TokenTree::Ident(word) if word == "std" && is_path_separator(&tokens, index + 1) => {
                match tokens.get(index + 3) {
                    Some(TokenTree::Group(group)) => outside_modules(group.stream(), found),
                    Some(next) => outside_modules(next.clone().into(), found),
                    None => {}
                }
            }
            TokenTree::Group(group) => outside_uses(group.stream(), found),
            _ => {}
        }
    }
}

/// The names at the start of each comma-separated part of what follows `std::`.
fn outside_modules(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    let mut at_start = true;
    for token in tokens {
        if let TokenTree::Ident(word) = &token
            && at_start
            && OUTSIDE_MODULES.iter().any(|module| word == module)
        {
            found.push((word.span().start().line, format!("`std::{word}`")));
        }
        at_start = is_punct(Some(&token), ',');
    }
}

fn is_path_separator(tokens: &[TokenTree], index: usize) -> bool {
    is_punct(tokens.get(index), ':') && is_punct(tokens.get(index + 1), ':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::{places, tree};

    fn outside(path: &str, text: &str) -> Vec<String> {
        places(&outside_world(&tree(&[(path, text)])))
    }

    #[test]
    fn every_way_to_name_the_outside_is_caught() {
        let path = "crates/rivus_x/src/a.rs";
        for text in [
            "use std::fs;",
            "use std::{io, fs::File};",
            "fn a() { std::thread::yield_now(); }",
            "fn a() { print(::std::env::var(\"A\")); }",
            "macro_rules! a { () => { std::net::TcpStream::connect(\"b\") }; }",
            "use std::time::Instant;",
            "fn a(now: SystemTime) {}",
            "mod b { fn c() { std::process::abort() } }",
        ] {
            assert_eq!(outside(path, text), [format!("{path}:1")], "{text}");
        }
    }

    #[test]
    fn values_are_fine() {
        let text = "use std::{io::Read, time::Duration};\nfn env(fs: u8) {}\n// std::fs";
        assert!(outside("systems/rivus_x/src/a.rs", text).is_empty());
    }

    #[test]
    fn plugins_the_host_tool_examples_and_tests_may_touch_it() {
        assert!(outside("crates/rivus_x/examples/a.rs", "use std::env;").is_empty());
        assert!(outside("plugins/rivus_x/src/a.rs", "use std::fs;").is_empty());
        assert!(outside("crates/xtask/src/a.rs", "use std::fs;").is_empty());
        let text = "#[cfg(test)]\nmod tests { use std::fs; }";
        assert!(outside("crates/rivus_x/src/a.rs", text).is_empty());
    }

    #[test]
    fn a_build_script_may_touch_it_a_module_of_its_name_may_not() {
        assert!(outside("crates/rivus_x/build.rs", "use std::env;").is_empty());
        assert_eq!(outside("crates/rivus_x/src/build.rs", "use std::env;").len(), 1);
    }

    #[test]
    fn truth_is_caught_on_the_control_side_only() {
        let text = "fn fly(\n    pose: &Pose<Truth>,\n) {}";
        let leak = tree(&[("systems/rivus_policy/src/step.rs", text)]);
        assert_eq!(places(&leaked_truth(&leak)), ["systems/rivus_policy/src/step.rs:2"]);
        assert!(leaked_truth(&tree(&[("plugins/rivus_sim/src/world.rs", text)])).is_empty());
        let prose = tree(&[("systems/rivus_policy/src/step.rs", "//! Never sees Truth.\n")]);
        assert!(leaked_truth(&prose).is_empty());
    }
}
