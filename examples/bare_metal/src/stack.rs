//! How much of the stack was used.

use crate::start::PAINT;

unsafe extern "C" {
    static __stack_low: u32;
    static __stack_high: u32;
}

/// Bytes between the deepest word that was written since start-up and the top, or `None` if the
/// stack was too short.
pub(crate) fn bytes_used() -> Option<usize> {
    let (low, high) = (&raw const __stack_low, &raw const __stack_high);
    let mut deepest = low;
    while deepest < high {
        // SAFETY: the linker script places whole words between the two symbols. The read is
        // volatile because what is above the stack pointer belongs to nobody now.
        if unsafe { deepest.read_volatile() } != PAINT {
            break;
        }
        deepest = deepest.wrapping_add(1);
    }
    (deepest > low).then(|| high as usize - deepest as usize)
}
