//! Which package may depend on which: ARCHITECTURE.md's layers, and what stays outside of them.

use crate::{DependencyUse, Package, Tree, Violation};

/// The packages of each layer, lowest first.
const LAYERS: [&[&str]; 10] = [
    &["rivus_math"],
    &["rivus_kernels", "rivus_vehicle", "rivus_rate", "rivus_wire"],
    &["rivus_liquid", "rivus_flight", "rivus_scene"],
    &["rivus_app", "rivus_train"],
    &["rivus_robot"],
    &["rivus_estimation", "rivus_control", "rivus_policy"],
    &["rivus_sim", "rivus_run", "rivus_record", "rivus_serial", "rivus_telemetry", "rivus_update"],
    &["rivus_gui"],
    &["rivus"],
    &["rivus_web"],
];

/// Packages that stand beside the layers: nothing of ours in, nothing of ours out.
const BESIDE: [&str; 1] = ["xtask"];

/// Names that begin like this are the ECS.
const ECS: [&str; 1] = ["bevy"];

/// Names that begin like this are the outside world, which only `plugins/` may touch.
const OUTSIDE: [&str; 12] = [
    "rapier",
    "parry",
    "serialport",
    "crossbeam",
    "rtrb",
    "rustix",
    "thread-priority",
    "eframe",
    "egui",
    "wgpu",
    "mcap",
    "tokio",
];

/// Every dependency between our packages points to a strictly lower layer.
///
/// A test may also use its own layer: it links nothing into the robot. The root package is on top,
/// so the tests of the whole may use everything.
#[must_use]
pub fn upward_dependencies(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &tree.packages {
        let own = layer(&package.name);
        if own.is_none() && !is_beside(&package.name) {
            found.push(in_manifest(
                package,
                format!(
                    "`{}` is in no layer; add it to ARCHITECTURE.md and to crates/xtask/src/layers.rs",
                    package.name
                ),
            ));
        }
        for dependency in &package.dependencies {
            let allowed = match (own, layer(&dependency.name), dependency.used_by) {
                (Some(own), Some(theirs), DependencyUse::Code) => theirs < own,
                (Some(own), Some(theirs), DependencyUse::Tests) => theirs <= own,
                (None, Some(_), _) => false,
                (_, None, _) => !is_beside(&dependency.name),
            };
            if !allowed {
                found.push(in_manifest(
                    package,
                    format!(
                        "`{}` ({}) depends on `{}` ({}); depend on a lower layer, or meet through a component",
                        package.name,
                        place(&package.name),
                        dependency.name,
                        place(&dependency.name)
                    ),
                ));
            }
        }
    }
    found
}

/// `crates/` has no ECS; the outside world is named in `plugins/` only.
#[must_use]
pub fn foreign_dependencies(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &tree.packages {
        let in_crates = package.folder.starts_with("crates/");
        let in_systems = package.folder.starts_with("systems/");
        for dependency in &package.dependencies {
            let is_ecs = begins_with_any(&dependency.name, &ECS);
            let is_outside = begins_with_any(&dependency.name, &OUTSIDE);
            if in_crates && is_ecs {
                found.push(in_manifest(
                    package,
                    format!("`{}` under crates/; move the system to systems/", dependency.name),
                ));
            }
            if (in_crates || in_systems) && is_outside {
                found.push(in_manifest(
                    package,
                    format!("`{}` below plugins/; move its user to plugins/", dependency.name),
                ));
            }
        }
    }
    found
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|packages| packages.contains(&name))
}

fn is_beside(name: &str) -> bool {
    BESIDE.contains(&name)
}

fn place(name: &str) -> String {
    layer(name).map_or_else(|| "beside the layers".to_owned(), |layer| format!("L{layer}"))
}

fn begins_with_any(name: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

fn in_manifest(package: &Package, message: String) -> Violation {
    let slash = if package.folder.is_empty() { "" } else { "/" };
    Violation::at(&format!("{}{slash}Cargo.toml", package.folder), 1, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::package;

    const CODE: DependencyUse = DependencyUse::Code;
    const TESTS: DependencyUse = DependencyUse::Tests;

    fn upward(folder: &str, name: &str, dependencies: &[(&str, DependencyUse)]) -> usize {
        let packages = vec![package(folder, name, dependencies)];
        upward_dependencies(&Tree { packages, ..Tree::default() }).len()
    }

    fn foreign(folder: &str, dependency: &str) -> usize {
        let packages = vec![package(folder, "rivus_x", &[(dependency, CODE)])];
        foreign_dependencies(&Tree { packages, ..Tree::default() }).len()
    }

    #[test]
    fn a_lower_layer_and_other_peoples_packages_are_fine() {
        let dependencies = [("rivus_math", CODE), ("libm", CODE), ("rivus_rate", CODE)];
        assert_eq!(upward("systems/rivus_app", "rivus_app", &dependencies), 0);
    }

    #[test]
    fn an_upward_edge_is_caught() {
        assert_eq!(upward("crates/rivus_flight", "rivus_flight", &[("rivus_app", CODE)]), 1);
        assert_eq!(upward("crates/rivus_flight", "rivus_flight", &[("rivus_app", TESTS)]), 1);
    }

    #[test]
    fn a_sideways_edge_is_caught_outside_of_tests() {
        assert_eq!(upward("crates/rivus_flight", "rivus_flight", &[("rivus_liquid", CODE)]), 1);
        assert_eq!(upward("crates/rivus_flight", "rivus_flight", &[("rivus_liquid", TESTS)]), 0);
    }

    #[test]
    fn a_package_without_a_layer_is_caught() {
        assert_eq!(upward("crates/rivus_new", "rivus_new", &[]), 1);
    }

    #[test]
    fn automation_stands_apart() {
        assert_eq!(upward("crates/xtask", "xtask", &[("syn", CODE)]), 0);
        assert_eq!(upward("crates/xtask", "xtask", &[("rivus_math", CODE)]), 1);
        assert_eq!(upward("", "rivus", &[("xtask", CODE)]), 1);
    }

    #[test]
    fn the_ecs_is_caught_under_crates_only() {
        assert_eq!(foreign("crates/rivus_x", "bevy_ecs"), 1);
        assert_eq!(foreign("systems/rivus_x", "bevy_ecs"), 0);
    }

    #[test]
    fn the_outside_world_is_caught_below_plugins() {
        assert_eq!(foreign("crates/rivus_x", "rapier3d"), 1);
        assert_eq!(foreign("systems/rivus_x", "serialport"), 1);
        assert_eq!(foreign("plugins/rivus_x", "rapier3d"), 0);
    }
}
