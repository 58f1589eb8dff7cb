//! A liquid policy on a RISC-V core in machine mode: no operating system, no heap.
#![no_std]
#![no_main]

mod board;
mod hart;
mod stack;
mod start;
mod trial;

/// What `rivus policy bake` wrote.
#[expect(dead_code, reason = "the self-test has neither sensors nor actuators")]
mod policy {
    include!(env!("RIVUS_POLICY", "name the file that `rivus policy bake` wrote"));
}

use board::{print, print_decimal, print_hex};
use core::panic::PanicInfo;
use rivus_kernels::Kernels;

/// Runs the self-test on every backend that the core has, one line of results for each.
extern "C" fn main() -> ! {
    report(Kernels::SCALAR);
    #[cfg(target_arch = "riscv64")]
    if hart::vector_bits() > 0 {
        // SAFETY: the core has vectors, and start-up has switched them on.
        report(unsafe { Kernels::assume_rvv() });
    }
    board::exit(true)
}

fn report(kernels: Kernels) {
    let result = trial::run(&policy::POLICY, kernels);
    print("backend ");
    print(kernels.backend().name());
    print(" vlen ");
    print_decimal(hart::vector_bits() as u64);
    print(" hash ");
    print_hex(result.hash);
    print(" instructions ");
    print_decimal(result.instructions_per_step);
    print(" stack ");
    match stack::bytes_used() {
        Some(bytes) => print_decimal(bytes as u64),
        None => print("overflow"),
    }
    print("\n");
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    print("panic");
    if let Some(place) = info.location() {
        print(" at ");
        print(place.file());
        print(":");
        print_decimal(u64::from(place.line()));
    }
    print("\n");
    board::exit(false)
}
