//! The side of the world: a flight that does what it is told and shows itself.

mod channels;
mod driver;
mod pacer;
mod simulation;
mod tap;

pub use channels::{Channels, News};
pub use driver::Driver;
