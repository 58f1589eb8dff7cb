//! From reset to `main`: one hart, in machine mode.

use core::arch::global_asm;

use crate::board::{self, print, print_hex};

/// What start-up writes into the stack; a word that still holds it was never used.
pub(crate) const PAINT: u32 = 0x5afe_57ac;

global_asm!(
    ".section .text.start, \"ax\"",
    ".globl _start",
    "_start:",
    // A trap from here on is reported, not run into.
    "la t0, _trap",
    "csrw mtvec, t0",
    // One hart runs, the others sleep.
    "csrr t0, mhartid",
    "bnez t0, 9f",
    "la sp, __stack_high",
    // Floating point on; rounding to nearest, which every result depends on.
    "li t0, 0x6000",
    "csrs mstatus, t0",
    "csrw fcsr, zero",
    // Vectors on, if the core says that it has them.
    "csrr t0, misa",
    "li t1, 1 << 21",
    "and t0, t0, t1",
    "beqz t0, 1f",
    "li t0, 0x600",
    "csrs mstatus, t0",
    "1:",
    // Values that start as something other than zero come from ROM.
    "la t0, __data_load",
    "la t1, __data_start",
    "la t2, __data_end",
    "beq t0, t1, 3f",
    "2: bgeu t1, t2, 3f",
    "lw t3, 0(t0)",
    "sw t3, 0(t1)",
    "addi t0, t0, 4",
    "addi t1, t1, 4",
    "j 2b",
    "3:",
    "la t0, __bss_start",
    "la t1, __bss_end",
    "4: bgeu t0, t1, 5f",
    "sw zero, 0(t0)",
    "addi t0, t0, 4",
    "j 4b",
    "5:",
    "la t0, __stack_low",
    "li t1, {paint}",
    "6: bgeu t0, sp, 7f",
    "sw t1, 0(t0)",
    "addi t0, t0, 4",
    "j 6b",
    "7:",
    "call {main}",
    "9: wfi",
    "j 9b",
    // mtvec needs 4 bytes of alignment. The stack is set anew: it may be what went wrong.
    ".balign 4",
    "_trap:",
    "la sp, __stack_high",
    "csrr a0, mcause",
    "csrr a1, mepc",
    "call {trap}",
    paint = const PAINT,
    main = sym crate::main,
    trap = sym trap,
);

/// Reports what the core could not do, and stops.
extern "C" fn trap(cause: usize, at: usize) -> ! {
    print("trap ");
    print_hex(cause as u64);
    print(" at ");
    print_hex(at as u64);
    print("\n");
    board::exit(false)
}
