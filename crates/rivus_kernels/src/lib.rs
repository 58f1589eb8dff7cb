#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    all(feature = "std", target_arch = "x86_64"),
    expect(
        unsafe_code,
        reason = "code compiled for detected features is called through `unsafe`"
    )
)]

mod arch;
mod vectorize;

pub use vectorize::vectorized;
