//! Proofs about recordings that take whole flights: of the release binary, killed, on a full disk,
//! in the eyes of somebody else's reader.

pub(crate) mod contents;
pub(crate) mod disk;
pub(crate) mod flight;
pub(crate) mod kill;
pub(crate) mod python;
pub(crate) mod scenes;
