//! Whether Linux lets this process use the vector extension, and which version of it.
//!
//! Kernels from 6.5 on know version 1.0 only and say so by `riscv_hwprobe`. Older kernels of
//! vendors set the bit of V in the auxiliary vector for whatever the processor has: version 1.0
//! (SpacemiT K1, Canaan K230) or the incompatible 0.7.1 (T-Head C906 and C910). The two differ in
//! how `vtype` is encoded, and setting it is harmless in both, so the processor itself is asked
//! last, whatever the kernel said.

use core::arch::asm;

/// Number of `riscv_hwprobe`.
const HWPROBE: usize = 258;
/// Its key for the extensions beyond the base, and the bit of V among them.
const KEY_IMA_EXT_0: i64 = 4;
const IMA_V: u64 = 1 << 2;

/// Number of `prctl`, and its request for whether this process may use vectors: 1 no, 2 yes.
const PRCTL: usize = 167;
const V_GET_CONTROL: usize = 70;
const V_OFF: isize = 1;
const V_CURRENT: isize = 3;

/// Key of the hardware capabilities in the auxiliary vector, and the bit of V.
const AT_HWCAP: usize = 16;
const HWCAP_V: usize = 1 << (b'V' - b'A');

unsafe extern "C" {
    fn getauxval(key: usize) -> usize;
}

/// A question to `riscv_hwprobe`, and its answer.
#[repr(C)]
struct Pair {
    key: i64,
    value: u64,
}

/// Whether the kernel says that there are vectors and that this process may use them.
pub(super) fn is_allowed() -> bool {
    // SAFETY: this request takes no pointer.
    let control = unsafe { syscall(PRCTL, [V_GET_CONTROL, 0, 0, 0, 0]) };
    // Negative where the kernel does not know the request.
    if control >= 0 && control & V_CURRENT == V_OFF {
        return false;
    }
    let mut pair = Pair { key: KEY_IMA_EXT_0, value: 0 };
    let address = &raw mut pair as usize;
    // SAFETY: the address is that of one pair; no processors are listed, which means all.
    let result = unsafe { syscall(HWPROBE, [address, 1, 0, 0, 0]) };
    if result == 0 && pair.key == KEY_IMA_EXT_0 {
        return pair.value & IMA_V != 0;
    }
    // SAFETY: it only reads the auxiliary vector.
    unsafe { getauxval(AT_HWCAP) & HWCAP_V != 0 }
}

/// Whether the vectors are those of version 1.0; only where [`is_allowed`] said yes.
///
/// For 32-bit elements version 1.0 reads back the 0xd0 that was set, and has a quarter as many as
/// of 8 bits. To version 0.7.1 the same bits mean elements of 128 bits and a reserved one: it reads
/// back the sign bit, and holds none.
pub(super) fn is_version_1() -> bool {
    let (bytes, words, vtype): (usize, usize, usize);
    // SAFETY: both instructions exist in both versions, and change `vl` and `vtype` only, which
    // Rust expects of any `asm!`.
    unsafe {
        asm!(
            ".option push",
            ".option arch, +v",
            "vsetvli {bytes}, {all}, e8, m1, tu, mu",
            "vsetvli {words}, {all}, e32, m1, ta, ma",
            "csrr {vtype}, vtype",
            ".option pop",
            all = in(reg) usize::MAX,
            bytes = out(reg) bytes,
            words = out(reg) words,
            vtype = out(reg) vtype,
            options(nomem, nostack),
        );
    }
    vtype == 0xd0 && words > 0 && bytes == 4 * words
}

/// What the kernel returns; errors are negative.
///
/// # Safety
/// The arguments are what the call expects.
unsafe fn syscall(number: usize, arguments: [usize; 5]) -> isize {
    let [a0, a1, a2, a3, a4] = arguments;
    let result;
    // SAFETY: `ecall` changes `a0`, the vector registers, which are among those that a C function
    // may change, and the memory that the caller answers for.
    unsafe {
        asm!(
            "ecall",
            inlateout("a0") a0 => result,
            in("a1") a1,
            in("a2") a2,
            in("a3") a3,
            in("a4") a4,
            in("a7") number,
            clobber_abi("C"),
            options(nostack),
        );
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_with_vectors_reads_back_what_version_1_means() {
        if is_allowed() {
            assert!(is_version_1());
        } else {
            std::println!("skipped: no vectors here");
        }
    }
}
