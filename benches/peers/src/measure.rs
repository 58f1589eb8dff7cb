//! Ticks timed one by one.

use std::time::Instant;

pub const WARM_UP_TICKS: usize = 20_000;
pub const TICKS: usize = 200_000;

/// Percentiles of the times of single ticks, ns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Samples {
    pub p50_ns: u64,
    pub p99_ns: u64,
    pub p999_ns: u64,
}

/// Warms `tick` up and times it; the two readings of the clock are not subtracted.
pub fn measure<E>(mut tick: impl FnMut() -> Result<(), E>) -> Result<Samples, E> {
    let mut times_ns = vec![0_u64; TICKS];
    for _ in 0..WARM_UP_TICKS {
        tick()?;
    }
    for time_ns in &mut times_ns {
        let start = Instant::now();
        tick()?;
        // No tick takes the 584 years that do not fit.
        *time_ns = start.elapsed().as_nanos() as u64;
    }
    times_ns.sort_unstable();
    let quantile = |per_mille: usize| times_ns[(TICKS * per_mille).div_ceil(1000) - 1];
    Ok(Samples { p50_ns: quantile(500), p99_ns: quantile(990), p999_ns: quantile(999) })
}
