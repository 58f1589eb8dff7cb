//! Who kept the loop waiting: values in, a verdict out.
//!
//! On the loop's processor are two threads that nothing else may keep from running: the loop, and
//! just below it a detector that reads the clock without a pause, except for short naps. So while
//! the loop sleeps, the detector executes. When both stood still, and the kernel's books do not say
//! that the loop waited for another thread, then the processor itself did not run: a virtual
//! machine's host took it away, or firmware did, or an interrupt took that long.
//!
//! While the loop is awake, the detector cannot run in any case. What is excused then is only what
//! falls between two readings of the clock, one directly after the other, in the loop's work; the
//! time that the rest of the loop takes is its own fault.

use crate::wake_log::Wake;

/// Waiting that nobody knows: longer than any gap, and sums of it are numbers still.
pub(super) const UNKNOWN_NS: u64 = u64::MAX / 8;

/// A time in which a thread that should have run did not, ns of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// The thread was alive at this time, or was to wake up then.
    pub(super) from_ns: u64,
    /// It was alive again.
    pub(super) to_ns: u64,
    /// How long it waited for other threads meanwhile although it could have run, by the kernel's
    /// books. The detector waits for the loop only, unless it napped, so it reads them after naps.
    pub(super) waited_ns: u64,
    /// Whether it slept at the beginning, so that only a late timer shows the gap.
    pub(super) is_nap: bool,
}

impl Gap {
    const fn span(&self) -> (u64, u64) {
        (self.from_ns, self.to_ns)
    }
}

/// One tick's work of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) begin_ns: u64,
    pub(super) end_ns: u64,
    /// How long the loop waited for other threads between the work before and this, by the kernel's
    /// books; without the time that it slept.
    pub(super) waited_before_ns: u64,
    /// How long it waited for other threads in the middle of this work.
    pub(super) waited_within_ns: u64,
}

/// What was seen during a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    /// Wake-ups of the loop in their order.
    pub(super) wakes: &'a [Wake],
    /// The loop's work in its order.
    pub(super) works: &'a [Work],
    /// Gaps of the loop in the middle of its work, in their order.
    pub(super) in_work: &'a [Gap],
    /// Gaps of the detector in their order.
    pub(super) detected: &'a [Gap],
}

/// Why a wake-up was late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Blame {
    /// In the detector's or the loop's own sight the processor stood still, ns.
    pub(super) seen_ns: u64,
    /// The detector napped when the processor stopped, and its timer was late as well, ns.
    pub(super) napped_ns: u64,
}

impl Evidence<'_> {
    /// How much of the lateness of wake-up `index` is due to a processor that stood still.
    ///
    /// # Panics
    /// If there is no such wake-up.
    pub(super) fn blame(&self, index: usize) -> Blame {
        let Wake { due_ns, ready_ns, woken_ns } = self.wakes[index];
        let late = (due_ns, woken_ns);
        // It is the loop's own fault, or the scheduler's, if it waited for another thread.
        let waited_ns = self.waited_ns(woken_ns);
        let mut blame = Blame::default();
        for gap in overlapping(self.detected, late) {
            let awake_ns = self.awake_ns(gap.span());
            if gap.is_nap {
                // Nobody saw how the gap began, so the detector must not have waited either, other
                // than for the loop. Both wait for the same thread, so the longer counts.
                let others_ns = waited_ns.max(gap.waited_ns.saturating_sub(awake_ns));
                blame.napped_ns += lost_ns(gap.span(), awake_ns + others_ns, late);
            } else {
                blame.seen_ns += lost_ns(gap.span(), awake_ns + waited_ns, late);
            }
        }
        // A stop while the loop is awake makes its work end after the next tick was due.
        if ready_ns > due_ns {
            let lost_ns = |gap| self.lost_in_work_ns(gap, late);
            blame.seen_ns += overlapping(self.in_work, late).map(lost_ns).sum::<u64>();
        }
        blame
    }

    /// How long the loop waited for other threads from the begin of the work before wake-up `index`
    /// until it worked again, ns; 0 if that is not known.
    ///
    /// # Panics
    /// If there is no such wake-up.
    pub(super) fn waited_since_work_ns(&self, index: usize) -> u64 {
        let woken_ns = self.wakes[index].woken_ns;
        let next = self.works.partition_point(|work| work.begin_ns < woken_ns);
        let before = next.checked_sub(1).and_then(|before| self.works.get(before));
        let within_ns = before.map_or(0, |work| work.waited_within_ns);
        let before_ns = self.works.get(next).map_or(0, |work| work.waited_before_ns);
        [within_ns, before_ns].into_iter().filter(|&waited_ns| waited_ns < UNKNOWN_NS).sum()
    }

    /// How long the processor stood still each time that it did, ns.
    pub(super) fn stops_ns(&self) -> impl Iterator<Item = u64> {
        let detected = self.detected.iter().map(|gap| {
            let awake_ns = self.awake_ns(gap.span());
            let first = self.wakes.partition_point(|wake| wake.woken_ns <= gap.from_ns);
            let wake = self.wakes.get(first).filter(|wake| wake.woken_ns < gap.to_ns);
            let waited_ns = wake.map_or(0, |wake| self.waited_ns(wake.woken_ns));
            let others_ns = if gap.is_nap { gap.waited_ns.saturating_sub(awake_ns) } else { 0 };
            lost_ns(gap.span(), awake_ns + waited_ns.max(others_ns), (0, u64::MAX))
        });
        let in_work = self.in_work.iter().map(|gap| self.lost_in_work_ns(gap, (0, u64::MAX)));
        detected.chain(in_work)
    }

    /// What of a gap in the loop's work falls into `late` and was lost to nobody, ns: only what the
    /// detector did not run in either, because work that sleeps lets it run.
    fn lost_in_work_ns(&self, gap: &Gap, late: (u64, u64)) -> u64 {
        let detected = overlapping(self.detected, gap.span());
        let both = detected.map(|seen| shared(seen.span(), gap.span()));
        both.map(|both| lost_ns(both, gap.waited_ns, late)).sum()
    }

    /// The loop's waiting in the books around a wake-up at `woken_ns`. They are read with the work
    /// that follows, so the waiting of wake-ups without work between them is in it too.
    fn waited_ns(&self, woken_ns: u64) -> u64 {
        let next = self.works.partition_point(|work| work.begin_ns < woken_ns);
        // Without work after it there are no books, and so no evidence.
        self.works.get(next).map_or(UNKNOWN_NS, |work| work.waited_before_ns)
    }

    /// How long the loop was awake in `span`, ns.
    fn awake_ns(&self, span: (u64, u64)) -> u64 {
        let first = self.wakes.partition_point(|wake| wake.woken_ns <= span.0).saturating_sub(1);
        let wakes = self.wakes.get(first..).unwrap_or_default();
        let ends = wakes.iter().skip(1).map(|next| next.ready_ns).chain([u64::MAX]);
        let awake = wakes.iter().map(|wake| wake.woken_ns).zip(ends);
        awake.take_while(|awake| awake.0 < span.1).map(|awake| overlap_ns(awake, span)).sum()
    }
}

/// The gaps that have a part in `span`.
fn overlapping(gaps: &[Gap], span: (u64, u64)) -> impl Iterator<Item = &Gap> {
    let first = gaps.partition_point(|gap| gap.to_ns <= span.0);
    let gaps = gaps.get(first..).unwrap_or_default();
    gaps.iter().take_while(move |gap| gap.from_ns < span.1)
}

/// What of `span` was lost to nobody and falls into `late`, if `known_ns` of it are accounted for.
fn lost_ns(span: (u64, u64), known_ns: u64, late: (u64, u64)) -> u64 {
    (span.1.saturating_sub(span.0)).saturating_sub(known_ns).min(overlap_ns(span, late))
}

/// How much two spans share, ns.
fn overlap_ns(a: (u64, u64), b: (u64, u64)) -> u64 {
    let (from_ns, to_ns) = shared(a, b);
    to_ns.saturating_sub(from_ns)
}

/// What two spans share; it ends before it begins if that is nothing.
fn shared(a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
    (a.0.max(b.0), a.1.min(b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: u64 = 1000;
    /// A wake-up, the due time of the next, and the end of the work between them.
    const fn wake(due_us: u64, ready_us: u64, woken_us: u64) -> Wake {
        Wake { due_ns: due_us * US, ready_ns: ready_us * US, woken_ns: woken_us * US }
    }

    const fn work(begin_us: u64, waited_us: u64) -> Work {
        let (begin_ns, end_ns) = (begin_us * US, (begin_us + 50) * US);
        Work { begin_ns, end_ns, waited_before_ns: waited_us * US, waited_within_ns: 0 }
    }

    const fn gap(from_us: u64, to_us: u64, waited_us: u64, is_nap: bool) -> Gap {
        Gap { from_ns: from_us * US, to_ns: to_us * US, waited_ns: waited_us * US, is_nap }
    }

    /// Three ticks of 60 us; the second is due at 2000 us and woken at 5000 us, the third follows.
    const WAKES: [Wake; 3] =
        [wake(1000, 900, 1005), wake(2000, 1065, 5000), wake(6000, 5060, 6005)];

    fn blame(works: &[Work], in_work: &[Gap], detected: &[Gap]) -> Blame {
        Evidence { wakes: &WAKES, works, in_work, detected }.blame(1)
    }

    fn works(waited_us: u64) -> [Work; 3] {
        [work(1006, 4), work(5001, waited_us), work(6006, 4)]
    }

    #[test]
    fn a_stop_that_the_detector_saw_explains_the_lateness() {
        // It was alive until 1950 us, stopped, and ran again after the loop.
        let found = blame(&works(0), &[], &[gap(1950, 5070, 130, false)]);
        // All of it but the 10 us that nobody can account for, and 60 us of the loop's own.
        assert_eq!(found, Blame { seen_ns: 3000 * US, napped_ns: 0 });
    }

    #[test]
    fn a_detector_that_ran_all_the_time_is_no_excuse() {
        // The gap is the loop's own run.
        assert_eq!(blame(&works(0), &[], &[gap(4999, 5061, 62, false)]).seen_ns, US);
        assert_eq!(blame(&works(0), &[], &[]), Blame::default());
    }

    #[test]
    fn waiting_for_another_thread_is_no_excuse() {
        // The loop was woken in time and another thread kept it and the detector away.
        let found = blame(&works(2990), &[], &[gap(1950, 5070, 3100, false)]);
        assert!(found.seen_ns <= 70 * US, "{found:?}");
        // Half of it.
        let found = blame(&works(1500), &[], &[gap(1950, 5070, 1560, false)]);
        assert!(found.seen_ns <= 1600 * US, "{found:?}");
    }

    #[test]
    fn gaps_at_other_times_are_no_excuse() {
        let before_and_after = [gap(1100, 1990, 0, false), gap(5070, 9000, 0, false)];
        assert_eq!(blame(&works(0), &[], &before_and_after), Blame::default());
    }

    #[test]
    fn a_nap_explains_only_if_the_detector_did_not_wait_either() {
        let found = blame(&works(0), &[], &[gap(1900, 5070, 65, true)]);
        assert_eq!(found, Blame { seen_ns: 0, napped_ns: 3000 * US });
        let found = blame(&works(0), &[], &[gap(1900, 5070, 3060, true)]);
        assert!(found.napped_ns <= 170 * US, "{found:?}");
        // The loop and the detector waited for the same thread at the same time.
        let found = blame(&works(700), &[], &[gap(1900, 5070, 765, true)]);
        assert_eq!(found.napped_ns, 2405 * US);
    }

    /// The work of the first tick ends 2.1 ms after the second was due.
    const LONG: [Wake; 3] = [wake(1000, 900, 1005), wake(2000, 4100, 4100), wake(5000, 4160, 5005)];

    fn blame_long(waited_us: u64, in_work: &[Gap], detected: &[Gap]) -> Blame {
        let mut works = [work(1006, 4), work(4101, waited_us), work(5006, 4)];
        works[0].end_ns = 4099 * US;
        Evidence { wakes: &LONG, works: &works, in_work, detected }.blame(1)
    }

    #[test]
    fn a_stop_in_the_work_explains_the_next_tick() {
        // The detector did not run from when the loop woke up until it slept again; besides the gap
        // there are 3 us that were nobody's.
        let detected = [gap(1004, 4162, 0, false)];
        assert_eq!(blame_long(0, &[gap(1030, 4050, 0, false)], &detected).seen_ns, 2053 * US);
        // A thread above the loop took it.
        let found = blame_long(0, &[gap(1030, 4050, 3000, false)], &detected);
        assert!(found.seen_ns <= 80 * US, "{found:?}");
        // The detector napped when the loop woke up, and could not run after that.
        let detected = [gap(1050, 4162, 60, true)];
        assert_eq!(blame_long(0, &[gap(1030, 4050, 0, false)], &detected).seen_ns, 2050 * US);
    }

    #[test]
    fn work_that_sleeps_is_no_excuse() {
        // The detector ran meanwhile, but for what the loop itself took.
        let gaps = [gap(1004, 1031, 0, false), gap(4049, 4162, 0, false)];
        for detected in [&[][..], &gaps] {
            let found = blame_long(0, &[gap(1030, 4050, 0, false)], detected);
            assert!(found.seen_ns + found.napped_ns <= 10 * US, "{found:?}");
        }
        // Half of it was a stop.
        let found = blame_long(0, &[gap(1030, 4050, 0, false)], &[gap(3000, 4162, 0, false)]);
        assert!(found.seen_ns <= 1060 * US, "{found:?}");
    }

    #[test]
    fn what_the_loop_takes_around_its_work_is_no_excuse() {
        let wakes = LONG;
        for end_us in [1056, 4090] {
            // The time passes after the work, or before it.
            let mut works = [work(1006, 4), work(4101, 0), work(5006, 4)];
            works[0].end_ns = end_us * US;
            works[0].begin_ns = (end_us - 50) * US;
            let detected = &[gap(1004, 4162, 0, false)];
            let evidence = Evidence { wakes: &wakes, works: &works, in_work: &[], detected };
            let found = evidence.blame(1);
            assert!(found.seen_ns <= 10 * US, "{found:?}");
        }
    }

    #[test]
    fn waiting_in_the_work_and_after_it_is_added_up() {
        let mut works = works(1500);
        works[0].waited_within_ns = 700 * US;
        works[2].waited_within_ns = 90_000 * US;
        let evidence = Evidence { wakes: &WAKES, works: &works, in_work: &[], detected: &[] };
        assert_eq!(evidence.waited_since_work_ns(1), 2200 * US);
    }

    #[test]
    fn the_last_wake_up_has_no_books() {
        let evidence = Evidence {
            wakes: &WAKES[..2],
            works: &works(0)[..1],
            in_work: &[],
            detected: &[gap(1950, 5070, 130, false)],
        };
        assert_eq!(evidence.blame(1), Blame::default());
    }
}
