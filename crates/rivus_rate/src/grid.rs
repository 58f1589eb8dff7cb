//! The grid of base ticks and the rates that fit on it.

use core::fmt;
use core::num::NonZeroU32;

const NS_PER_S: u64 = 1_000_000_000;

/// A whole number of runs per second, never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hz(NonZeroU32);

impl Hz {
    /// The rate for a number that may come from outside; `None` for zero.
    #[must_use]
    pub const fn new(hz: u32) -> Option<Self> {
        match NonZeroU32::new(hz) {
            Some(hz) => Some(Self(hz)),
            None => None,
        }
    }

    /// The rate for a number that is written in the program.
    ///
    /// # Panics
    /// If `hz` is zero; in a constant that is a compile error.
    #[must_use]
    pub const fn of(hz: u32) -> Self {
        match Self::new(hz) {
            Some(rate) => rate,
            None => panic!("a rate of 0 Hz never runs"),
        }
    }

    /// Runs per second.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// Time between two runs in nanoseconds, rounded down.
    #[must_use]
    pub const fn period_ns(self) -> u64 {
        NS_PER_S / self.get() as u64
    }
}

impl fmt::Display for Hz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.get())
    }
}

/// The instants at which anything can run: one every `1 / base` seconds from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    base: Hz,
    /// The time between two ticks in nanoseconds, if it is a whole number.
    exact_period_ns: Option<u64>,
}

impl Grid {
    /// A grid with `base` ticks per second.
    #[must_use]
    pub const fn new(base: Hz) -> Self {
        let period_ns = base.period_ns();
        let is_exact = period_ns * base.get() as u64 == NS_PER_S;
        Self { base, exact_period_ns: if is_exact { Some(period_ns) } else { None } }
    }

    /// Ticks per second.
    #[must_use]
    pub const fn base(self) -> Hz {
        self.base
    }

    /// Time of tick `index` since tick 0, in nanoseconds.
    ///
    /// Whole seconds are exact for every rate, so nothing drifts; good for 584 years.
    #[must_use]
    pub const fn time_ns(self, index: u64) -> u64 {
        if let Some(period_ns) = self.exact_period_ns {
            return index * period_ns;
        }
        let base = self.base.get() as u64;
        (index / base) * NS_PER_S + (index % base) * NS_PER_S / base
    }

    /// The turns of something that runs `rate` times per second.
    ///
    /// `asked_by` is what the error calls it: a stage, a system, a key of a file.
    ///
    /// # Errors
    /// If the base rate is not a whole multiple of `rate`.
    pub fn cadence<W>(self, rate: Hz, asked_by: W) -> Result<Cadence, UnevenRate<W>> {
        let base = self.base;
        if base.get().is_multiple_of(rate.get()) {
            let every = u64::from(base.get() / rate.get());
            Ok(Cadence { rate, every, last_run_ns: None })
        } else {
            Err(UnevenRate { rate, base, asked_by })
        }
    }
}

/// The turns of one rate on a [`Grid`], and when the last one was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    rate: Hz,
    every: u64,
    last_run_ns: Option<u64>,
}

impl Cadence {
    /// Runs per second.
    #[must_use]
    pub const fn rate(&self) -> Hz {
        self.rate
    }

    /// Base ticks from one turn to the next.
    #[must_use]
    pub const fn every(&self) -> u64 {
        self.every
    }

    /// Whether tick `index` is one of its turns; tick 0 is a turn of every rate.
    #[must_use]
    pub const fn due(&self, index: u64) -> bool {
        // Most rates are the base rate, and a division costs as much as the rest of an idle tick.
        self.every == 1 || index.is_multiple_of(self.every)
    }

    /// Notes a run in the tick at `now_ns` and returns the time since the previous run in
    /// nanoseconds.
    ///
    /// The first run gets the nominal period. Turns that were skipped in between lengthen the
    /// result: they are not made up for.
    pub const fn run_at(&mut self, now_ns: u64) -> u64 {
        let elapsed_ns = match self.last_run_ns {
            Some(last_ns) => now_ns.saturating_sub(last_ns),
            None => self.rate.period_ns(),
        };
        self.last_run_ns = Some(now_ns);
        elapsed_ns
    }
}

/// A rate that does not divide the base rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnevenRate<W> {
    /// The rate that was asked for.
    pub rate: Hz,
    /// The rate of the grid.
    pub base: Hz,
    /// Who asked for it.
    pub asked_by: W,
}

impl<W> UnevenRate<W> {
    /// The closest rates below and above that would fit; above is absent over the base rate.
    #[must_use]
    pub fn nearest(&self) -> (Hz, Option<Hz>) {
        let base = self.base.get();
        let fits = |hz: &u32| base.is_multiple_of(*hz);
        let below = (1..=self.rate.get().min(base)).rev().find(fits).and_then(Hz::new);
        let above = (self.rate.get()..=base).find(fits).and_then(Hz::new);
        // 1 Hz divides every base, so `below` is always found; the fallback is never used.
        (below.unwrap_or(self.base), above)
    }
}

impl<W: fmt::Display> fmt::Display for UnevenRate<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, base, asked_by } = self;
        write!(f, "{asked_by} asks for {rate}, which does not divide the base rate {base}; ")?;
        match self.nearest() {
            (below, Some(above)) => {
                write!(f, "the nearest rates that do are {below} and {above}")
            }
            (below, None) => write!(f, "the highest rate that does is {below}"),
        }
    }
}

impl<W: fmt::Debug + fmt::Display> core::error::Error for UnevenRate<W> {}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn rates_keep_their_phase() {
        let grid = Grid::new(Hz::of(1000));
        let turns = |hz| {
            let cadence = grid.cadence(Hz::of(hz), "test").unwrap();
            (0..1000).filter(|&index| cadence.due(index)).collect::<Vec<u64>>()
        };
        assert_eq!(turns(1000).len(), 1000);
        assert_eq!(turns(250).len(), 250);
        assert_eq!(turns(250)[..3], [0, 4, 8]);
        assert_eq!(turns(1), [0]);
    }

    #[test]
    fn the_error_names_both_rates_and_who_asked() {
        let grid = Grid::new(Hz::of(1000));
        let error = grid.cadence(Hz::of(400), "hold_altitude").unwrap_err();
        assert_eq!(
            error.to_string(),
            "hold_altitude asks for 400 Hz, which does not divide the base rate 1000 Hz; \
             the nearest rates that do are 250 Hz and 500 Hz"
        );
        let error = grid.cadence(Hz::of(2000), "imu").unwrap_err();
        assert_eq!(
            error.to_string(),
            "imu asks for 2000 Hz, which does not divide the base rate 1000 Hz; \
             the highest rate that does is 1000 Hz"
        );
    }

    #[test]
    fn zero_is_not_a_rate() {
        assert_eq!(Hz::new(0), None);
    }

    #[test]
    fn time_does_not_drift_at_a_rate_that_has_no_whole_period() {
        let grid = Grid::new(Hz::of(333));
        assert_eq!(grid.time_ns(333 * 3600), 3_600 * NS_PER_S);
        assert_eq!(grid.time_ns(1), 3_003_003);
        // 584 years at 8 kHz is still below the limit of the index and of the time.
        assert_eq!(
            Grid::new(Hz::of(8000)).time_ns(8000 * 18_000_000_000),
            18_000_000_000 * NS_PER_S
        );
    }

    #[test]
    fn elapsed_is_since_the_own_last_run() {
        let grid = Grid::new(Hz::of(1000));
        let mut slow = grid.cadence(Hz::of(50), "slow").unwrap();
        let mut fast = grid.cadence(Hz::of(500), "fast").unwrap();
        assert_eq!((slow.run_at(0), fast.run_at(0)), (20_000_000, 2_000_000));
        assert_eq!(slow.run_at(grid.time_ns(20)), 20_000_000);
        assert_eq!(fast.run_at(grid.time_ns(2)), 2_000_000);
        assert_eq!(slow.run_at(grid.time_ns(60)), 40_000_000);
    }
}
