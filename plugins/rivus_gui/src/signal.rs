//! What the names of channels say.

/// A channel's name, taken apart: `body_rates_radps.x` is the quantity `body rates` in `rad/s`, and
/// of it `x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    /// In words.
    pub(super) quantity: String,
    /// Which of several; empty if there is one only.
    pub(super) part: String,
    /// Empty where there is none, or none is known.
    pub(super) unit: &'static str,
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

impl Channel {
    pub(super) fn parse(name: &str) -> Self {
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

/// A number that keeps its width while it changes: sign, and three decimals below 10.
pub(super) fn steady(value: f32) -> String {
    match value.abs() {
        _ if !value.is_finite() => format!("{value}"),
        // Nothing reads -0.000.
        size if size < 0.0005 => "+0.000".into(),
        size if size < 9.9995 => format!("{value:+.3}"),
        size if size < 99.995 => format!("{value:+.2}"),
        size if size < 999.95 => format!("{value:+.1}"),
        _ => format!("{value:+.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let parsed = |name: &str| {
            let Channel { quantity, part, unit } = Channel::parse(name);
            (quantity, part, unit)
        };
        assert_eq!(parsed("position_error_m.x"), ("position error".into(), "x".into(), "m"));
        assert_eq!(parsed("body_rates_radps.z"), ("body rates".into(), "z".into(), "rad/s"));
        assert_eq!(parsed("attitude.y"), ("attitude".into(), "y".into(), ""));
        assert_eq!(parsed("rotor_speed.3"), ("rotor speed".into(), "3".into(), "× hover"));
        assert_eq!(parsed("thrust_n"), ("thrust".into(), String::new(), "N"));
    }

    #[test]
    fn numbers_keep_their_width() {
        let shown = [0.12345, -9.9994, 9.9999, -123.456, 99.999, -0.0001].map(steady);
        assert_eq!(shown, ["+0.123", "-9.999", "+10.00", "-123.5", "+100.0", "+0.000"]);
    }
}
