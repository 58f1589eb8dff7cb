//! Who runs the ticks: a thread of its own, or whoever draws the window.

use alloc::boxed::Box;
use std::io;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use rivus_run::{monotonic_ns, sleep_until};

use super::channels::{Channels, WorldEnd, channels};
use super::simulation::Simulation;
use crate::{Loader, Order};

/// Orders that may wait for the world.
const ORDERS: usize = 256;

/// The world looks for orders at least this often, s.
const LOOK_S: f64 = 0.02;

/// Time between two reports, s. The tick after one finds the caches full of other things: that must
/// not happen to one of a hundred.
const REPORT_S: f64 = 0.25;

/// Ticks between two looks at the clock when there is no limit.
const UNLIMITED_TICKS: u64 = 100;

/// Seconds of the robots that the window runs per frame when there is no limit.
const UNLIMITED_FRAME_S: f64 = 0.2;

/// Runs the ticks of a flight.
pub struct Driver {
    channels: Channels,
    engine: Engine,
}

enum Engine {
    /// On a thread of its own. Dropping the sender ends it.
    Thread { orders: Option<Sender<Order>>, thread: Option<JoinHandle<()>> },
    /// Between two frames, on whatever thread draws them.
    Inline { simulation: Box<Simulation>, meter: Meter },
}

impl Driver {
    /// A world that ticks on a thread of its own, whether or not the window keeps up.
    ///
    /// # Errors
    /// If there can be no such thread.
    pub fn thread(loader: impl Loader) -> io::Result<Self> {
        let (end, channels) = channels();
        let (orders, received) = bounded(ORDERS);
        let loader = Box::new(loader);
        let thread = thread::Builder::new()
            .name("ticks".to_owned())
            .spawn(move || run(loader, end, &received))?;
        let engine = Engine::Thread { orders: Some(orders), thread: Some(thread) };
        Ok(Self { channels, engine })
    }

    /// A world that ticks when [`advance`](Self::advance) is called, so that every run is the same.
    #[must_use]
    pub fn inline(loader: impl Loader) -> Self {
        let (end, channels) = channels();
        let simulation = Box::new(Simulation::new(Box::new(loader), end));
        let meter = Meter::new(&simulation);
        Self { channels, engine: Engine::Inline { simulation, meter } }
    }

    /// Where snapshots and news come out.
    #[must_use]
    pub const fn channels(&self) -> &Channels {
        &self.channels
    }

    /// Hands an order over; whether it was taken. It is not while the world is stuck.
    pub fn give(&mut self, order: Order) -> bool {
        match &mut self.engine {
            Engine::Thread { orders, .. } => {
                orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok())
            }
            Engine::Inline { simulation, meter } => {
                let is_anew = order.begins_time_anew();
                simulation.obey(order);
                if is_anew {
                    *meter = Meter::new(simulation);
                }
                true
            }
        }
    }

    /// Lets `elapsed_s` seconds pass on the wall for a world without a thread.
    pub fn advance(&mut self, elapsed_s: f64) {
        let Engine::Inline { simulation, meter } = &mut self.engine else { return };
        if simulation.is_running() {
            let unlimited = (UNLIMITED_FRAME_S / simulation.period_s()).ceil();
            // Some hundred ticks.
            let ticks = simulation.pacer.pass(elapsed_s).unwrap_or(unlimited as u64);
            simulation.run(ticks);
        }
        meter.pass(elapsed_s, simulation);
    }

    /// The hash of the flight's bits so far, of a world without a thread.
    #[must_use]
    pub fn state_hash(&self) -> Option<u64> {
        match &self.engine {
            Engine::Thread { .. } => None,
            Engine::Inline { simulation, .. } => simulation.state_hash(),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Engine::Thread { orders, thread } = &mut self.engine {
            drop(orders.take());
            if let Some(thread) = thread.take() {
                // A panic in there was reported by its own message.
                let _ = thread.join();
            }
        }
    }
}

/// Measures the speed that is reached and reports it now and then.
#[derive(Debug)]
struct Meter {
    wall_s: f64,
    /// Those that had run at its beginning.
    ticks: u64,
}

impl Meter {
    /// Begins to measure.
    const fn new(simulation: &Simulation) -> Self {
        Self { wall_s: 0.0, ticks: simulation.ticks() }
    }

    fn pass(&mut self, elapsed_s: f64, simulation: &mut Simulation) {
        self.wall_s += elapsed_s;
        if self.wall_s < REPORT_S {
            return;
        }
        let ticks = simulation.ticks() - self.ticks;
        simulation.report(ticks as f64 * simulation.period_s() / self.wall_s);
        *self = Self::new(simulation);
    }
}

/// The thread of the ticks.
fn run(loader: Box<dyn Loader>, end: WorldEnd, orders: &Receiver<Order>) {
    let mut simulation = Simulation::new(loader, end);
    let mut meter = Meter::new(&simulation);
    let mut last_ns = monotonic_ns();
    loop {
        loop {
            match orders.try_recv() {
                Ok(order) => {
                    let is_anew = order.begins_time_anew();
                    simulation.obey(order);
                    if is_anew {
                        last_ns = monotonic_ns();
                        meter = Meter::new(&simulation);
                    }
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
        let now_ns = monotonic_ns();
        let elapsed_s = now_ns.saturating_sub(last_ns) as f64 / 1e9;
        last_ns = now_ns;
        let is_running = simulation.is_running();
        if is_running {
            let ticks = simulation.pacer.pass(elapsed_s);
            simulation.run(ticks.unwrap_or(UNLIMITED_TICKS));
        }
        meter.pass(elapsed_s, &mut simulation);
        let wait_s = if is_running { simulation.pacer.wait_s().min(LOOK_S) } else { LOOK_S };
        if wait_s > 0.0 {
            // Not by `recv_timeout`, which calls `sched_yield` first: a thread that has yielded gets
            // the processor back only when the time slice of another one, say of a software renderer,
            // is over, milliseconds later. One that a timer wakes pre-empts it.
            // It waits `LOOK_S` at most, so the cast fits.
            let _woken_ns = sleep_until(now_ns + (wait_s * 1e9) as u64);
        }
    }
}
