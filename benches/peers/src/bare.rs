//! The three functions called one after the other: what any framework adds to.

use std::hint::black_box;

use crate::steps;

pub struct Bare {
    tick: u32,
    readings: [f32; 8],
    actions: [f32; 4],
    state: f32,
}

impl Bare {
    pub fn new() -> Self {
        Self { tick: 0, readings: [0.0; 8], actions: [0.0; 4], state: 0.0 }
    }

    pub fn tick(&mut self) {
        self.tick = self.tick.wrapping_add(1);
        steps::sense(self.tick, black_box(&mut self.readings));
        steps::policy(&self.readings, black_box(&mut self.actions));
        steps::act(&self.actions, black_box(&mut self.state));
    }
}
