//! The three functions and one that notes what they wrote, as systems of the ECS and nothing else:
//! below this no recorder can come that is a system.

use std::convert::Infallible;
use std::hint::black_box;

use rivus_app::prelude::bevy_ecs::schedule::SingleThreadedExecutor;
use rivus_app::prelude::*;

use crate::measure::{Samples, measure};
use crate::rivus::{Actions, Readings, State};
use crate::steps;

/// Numbers that are noted before the first are overwritten.
const NOTES: usize = 1 << 16;

fn stamp() {
    black_box(rivus_run::stop_watch_ns());
}

fn sense(mut tick: Local<u32>, mut readings: Query<&mut Readings>) {
    *tick = tick.wrapping_add(1);
    for mut readings in &mut readings {
        steps::sense(*tick, &mut readings.0);
    }
    stamp();
}

fn policy(mut robots: Query<(&Readings, &mut Actions)>) {
    for (readings, mut actions) in &mut robots {
        steps::policy(&readings.0, &mut actions.0);
    }
    stamp();
}

fn act(mut robots: Query<(&Actions, &mut State)>) {
    for (actions, mut state) in &mut robots {
        steps::act(&actions.0, &mut state.0);
    }
    stamp();
}

fn note(robots: Query<(&Readings, &Actions, &State)>, mut notes: Local<Vec<f32>>) {
    if notes.len() + 16 > NOTES {
        notes.clear();
    }
    for (readings, actions, state) in &robots {
        notes.extend_from_slice(&readings.0);
        notes.extend_from_slice(&actions.0);
        notes.push(state.0);
    }
    stamp();
}

pub fn run() -> Samples {
    let mut world = World::new();
    world.spawn((Readings::default(), Actions::default(), State::default()));
    let mut schedule = Schedule::default();
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.add_systems((sense, policy, act, note).chain());
    let Ok(samples) = measure(|| {
        stamp();
        schedule.run(&mut world);
        Ok::<(), Infallible>(())
    });
    samples
}
