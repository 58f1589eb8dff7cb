//! Whoever looks at ticks without taking part in them.

use bevy_ecs::change_detection::Tick as ChangeTick;
use bevy_ecs::message::Messages;
use bevy_ecs::world::World;

use crate::{BudgetOverrun, Fault, Tick, TickOrders};

/// Looks at every tick when its stages have run: a recorder, a window.
///
/// It sees the world and cannot change it, so a flight has the same bits whoever looks. It runs in
/// the thread of the tick and is part of the tick's time: it must not wait.
pub trait Observer: Send {
    /// Looks at a tick.
    fn observe(&mut self, tick: &Observed<'_>);
}

/// A tick whose stages have run.
#[derive(Clone, Copy)]
pub struct Observed<'w> {
    /// The world as the tick leaves it.
    pub world: &'w World,
    /// The tick.
    pub tick: Tick,
    /// What it was told from outside.
    pub orders: TickOrders,
    /// Wall times of the tick before, in nanoseconds: the tick, its observers, every stage and
    /// every system in the order of [`Timings`](crate::Timings); zero for what did not run. Empty
    /// without a clock.
    pub took_ns: &'w [u32],
    /// The faults of this tick and some before; `None` if there is none in this one.
    pub faults: Option<&'w Messages<Fault>>,
    /// The overruns of some ticks before; `None` if there was none in the last one.
    pub overruns: Option<&'w Messages<BudgetOverrun>>,
    /// When this observer looked last: what was written later is new.
    pub since: ChangeTick,
    /// When stage `Sense` was over: what was written later, the control side did not see in this
    /// tick.
    pub sensed: ChangeTick,
    /// Now.
    pub now: ChangeTick,
}
