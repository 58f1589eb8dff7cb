//! Times in words and columns.

use rivus_app::Timing;

/// Microseconds in a column six characters wide, with as many decimals as fit.
pub(super) fn column_us(time_ns: u64) -> String {
    let time_us = time_ns as f64 / 1e3;
    let decimals = match time_ns {
        0..=99_994 => 2,
        99_995..=999_949 => 1,
        _ => 0,
    };
    format!("{time_us:>6.decimals$}")
}

/// A time with the unit that suits it, three digits at least.
pub(super) fn exact(time_ns: u64) -> String {
    match time_ns {
        0..=999 => format!("{time_ns} ns"),
        1_000..=999_999 => format!("{:.3} \u{b5}s", time_ns as f64 / 1e3),
        1_000_000..=999_999_999 => format!("{:.3} ms", time_ns as f64 / 1e6),
        _ => format!("{:.3} s", time_ns as f64 / 1e9),
    }
}

/// A power of ten as the axis says it.
pub(super) fn mark(time_ns: f64) -> String {
    let (value, unit) = match time_ns {
        ..1e3 => (time_ns, "ns"),
        1e3..1e6 => (time_ns / 1e3, "\u{b5}s"),
        1e6..1e9 => (time_ns / 1e6, "ms"),
        _ => (time_ns / 1e9, "s"),
    };
    format!("{value:.0} {unit}")
}

/// A count in seven characters.
pub(super) fn count(count: u64) -> String {
    match count {
        0..=999_999 => format!("{count}"),
        1_000_000..=999_999_999 => format!("{:.1} M", count as f64 / 1e6),
        _ => format!("{:.1} G", count as f64 / 1e9),
    }
}

/// A row for those who cannot see it.
pub(super) fn spoken(name: &str, timing: &Timing) -> String {
    let histogram = &timing.histogram;
    if histogram.count() == 0 {
        return format!("latency of {name}: no runs yet");
    }
    let p99_us = histogram.p99_ns() as f64 / 1e3;
    let of_budget = timing
        .budget
        .map_or_else(String::new, |budget| format!(" of {} us", budget.limit_ns() / 1000));
    let overruns = match timing.overruns {
        0 => "no overruns".to_owned(),
        1 => "1 overrun".to_owned(),
        overruns => format!("{overruns} overruns"),
    };
    let preempted = match timing.preempted {
        0 => String::new(),
        preempted => format!(", preempted {preempted} times"),
    };
    format!("latency of {name}: p99 {p99_us:.1} us{of_budget}, {overruns}{preempted}")
}

/// The last part of a path; what stands in angle brackets is no part of its own.
pub(super) fn short_name(path: &str) -> &str {
    let base = path.split('<').next().unwrap_or(path);
    base.rfind("::").and_then(|at| path.get(at + 2..)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus_rate::Budget;

    #[test]
    fn columns_keep_their_width() {
        let times_ns = [0, 42, 1_100, 99_994, 99_996, 999_960, 8_300_000, 123_456_000];
        let columns = times_ns.map(column_us);
        assert!(columns.iter().all(|column| column.len() == 6), "{columns:?}");
        assert_eq!(columns[1..4], ["  0.04", "  1.10", " 99.99"]);
    }

    #[test]
    fn units_suit_the_size() {
        let times_ns = [850, 1_234, 12_345_678, 2_000_000_000];
        assert_eq!(times_ns.map(exact), ["850 ns", "1.234 \u{b5}s", "12.346 ms", "2.000 s"]);
        assert_eq!([1e2, 1e4, 1e6, 1e9].map(mark), ["100 ns", "10 \u{b5}s", "1 ms", "1 s"]);
        assert_eq!([7, 1_234_567].map(count), ["7", "1.2 M"]);
    }

    #[test]
    fn systems_are_called_by_their_last_name() {
        assert_eq!(short_name("rivus_policy::systems::think"), "think");
        assert_eq!(short_name("a::hold<b::Rotors>"), "hold<b::Rotors>");
        assert_eq!(short_name("think"), "think");
    }

    #[test]
    fn rows_say_what_they_show() {
        let mut timing = Timing { budget: Some(Budget::us(50)), ..Timing::default() };
        assert_eq!(spoken("policy", &timing), "latency of policy: no runs yet");
        timing.histogram.record(1_100);
        let text = "latency of policy: p99 1.1 us of 50 us, no overruns";
        assert_eq!(spoken("policy", &timing), text);
        (timing.overruns, timing.preempted, timing.budget) = (2, 3, None);
        let text = "latency of policy: p99 1.1 us, 2 overruns, preempted 3 times";
        assert_eq!(spoken("policy", &timing), text);
    }
}
