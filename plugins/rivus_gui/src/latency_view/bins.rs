//! Fine buckets of times as bars on a logarithmic axis.

use rivus_rate::Bucket;

/// Bars of a row.
pub(super) const BARS: usize = 40;

/// A logarithmic axis of time, the same for all rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LogScale {
    /// Powers of ten of nanoseconds at both ends.
    decades: (i32, i32),
}

impl LogScale {
    /// From 100 ns to 10 ms, or as far as `times_ns` go beyond.
    pub(super) fn around(times_ns: impl Iterator<Item = u64>) -> Self {
        let decades =
            times_ns.filter(|time_ns| *time_ns > 0).fold((2, 7), |(low, high), time_ns| {
                let decade = (time_ns as f64).log10();
                // Between 0 and 20, so the casts are exact.
                (low.min(decade.floor() as i32), high.max(decade.ceil() as i32))
            });
        Self { decades }
    }

    /// Where a time is on the axis, 0 at its beginning and 1 at its end.
    pub(super) fn fraction(self, time_ns: f64) -> f64 {
        let (low, high) = (f64::from(self.decades.0), f64::from(self.decades.1));
        ((time_ns.max(1.0).log10() - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// The powers of ten on the axis, ns.
    pub(super) fn marks_ns(self) -> impl Iterator<Item = f64> {
        (self.decades.0..=self.decades.1).map(|decade| 10_f64.powi(decade))
    }
}

/// How often times fell into one bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bar {
    /// Within the budget.
    pub(super) within: u64,
    /// Over the budget.
    pub(super) over: u64,
}

/// Sorts fine buckets into [`BARS`] bars of equal width on the axis.
///
/// A bucket counts as over the budget if all that it holds is; buckets are 3 % wide.
pub(super) fn bars(
    buckets: impl Iterator<Item = Bucket>,
    scale: LogScale,
    budget_ns: Option<u64>,
) -> [Bar; BARS] {
    let mut bars = [Bar::default(); BARS];
    for bucket in buckets {
        let middle_ns = ((bucket.lower_ns as f64) * (bucket.upper_ns as f64)).sqrt();
        // From 0 to BARS, so the cast is exact.
        let index = (scale.fraction(middle_ns) * BARS as f64) as usize;
        if let Some(bar) = bars.get_mut(index.min(BARS - 1)) {
            let is_over = budget_ns.is_some_and(|budget_ns| bucket.lower_ns > budget_ns);
            *(if is_over { &mut bar.over } else { &mut bar.within }) += u64::from(bucket.count);
        }
    }
    bars
}

/// Height of a bar from 0 to 1: logarithmic, so that one late run in a million is seen.
pub(super) fn height(count: u64, greatest: u64) -> f32 {
    if count == 0 {
        return 0.0;
    }
    let log = |count: u64| (1.0 + count as f64).ln();
    // Between 0 and 1; the least bar can still be seen.
    ((log(count) / log(greatest.max(count))) as f32).max(0.12)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus_rate::Histogram;

    #[test]
    fn the_axis_holds_what_is_usual_and_what_is_not() {
        let usual = LogScale::around([0, 300, 50_000].into_iter());
        assert_eq!(usual.decades, (2, 7));
        assert_eq!((usual.fraction(100.0), usual.fraction(1e7)), (0.0, 1.0));
        assert!((usual.fraction(1e4) - 0.4).abs() < 1e-9);
        assert_eq!((usual.fraction(0.0), usual.fraction(1e12)), (0.0, 1.0));
        assert_eq!(LogScale::around([40, 30_000_000].into_iter()).decades, (1, 8));
        assert_eq!(usual.marks_ns().count(), 6);
    }

    #[test]
    fn bars_hold_every_run_once_and_part_at_the_budget() {
        let mut histogram = Histogram::new();
        (0..1000).for_each(|run| histogram.record(2_000 + 10 * run));
        for late_ns in [60_000, 80_000, 900_000_000] {
            histogram.record(late_ns);
        }
        let scale = LogScale::around(core::iter::empty());
        let bars = bars(histogram.buckets(), scale, Some(50_000));
        assert_eq!(bars.iter().map(|bar| bar.within).sum::<u64>(), 1000);
        assert_eq!(bars.iter().map(|bar| bar.over).sum::<u64>(), 3);
        // What is beyond the axis is in the last bar.
        assert_eq!(bars[BARS - 1], Bar { within: 0, over: 1 });
        // 2 us is 1.3 of 5 decades along.
        assert_eq!(bars.iter().position(|bar| bar.within > 0), Some(10));
    }

    #[test]
    fn one_in_a_million_is_seen() {
        assert_eq!((height(0, 1_000_000), height(5, 5)), (0.0, 1.0));
        assert!(height(1, 1_000_000) >= 0.1);
        assert!(height(10, 100) < height(11, 100));
    }
}
