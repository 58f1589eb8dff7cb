//! A liquid policy on a RISC-V core in machine mode: no operating system, no heap.
#![no_std]
#![no_main]

mod board;
mod hart;
mod stack;
mod start;

use board::{print, print_decimal, print_hex};

extern "C" fn main() -> ! {
    print("vlen ");
    print_decimal(hart::vector_bits() as u64);
    let a = hart::instructions();
    let b = hart::instructions();
    print("\ninstructions ");
    print_decimal(b - a);
    let mut f = core::hint::black_box(3.0f32);
    f *= 2.5;
    print("\nhash ");
    print_hex(f.to_bits() as u64);
    print("\nstack ");
    print_decimal(stack::bytes_used().unwrap_or(0) as u64);
    print("\n");
    board::exit(true)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
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
