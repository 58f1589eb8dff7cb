//! Where the columns of the table are.

use core::ops::Range;

/// Width of a character of the columns, px.
const CHARACTER_PX: f32 = 6.2;

/// What a column of numbers tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Rate,
    Median,
    P99,
    Longest,
    Budget,
    Overruns,
    Preempted,
}

impl Column {
    /// From left to right; the histogram is after the rate.
    const ALL: [Self; 7] = [
        Self::Rate,
        Self::Median,
        Self::P99,
        Self::Longest,
        Self::Budget,
        Self::Overruns,
        Self::Preempted,
    ];

    /// What is given up first where there is little room.
    const DISPENSABLE: [Self; 3] = [Self::Rate, Self::Preempted, Self::Median];

    /// What stands above it.
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Rate => "Hz",
            Self::Median => "p50 \u{b5}s",
            Self::P99 => "p99 \u{b5}s",
            Self::Longest => "max \u{b5}s",
            Self::Budget => "of \u{b5}s",
            Self::Overruns => "over",
            Self::Preempted => "pre.",
        }
    }

    /// What the heading means.
    pub(super) const fn explanation(self) -> &'static str {
        match self {
            Self::Rate => "runs per second",
            Self::Median => "half of the runs took at most this long",
            Self::P99 => "99 of 100 runs took at most this long",
            Self::Longest => "the longest run",
            Self::Budget => "the budget: how long a run may take",
            Self::Overruns => "runs over the budget",
            Self::Preempted => {
                "runs over the budget on the wall while the thread did not have the CPU"
            }
        }
    }

    const fn width_px(self) -> f32 {
        let characters = match self {
            Self::Rate => 5.0,
            Self::Median | Self::P99 | Self::Longest | Self::Budget => 7.0,
            Self::Overruns | Self::Preempted => 6.0,
        };
        characters * CHARACTER_PX
    }
}

/// The columns from the left edge of the table, px.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Columns {
    pub(super) name: Range<f32>,
    pub(super) histogram: Range<f32>,
    /// Right edges of those that there is room for.
    pub(super) numbers: Vec<(Column, Range<f32>)>,
}

impl Columns {
    const NAME_PX: f32 = 92.0;
    const LEAST_HISTOGRAM_PX: f32 = 110.0;
    const GAP_PX: f32 = 8.0;

    /// Columns that fill `width_px`.
    pub(super) fn new(width_px: f32) -> Self {
        let mut shown = Column::ALL.to_vec();
        let numbers_px =
            |shown: &[Column]| shown.iter().map(|column| column.width_px()).sum::<f32>();
        let fixed_px = Self::NAME_PX + 2.0 * Self::GAP_PX;
        for dispensable in Column::DISPENSABLE {
            if width_px - fixed_px - numbers_px(&shown) < Self::LEAST_HISTOGRAM_PX {
                shown.retain(|column| *column != dispensable);
            }
        }
        let histogram_px = (width_px - fixed_px - numbers_px(&shown)).max(40.0);
        let mut at = Self::NAME_PX;
        let mut numbers = Vec::new();
        let mut histogram = at + Self::GAP_PX..at + Self::GAP_PX + histogram_px;
        for column in shown {
            if column != Column::Rate && numbers.iter().all(|(other, _)| *other == Column::Rate) {
                histogram = at + Self::GAP_PX..at + Self::GAP_PX + histogram_px;
                at = histogram.end + Self::GAP_PX;
            }
            numbers.push((column, at..at + column.width_px()));
            at += column.width_px();
        }
        Self { name: 0.0..Self::NAME_PX, histogram, numbers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_tables_have_all_columns_in_order() {
        let columns = Columns::new(640.0);
        assert_eq!(columns.numbers.len(), Column::ALL.len());
        let rate = &columns.numbers[0].1;
        assert!(columns.name.end <= rate.start && rate.end <= columns.histogram.start);
        let after = &columns.numbers[1..];
        assert!(columns.histogram.end <= after[0].1.start);
        assert!(after.windows(2).all(|pair| pair[0].1.end <= pair[1].1.start));
        assert!((after[5].1.end - 640.0).abs() < 0.5);
    }

    #[test]
    fn narrow_tables_keep_what_matters() {
        let columns = Columns::new(400.0);
        let shown: Vec<Column> = columns.numbers.iter().map(|(column, _)| *column).collect();
        assert!(shown.contains(&Column::P99) && shown.contains(&Column::Overruns), "{shown:?}");
        assert!(!shown.contains(&Column::Rate));
        assert!(columns.histogram.end - columns.histogram.start >= 110.0);
    }
}
