//! What the scene has happen when.

use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Query, Res, ResMut};
use rivus_app::{Stage, Tick, TimeFaults};
use rivus_math::Vec3;
use rivus_robot::Setpoint;

/// The events of the scene, ready to be looked up.
#[derive(Resource, Clone, Debug, Default)]
pub(crate) struct Timeline {
    gusts: Vec<Gust>,
    /// In order of time.
    orders: Vec<Order>,
    /// How many of the orders were carried out.
    done: usize,
}

/// Additional wind for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gust {
    pub(crate) from_ns: u64,
    /// The first moment after it.
    pub(crate) until_ns: u64,
    /// World frame, m/s.
    pub(crate) velocity_mps: Vec3<f32>,
}

/// Something that is to be done once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) at_ns: u64,
    pub(crate) deed: Deed,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Deed {
    /// Give a robot a new setpoint.
    Setpoint(Entity, Setpoint),
    /// Let a stage take longer.
    Slow { stage: Stage, by_us: u32, until_ns: u64 },
    /// Let the control side miss so many ticks.
    DropTicks(u64),
    /// Let the elapsed times of the control side jump by so many nanoseconds.
    Jump(u64),
}

impl Timeline {
    /// The timeline of these events, whose orders are in order of time.
    pub(crate) const fn new(gusts: Vec<Gust>, orders: Vec<Order>) -> Self {
        Self { gusts, orders, done: 0 }
    }

    /// What gusts add to the wind at `time_ns`, world frame, m/s.
    pub(crate) fn gust_mps(&self, time_ns: u64) -> Vec3<f32> {
        self.gusts
            .iter()
            .filter(|gust| (gust.from_ns..gust.until_ns).contains(&time_ns))
            .fold(Vec3::zero(), |sum, gust| sum + gust.velocity_mps)
    }

    /// The next order that is due at `time_ns`; each is given once.
    fn next_due(&mut self, time_ns: u64) -> Option<Order> {
        let order = *self.orders.get(self.done).filter(|order| order.at_ns <= time_ns)?;
        self.done += 1;
        Some(order)
    }
}

/// Does what is due. Orders that fall into dropped ticks wait for the next tick that is not.
pub(crate) fn give_orders(
    tick: Res<Tick>,
    mut timeline: ResMut<Timeline>,
    mut faults: ResMut<TimeFaults>,
    mut setpoints: Query<&mut Setpoint>,
) {
    while let Some(order) = timeline.next_due(tick.time_ns) {
        match order.deed {
            Deed::Setpoint(robot, ordered) => {
                if let Ok(mut setpoint) = setpoints.get_mut(robot) {
                    *setpoint = ordered;
                }
            }
            Deed::Slow { stage, by_us, until_ns } => faults.slow(stage, by_us, until_ns),
            Deed::DropTicks(count) => faults.drop_ticks(count),
            Deed::Jump(by_ns) => faults.jump(by_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::Vector3;

    use super::*;

    #[test]
    fn gusts_add_up_while_they_last() {
        let gust =
            |from_ns, until_ns, x| Gust { from_ns, until_ns, velocity_mps: Vec3::new(x, 0.0, 0.0) };
        let timeline = Timeline::new(vec![gust(10, 30, 1.0), gust(20, 40, 2.0)], Vec::new());
        let x = [9, 10, 20, 29, 30, 40].map(|time_ns| timeline.gust_mps(time_ns).x);
        assert_eq!(x, [0.0, 1.0, 3.0, 3.0, 2.0, 0.0]);
    }

    #[test]
    fn an_order_is_given_once_when_it_is_due() {
        let order = |at_ns, yaw_rad| {
            let setpoint = rivus_flight::Setpoint { position_m: Vector3::zeros(), yaw_rad };
            Order { at_ns, deed: Deed::Setpoint(Entity::PLACEHOLDER, Setpoint(setpoint)) }
        };
        let mut timeline = Timeline::new(Vec::new(), vec![order(5, 1.0), order(7, 2.0)]);
        assert_eq!(timeline.next_due(4), None);
        assert_eq!(timeline.next_due(8), Some(order(5, 1.0)));
        assert_eq!(timeline.next_due(8), Some(order(7, 2.0)));
        assert_eq!(timeline.next_due(9), None);
    }
}
