//! The plugin of this crate.

use bevy_app::{App, Plugin};
use rivus_app::{Rate, Stage};
use rivus_robot::{PartExt, RobotPlugin};

use crate::PolicyStore;
use crate::policy::install_policy;
use crate::think::think;

/// The part `Policy` and the networks behind it. Add it before robots are spawned.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicyPlugin;

impl Plugin for PolicyPlugin {
    fn build(&self, app: &mut App) {
        if !app.is_plugin_added::<RobotPlugin>() {
            app.add_plugins(RobotPlugin);
        }
        app.register_part_with("Policy", install_policy)
            .init_resource::<PolicyStore>()
            .add_systems(Stage::Policy.at(Rate::STAGE), think);
    }
}
