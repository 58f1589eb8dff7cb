//! How an app ticks.

use bevy_app::{App, Plugin, PluginsState};
use bevy_ecs::message::{Message, MessageRegistry, Messages};
use bevy_ecs::schedule::{Schedule, Schedules};
use bevy_ecs::world::World;

use crate::plan::StageSetup;
use crate::ticker::{Observers, Ticker, TickerSlot};
use crate::{
    AppError, BudgetOverrun, Dt, Fault, Faults, Observer, OverrunResponse, Stage, StateHash, Tick,
    TickConfig, TimeFaults, Timings,
};

/// Puts the resources and messages of the ticks into the world, so that other plugins can change
/// and use them; `build_ticks` does the same for an app without it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TickPlugin;

impl Plugin for TickPlugin {
    fn build(&self, app: &mut App) {
        install(app.world_mut());
    }
}

/// Ticks for a Bevy [`App`].
///
/// `App::update` is not used: it knows one rate only and runs schedules that have no place here.
pub trait AppExt {
    /// Finishes the plugins, checks all rates, orders and budgets and makes the schedules ready.
    ///
    /// Does nothing when it was done before. [`tick`](Self::tick) calls it too; call it yourself
    /// to see an error before a robot moves.
    ///
    /// # Errors
    /// If a rate does not divide the base rate, systems cannot be ordered, budgets do not fit or
    /// systems were added where they would never run.
    fn build_ticks(&mut self) -> Result<(), AppError>;

    /// Whether the ticks are built: then rates, budgets, pace and systems are what they are.
    fn has_built_ticks(&self) -> bool;

    /// Runs one base tick: every stage in order and in it what is due, lower rates first.
    ///
    /// # Errors
    /// If the ticks cannot be built, or it is called inside a tick. Systems that were added to a
    /// stage after the build are an error too, within a turn of the slowest schedule or 16 ticks.
    fn tick(&mut self) -> Result<(), AppError>;

    /// Lets `count` base ticks pass without running anything, because the runner is late.
    ///
    /// Turns that fall into them are lost, not made up for: what misses its turn runs at its next
    /// one with a longer [`Dt`]. They are counted in [`Timings::skipped_ticks`].
    ///
    /// # Errors
    /// As [`tick`](Self::tick).
    fn skip_ticks(&mut self, count: u64) -> Result<(), AppError>;

    /// Holds the ticks for a runner, which saves it the search for them in every tick.
    ///
    /// # Errors
    /// If the ticks cannot be built, or it is called inside a tick.
    fn ticks(&mut self) -> Result<Ticks<'_>, AppError>;

    /// Has `observer` look at every tick from now on.
    ///
    /// # Errors
    /// If it is called inside a tick, or after one that panicked.
    fn observe_ticks(&mut self, observer: impl Observer + 'static) -> Result<(), AppError>;

    /// Has `configure` applied to every schedule of `stage`, at whatever rate, when the ticks are
    /// built; this is how sets get their order in all of them.
    fn configure_stage(&mut self, stage: Stage, configure: fn(&mut Schedule)) -> &mut Self;
}

impl AppExt for App {
    fn build_ticks(&mut self) -> Result<(), AppError> {
        if self.world_mut().get_resource_or_init::<TickerSlot>().is_built {
            return Ok(());
        }
        match self.plugins_state() {
            PluginsState::Adding => return Err(AppError::PluginsNotReady),
            PluginsState::Ready => {
                self.finish();
                self.cleanup();
            }
            PluginsState::Finished => self.cleanup(),
            PluginsState::Cleaned => {}
        }
        let world = self.world_mut();
        install(world);
        let ticker = Ticker::build(world)?;
        let mut slot = world.resource_mut::<TickerSlot>();
        (slot.ticker, slot.is_built) = (Some(Box::new(ticker)), true);
        Ok(())
    }

    fn has_built_ticks(&self) -> bool {
        self.world().get_resource::<TickerSlot>().is_some_and(|slot| slot.is_built)
    }

    fn tick(&mut self) -> Result<(), AppError> {
        self.ticks()?.tick()
    }

    fn skip_ticks(&mut self, count: u64) -> Result<(), AppError> {
        self.ticks()?.skip(count)
    }

    fn ticks(&mut self) -> Result<Ticks<'_>, AppError> {
        let slot = self.world_mut().get_resource_mut::<TickerSlot>();
        let ticker = match slot.and_then(|mut slot| slot.ticker.take()) {
            Some(ticker) => ticker,
            None => {
                self.build_ticks()?;
                let built = self.world_mut().resource_mut::<TickerSlot>().ticker.take();
                built.ok_or(AppError::Busy)?
            }
        };
        Ok(Ticks { app: self, ticker: Some(ticker), is_running: false })
    }

    fn observe_ticks(&mut self, observer: impl Observer + 'static) -> Result<(), AppError> {
        if self.has_built_ticks() {
            return self.ticks()?.observe(Box::new(observer));
        }
        let world = self.world_mut();
        let now = world.change_tick();
        world.get_resource_or_init::<Observers>().add(Box::new(observer), now);
        Ok(())
    }

    fn configure_stage(&mut self, stage: Stage, configure: fn(&mut Schedule)) -> &mut Self {
        self.world_mut().get_resource_or_init::<StageSetup>().0.push((stage, configure));
        self
    }
}

/// The ticks of an app, in the hands of a runner.
pub struct Ticks<'a> {
    app: &'a mut App,
    /// `None` when it is dropped only.
    ticker: Option<Box<Ticker>>,
    /// Whether a tick is running, or has panicked.
    is_running: bool,
}

impl Ticks<'_> {
    /// As [`AppExt::tick`].
    ///
    /// # Errors
    /// As there.
    pub fn tick(&mut self) -> Result<(), AppError> {
        let (ticker, world) = self.parts()?;
        let out = ticker.tick(world);
        self.is_running = false;
        out
    }

    /// As [`AppExt::skip_ticks`].
    ///
    /// # Errors
    /// As there.
    pub fn skip(&mut self, count: u64) -> Result<(), AppError> {
        let (ticker, world) = self.parts()?;
        ticker.skip(count, world);
        self.is_running = false;
        Ok(())
    }

    /// The app between two ticks.
    pub const fn app(&mut self) -> &mut App {
        self.app
    }

    fn observe(&mut self, observer: Box<dyn Observer>) -> Result<(), AppError> {
        let (ticker, world) = self.parts()?;
        ticker.add_observer(observer, world);
        self.is_running = false;
        Ok(())
    }

    /// The ticker and the world; an error after a tick that panicked, which leaves a world that
    /// nobody should go on with.
    fn parts(&mut self) -> Result<(&mut Ticker, &mut World), AppError> {
        if core::mem::replace(&mut self.is_running, true) {
            return Err(AppError::Busy);
        }
        match &mut self.ticker {
            Some(ticker) => Ok((ticker, self.app.world_mut())),
            None => Err(AppError::Busy),
        }
    }
}

impl Drop for Ticks<'_> {
    fn drop(&mut self) {
        if !self.is_running
            && let Some(mut slot) = self.app.world_mut().get_resource_mut::<TickerSlot>()
        {
            slot.ticker = self.ticker.take();
        }
    }
}

/// Adds what is missing.
fn install(world: &mut World) {
    world.init_resource::<Schedules>();
    world.init_resource::<TickerSlot>();
    world.init_resource::<StageSetup>();
    world.init_resource::<TickConfig>();
    world.init_resource::<Tick>();
    world.init_resource::<Dt>();
    world.init_resource::<Timings>();
    world.init_resource::<OverrunResponse>();
    world.init_resource::<Faults>();
    world.init_resource::<TimeFaults>();
    world.init_resource::<StateHash>();
    install_message::<Fault>(world);
    install_message::<BudgetOverrun>(world);
}

/// Registers a message that any number of systems may write without an order between them.
fn install_message<M: Message>(world: &mut World) {
    if !world.contains_resource::<Messages<M>>() {
        MessageRegistry::register_message::<M>(world);
    }
    world.resource_scope::<Schedules, ()>(|world, mut schedules| {
        schedules.allow_ambiguous_resource::<Messages<M>>(world);
    });
}
