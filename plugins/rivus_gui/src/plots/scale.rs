//! Axes that people can read: round steps, fixed decimals, ranges that do not twitch.

use core::ops::RangeInclusive;

use egui_plot::{GridInput, GridMark};

/// The smallest of 1, 2 and 5 times a power of ten that is at least `least`.
pub(super) fn round_step(least: f64) -> f64 {
    if !(least > 0.0 && least.is_finite()) {
        return 1.0;
    }
    let decade = 10_f64.powf(least.log10().floor());
    // The tolerance keeps 0.2 / 0.1 from becoming a little more than 2.
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|step| step * decade)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * decade)
}

/// Decimals that tell multiples of `step` apart.
pub(super) fn decimals_of(step: f64) -> usize {
    // At most 9, so the cast is exact.
    (-step.log10() - 1e-9).ceil().clamp(0.0, 9.0) as usize
}

/// A range that holds `values`, is at least `least_span` wide and begins and ends on round numbers,
/// so that it changes seldom.
pub(super) fn round_range(values: RangeInclusive<f64>, least_span: f64) -> RangeInclusive<f64> {
    let (mut low, mut high) = values.into_inner();
    if !(low.is_finite() && high.is_finite() && low <= high) {
        (low, high) = (0.0, 0.0);
    }
    let missing = (least_span - (high - low)).max(0.0);
    (low, high) = (low - missing / 2.0, high + missing / 2.0);
    let margin = 0.04 * (high - low);
    let step = round_step((high - low) / 10.0);
    ((low - margin) / step).floor() * step..=((high + margin) / step).ceil() * step
}

/// Marks at round values, `spacing` times as far apart as the plot would have them at least.
pub(super) fn marks(input: &GridInput, spacing: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let step = round_step(input.base_step_size * spacing);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    // A plot without height has no marks rather than endless ones.
    if !(first.is_finite() && last.is_finite()) || last - first > 100.0 {
        return Vec::new();
    }
    // A difference of at most 100, see above.
    let count = (last - first).max(-1.0) as i32;
    (0..=count)
        .map(|index| GridMark { value: (first + f64::from(index)) * step, step_size: step })
        .collect()
}

/// What stands at a mark: as many decimals as its neighbours have; nothing where the axis of
/// `length_px` ends, for want of room.
pub(super) fn mark_text(mark: GridMark, range: &RangeInclusive<f64>, length_px: f32) -> String {
    let px_per_unit = f64::from(length_px) / (range.end() - range.start());
    let from_ends = (mark.value - range.start()).min(range.end() - mark.value);
    if from_ends * px_per_unit < 5.0 {
        return String::new();
    }
    fixed(mark.value, decimals_of(mark.step_size))
}

/// A number with this many decimals and never a minus before mere zeros.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_one_two_five() {
        let steps = [0.011, 0.02, 0.3, 1.0, 5.1, 70.0].map(round_step);
        let expected = [0.02, 0.02, 0.5, 1.0, 10.0, 100.0];
        for (step, expected) in steps.into_iter().zip(expected) {
            assert!((step / expected - 1.0).abs() < 1e-9, "{step} instead of {expected}");
        }
        assert_eq!((round_step(0.0), round_step(f64::NAN)), (1.0, 1.0));
        assert_eq!([0.05, 0.1, 1.0, 20.0, 0.002].map(decimals_of), [2, 1, 0, 0, 3]);
    }

    #[test]
    fn ranges_hold_their_values_and_are_never_narrow() {
        let range = round_range(-0.31..=1.02, 0.1);
        assert!(*range.start() < -0.31 && *range.end() > 1.02);
        assert!(range.end() - range.start() < 2.0, "{range:?}");
        let quiet = round_range(1204.0..=1204.1, 10.0);
        assert!(quiet.end() - quiet.start() >= 10.0);
        assert!(quiet.contains(&1204.0));
        let none = round_range(f64::INFINITY..=f64::NEG_INFINITY, 1.0);
        assert!(none.contains(&0.0) && none.end() - none.start() >= 1.0);
    }

    #[test]
    fn marks_are_round_and_have_the_same_decimals() {
        let marks = marks(&GridInput { bounds: (-0.31, 1.02), base_step_size: 0.1 }, 2.0);
        let text = |mark| mark_text(mark, &(-0.31..=1.02), 100.0);
        let texts: Vec<String> = marks.into_iter().map(text).collect();
        assert_eq!(texts, ["-0.2", "0.0", "0.2", "0.4", "0.6", "0.8", ""]);
    }

    #[test]
    fn zero_has_no_sign() {
        let texts = [-0.04, -0.06, 0.0, -12.34].map(|value| fixed(value, 1));
        assert_eq!(texts, ["0.0", "-0.1", "0.0", "-12.3"]);
    }
}
