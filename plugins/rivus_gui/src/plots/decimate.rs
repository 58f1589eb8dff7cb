//! Fewer points that look the same.

use egui_plot::PlotPoint;

/// Points that a line has at most.
pub(super) const MAX_POINTS: usize = 2000;

/// Width of the buckets in seconds that keep a line over `window_s` seconds within [`MAX_POINTS`].
pub(super) fn bucket_s(window_s: f64) -> f64 {
    // Two points per bucket; at most three buckets stick out, since buckets lie on the grid of time
    // and a line goes on for a sample on both sides. Both ends come on top.
    window_s / (MAX_POINTS / 2 - 4) as f64
}

/// Appends to `out` what a line through `samples` needs: its ends and the least and greatest of
/// each bucket of `bucket_s` seconds, in order of time; that is all if no bucket has more than two.
///
/// Buckets lie at multiples of their width, so a line that moves on does not flicker.
pub(super) fn decimate(samples: &[PlotPoint], bucket_s: f64, out: &mut Vec<PlotPoint>) {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return };
    out.push(*first);
    let bucket_of = |point: &PlotPoint| (point.x / bucket_s).floor();
    for bucket in samples.chunk_by(|a, b| bucket_of(a) == bucket_of(b)) {
        let least = bucket.iter().min_by(|a, b| a.y.total_cmp(&b.y));
        let greatest = bucket.iter().max_by(|a, b| a.y.total_cmp(&b.y));
        let (Some(least), Some(greatest)) = (least, greatest) else { continue };
        let (early, late) =
            if least.x <= greatest.x { (least, greatest) } else { (greatest, least) };
        push_later(*early, out);
        push_later(*late, out);
    }
    push_later(*last, out);
}

/// Appends a point unless one of that time is there already.
fn push_later(point: PlotPoint, out: &mut Vec<PlotPoint>) {
    if out.last().is_none_or(|newest| newest.x < point.x) {
        out.push(point);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(count: u32) -> Vec<PlotPoint> {
        (0..count)
            .map(|index| f64::from(index) * 0.01)
            .map(|time_s| PlotPoint::new(time_s, (time_s * 7.3).sin() * 0.9))
            .collect()
    }

    #[test]
    fn a_minute_keeps_ends_order_and_every_spike() {
        let mut samples = wave(6000);
        samples[1234].y = 5.0;
        samples[1236].y = -6.0;
        samples[4321].y = -7.0;
        let mut line = Vec::new();
        decimate(&samples, bucket_s(60.0), &mut line);
        assert!(line.len() <= MAX_POINTS && line.len() > MAX_POINTS / 2, "{}", line.len());
        assert_eq!((line.first(), line.last()), (samples.first(), samples.last()));
        assert!(line.windows(2).all(|pair| pair[0].x < pair[1].x));
        assert!([1234, 1236, 4321].iter().all(|&spike: &usize| line.contains(&samples[spike])));
        assert!(line.iter().all(|point| samples.contains(point)));
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let samples = wave(1000);
        let mut line = Vec::new();
        decimate(&samples, bucket_s(10.0), &mut line);
        assert_eq!(line, samples);
    }

    #[test]
    fn what_is_left_does_not_change_when_time_moves_on() {
        let samples = wave(6100);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        decimate(&samples[..6000], bucket_s(60.0), &mut before);
        decimate(&samples[50..6050], bucket_s(60.0), &mut after);
        let inner = |line: &[PlotPoint]| -> Vec<PlotPoint> {
            line.iter().filter(|point| (2.0..58.0).contains(&point.x)).copied().collect()
        };
        assert_eq!(inner(&before), inner(&after));
    }
}
