//! Every wake-up of a run, for whoever wants to know more than percentiles.

use bevy_ecs::prelude::*;

/// One time that the loop slept until a tick was due. All times are those of
/// [`monotonic_ns`](crate::monotonic_ns).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// When the tick was due, ns.
    pub due_ns: u64,
    /// When the loop had done its work and could sleep, ns; after `due_ns` if the work took too
    /// long.
    pub ready_ns: u64,
    /// When it ran again, ns; never before `due_ns`.
    pub woken_ns: u64,
}

impl Wake {
    /// How late the loop was, ns.
    #[must_use]
    pub const fn lateness_ns(&self) -> u64 {
        self.woken_ns - self.due_ns
    }
}

/// Where [`run_real_time`](crate::run_real_time) notes its wake-ups, if the world has one.
#[derive(Resource, Clone, Debug, Default)]
pub struct WakeLog {
    wakes: Vec<Wake>,
}

impl WakeLog {
    /// Room for this many wake-ups; those that follow are not noted. One takes 24 bytes.
    #[must_use]
    pub fn new(wakes_max: usize) -> Self {
        Self { wakes: Vec::with_capacity(wakes_max) }
    }

    /// The wake-ups, in their order.
    #[must_use]
    pub fn wakes(&self) -> &[Wake] {
        &self.wakes
    }

    pub(crate) fn note(&mut self, wake: Wake) {
        if self.wakes.len() < self.wakes.capacity() {
            self.wakes.push(wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_does_not_grow() {
        let mut log = WakeLog::new(2);
        let room = log.wakes.capacity();
        for due_ns in 0..room as u64 + 3 {
            log.note(Wake { due_ns, ready_ns: 0, woken_ns: due_ns + 5 });
        }
        assert_eq!((log.wakes().len(), log.wakes.capacity()), (room, room));
        assert_eq!(log.wakes()[1].lateness_ns(), 5);
    }
}
