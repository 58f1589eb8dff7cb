//! What was true a short while ago, for sensors that report late.

use bevy_ecs::component::Component;
use rivus_vehicle::State;

/// The last states of one vehicle, one per base tick, back to the longest delay of its sensors.
#[derive(Component, Clone, Debug)]
pub(crate) struct History {
    /// A ring; `newest` is the place of the last one written.
    moments: Vec<Moment>,
    newest: usize,
}

/// The truth at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// Time of the robot, ns.
    pub(crate) stamp_ns: u64,
    /// What was true then.
    pub(crate) state: State<f32>,
}

impl History {
    /// A history that reaches `depth` ticks back; before time 0 the vehicle was held at `start`.
    pub(crate) fn new(depth: usize, start: State<f32>) -> Self {
        Self { moments: vec![Moment { stamp_ns: 0, state: start }; depth + 1], newest: 0 }
    }

    /// Adds a moment later than all others; the oldest one is forgotten.
    pub(crate) fn push(&mut self, moment: Moment) {
        self.newest = (self.newest + 1) % self.moments.len();
        self.moments[self.newest] = moment;
    }

    /// The last moment that is not later than `time_ns`, or the oldest one known.
    pub(crate) fn at(&self, time_ns: u64) -> &Moment {
        let len = self.moments.len();
        let back = |ago: usize| &self.moments[(self.newest + len - ago) % len];
        (0..len)
            .map(back)
            .find(|moment| moment.stamp_ns <= time_ns)
            .unwrap_or_else(|| back(len - 1))
    }
}

#[cfg(test)]
mod tests {
    use rivus_math::Vec3;

    use super::*;

    fn at_height(z: f32) -> State<f32> {
        State::at_rest(Vec3::new(0.0, 0.0, z), 0.0)
    }

    #[test]
    fn it_answers_with_what_was_true_then() {
        let mut history = History::new(3, at_height(0.0));
        let height = |history: &History, time_ns| history.at(time_ns).state.position_m.z;
        assert_eq!(height(&history, 0), 0.0);
        for tick in 1..=5_u16 {
            let stamp_ns = u64::from(tick) * 10;
            history.push(Moment { stamp_ns, state: at_height(f32::from(tick)) });
        }
        assert_eq!([50, 49, 20, 7].map(|time_ns| height(&history, time_ns)), [5.0, 4.0, 2.0, 2.0]);
    }
}
