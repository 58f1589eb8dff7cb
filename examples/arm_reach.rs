//! An arm that reaches for its target in the window: `cargo run --release --example arm_reach`.

use rivus::Window;
use rivus::prelude::*;

/// Drives without inertia, one for each joint; none slides. They take the tip to the setpoint.
#[derive(Component, Serialize, Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(crate = "rivus::serde", deny_unknown_fields)]
#[schemars(crate = "rivus::schemars")]
pub(crate) struct Reach {
    /// How fast a joint turns at most.
    speed_radps: Positive,
}

pub(crate) fn reach_plugin(app: &mut App) {
    app.register_part::<Reach>().add_systems(Stage::Actuate.at(Rate::STAGE), reach);
}

type Arm<'a> = (&'a Reach, &'a Links, &'a Pose<Truth>, &'a Setpoint, &'a mut JointPositions);

/// Cyclic coordinate descent (Wang and Chen, 1991): joint by joint, the tip turns to the goal.
fn reach(dt: Res<Dt>, mut arms: Query<Arm>) {
    for (reach, Links(tree), pose, setpoint, mut joints) in &mut arms {
        let goal_m = pose.world_from_body.inverse() * (setpoint.0.position_m - pose.position_m);
        for (number, link) in tree.tip_chain() {
            let Some(Joint { index, axis, .. }) = link.joint else { continue };
            let link_from_body = tree.body_from_link(number, &joints.positions).inverse();
            let [from, to] = [tree.tip_m(&joints.positions), goal_m].map(|at_m| {
                let at_m = link_from_body.transform_point(&at_m.into()).coords;
                at_m - axis.scale(axis.dot(&at_m)) // as the joint sees it, which turns about its axis
            });
            let angle_rad = from.angle(&to).min(reach.speed_radps.f32() * dt.secs());
            joints.positions[index] += angle_rad.copysign(axis.dot(&from.cross(&to)));
        }
    }
}

fn main() -> Result<(), RivusError> {
    Window::new().with_plugins(reach_plugin).open("examples/arm_reach.ron")
}
