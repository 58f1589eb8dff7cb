//! What a robot in simulation needs.

use bevy_app::{PluginGroup, PluginGroupBuilder};
use rivus_app::TickPlugin;
use rivus_control::ControlPlugin;
use rivus_estimation::EstimationPlugin;
use rivus_policy::PolicyPlugin;
use rivus_robot::RobotPlugin;
use rivus_run::RunPlugin;

/// Ticks, clocks, the robot's nouns, estimation, policies and control; the simulated world with
/// the feature `sim`.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultPlugins;

impl PluginGroup for DefaultPlugins {
    fn build(self) -> PluginGroupBuilder {
        let plugins = PluginGroupBuilder::start::<Self>()
            .add(TickPlugin)
            .add(RunPlugin)
            .add(RobotPlugin)
            .add(EstimationPlugin)
            .add(PolicyPlugin)
            .add(ControlPlugin);
        #[cfg(feature = "sim")]
        let plugins = plugins.add(rivus_sim::SimPlugin);
        plugins
    }
}
