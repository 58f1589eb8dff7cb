//! Programs and files of the distribution that tasks need.

use std::env;
use std::path::Path;

/// A program in `PATH`, or a file by its full path, and the Debian package it comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Name of a program, or path of a file.
    pub(crate) provides: &'static str,
    /// Debian package.
    pub(crate) package: &'static str,
}

/// The compiler with the sources of its library: the pinned toolchain has no library for other
/// processors, and rebuilding it takes sources that fit the compiler.
pub(crate) const COMPILER: [Need; 3] = [
    Need { provides: "/usr/bin/cargo", package: "cargo-web" },
    Need { provides: "/usr/bin/rustc", package: "rustc-web" },
    Need { provides: "/usr/lib/rustlib/src/rust/library/Cargo.lock", package: "rust-web-src" },
];

/// Linker and C library for 64-bit RISC-V.
pub(crate) const RISCV64: [Need; 3] = [
    Need { provides: "riscv64-linux-gnu-gcc", package: "gcc-riscv64-linux-gnu" },
    Need { provides: "/usr/riscv64-linux-gnu/include/stdio.h", package: "libc6-dev-riscv64-cross" },
    Need { provides: "qemu-riscv64", package: "qemu-user" },
];

/// Linker and C library for 64-bit Arm.
pub(crate) const AARCH64: [Need; 3] = [
    Need { provides: "aarch64-linux-gnu-gcc", package: "gcc-aarch64-linux-gnu" },
    Need { provides: "/usr/aarch64-linux-gnu/include/stdio.h", package: "libc6-dev-arm64-cross" },
    Need { provides: "qemu-aarch64", package: "qemu-user" },
];

/// The compiler of QEMU's plugin.
pub(crate) const C_COMPILER: Need = Need { provides: "cc", package: "gcc" };

/// The pipeline model, and the assembler that expands macros for it.
pub(crate) const PIPELINE_MODEL: [Need; 2] = [
    Need { provides: "llvm-mca-22", package: "llvm-22" },
    Need { provides: "llvm-mc-22", package: "llvm-22" },
];

/// Whole machines without an operating system, a linker for them, and what measures programs.
pub(crate) const BARE_MACHINES: [Need; 4] = [
    Need { provides: "qemu-system-riscv64", package: "qemu-system-misc" },
    Need { provides: "qemu-system-riscv32", package: "qemu-system-misc" },
    Need { provides: "ld.lld-22", package: "lld-22" },
    Need { provides: "llvm-size-22", package: "llvm-22" },
];

/// What watches memory where there is no Miri.
pub(crate) const VALGRIND: Need = Need { provides: "valgrind", package: "valgrind" };

/// Python with what makes environments of its own. Whether an interpreter of another distribution
/// can do that shows when it is asked to.
pub(crate) const PYTHON: Need = Need { provides: "python3", package: "python3-venv" };

/// A screen without glass, somebody to use what is on it, and a graphics driver without a card.
pub(crate) const SCREEN: [Need; 9] = [
    Need { provides: "Xvfb", package: "xvfb" },
    Need { provides: "xdotool", package: "xdotool" },
    Need { provides: "import", package: "imagemagick" },
    Need {
        provides: "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
        package: "mesa-vulkan-drivers",
    },
    Need {
        provides: "/usr/lib/x86_64-linux-gnu/libxkbcommon-x11.so.0",
        package: "libxkbcommon-x11-0",
    },
    Need { provides: "/usr/lib/x86_64-linux-gnu/libX11-xcb.so.1", package: "libx11-xcb1" },
    Need { provides: "/usr/lib/x86_64-linux-gnu/libXcursor.so.1", package: "libxcursor1" },
    Need { provides: "/usr/lib/x86_64-linux-gnu/libXi.so.6", package: "libxi6" },
    Need { provides: "/usr/lib/x86_64-linux-gnu/libXrandr.so.2", package: "libxrandr2" },
];

/// The compiler, and the linker of web pages.
pub(crate) const PAGE: [Need; 4] = {
    let [cargo, rustc, library] = COMPILER;
    [cargo, rustc, library, Need { provides: "wasm-ld-22", package: "lld-22" }]
};

/// A browser, and who tells it what to do.
pub(crate) const BROWSER: [Need; 2] = [
    Need { provides: "chromium", package: "chromium" },
    Need { provides: "chromedriver", package: "chromium-driver" },
];

/// What gamepads are compiled with on Linux.
pub(crate) const GAMEPAD: [Need; 2] = [
    Need { provides: "/usr/include/libudev.h", package: "libudev-dev" },
    Need { provides: "pkg-config", package: "pkg-config" },
];

impl Need {
    /// Whether this machine has it.
    pub(crate) fn is_met(&self) -> bool {
        let provides = Path::new(self.provides);
        if provides.is_absolute() {
            return provides.is_file();
        }
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| folder.join(provides).is_file())
    }
}

/// Those of `needs` that this machine lacks, sorted by package.
pub(crate) fn missing(needs: impl IntoIterator<Item = Need>) -> Vec<Need> {
    let mut missing: Vec<Need> = needs.into_iter().filter(|need| !need.is_met()).collect();
    missing.sort_by_key(|need| need.package);
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuous_integration_installs_all_packages() {
        let script = include_str!("../../../.ci/run");
        let (_, list) = script.split_once("packages=(").unwrap();
        let mut installed: Vec<&str> = list.split_once(')').unwrap().0.split_whitespace().collect();
        installed.sort_unstable();
        let groups = [
            &COMPILER[..],
            &RISCV64,
            &AARCH64,
            &PIPELINE_MODEL,
            &BARE_MACHINES,
            &SCREEN,
            &PAGE,
            &BROWSER,
            &GAMEPAD,
        ];
        let mut needed: Vec<&str> = groups
            .concat()
            .iter()
            .chain([&C_COMPILER, &VALGRIND, &PYTHON])
            .map(|need| need.package)
            .collect();
        needed.sort_unstable();
        needed.dedup();
        assert_eq!(installed, needed);
    }

    #[test]
    fn programs_and_files_are_looked_for() {
        let there = Need { provides: "sh", package: "dash" };
        let absent = Need { provides: "no-such-program", package: "b" };
        let no_file = Need { provides: "/no/such/file", package: "a" };
        assert_eq!(missing([there, absent, no_file]), [no_file, absent]);
    }
}
