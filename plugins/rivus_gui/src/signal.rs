//! Numbers of a robot by their place, and what the names of channels say.

use crate::RobotState;

/// Where a number is in a [`RobotState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// In [`RobotState::observation`], physical values.
    Input(usize),
    /// In [`RobotState::action`], physical values.
    Output(usize),
    /// In [`RobotState::state`], without a unit.
    State(usize),
    /// In [`RobotState::joints`], rad or m.
    Joint(usize),
}

impl Signal {
    /// Its value at a moment; `None` before the policy's first run, or if there is no such number.
    #[must_use]
    pub fn value(self, state: &RobotState) -> Option<f32> {
        match self {
            Self::Input(i) => state.observation.get(i),
            Self::Output(i) => state.action.get(i),
            Self::State(i) => state.state.get(i),
            Self::Joint(i) => state.joints.get(i),
        }
        .copied()
    }
}

/// A channel's name, taken apart: `body_rates_radps.x` is the quantity `body rates` in `rad/s`, and
/// of it `x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChannelName {
    /// In words.
    pub(crate) quantity: String,
    /// Which of several; empty if there is one only.
    pub(crate) part: String,
    /// Empty where there is none, or none is known.
    pub(crate) unit: &'static str,
}

/// Endings of names, those that are the end of others last.
const UNITS: [(&str, &str); 11] = [
    ("_mps2", "m/s²"),
    ("_radps2", "rad/s²"),
    ("_radps", "rad/s"),
    ("_mps", "m/s"),
    ("_rad", "rad"),
    ("_nm", "N m"),
    ("_pa", "Pa"),
    ("_hz", "Hz"),
    ("_n", "N"),
    ("_m", "m"),
    ("_s", "s"),
];

impl ChannelName {
    pub(crate) fn parse(name: &str) -> Self {
        let (quantity, part) = name.split_once('.').unwrap_or((name, ""));
        let ending =
            UNITS.iter().find_map(|(end, unit)| Some((quantity.strip_suffix(end)?, *unit)));
        let (quantity, unit) = match ending {
            Some(found) => found,
            // Rotor speeds are told in multiples of the hover speed, see `rivus_flight`.
            None if quantity == "rotor_speed" => (quantity, "× hover"),
            None => (quantity, ""),
        };
        Self { quantity: quantity.replace('_', " "), part: part.into(), unit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let parsed = |name: &str| {
            let ChannelName { quantity, part, unit } = ChannelName::parse(name);
            (quantity, part, unit)
        };
        assert_eq!(parsed("position_error_m.x"), ("position error".into(), "x".into(), "m"));
        assert_eq!(parsed("body_rates_radps.z"), ("body rates".into(), "z".into(), "rad/s"));
        assert_eq!(parsed("attitude.y"), ("attitude".into(), "y".into(), ""));
        assert_eq!(parsed("rotor_speed.3"), ("rotor speed".into(), "3".into(), "× hover"));
        assert_eq!(parsed("thrust_n"), ("thrust".into(), String::new(), "N"));
    }
}
