//! Numbers that can be read while they change.

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
    fn numbers_keep_their_width() {
        let shown = [0.12345, -9.9994, 9.9999, -123.456, 99.999, -0.0001].map(steady);
        assert_eq!(shown, ["+0.123", "-9.999", "+10.00", "-123.5", "+100.0", "+0.000"]);
    }
}
