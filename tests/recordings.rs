//! Recordings: what is in them can be run again with the same bits, and nothing that happens to a
//! file goes unnoticed.
#![cfg(all(feature = "sim", feature = "record"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod command;

#[path = "recordings/cut.rs"]
mod cut;
#[path = "recordings/damaged.rs"]
mod damaged;
#[path = "recordings/edited.rs"]
mod edited;
#[path = "recordings/flown.rs"]
mod flown;
#[path = "recordings/policies.rs"]
mod policies;
#[path = "recordings/real_time.rs"]
mod real_time;
#[path = "recordings/ring.rs"]
mod ring;
#[path = "recordings/scenes.rs"]
mod scenes;
