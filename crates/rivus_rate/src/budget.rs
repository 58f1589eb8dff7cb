//! Limits on how long something may take.

/// What a measured run used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Time that passed on the wall, in nanoseconds.
    pub wall_ns: u64,
    /// Time the thread had the CPU, in nanoseconds; `None` if it was not measured.
    pub cpu_ns: Option<u64>,
}

/// Whether a run kept its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Within,
    /// It used more than its budget.
    Overrun,
    /// More time passed than its budget, but the thread did not have the CPU for that long:
    /// the machine was doing something else.
    Preempted,
}

/// A limit on the time of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget {
    limit_ns: u64,
}

impl Budget {
    /// A limit in microseconds.
    #[must_use]
    pub const fn us(limit_us: u32) -> Self {
        Self { limit_ns: limit_us as u64 * 1000 }
    }

    /// The limit in nanoseconds.
    #[must_use]
    pub const fn limit_ns(self) -> u64 {
        self.limit_ns
    }

    /// Whether the wall time alone is over the limit, so that the CPU time is worth reading.
    #[must_use]
    pub const fn is_late(self, wall_ns: u64) -> bool {
        wall_ns > self.limit_ns
    }

    /// Judges one run; exactly the limit is within.
    ///
    /// Without a CPU time every late run is an overrun, which is what real time means.
    #[must_use]
    pub const fn judge(self, spent: Spent) -> Verdict {
        match spent.cpu_ns {
            _ if !self.is_late(spent.wall_ns) => Verdict::Within,
            Some(cpu_ns) if cpu_ns <= self.limit_ns => Verdict::Preempted,
            _ => Verdict::Overrun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_verdicts() {
        let budget = Budget::us(500);
        let judge = |wall_ns, cpu_ns| budget.judge(Spent { wall_ns, cpu_ns });
        assert_eq!(judge(500_000, None), Verdict::Within);
        assert_eq!(judge(500_001, None), Verdict::Overrun);
        assert_eq!(judge(500_001, Some(500_000)), Verdict::Preempted);
        assert_eq!(judge(500_001, Some(500_001)), Verdict::Overrun);
        // A CPU clock that runs ahead of the wall cannot make a punctual run late.
        assert_eq!(judge(10, Some(900_000)), Verdict::Within);
    }
}
