//! When the loop counts as stuck; time is an argument.

/// What the loop last said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The first tick is still to come.
    Off,
    /// It lived at this time, ns; one to come if it sleeps until then.
    Fed(u64),
    /// It ended by a panic or an error at some time after this, ns.
    Died(u64),
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing.
    Wait,
    /// Put out the safe frame; the loop gave its last sign of life at this time, ns.
    PutOut {
        /// The last sign of life, ns.
        fed_ns: u64,
        /// Whether it is the first frame since then.
        is_first: bool,
    },
}

/// Decides, check by check, whether the safe frame is put out.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    limit_ns: u64,
    repeat_ns: u64,
    /// The last sign of life of the episode, and when its last frame was ordered.
    stuck: Option<(u64, u64)>,
    episodes: u64,
    frames: u64,
}

impl Judge {
    pub(super) const fn new(limit_ns: u64, repeat_ns: u64) -> Self {
        Self { limit_ns, repeat_ns, stuck: None, episodes: 0, frames: 0 }
    }

    /// How often the loop got stuck, however long each time.
    pub(super) const fn episodes(&self) -> u64 {
        self.episodes
    }

    /// How many frames were ordered.
    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }

    /// What to do at `now_ns` about a loop that last said `sign`.
    pub(super) fn check(&mut self, sign: Sign, now_ns: u64) -> Order {
        let (fed_ns, is_stuck) = match sign {
            Sign::Off => (0, false),
            Sign::Fed(fed_ns) => (fed_ns, now_ns.saturating_sub(fed_ns) > self.limit_ns),
            Sign::Died(fed_ns) => (fed_ns, true),
        };
        if !is_stuck {
            self.stuck = None;
            return Order::Wait;
        }
        // A loop that lived for a moment between two checks is stuck anew.
        let last_ns = self.stuck.filter(|&(since_ns, _)| since_ns == fed_ns).map(|(_, last)| last);
        let is_first = last_ns.is_none();
        let is_early =
            last_ns.is_some_and(|last_ns| now_ns.saturating_sub(last_ns) < self.repeat_ns);
        // The loop may have sent a command of its own since the last frame, and there is no next
        // time after its death.
        if is_early && matches!(sign, Sign::Fed(_)) {
            return Order::Wait;
        }
        self.stuck = Some((fed_ns, now_ns));
        self.episodes += u64::from(is_first);
        self.frames += 1;
        Order::PutOut { fed_ns, is_first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn judge() -> Judge {
        Judge::new(40 * MS, 10 * MS)
    }

    fn first(fed_ns: u64) -> Order {
        Order::PutOut { fed_ns, is_first: true }
    }

    fn again(fed_ns: u64) -> Order {
        Order::PutOut { fed_ns, is_first: false }
    }

    #[test]
    fn a_loop_that_lives_is_left_alone() {
        let mut judge = judge();
        for now_ms in (0..10_000).step_by(5) {
            let fed_ms = now_ms / 40 * 40;
            assert_eq!(judge.check(Sign::Fed(fed_ms * MS), now_ms * MS), Order::Wait);
        }
        assert_eq!((judge.episodes(), judge.frames()), (0, 0));
    }

    #[test]
    fn nothing_is_put_out_before_the_first_tick_or_while_the_loop_sleeps() {
        let mut judge = judge();
        for now_ns in [0, MS, 1_000_000 * MS, u64::MAX] {
            assert_eq!(judge.check(Sign::Off, now_ns), Order::Wait);
        }
        // The next tick is due in a second: it is stuck if it does not begin then.
        for now_ms in (0..=1040).step_by(5) {
            assert_eq!(judge.check(Sign::Fed(1000 * MS), now_ms * MS), Order::Wait);
        }
        assert_eq!(judge.check(Sign::Fed(1000 * MS), 1045 * MS), first(1000 * MS));
    }

    #[test]
    fn the_limit_itself_is_still_in_time() {
        assert_eq!(judge().check(Sign::Fed(3 * MS), 43 * MS), Order::Wait);
        assert_eq!(judge().check(Sign::Fed(3 * MS), 43 * MS + 1), first(3 * MS));
    }

    #[test]
    fn a_stuck_loop_gets_a_frame_every_so_often_and_counts_once() {
        let mut judge = judge();
        let sign = Sign::Fed(100 * MS);
        let mut frames_ms = Vec::new();
        for now_ms in (100..=200).step_by(5) {
            if judge.check(sign, now_ms * MS) != Order::Wait {
                frames_ms.push(now_ms);
            }
        }
        assert_eq!(frames_ms, [145, 155, 165, 175, 185, 195]);
        assert_eq!((judge.episodes(), judge.frames()), (1, 6));
    }

    #[test]
    fn the_loop_gets_its_outputs_back_and_may_get_stuck_again() {
        let mut judge = judge();
        assert_eq!(judge.check(Sign::Fed(0), 45 * MS), first(0));
        assert_eq!(judge.check(Sign::Fed(46 * MS), 50 * MS), Order::Wait);
        assert_eq!(judge.check(Sign::Fed(50 * MS), 95 * MS), first(50 * MS));
        // It lived between two checks and was stuck again by the next.
        assert_eq!(judge.check(Sign::Fed(96 * MS), 140 * MS), first(96 * MS));
        assert_eq!(judge.check(Sign::Fed(96 * MS), 150 * MS), again(96 * MS));
        assert_eq!((judge.episodes(), judge.frames()), (3, 4));
    }

    #[test]
    fn a_stuck_loop_that_ends_after_all_is_left_alone() {
        let mut judge = judge();
        assert_eq!(judge.check(Sign::Fed(0), 45 * MS), first(0));
        assert_eq!(judge.check(Sign::Off, 60 * MS), Order::Wait);
        assert_eq!((judge.episodes(), judge.frames()), (1, 1));
    }

    #[test]
    fn a_loop_that_died_is_not_given_time() {
        let mut judge = judge();
        assert_eq!(judge.check(Sign::Fed(0), MS), Order::Wait);
        assert_eq!(judge.check(Sign::Died(0), 2 * MS), first(0));
        assert_eq!(judge.episodes(), 1);
    }

    #[test]
    fn a_stuck_loop_that_dies_gets_a_frame_after_its_own_last_one() {
        let mut judge = judge();
        assert_eq!(judge.check(Sign::Fed(0), 45 * MS), first(0));
        // The tick went on for a moment and sent a command before it panicked.
        assert_eq!(judge.check(Sign::Died(0), 46 * MS), again(0));
        assert_eq!(judge.check(Sign::Died(0), 46 * MS), again(0));
        assert_eq!((judge.episodes(), judge.frames()), (1, 3));
    }
}
