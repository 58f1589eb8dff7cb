//! Lateness, and that only a processor that stands still excuses it.

use core::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;

use rivus_run::{
    JitterError, JitterOptions, RealTimeOptions, RtGrade, RtThread, allowed_cpus, attribute_jitter,
    measure_jitter, monotonic_ns, sleep_until,
};

const MS: u64 = 1_000_000;
const SECONDS: f64 = 0.4;

fn options(priority: Option<u8>) -> JitterOptions {
    JitterOptions { seconds: SECONDS, priority, cpu: allowed_cpus().last().copied() }
}

#[test]
fn every_period_is_a_wake_up_or_missed() {
    let report = measure_jitter(&options(None), &AtomicBool::new(false)).unwrap();
    assert!(report.is_complete && report.wakes > 0);
    // A gap has a wake-up of its own and costs a period at least.
    assert!(report.wakes as u64 + report.missed >= 400 && report.wakes <= 401);
    let order = [report.p50_ns, report.p99_ns, report.p999_ns, report.p9999_ns, report.max_ns];
    assert!(order.is_sorted() && report.p50_ns > 0, "{order:?}");
    assert_eq!(report.over_1ms > 0, report.max_ns > MS);
}

#[test]
fn a_loop_that_nobody_can_watch_is_not_excused() {
    for options in
        [options(None), options(Some(1)), JitterOptions { cpu: None, ..options(Some(9)) }]
    {
        let error = attribute_jitter(&options, &AtomicBool::new(false)).unwrap_err();
        assert!(matches!(error, JitterError::Unwatched(_)), "{error}");
    }
}

/// Keeps the loop from its processor for 3 ms at a time, from a priority above it; returns whether
/// it could.
fn hog(is_over: &AtomicBool, cpu: usize) -> bool {
    let options =
        RealTimeOptions { priority: Some(20), cpu: Some(cpu), ..RealTimeOptions::default() };
    let thread = RtThread::set_up(&options);
    while !is_over.load(Ordering::Relaxed) {
        let start_ns = sleep_until(monotonic_ns() + 17 * MS);
        while monotonic_ns() - start_ns < 3 * MS {}
    }
    thread.report().grade >= RtGrade::Fifo
}

#[test]
fn a_thread_that_keeps_the_loop_waiting_is_no_excuse() {
    let is_over = AtomicBool::new(false);
    let options = options(Some(10));
    let Some(cpu) = options.cpu else { return };
    scope(|scope| {
        let hog = scope.spawn(|| hog(&is_over, cpu));
        let found = attribute_jitter(&options, &AtomicBool::new(false));
        is_over.store(true, Ordering::Relaxed);
        let could_hog = hog.join().unwrap();
        match found {
            Ok((report, found)) => {
                assert!(could_hog && report.over_1ms > 0, "{report:?}");
                let explained = found.by_clock + found.by_timer;
                assert_eq!(explained + found.unexplained, report.over_1ms);
                assert!(found.unexplained > 0 && found.rest_max_ns > MS, "{found:?}");
            }
            // Without the right to run before others there is no one to watch.
            Err(error) => assert!(matches!(error, JitterError::Unwatched(_)), "{error}"),
        }
    });
}
