//! Robots that fly a network: the whole control side over the vehicle model.
#![expect(clippy::unwrap_used, reason = "the hall fails a test by panicking, as a test does")]

mod batch;
mod cost;
#[path = "../../../rivus_control/tests/flight/hall.rs"]
mod hall;
mod network;
mod policies;
mod scenes;
