//! A private sysroot: Rust's library built for a target that the toolchain has none for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// How much of Rust's library a target can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// All of it, and the test harness.
    Std,
    /// What needs no operating system.
    Alloc,
}

/// Variables through which the Cargo that started us would choose another compiler or target
/// folder.
const OTHER_TOOLCHAIN: [&str; 9] = [
    "CARGO",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "LD_LIBRARY_PATH",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// Leaves it to the command which compiler it takes.
pub(crate) fn forget_toolchain(command: &mut Command) {
    for name in OTHER_TOOLCHAIN {
        command.env_remove(name);
    }
}

/// Debian's Cargo, with Debian's compiler whatever `PATH` and the pinned toolchain say.
pub(crate) fn cargo(folders: &Folders) -> Command {
    let mut command = Command::new("/usr/bin/cargo");
    forget_toolchain(&mut command);
    command.env("RUSTC", "/usr/bin/rustc").current_dir(&folders.root);
    command
}

/// Debian's Cargo for a target with a sysroot. Its settings are arguments, so that neither the
/// host's build scripts nor other builds see them.
pub(crate) fn cargo_with(
    folders: &Folders,
    triple: &str,
    sysroot: &Path,
    subcommand: &str,
) -> Command {
    let flags = Value::from(vec!["--sysroot".into(), sysroot.to_string_lossy()]);
    let mut command = cargo(folders);
    command.args([subcommand, "--quiet", "--release", "--target", triple]);
    command.arg("--target-dir").arg(folders.cross.join("build"));
    command.arg("--config").arg(format!("target.{triple}.rustflags={flags}"));
    command
}

/// The sysroot for a target, built unless it is there. A compiler of another version gets another
/// one, and what was for its predecessor is removed.
pub(crate) fn prepare(
    folders: &Folders,
    triple: &str,
    library: Library,
) -> Result<PathBuf, TaskError> {
    let version = process::output(Command::new("/usr/bin/rustc").arg("--version"))?;
    let sysroot = folders.cross.join(format!("sysroot-{}", folder_name(&version)));
    let installed = sysroot.join("lib/rustlib").join(triple);
    if installed.is_dir() {
        return Ok(sysroot);
    }
    remove_others(&folders.cross, &sysroot)?;
    println!("building Rust's library for {triple} with {}", version.trim());
    let built = build(folders, triple, library)?;
    install(&built, &installed)?;
    Ok(sysroot)
}

/// Compiles an empty crate whose library comes from sources; returns the folder of what was made.
fn build(folders: &Folders, triple: &str, library: Library) -> Result<PathBuf, TaskError> {
    let source = folders.cross.join("library");
    let manifest = source.join("Cargo.toml");
    write(&manifest, "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n")?;
    write(&source.join("src/lib.rs"), "#![no_std]\n")?;
    let crates = match library {
        Library::Std => "-Zbuild-std=std,panic_abort,test",
        Library::Alloc => "-Zbuild-std=core,alloc",
    };
    let made = folders.cross.join(format!("library-{triple}"));
    // What an interrupted build left must not be installed.
    remove(&made)?;
    // Only to build the library: Cargo keeps this option from stable compilers, which have no need
    // of it where the library comes with them.
    let mut command = cargo(folders);
    command.env("RUSTC_BOOTSTRAP", "1").args(["build", "--quiet", "--release", crates]);
    command.args(["--target", triple]);
    if library == Library::Alloc {
        // What optimising a firmware together with the library takes.
        command.env("RUSTFLAGS", "-Cembed-bitcode=yes");
    }
    command.arg("--manifest-path").arg(&manifest).arg("--target-dir").arg(&made);
    process::run(&mut command)?;
    Ok(made)
}

/// Moves the libraries below `made` to where the compiler looks, the folder last, so that it is
/// there only when it is complete.
fn install(made: &Path, installed: &Path) -> Result<(), TaskError> {
    let staging = installed.with_extension("incomplete");
    remove(&staging)?;
    let libraries = staging.join("lib");
    fs::create_dir_all(&libraries).map_err(TaskError::at(&libraries))?;
    let triple = installed.file_name().unwrap_or_default();
    let from = made.join(triple).join("release/deps");
    for entry in fs::read_dir(&from).map_err(TaskError::at(&from))? {
        let path = entry.map_err(TaskError::at(&from))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if is_library(name) {
            fs::copy(&path, libraries.join(name)).map_err(TaskError::at(&path))?;
        }
    }
    fs::rename(&staging, installed).map_err(TaskError::at(installed))?;
    remove(made)
}

/// Whether this file of a build is a part of Rust's library.
fn is_library(name: &str) -> bool {
    let is_ours = name.starts_with("libempty-");
    !is_ours && name.starts_with("lib") && (name.ends_with(".rlib") || name.ends_with(".rmeta"))
}

/// Removes sysroots of other compilers.
fn remove_others(cross: &Path, keep: &Path) -> Result<(), TaskError> {
    let Ok(entries) = fs::read_dir(cross) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.map_err(TaskError::at(cross))?.path();
        let is_sysroot = path.file_name().is_some_and(|name| {
            name.to_string_lossy().starts_with("sysroot-") && path.as_path() != keep
        });
        if is_sysroot {
            remove(&path)?;
        }
    }
    Ok(())
}

/// A compiler's version as the name of a folder: `1.96.0-ac68faa20`.
fn folder_name(version: &str) -> String {
    let mut words = version.split_whitespace().skip(1);
    let number = words.next().unwrap_or("unknown");
    let commit = words.next().unwrap_or("unknown").trim_start_matches('(');
    format!("{number}-{commit}")
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), TaskError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(TaskError::at(folder))?;
    }
    fs::write(path, text).map_err(TaskError::at(path))
}

/// Removes a folder, if there is one.
fn remove(folder: &Path) -> Result<(), TaskError> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).map_err(TaskError::at(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_compiler_has_another_folder() {
        let version = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\n";
        assert_eq!(folder_name(version), "1.96.0-ac68faa20");
        assert_eq!(folder_name("rustc 1.97.0\n"), "1.97.0-unknown");
    }

    #[test]
    fn only_rusts_own_libraries_are_installed() {
        assert!(is_library("libcore-60d83e9bdc749192.rlib"));
        assert!(is_library("libcore-60d83e9bdc749192.rmeta"));
        assert!(!is_library("libempty-60d83e9bdc749192.rlib"));
        assert!(!is_library("core-60d83e9bdc749192.d"));
    }
}
