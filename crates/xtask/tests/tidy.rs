//! *Tidy*: every rule, run on this repository.
#![expect(
    clippy::unwrap_used,
    reason = "clippy's exception for tests does not reach what they call"
)]

use std::path::Path;

use xtask::{Tree, Violation, arithmetic, layers, layout, listing, purity, size, wording};

fn repository() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Tree::read(&root.canonicalize().unwrap()).unwrap()
}

/// Runs one rule on the repository and fails with all that it finds, one line each.
fn holds(rule: fn(&Tree) -> Vec<Violation>) {
    let found: Vec<String> = rule(&repository()).iter().map(Violation::to_string).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_rules_see_the_whole_repository() {
    let tree = repository();
    for path in ["Cargo.toml", "crates/xtask/tests/tidy.rs", "plugins/rivus/src/lib.rs"] {
        assert!(tree.files.iter().any(|file| file.path == path), "{path}");
    }
    for name in ["rivus", "rivus_math", "rivus_app", "rivus_sim"] {
        assert!(tree.packages.iter().any(|package| package.name == name), "{name}");
    }
}

#[test]
fn dependencies_point_to_a_lower_layer() {
    holds(layers::upward_dependencies);
}

#[test]
fn the_ecs_and_the_outside_world_stay_in_their_folders() {
    holds(layers::foreign_dependencies);
}

#[test]
fn code_below_plugins_touches_nothing_outside() {
    holds(purity::outside_world);
}

#[test]
fn the_control_side_does_not_name_truth() {
    holds(purity::leaked_truth);
}

#[test]
fn arithmetic_is_the_same_on_every_processor() {
    holds(arithmetic::uneven_operations);
}

#[test]
fn no_check_is_silenced() {
    holds(wording::silenced_checks);
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    holds(wording::machine_paths);
}

#[test]
fn files_are_short() {
    holds(size::long_files);
}

#[test]
fn functions_are_short() {
    holds(size::long_functions);
}

#[test]
fn examples_are_short() {
    holds(size::long_examples);
}

#[test]
fn every_example_and_scene_is_listed() {
    holds(listing::unlisted_files);
}

#[test]
fn the_top_level_is_as_described() {
    holds(layout::unknown_top_level);
}

#[test]
fn every_lib_is_a_table_of_contents() {
    holds(layout::code_in_lib);
}

#[test]
fn every_member_has_a_readme() {
    holds(layout::missing_readmes);
}

#[test]
fn every_member_takes_the_workspace_lints() {
    holds(layout::members_without_lints);
}

#[test]
fn file_names_say_what_is_inside() {
    holds(layout::empty_names);
}
