//! Disturbances of time, on purpose: the same in every run.

use bevy_ecs::resource::Resource;

use crate::Stage;

/// Slows stages, drops ticks and stretches elapsed times of the control side, for tests, scenes and
/// whoever wants to see what a robot makes of it.
///
/// The control side are the stages before [`Stage::Simulate`]; the simulated world goes on as
/// always. What the robot does depends on what was asked for here, never on the machine.
#[derive(Resource, Clone, Debug, Default)]
pub struct TimeFaults {
    slow: [Slow; Stage::ALL.len()],
    /// No stage is slow from then on.
    slow_until_ns: u64,
    dropped_ticks: u64,
    jump_ns: u64,
}

/// What a tick was told from outside, besides readings.
///
/// A recording keeps it, and a replay asks for the same again: with the readings it is all that the
/// control side's bits depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TickOrders {
    /// The control side misses this tick.
    pub is_dropped: bool,
    /// What the elapsed times of the control side jump by, in nanoseconds.
    pub jump_ns: u64,
    /// An overrun was reported since the last tick, and is answered from this one on.
    pub is_overrun: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slow {
    by_us: u32,
    until_ns: u64,
}

impl TimeFaults {
    /// Makes every run of `stage` take `by_us` microseconds longer until the robot's time is
    /// `until_ns`, beginning with the current tick.
    ///
    /// Nothing waits: the time is added to what was measured. Where the delay alone is over the
    /// stage's budget it is an overrun that is acted on at any pace, with or without a clock; a stage
    /// without a budget is never late by it. A later call for the same stage replaces this one.
    pub fn slow(&mut self, stage: Stage, by_us: u32, until_ns: u64) {
        self.slow[stage.index()] = Slow { by_us, until_ns };
        self.slow_until_ns = self.slow_until_ns.max(until_ns);
    }

    /// Lets the control side miss the next `count` base ticks, in addition to those it is to miss
    /// already.
    pub const fn drop_ticks(&mut self, count: u64) {
        self.dropped_ticks = self.dropped_ticks.saturating_add(count);
    }

    /// Adds `by_ns` to the elapsed time that every schedule of the control side is told at its next
    /// run after this tick, as if a clock had jumped.
    pub const fn jump(&mut self, by_ns: u64) {
        self.jump_ns = self.jump_ns.saturating_add(by_ns);
    }

    /// Whether a stage may take longer at `time_ns`.
    pub(crate) const fn is_slow(&self, time_ns: u64) -> bool {
        time_ns < self.slow_until_ns
    }

    /// How much longer `stage` takes at `time_ns`, in nanoseconds.
    pub(crate) fn delay_ns(&self, stage: Stage, time_ns: u64) -> u64 {
        let Slow { by_us, until_ns } = self.slow[stage.index()];
        if time_ns < until_ns { u64::from(by_us) * 1000 } else { 0 }
    }

    /// Whether there is something to take in the tick that begins.
    pub(crate) const fn has_orders(&self) -> bool {
        self.dropped_ticks > 0 || self.jump_ns > 0
    }

    /// Whether the tick that begins is dropped.
    pub(crate) const fn take_dropped_tick(&mut self) -> bool {
        let is_dropped = self.dropped_ticks > 0;
        self.dropped_ticks = self.dropped_ticks.saturating_sub(1);
        is_dropped
    }

    /// Counts ticks that were missed anyway.
    pub(crate) const fn miss_ticks(&mut self, count: u64) {
        self.dropped_ticks = self.dropped_ticks.saturating_sub(count);
    }

    /// The jump that was asked for since the last tick.
    pub(crate) const fn take_jump_ns(&mut self) -> u64 {
        core::mem::replace(&mut self.jump_ns, 0)
    }
}
