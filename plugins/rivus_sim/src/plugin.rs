//! The plugin of this crate.

use bevy_app::{App, Plugin};
use bevy_ecs::schedule::IntoScheduleConfigs;
use rivus_app::{Rate, Stage, TickPlugin};
use rivus_robot::SeamExt;

use crate::body::Bodies;
use crate::hash::hash_state;
use crate::injected::{AddedWind, MotorHealth, Wind};
use crate::motors::actuate;
use crate::score::score_flights;
use crate::sense::{sense_gyroscope, sense_motion_capture};
use crate::setting::install;
use crate::timeline::{Timeline, give_orders};
use crate::vehicle::{Roster, enter_world, fly};

/// Flies the robots of a scene in a rapier world: bodies, motors, wind, sensors, score
/// and state hash.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimPlugin;

impl Plugin for SimPlugin {
    fn build(&self, app: &mut App) {
        if !app.is_plugin_added::<TickPlugin>() {
            app.add_plugins(TickPlugin);
        }
        install(app.world_mut());
        app.register_view::<Wind>().register_view::<MotorHealth>();
        app.init_resource::<Roster>()
            .init_resource::<Timeline>()
            .init_resource::<Bodies>()
            .init_resource::<AddedWind>()
            .add_systems(
                Stage::Sense.at(Rate::STAGE),
                (enter_world, give_orders, sense_motion_capture, sense_gyroscope).chain(),
            )
            .add_systems(Stage::Actuate.at(Rate::STAGE), actuate)
            .add_systems(Stage::Simulate.at(Rate::STAGE), fly)
            .add_systems(Stage::Record.at(Rate::STAGE), (hash_state, score_flights));
    }
}
