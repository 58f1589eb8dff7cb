//! The three functions called one after the other: what any framework adds to.

use std::convert::Infallible;
use std::hint::black_box;

use crate::measure::{Samples, measure};
use crate::steps;

pub fn run() -> Samples {
    let (mut tick, mut readings, mut actions, mut state) = (0_u32, [0.0; 8], [0.0; 4], 0.0);
    let Ok(samples) = measure(|| {
        tick = tick.wrapping_add(1);
        steps::sense(tick, black_box(&mut readings));
        steps::policy(&readings, black_box(&mut actions));
        steps::act(&actions, black_box(&mut state));
        Ok::<(), Infallible>(())
    });
    samples
}
