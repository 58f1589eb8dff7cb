//! Robots that fly: the laws of this crate over the vehicle model, without a physics engine.
#![expect(clippy::unwrap_used, reason = "the hall fails a test by panicking, as a test does")]

mod altitude_hold;
mod backup;
mod hall;
