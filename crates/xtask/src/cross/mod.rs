//! What does not run on this machine's processor itself: programs for others, in QEMU, in pipeline
//! models and in an interpreter.

pub(crate) mod bare;
mod bare_report;
pub(crate) mod bits;
mod bits_table;
mod build;
pub(crate) mod count;
mod count_table;
pub(crate) mod mca;
mod mca_region;
pub(crate) mod memory;
pub(crate) mod no_std;
pub(crate) mod replay;
pub(crate) mod sysroot;
mod target;
pub(crate) mod test;
