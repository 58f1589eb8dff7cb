//! Processors that are not the host's, as QEMU plays them.

use crate::need::{self, Need};

/// A Linux target and what it takes to build and run for it.
#[derive(Debug)]
pub(crate) struct Target {
    /// Name for readers, and of the command.
    pub(crate) name: &'static str,
    /// Rust's name.
    pub(crate) triple: &'static str,
    /// Links programs.
    pub(crate) linker: &'static str,
    /// Runs programs.
    pub(crate) emulator: &'static str,
    /// Folder of the target's C library.
    pub(crate) libraries: &'static str,
    /// Packages, beside the compiler.
    pub(crate) needs: [Need; 3],
}

/// 64-bit RISC-V with multiplication, atomics and floats; vectors are found at run time.
pub(crate) const RISCV64: Target = Target {
    name: "riscv64",
    triple: "riscv64gc-unknown-linux-gnu",
    linker: "riscv64-linux-gnu-gcc",
    emulator: "qemu-riscv64",
    libraries: "/usr/riscv64-linux-gnu",
    needs: need::RISCV64,
};

/// 64-bit Arm.
pub(crate) const AARCH64: Target = Target {
    name: "aarch64",
    triple: "aarch64-unknown-linux-gnu",
    linker: "aarch64-linux-gnu-gcc",
    emulator: "qemu-aarch64",
    libraries: "/usr/aarch64-linux-gnu",
    needs: need::AARCH64,
};

/// One processor of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Processor {
    /// Name for readers.
    pub(crate) label: &'static str,
    /// QEMU's `-cpu`.
    pub(crate) cpu: &'static str,
    /// The backend that detection chooses here.
    pub(crate) backend: &'static str,
}

/// RISC-V without vectors.
pub(crate) const NO_VECTORS: Processor =
    Processor { label: "V off", cpu: "rv64,v=false", backend: "scalar" };

/// RISC-V with vectors of 128 bits, the shortest.
pub(crate) const VLEN_128: Processor =
    Processor { label: "VLEN 128", cpu: "rv64,v=true,vlen=128,vext_spec=v1.0", backend: "rvv" };

/// RISC-V with vectors of 256 bits.
pub(crate) const VLEN_256: Processor =
    Processor { label: "VLEN 256", cpu: "rv64,v=true,vlen=256,vext_spec=v1.0", backend: "rvv" };

/// RISC-V with vectors of 512 bits.
pub(crate) const VLEN_512: Processor =
    Processor { label: "VLEN 512", cpu: "rv64,v=true,vlen=512,vext_spec=v1.0", backend: "rvv" };

/// RISC-V with vectors of 1024 bits, the longest that QEMU plays.
pub(crate) const VLEN_1024: Processor =
    Processor { label: "VLEN 1024", cpu: "rv64,v=true,vlen=1024,vext_spec=v1.0", backend: "rvv" };

/// A processor that writes ones to every lane whose value the kernel left open (the tail and the
/// masked lanes), as the specification permits: nothing may depend on them.
pub(crate) const AGNOSTIC_ONES: Processor = Processor {
    label: "VLEN 256, agnostic lanes all ones",
    cpu: "rv64,v=true,vlen=256,vext_spec=v1.0,rvv_ta_all_1s=true,rvv_ma_all_1s=true",
    backend: "rvv",
};

/// An Arm core with NEON, which all of them have.
pub(crate) const NEON: Processor =
    Processor { label: "cortex-a53", cpu: "cortex-a53", backend: "neon" };
