//! What is particular to the processor: which units it has, and its counter.

use core::arch::asm;

/// Length of a vector register in bits; zero without vectors.
pub(crate) fn vector_bits() -> usize {
    let extensions: usize;
    // SAFETY: reads a register of machine mode, in which the firmware runs.
    unsafe { asm!("csrr {}, misa", out(reg) extensions, options(nomem, nostack)) };
    if extensions & 1 << 21 == 0 {
        return 0;
    }
    let bytes: usize;
    // SAFETY: the core has vectors, and start-up has switched them on. 0xc22 is `vlenb`, by its
    // number because the assembler knows the name only where vectors are always there.
    unsafe { asm!("csrr {}, 0xc22", out(reg) bytes, options(nomem, nostack)) };
    8 * bytes
}

/// Instructions executed since reset.
pub(crate) fn instructions() -> u64 {
    loop {
        let (high, low, again): (usize, usize, usize);
        // SAFETY: reads counters of machine mode, in which the firmware runs.
        #[cfg(target_pointer_width = "32")]
        unsafe {
            asm!(
                "csrr {}, minstreth", "csrr {}, minstret", "csrr {}, minstreth",
                out(reg) high, out(reg) low, out(reg) again, options(nomem, nostack)
            );
        }
        // SAFETY: as above; the counter has all its bits in one register.
        #[cfg(target_pointer_width = "64")]
        unsafe {
            asm!("csrr {}, minstret", out(reg) low, options(nomem, nostack));
            (high, again) = (0, 0);
        }
        // The lower half ran over in between: read again.
        if high == again {
            return (high as u64) << 32 | low as u64;
        }
    }
}
