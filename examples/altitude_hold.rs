//! A control plugin that holds a height: `cargo run --release --example altitude_hold`.

use rivus::prelude::*;

/// Holds a height by trimming collective thrust around the vehicle's weight.
#[derive(Component, Serialize, Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(crate = "rivus::serde", deny_unknown_fields)]
#[schemars(crate = "rivus::schemars")]
struct AltitudeHold {
    /// Height to hold above the ENU origin.
    target_m: f32,
}

struct AltitudeHoldPlugin;

impl Plugin for AltitudeHoldPlugin {
    fn build(&self, app: &mut App) {
        app.register_part::<AltitudeHold>() // scenes may now say "AltitudeHold": (target_m: 1.5)
            .add_systems(
                Stage::Control.at(Rate::hz(250)),
                hold_altitude.budget_us(200).in_set(ControlSet::Outer),
            );
    }
}

fn hold_altitude(
    dt: Res<Dt>,
    mut drones: Query<(
        &AltitudeHold,
        &Pose<Estimate>,
        &Mass,
        &mut Pid,
        &mut Proposal<ThrustCommand>,
    )>,
) {
    for (hold, pose, mass, mut pid, mut thrust) in &mut drones {
        let trim_n = pid.step(hold.target_m - pose.position_m.z, dt.secs());
        thrust.set(ThrustCommand { newtons: (mass.kg * GRAVITY_MPS2 + trim_n).max(0.0) });
    }
}

fn main() -> Result<AppExit, RivusError> {
    App::empty()
        .add_plugins((DefaultPlugins, AltitudeHoldPlugin))
        .load_scene("scenes/altitude.ron")?
        .run_scene()
}
