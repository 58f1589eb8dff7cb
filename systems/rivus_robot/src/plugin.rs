//! The plugin of this crate.

use bevy_app::{App, Plugin};
use bevy_ecs::schedule::{IntoScheduleConfigs, Schedule};
use rivus_app::{AppExt, Rate, Stage, TickPlugin};
use rivus_flight::{RotorCommand, ThrustCommand, WrenchCommand};
use rivus_scene::KinematicTreeSpec;
use rivus_vehicle::QuadrotorSpec;

use crate::proposal::age_proposals;
use crate::{
    Airframe, Authority, Command, ControlSet, Estimate, Gyroscope, JointPositions, Links,
    MotionCapture, PartExt, Pose, PoseSample, Proposal, RatesSample, Reading, RotorSpeeds, SeamExt,
    Setpoint, Truth, Twist, VelocitySample, by,
};

/// The parts that every robot may have, the order of the control sets, the age of proposals.
#[derive(Clone, Copy, Debug, Default)]
pub struct RobotPlugin;

impl Plugin for RobotPlugin {
    fn build(&self, app: &mut App) {
        if !app.is_plugin_added::<TickPlugin>() {
            app.add_plugins(TickPlugin);
        }
        app.register_part_with::<QuadrotorSpec>("Quadrotor", Airframe::install)
            .register_part_with::<KinematicTreeSpec>("KinematicTree", Links::install)
            .register_part::<MotionCapture>()
            .register_part::<Gyroscope>();
        register_seam(app);
        app.configure_stage(Stage::Control, order_control);
        app.add_systems(
            Stage::Sense.at(Rate::STAGE),
            (
                age_proposals::<ThrustCommand, by::Policy>,
                age_proposals::<ThrustCommand, by::Backup>,
                age_proposals::<WrenchCommand, by::Policy>,
                age_proposals::<WrenchCommand, by::Backup>,
                age_proposals::<RotorCommand, by::Policy>,
                age_proposals::<RotorCommand, by::Backup>,
                age_proposals::<RotorCommand, by::Operator>,
                age_proposals::<RotorCommand, by::Failsafe>,
            ),
        );
    }
}

/// What robots are told, what they say, and what is worth looking at.
fn register_seam(app: &mut App) {
    app.register_input::<Reading<PoseSample>>()
        .register_input::<Reading<VelocitySample>>()
        .register_input::<Reading<RatesSample>>()
        .register_input::<Setpoint>()
        .register_input::<Authority>()
        .register_output::<Command<RotorCommand>>()
        .register_view::<Proposal<ThrustCommand, by::Policy>>()
        .register_view::<Proposal<ThrustCommand, by::Backup>>()
        .register_view::<Proposal<WrenchCommand, by::Policy>>()
        .register_view::<Proposal<WrenchCommand, by::Backup>>()
        .register_view::<Proposal<RotorCommand, by::Policy>>()
        .register_view::<Proposal<RotorCommand, by::Backup>>()
        .register_view::<Proposal<RotorCommand, by::Operator>>()
        .register_view::<Proposal<RotorCommand, by::Failsafe>>()
        .register_view::<Pose<Estimate>>()
        .register_view::<Twist<Estimate>>()
        .register_view::<Pose<Truth>>()
        .register_view::<Twist<Truth>>()
        .register_view::<RotorSpeeds>()
        .register_view::<JointPositions>();
}

fn order_control(schedule: &mut Schedule) {
    schedule.configure_sets(
        (ControlSet::Outer, ControlSet::Attitude, ControlSet::Mix, ControlSet::Arbitrate).chain(),
    );
}
