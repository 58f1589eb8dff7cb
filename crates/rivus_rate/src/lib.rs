#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

mod budget;
mod grid;
mod histogram;

pub use budget::{Budget, Spent, Verdict};
pub use grid::{Cadence, Grid, Hz, UnevenRate};
pub use histogram::{Bucket, Histogram};
