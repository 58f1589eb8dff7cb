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

pub(crate) fn altitude_hold_plugin(app: &mut App) {
    let hold = hold_altitude.budget_us(200).in_set(ControlSet::Outer);
    app.register_part::<AltitudeHold>() // scenes may now say "AltitudeHold": (target_m: 1.5)
        .add_systems(Stage::Control.at(Rate::hz(250)), hold);
}

type Drone<'a> =
    (&'a AltitudeHold, &'a Pose<Estimate>, &'a Mass, &'a mut Pid, &'a mut Proposal<ThrustCommand>);

fn hold_altitude(dt: Res<Dt>, mut drones: Query<Drone>) {
    for (hold, pose, mass, mut pid, mut thrust) in &mut drones {
        let trim_n = pid.step(hold.target_m - pose.position_m.z, dt.secs());
        thrust.set(ThrustCommand { newtons: (mass.kg * GRAVITY_MPS2 + trim_n).max(0.0) });
    }
}

fn main() -> Result<AppExit, RivusError> {
    let mut app = App::empty();
    app.add_plugins((DefaultPlugins, altitude_hold_plugin));
    app.load_scene("examples/altitude.ron")?.run_scene()
}
