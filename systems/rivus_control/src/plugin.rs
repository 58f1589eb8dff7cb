//! The plugin of this crate.

use bevy_app::{App, Plugin};
use bevy_ecs::schedule::IntoScheduleConfigs;
use rivus_app::{Rate, Stage};
use rivus_robot::{Airframe, Authority, ControlSet, RobotPlugin, SeamExt, by};

use crate::arbitrate::arbitrate;
use crate::attitude_hold::hold_attitude;
use crate::lee::lee;
use crate::mix::{make_mixer, mix};
use crate::parts::register_parts;
use crate::{Fallback, ProposalLimit};

/// The parts `Lee`, `AttitudeHold` and `Pid`, mixing and arbitration. Add it before robots are
/// spawned.
#[derive(Clone, Copy, Debug, Default)]
pub struct ControlPlugin;

impl Plugin for ControlPlugin {
    fn build(&self, app: &mut App) {
        if !app.is_plugin_added::<RobotPlugin>() {
            app.add_plugins(RobotPlugin);
        }
        register_parts(app);
        app.register_view::<Fallback>();
        app.init_resource::<ProposalLimit>()
            .register_required_components::<Airframe, Authority>()
            .register_required_components::<Airframe, Fallback>()
            .add_observer(make_mixer)
            .add_systems(
                Stage::Control.at(Rate::STAGE),
                (
                    (lee, hold_attitude).in_set(ControlSet::Attitude),
                    (mix::<by::Policy>, mix::<by::Backup>).in_set(ControlSet::Mix),
                    arbitrate.in_set(ControlSet::Arbitrate),
                ),
            );
    }
}
