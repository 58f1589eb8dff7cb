//! One folder per instruction set, thin instances of `generic`.

#[cfg(all(feature = "std", target_arch = "x86_64"))]
pub(crate) mod x86_64;
