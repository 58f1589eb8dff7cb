//! What does not run on this machine's processor itself: programs for others, in QEMU, in pipeline
//! models and in an interpreter.

mod bare;
mod bare_report;
mod bits;
mod bits_table;
mod build;
mod count;
mod count_table;
mod error;
mod folders;
mod mca;
mod mca_region;
mod memory;
mod need;
mod no_std;
mod process;
mod sysroot;
mod target;
mod test;

use count::Committed;
use folders::Folders;
use need::Need;

pub(crate) use error::CrossError;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Tests on RISC-V.
    RiscvTest,
    /// Tests on Arm.
    Aarch64Test,
    /// The table of hashes.
    Bits,
    /// Instruction counts on RISC-V.
    RiscvCount,
    /// The same, written to the committed table.
    RiscvCountUpdate,
    /// Pipeline models of RISC-V processors.
    RiscvMca,
    /// The firmware on RISC-V machines without an operating system.
    RiscvBare,
    /// Memory of the kernels, watched.
    Memory,
    /// Packages compile for a target that has no operating system; not a command of its own.
    NoStd {
        /// The target.
        triple: &'static str,
        /// What is compiled.
        packages: &'static [&'static str],
    },
}

/// All commands with their arguments.
const TASKS: [(&[&str], Task); 8] = [
    (&["riscv", "test"], Task::RiscvTest),
    (&["aarch64", "test"], Task::Aarch64Test),
    (&["bits"], Task::Bits),
    (&["riscv", "count"], Task::RiscvCount),
    (&["riscv", "count", "--update"], Task::RiscvCountUpdate),
    (&["riscv", "mca"], Task::RiscvMca),
    (&["riscv", "bare"], Task::RiscvBare),
    (&["memory"], Task::Memory),
];

impl Task {
    /// All that continuous integration runs, in its order.
    pub(crate) const CHECKS: [Self; 7] = [
        Self::Memory,
        Self::RiscvTest,
        Self::Aarch64Test,
        Self::Bits,
        Self::RiscvCount,
        Self::RiscvMca,
        Self::RiscvBare,
    ];

    /// The command of these arguments.
    pub(crate) fn from_arguments(arguments: &[&str]) -> Option<Self> {
        TASKS.into_iter().find_map(|(words, task)| (words == arguments).then_some(task))
    }

    /// Its arguments.
    pub(crate) fn name(self) -> String {
        if let Self::NoStd { triple, .. } = self {
            return format!("no_std on {triple}");
        }
        let words = TASKS.into_iter().find_map(|(words, task)| (task == self).then_some(words));
        words.unwrap_or_default().join(" ")
    }

    /// Runs it. What it prints is for a person.
    ///
    /// # Errors
    /// If packages are missing, before anything is done; if anything fails.
    pub(crate) fn run(self) -> Result<(), CrossError> {
        let missing = need::missing(self.needs());
        if !missing.is_empty() {
            return Err(CrossError::Missing(missing));
        }
        let folders = Folders::find()?;
        match self {
            Self::RiscvTest => test::riscv64(&folders),
            Self::Aarch64Test => test::aarch64(&folders),
            Self::Bits => bits::compare(&folders),
            Self::RiscvCount => count::count(&folders, Committed::Check),
            Self::RiscvCountUpdate => count::count(&folders, Committed::Update),
            Self::RiscvMca => mca::report(&folders),
            Self::RiscvBare => bare::run(&folders),
            Self::Memory => memory::watch(&folders),
            Self::NoStd { triple, packages } => no_std::check(&folders, triple, packages),
        }
    }

    /// What it cannot do without.
    fn needs(self) -> Vec<Need> {
        let riscv64 = || need::COMPILER.into_iter().chain(need::RISCV64);
        match self {
            Self::RiscvTest => riscv64().collect(),
            Self::Aarch64Test => need::COMPILER.into_iter().chain(need::AARCH64).collect(),
            // The table tells which of its rows could not be filled.
            Self::Bits => Vec::new(),
            Self::RiscvCount | Self::RiscvCountUpdate => {
                riscv64().chain([need::C_COMPILER]).collect()
            }
            Self::RiscvMca => need::PIPELINE_MODEL.into(),
            Self::RiscvBare => need::COMPILER.into_iter().chain(need::BARE_MACHINES).collect(),
            Self::Memory if memory::has_miri() => Vec::new(),
            Self::Memory => vec![need::VALGRIND],
            Self::NoStd { .. } => need::COMPILER.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_name() {
        for (words, task) in TASKS {
            assert_eq!(Task::from_arguments(words), Some(task));
            assert_eq!(task.name(), words.join(" "));
        }
        assert_eq!(Task::from_arguments(&["riscv"]), None);
    }
}
