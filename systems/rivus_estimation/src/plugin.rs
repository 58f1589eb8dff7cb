//! The plugin of this crate.

use bevy_app::{App, Plugin};
use bevy_ecs::component::Component;
use rivus_app::{Rate, Stage};
use rivus_robot::{
    Estimate, Health, Pose, PoseSample, RatesSample, Reading, RobotPlugin, Twist, VelocitySample,
};

use crate::estimate::estimate;
use crate::{Intake, StaleAfter};

/// Estimates for every robot with readings. Add it before robots are spawned.
#[derive(Clone, Copy, Debug, Default)]
pub struct EstimationPlugin;

impl Plugin for EstimationPlugin {
    fn build(&self, app: &mut App) {
        if !app.is_plugin_added::<RobotPlugin>() {
            app.add_plugins(RobotPlugin);
        }
        app.init_resource::<StaleAfter>();
        comes_with_estimate::<Reading<PoseSample>>(app);
        comes_with_estimate::<Reading<VelocitySample>>(app);
        comes_with_estimate::<Reading<RatesSample>>(app);
        app.add_systems(Stage::Estimate.at(Rate::STAGE), estimate);
    }
}

/// Has whatever gets an `R` get an estimate too.
fn comes_with_estimate<R: Component>(app: &mut App) {
    app.register_required_components::<R, Intake>()
        .register_required_components::<R, Pose<Estimate>>()
        .register_required_components::<R, Twist<Estimate>>()
        .register_required_components::<R, Health>();
}
