//! What is particular to the board: qemu's `virt` machine. Another board needs its own version of
//! this file and of `link.x`.

/// A UART 16550; qemu's needs no set-up.
const UART: *mut u8 = 0x1000_0000 as *mut u8;
/// Line status register, and its bit that says that another byte may be sent.
const LINE_STATUS: usize = 5;
const TRANSMITTER_EMPTY: u8 = 1 << 5;

/// `SiFive`'s test device: it ends the simulation.
const TEST_DEVICE: *mut u32 = 0x0010_0000 as *mut u32;
const PASS: u32 = 0x5555;
/// The exit status 1 in the upper half.
const FAIL: u32 = 0x1_3333;

/// Sends text.
pub(crate) fn print(text: &str) {
    for byte in text.bytes() {
        // SAFETY: on this board these addresses are the UART's registers, which nothing else uses.
        unsafe {
            while UART.add(LINE_STATUS).read_volatile() & TRANSMITTER_EMPTY == 0 {}
            UART.write_volatile(byte);
        }
    }
}

/// Sends a number in sixteen hexadecimal digits.
pub(crate) fn print_hex(number: u64) {
    for shift in (0..64).step_by(4).rev() {
        let digit = (number >> shift & 0xf) as usize;
        print(&"0123456789abcdef"[digit..=digit]);
    }
}

/// Sends a number in decimal digits.
pub(crate) fn print_decimal(number: u64) {
    if number >= 10 {
        print_decimal(number / 10);
    }
    let digit = (number % 10) as usize;
    print(&"0123456789"[digit..=digit]);
}

/// Ends the program; the simulator's exit status says whether it is satisfied.
pub(crate) fn exit(is_satisfied: bool) -> ! {
    let status = if is_satisfied { PASS } else { FAIL };
    // SAFETY: on this board the address is the test device's register.
    unsafe { TEST_DEVICE.write_volatile(status) };
    loop {
        core::hint::spin_loop();
    }
}
