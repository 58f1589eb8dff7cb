//! The commands that run programs, each with what it needs.

use crate::cross::count::Committed;
use crate::cross::{bare, bits, count, mca, memory, no_std, replay, test};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::need::{self, Need};
use crate::recordings;
use crate::web::{self, Then};
use crate::window::{self, Picture};

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
    /// All shipped scenes, recorded and replayed.
    RecordingScenes,
    /// Recordings of flights that were killed.
    RecordingKill,
    /// A recording on a disk that fills up.
    RecordingDisk,
    /// Recordings in the eyes of a reader in Python.
    RecordingPython,
    /// The real window under an X server without a screen.
    Window,
    /// The same; its picture goes into the README.
    WindowUpdate,
    /// The window as a web page.
    Web(Then),
    /// Recordings made on RISC-V replayed here, and back.
    RiscvReplay,
    /// Packages compile for a target that has no operating system; not a command of its own.
    NoStd {
        /// The target.
        triple: &'static str,
        /// What is compiled.
        packages: &'static [&'static str],
    },
}

/// All commands with their arguments.
const TASKS: [(&[&str], Task); 18] = [
    (&["riscv", "test"], Task::RiscvTest),
    (&["aarch64", "test"], Task::Aarch64Test),
    (&["bits"], Task::Bits),
    (&["riscv", "count"], Task::RiscvCount),
    (&["riscv", "count", "--update"], Task::RiscvCountUpdate),
    (&["riscv", "mca"], Task::RiscvMca),
    (&["riscv", "bare"], Task::RiscvBare),
    (&["riscv", "replay"], Task::RiscvReplay),
    (&["memory"], Task::Memory),
    (&["recording", "scenes"], Task::RecordingScenes),
    (&["recording", "kill"], Task::RecordingKill),
    (&["recording", "disk"], Task::RecordingDisk),
    (&["recording", "python"], Task::RecordingPython),
    (&["window"], Task::Window),
    (&["window", "--update"], Task::WindowUpdate),
    (&["web"], Task::Web(Then::Nothing)),
    (&["web", "--check"], Task::Web(Then::Check)),
    (&["web", "--serve"], Task::Web(Then::Serve { port: web::PORT })),
];

impl Task {
    /// All that continuous integration runs, in its order.
    pub(crate) const CHECKS: [Self; 14] = [
        Self::Window,
        Self::Web(Then::Check),
        Self::RecordingScenes,
        Self::RecordingDisk,
        Self::RecordingKill,
        Self::RecordingPython,
        Self::Memory,
        Self::RiscvTest,
        Self::RiscvReplay,
        Self::Aarch64Test,
        Self::Bits,
        Self::RiscvCount,
        Self::RiscvMca,
        Self::RiscvBare,
    ];

    /// The command of these arguments.
    pub(crate) fn from_arguments(arguments: &[&str]) -> Option<Self> {
        if let ["web", "--serve", port] = arguments {
            return port.parse().ok().map(|port| Self::Web(Then::Serve { port }));
        }
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
    pub(crate) fn run(self) -> Result<(), TaskError> {
        let missing = need::missing(self.needs());
        if !missing.is_empty() {
            return Err(TaskError::Missing(missing));
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
            Self::RecordingScenes => recordings::scenes::replay_all(&folders),
            Self::RecordingKill => recordings::kill::kill(&folders),
            Self::RecordingDisk => recordings::disk::fill(&folders),
            Self::RecordingPython => recordings::python::read(&folders),
            Self::Window => window::use_it(&folders, Picture::Keep),
            Self::WindowUpdate => window::use_it(&folders, Picture::Update),
            Self::Web(then) => web::make(&folders, then),
            Self::RiscvReplay => replay::both_ways(&folders),
            Self::NoStd { triple, packages } => no_std::check(&folders, triple, packages),
        }
    }

    /// What it cannot do without.
    fn needs(self) -> Vec<Need> {
        let riscv64 = || need::COMPILER.into_iter().chain(need::RISCV64);
        match self {
            Self::RiscvTest | Self::RiscvReplay => riscv64().collect(),
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
            Self::RecordingScenes | Self::RecordingKill | Self::RecordingDisk => Vec::new(),
            Self::RecordingPython => vec![need::PYTHON],
            Self::Window | Self::WindowUpdate => need::SCREEN.into(),
            Self::Web(Then::Check) => need::PAGE.into_iter().chain(need::BROWSER).collect(),
            Self::Web(_) => need::PAGE.into(),
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

    #[test]
    fn the_port_of_the_page_is_a_number() {
        let serve = |port| Task::from_arguments(&["web", "--serve", port]);
        assert_eq!(serve("81"), Some(Task::Web(Then::Serve { port: 81 })));
        assert_eq!(serve("many"), None);
    }
}
