//! The three functions as systems of Rivus.

use rivus_app::prelude::*;

use crate::measure::{Samples, measure};
use crate::steps;

#[derive(Component, Default)]
pub struct Readings(pub [f32; 8]);

#[derive(Component, Default)]
pub struct Actions(pub [f32; 4]);

#[derive(Component, Default)]
pub struct State(pub f32);

fn sense(tick: Res<Tick>, mut readings: Query<&mut Readings>) {
    for mut readings in &mut readings {
        // The low bits are all that the readings are made of.
        steps::sense(tick.index as u32, &mut readings.0);
    }
}

fn policy(mut robots: Query<(&Readings, &mut Actions)>) {
    for (readings, mut actions) in &mut robots {
        steps::policy(&readings.0, &mut actions.0);
    }
}

fn act(mut robots: Query<(&Actions, &mut State)>) {
    for (actions, mut state) in &mut robots {
        steps::act(&actions.0, &mut state.0);
    }
}

/// The app of a robot: in step with real time, every system measured.
fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(TickPlugin).insert_resource(rivus_app::Clock(rivus_run::stop_watch_ns));
    app.world_mut().resource_mut::<TickConfig>().pace = Pace::RealTime;
    app.world_mut().spawn((Readings::default(), Actions::default(), State::default()));
    app
}

/// One system in each of three stages.
pub fn three_stages() -> App {
    let mut app = app();
    app.add_systems(Stage::Sense.at(Rate::STAGE), sense)
        .add_systems(Stage::Policy.at(Rate::STAGE), policy)
        .add_systems(Stage::Actuate.at(Rate::STAGE), act);
    app
}

/// Three systems in one stage, one after the other.
pub fn one_stage() -> App {
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::STAGE), (sense, policy, act).chain());
    app
}

pub fn run(mut app: App) -> Result<Samples, AppError> {
    app.build_ticks()?;
    let mut ticks = app.ticks()?;
    measure(|| ticks.tick())
}
