#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adam;
mod air;
mod cell;
mod channels;
mod episode;
mod evaluate;
mod graph;
mod lanes;
mod pilot;
mod plant;
mod program;
mod simulator;
mod spec;
#[cfg(test)]
mod test_spec;
mod train;

pub use evaluate::{EvaluateError, Flights, Row, Trials, evaluate};
pub use pilot::{Pilot, PilotError};
pub use spec::{CellKind, LossWeights, Recipe, SensorNoise, SpecError, TrainSpec};
pub use train::{Progress, TrainError, Trained, train};
