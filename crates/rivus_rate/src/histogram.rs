//! Latencies in fixed memory.

/// Values below this have a bucket each.
const EXACT: u64 = 1 << SUB_BITS;
/// Every octave above is cut into `2^SUB_BITS` buckets, so a bucket is 1/32 of its value wide.
const SUB_BITS: u32 = 5;
/// Values of `2^MAX_BITS` ns (69 s) and more share the last bucket.
const MAX_BITS: u32 = 36;
const BUCKETS: usize = ((MAX_BITS - SUB_BITS + 1) << SUB_BITS) as usize;

/// Durations that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The shortest that it holds, ns.
    pub lower_ns: u64,
    /// The longest that it holds, ns.
    pub upper_ns: u64,
    /// How many there were.
    pub count: u32,
}

/// Counts durations in logarithmic buckets that are linear within each power of two.
///
/// Recording is a handful of instructions and never allocates; the whole is 4 KiB.
/// A percentile is the upper edge of its bucket, but at most the largest value seen: it is never
/// below the true one and at most 1/32 (3.2 %) above it, and exact below 32 ns. From 69 s on it
/// is the largest value seen. Minimum, maximum, mean and count are exact.
/// A bucket stops counting at 2^32 - 1 entries (50 days of one bucket at 1 kHz).
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: [u32; BUCKETS],
    count: u64,
    sum_ns: u64,
    min_ns: u64,
    max_ns: u64,
}

impl Histogram {
    /// An empty histogram.
    #[must_use]
    pub const fn new() -> Self {
        Self { buckets: [0; BUCKETS], count: 0, sum_ns: 0, min_ns: u64::MAX, max_ns: 0 }
    }

    /// Adds one duration in nanoseconds.
    pub fn record(&mut self, value_ns: u64) {
        if let Some(bucket) = self.buckets.get_mut(bucket_of(value_ns)) {
            *bucket = bucket.saturating_add(1);
        }
        self.count += 1;
        self.sum_ns = self.sum_ns.saturating_add(value_ns);
        self.min_ns = self.min_ns.min(value_ns);
        self.max_ns = self.max_ns.max(value_ns);
    }

    /// Forgets everything.
    pub const fn clear(&mut self) {
        *self = Self::new();
    }

    /// Number of durations.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The shortest in nanoseconds; 0 if empty.
    #[must_use]
    pub const fn min_ns(&self) -> u64 {
        if self.count == 0 { 0 } else { self.min_ns }
    }

    /// The longest in nanoseconds; 0 if empty.
    #[must_use]
    pub const fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// The mean in nanoseconds, rounded down; 0 if empty.
    #[must_use]
    pub const fn mean_ns(&self) -> u64 {
        match self.sum_ns.checked_div(self.count) {
            Some(mean_ns) => mean_ns,
            None => 0,
        }
    }

    /// The median in nanoseconds; 0 if empty.
    #[must_use]
    pub fn p50_ns(&self) -> u64 {
        self.quantile_ns(500)
    }

    /// The 99th percentile in nanoseconds; 0 if empty.
    #[must_use]
    pub fn p99_ns(&self) -> u64 {
        self.quantile_ns(990)
    }

    /// The 99.9th percentile in nanoseconds; 0 if empty.
    #[must_use]
    pub fn p999_ns(&self) -> u64 {
        self.quantile_ns(999)
    }

    /// The buckets that are not empty, shortest durations first.
    ///
    /// The last one ends at the longest duration that was recorded.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let filled = self.buckets.iter().enumerate().filter(|(_, entries)| **entries > 0);
        filled.map(|(index, &count)| Bucket {
            lower_ns: index.checked_sub(1).map_or(0, |below| upper_edge(below) + 1),
            upper_ns: upper_edge(index).min(self.max_ns),
            count,
        })
    }

    /// The smallest value such that `per_mille` of all durations are at most it (nearest rank),
    /// within the error of the buckets; 0 if empty.
    #[must_use]
    pub fn quantile_ns(&self, per_mille: u32) -> u64 {
        let rank = self.count.saturating_mul(u64::from(per_mille)).div_ceil(1000).max(1);
        let mut seen = 0;
        for (index, &entries) in self.buckets.iter().enumerate() {
            seen += u64::from(entries);
            if seen >= rank {
                return upper_edge(index).min(self.max_ns);
            }
        }
        self.max_ns
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

/// Index of the bucket that holds `value`.
const fn bucket_of(value: u64) -> usize {
    if value < EXACT {
        return value as usize;
    }
    let octave = value.ilog2();
    if octave >= MAX_BITS {
        return BUCKETS - 1;
    }
    // The leading one selects the octave and the next SUB_BITS bits the bucket in it.
    let sub = (value >> (octave - SUB_BITS)) - EXACT;
    (((octave - SUB_BITS + 1) as usize) << SUB_BITS) + sub as usize
}

/// The largest value that bucket `index` holds.
const fn upper_edge(index: usize) -> u64 {
    if index == BUCKETS - 1 {
        return u64::MAX;
    }
    let index = index as u64;
    if index < EXACT {
        return index;
    }
    let shift = (index >> SUB_BITS) - 1;
    let sub = index & (EXACT - 1);
    ((EXACT + sub + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn buckets_cover_every_value_once_and_in_order() {
        for index in 0..BUCKETS {
            let upper = upper_edge(index);
            assert_eq!(bucket_of(upper), index);
            if upper < u64::MAX {
                assert_eq!(bucket_of(upper + 1), index + 1);
            }
        }
    }

    #[test]
    fn percentiles_stay_within_the_stated_error() {
        // A full-period generator spreads the values over all octaves.
        let mut state = 1_u64;
        let mut values: Vec<u64> = (0..20_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) >> (state % 28)
            })
            .collect();
        let mut histogram = Histogram::new();
        values.iter().for_each(|&value| histogram.record(value));
        values.sort_unstable();
        for per_mille in [1, 10, 250, 500, 900, 990, 999, 1000] {
            let exact = values[(values.len() * per_mille).div_ceil(1000) - 1];
            let reported = histogram.quantile_ns(per_mille as u32);
            assert!(reported >= exact, "{per_mille}: {reported} < {exact}");
            assert!((reported - exact) * 32 <= exact, "{per_mille}: {reported} of {exact}");
        }
        assert_eq!(histogram.min_ns(), values[0]);
        assert_eq!(histogram.max_ns(), values[values.len() - 1]);
        assert_eq!(histogram.mean_ns(), values.iter().sum::<u64>() / 20_000);
        assert_eq!(histogram.count(), 20_000);
    }

    #[test]
    fn filled_buckets_hold_what_was_recorded() {
        let mut histogram = Histogram::new();
        for value in [7, 1000, 1001, 5_000_000] {
            histogram.record(value);
        }
        let buckets: Vec<Bucket> = histogram.buckets().collect();
        assert_eq!(buckets[0], Bucket { lower_ns: 7, upper_ns: 7, count: 1 });
        assert_eq!((buckets.len(), buckets[1].count, buckets[2].count), (3, 2, 1));
        assert!((buckets[1].lower_ns..=buckets[1].upper_ns).contains(&1001));
        assert!(buckets[2].lower_ns <= 5_000_000 && buckets[2].upper_ns == 5_000_000);
    }

    #[test]
    fn one_value_is_every_percentile() {
        let mut histogram = Histogram::new();
        histogram.record(123_456_789);
        assert_eq!(histogram.p50_ns(), 123_456_789);
        assert_eq!(histogram.p999_ns(), 123_456_789);
    }

    #[test]
    fn empty_is_zero_and_huge_values_report_the_maximum() {
        let mut histogram = Histogram::new();
        assert_eq!((histogram.min_ns(), histogram.mean_ns(), histogram.p99_ns()), (0, 0, 0));
        histogram.record(u64::MAX);
        assert_eq!(histogram.p50_ns(), u64::MAX);
        histogram.clear();
        assert_eq!(histogram.count(), 0);
    }

    #[test]
    fn it_is_about_four_kibibytes() {
        assert!(size_of::<Histogram>() <= 4096 + 32);
    }
}
