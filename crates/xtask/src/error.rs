//! Why a task did not pass.

use std::io;
use std::path::{Path, PathBuf};

use crate::need::Need;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// Packages of the distribution are not installed.
    #[error("{}", missing_text(.0))]
    Missing(Vec<Need>),
    /// This machine or whoever runs the task is not allowed to, or cannot reach, what it takes.
    #[error("{0}")]
    NotHere(String),
    /// A program ran and said no.
    #[error("{status}: {command}")]
    Red {
        /// What was run.
        command: String,
        /// How it ended.
        status: String,
    },
    /// A program could not be started, or a file not be read or written.
    #[error("{what}: {source}")]
    System {
        /// The program or file.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// Cargo could not describe the workspace.
    #[error(transparent)]
    Cargo(#[from] cargo_metadata::Error),
    /// Everything ran, and what came out is wrong.
    #[error("{0}")]
    Wrong(String),
}

impl TaskError {
    /// Whether this is no verdict: something is lacking that another machine may have.
    pub(crate) const fn is_lack(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::NotHere(_))
    }

    /// Names the file in an error of the file system.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path: PathBuf = path.to_owned();
        move |source| Self::System { what: path.display().to_string(), source }
    }
}

fn missing_text(needs: &[Need]) -> String {
    let mut text = String::from("not installed:\n");
    for need in needs {
        text += &format!("  {} (package {})\n", need.provides, need.package);
    }
    let mut packages: Vec<&str> = needs.iter().map(|need| need.package).collect();
    packages.dedup();
    text + "On Debian: apt-get install --no-install-recommends " + &packages.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_packages_are_listed_with_one_command_line() {
        let needs = vec![
            Need { provides: "qemu-riscv64", package: "qemu-user" },
            Need { provides: "qemu-aarch64", package: "qemu-user" },
            Need { provides: "ld.lld-22", package: "lld-22" },
        ];
        let text = TaskError::Missing(needs).to_string();
        assert!(text.contains("  qemu-aarch64 (package qemu-user)\n"), "{text}");
        assert!(text.ends_with("apt-get install --no-install-recommends qemu-user lld-22"));
    }
}
