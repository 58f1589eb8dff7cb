//! Tells the crate whether a RISC-V target has single precision, which a stable compiler keeps to
//! itself: `cfg(riscv_f)`.

use std::env;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(riscv_f)");
    println!("cargo::rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    // The letters of the extensions follow the width: riscv32imafc-unknown-none-elf; g is imafd.
    let architecture = target.split('-').next().unwrap_or_default();
    let extensions = ["riscv32", "riscv64"].iter().find_map(|name| architecture.strip_prefix(name));
    if extensions.is_some_and(|letters| letters.contains(['f', 'g'])) {
        println!("cargo::rustc-cfg=riscv_f");
    }
}
