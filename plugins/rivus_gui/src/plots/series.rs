//! What can be plotted of a robot.

use egui::Color32;
use rivus_scene::{Joint, Motion};
use rivus_vehicle::ROTORS;

use crate::signal::ChannelName;
use crate::{Palette, RobotInfo, RobotState, Signal};

/// Where the values of a series come from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A number that not every robot has; none of a policy before its first run.
    Signal(Signal),
    /// Any other.
    Of(fn(&RobotState) -> f32),
}

impl Source {
    /// The value at one moment; `None` if there is none that is finite.
    #[must_use]
    pub fn value(self, robot: &RobotState) -> Option<f64> {
        let value = match self {
            Self::Signal(signal) => signal.value(robot),
            Self::Of(value) => Some(value(robot)),
        };
        value.map(f64::from).filter(|value| value.is_finite())
    }
}

/// One line of a plot.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the legend calls it; a name like `velocity_mps.x` stands with those that begin alike.
    pub name: String,
    /// Its unit, as the axis says it; empty if it has none.
    pub unit: String,
    /// Its values.
    pub source: Source,
}

impl Series {
    fn new(name: &str, unit: &str, source: Source) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), source }
    }

    /// A channel of a policy, its unit taken from its name.
    #[must_use]
    pub fn channel(name: &str, signal: Signal) -> Self {
        Self::new(name, ChannelName::parse(name).unit, Source::Signal(signal))
    }

    /// What comes before the last dot of the name, and the rest; without a dot the whole name.
    pub(super) fn split_name(&self) -> (&str, &str) {
        self.name.rsplit_once('.').unwrap_or(("", &self.name))
    }
}

/// The plots, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlotKind {
    /// Where it, or the tip of its links, is less where it shall be, world frame, m.
    PositionError,
    /// Roll, pitch and yaw, °.
    Attitude,
    /// What the rotors were told, rad/s.
    RotorCommands,
    /// Where the joints are, rad or m.
    Joints,
    /// What the policy gives.
    Outputs,
    /// What the policy sees.
    Inputs,
    /// Wind, world frame, m/s.
    Wind,
    /// What the user has pinned.
    Pinned,
}

impl PlotKind {
    /// All, from top to bottom.
    pub const ALL: [Self; 8] = [
        Self::PositionError,
        Self::Attitude,
        Self::RotorCommands,
        Self::Joints,
        Self::Outputs,
        Self::Inputs,
        Self::Wind,
        Self::Pinned,
    ];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::PositionError => "Position error",
            Self::Attitude => "Attitude",
            Self::RotorCommands => "Rotor commands",
            Self::Joints => "Joints",
            Self::Outputs => "Policy outputs",
            Self::Inputs => "Policy inputs",
            Self::Wind => "Wind",
            Self::Pinned => "Pinned",
        }
    }

    /// What the title leaves out.
    pub(super) const fn explanation(self) -> &'static str {
        match self {
            Self::PositionError => {
                "position of the robot, or of the tip of its links, minus target, world frame"
            }
            Self::Attitude => "roll, pitch and yaw of the body in the world (ZYX)",
            Self::RotorCommands => "how fast the rotors were told to turn",
            Self::Joints => "angles of joints that turn, lengths of those that slide",
            Self::Outputs => "what the policy gives, in physical units",
            Self::Inputs => "what the policy sees, in physical units",
            Self::Wind => "wind around the robot, world frame",
            Self::Pinned => "what was pinned in the policy view",
        }
    }

    /// The axis never spans less, so that noise stays small to the eye.
    pub(super) const fn least_span(self) -> f64 {
        match self {
            Self::PositionError => 0.1,
            Self::Attitude => 4.0,
            Self::RotorCommands => 50.0,
            Self::Joints | Self::Outputs | Self::Inputs | Self::Pinned => 0.2,
            Self::Wind => 1.0,
        }
    }

    /// Decimals of its values in legend and hover label.
    pub(super) const fn decimals(self) -> usize {
        match self {
            Self::Attitude | Self::RotorCommands => 1,
            Self::Wind => 2,
            Self::PositionError | Self::Joints | Self::Outputs | Self::Inputs | Self::Pinned => 3,
        }
    }

    /// Whether a jump from one end of a turn to the other is no line.
    pub(super) const fn is_angle(self) -> bool {
        matches!(self, Self::Attitude)
    }

    /// Its lines for a robot; none if it has nothing to show of it.
    pub(super) fn series(self, robot: &RobotInfo, pins: &[Series]) -> Vec<Series> {
        let policy = robot.policy.as_deref().map(rivus_liquid::Policy::info);
        match self {
            Self::PositionError => axes(
                "m",
                [
                    |robot| robot.held_m().x - robot.target_m.x,
                    |robot| robot.held_m().y - robot.target_m.y,
                    |robot| robot.held_m().z - robot.target_m.z,
                ],
            ),
            Self::Attitude => attitude(),
            Self::RotorCommands if robot.airframe.is_some() => rotor_commands(),
            Self::RotorCommands => Vec::new(),
            Self::Joints => robot.tree.as_deref().map_or_else(Vec::new, |tree| {
                let unit = |motion| if motion == Motion::Revolute { "rad" } else { "m" };
                let series = |(name, joint): (&str, Joint)| {
                    let place = Source::Signal(Signal::Joint(joint.index));
                    Series::new(name, unit(joint.motion), place)
                };
                tree.joints().map(series).collect()
            }),
            Self::Inputs => policy.map_or_else(Vec::new, |info| {
                let names = info.inputs.iter().map(|channel| channel.name.as_str()).enumerate();
                names.map(|(index, name)| Series::channel(name, Signal::Input(index))).collect()
            }),
            Self::Outputs => policy.map_or_else(Vec::new, |info| {
                let names = info.outputs.iter().map(|channel| channel.name.as_str()).enumerate();
                names.map(|(index, name)| Series::channel(name, Signal::Output(index))).collect()
            }),
            Self::Wind if robot.airframe.is_none() => Vec::new(),
            Self::Wind => axes(
                "m/s",
                [|robot| robot.wind_mps.x, |robot| robot.wind_mps.y, |robot| robot.wind_mps.z],
            ),
            Self::Pinned => pins.to_vec(),
        }
    }

    /// The colour of line `index`.
    pub(super) fn color(self, index: usize, palette: &Palette) -> Color32 {
        let is_along_axes = matches!(self, Self::PositionError | Self::Attitude | Self::Wind);
        match palette.axes.get(index) {
            Some(color) if is_along_axes => *color,
            _ => line_color(index, palette),
        }
    }
}

/// The colours of lines in turn; from the second turn on nearer to the ink.
fn line_color(index: usize, palette: &Palette) -> Color32 {
    let color = palette.lines[index % palette.lines.len()];
    if (index / palette.lines.len()).is_multiple_of(2) {
        color
    } else {
        color.lerp_to_gamma(palette.ink, 0.55)
    }
}

fn axes(unit: &str, values: [fn(&RobotState) -> f32; 3]) -> Vec<Series> {
    let names = ["x", "y", "z"].into_iter().zip(values);
    names.map(|(name, value)| Series::new(name, unit, Source::Of(value))).collect()
}

fn attitude() -> Vec<Series> {
    // Angles about x, y and z: nalgebra names them roll, pitch and yaw in the same order.
    let values: [fn(&RobotState) -> f32; 3] = [
        |robot| robot.world_from_body.euler_angles().0.to_degrees(),
        |robot| robot.world_from_body.euler_angles().1.to_degrees(),
        |robot| robot.world_from_body.euler_angles().2.to_degrees(),
    ];
    let names = ["roll", "pitch", "yaw"].into_iter().zip(values);
    names.map(|(name, value)| Series::new(name, "\u{b0}", Source::Of(value))).collect()
}

fn rotor_commands() -> Vec<Series> {
    const VALUES: [fn(&RobotState) -> f32; ROTORS] = [
        |robot| robot.command_radps[0],
        |robot| robot.command_radps[1],
        |robot| robot.command_radps[2],
        |robot| robot.command_radps[3],
    ];
    let numbered = (1..).zip(VALUES);
    numbered
        .map(|(number, value)| Series::new(&format!("{number}"), "rad/s", Source::Of(value)))
        .collect()
}

/// What stands at an axis that all of `series` share: their units, each once.
pub(super) fn axis_unit(series: &[Series]) -> String {
    let mut units: Vec<&str> = Vec::new();
    for one in series {
        // Beside units, what has none counts in ones.
        let unit = if one.unit.is_empty() { "1" } else { &one.unit };
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    if units == ["1"] { String::new() } else { units.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{UnitQuaternion, Vector3};

    #[test]
    fn names_of_channels_tell_units() {
        let units = ["position_error_m.x", "body_rates_radps.z", "velocity_mps.y", "attitude.x"];
        let series: Vec<Series> =
            units.iter().map(|name| Series::channel(name, Signal::Input(0))).collect();
        assert_eq!(axis_unit(&series), "m, rad/s, m/s, 1");
        assert_eq!(axis_unit(&series[3..]), "");
        assert_eq!(series[0].split_name(), ("position_error_m", "x"));
    }

    #[test]
    fn attitude_is_roll_pitch_yaw_in_degrees() {
        let world_from_body = UnitQuaternion::from_euler_angles(0.1, -0.2, 0.3);
        let robot = RobotState { world_from_body, ..RobotState::default() };
        let angles: Vec<f64> =
            attitude().iter().filter_map(|series| series.source.value(&robot)).collect();
        for (angle_deg, expected_rad) in angles.iter().zip([0.1_f64, -0.2, 0.3]) {
            assert!((angle_deg - expected_rad.to_degrees()).abs() < 1e-4, "{angles:?}");
        }
        assert_eq!(angles.len(), 3);
    }

    #[test]
    fn a_robot_without_a_policy_has_no_channels() {
        let info = RobotInfo { name: "rover".into(), ..RobotInfo::default() };
        let is_shown = |kind: PlotKind| !kind.series(&info, &[]).is_empty();
        let shown: Vec<_> = PlotKind::ALL.into_iter().filter(|kind| is_shown(*kind)).collect();
        assert_eq!(shown, [PlotKind::PositionError, PlotKind::Attitude]);
        let robot = RobotState { position_m: Vector3::new(1.0, 0.0, 0.0), ..Default::default() };
        assert_eq!(Signal::Input(3).value(&robot), None);
        let error = &PlotKind::PositionError.series(&info, &[])[0];
        assert_eq!(error.source.value(&robot), Some(1.0));
    }
}
