#![doc = include_str!("../README.md")]

#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod wish;

#[cfg(target_arch = "wasm32")]
pub use page::open;
