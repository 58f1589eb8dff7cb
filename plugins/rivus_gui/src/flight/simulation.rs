//! A flight that does what it is told.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use bevy_app::App;
use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::Vector3;
use rivus_app::{AppExt, StateHash, Tick, TickConfig, TimeFaults, Timings};
use rivus_robot::{Authority, RobotId, Setpoint};
use rivus_run::RtGrade;
use rivus_sim::{AddedWind, MotorHealth, SensorFaults};

use super::channels::{News, WorldEnd};
use super::pacer::Pacer;
use super::tap::Tap;
use crate::{Loader, Order, SceneInfo, Sensor, Speed, Wanted};

/// Overruns that the report names.
const OVERRUNS_SHOWN: usize = 8;

/// A flight, whoever runs its ticks.
pub(super) struct Simulation {
    loader: Box<dyn Loader>,
    end: WorldEnd,
    app: Option<App>,
    wanted: Wanted,
    pub(super) pacer: Pacer,
    is_paused: bool,
    wind_mps: Vector3<f32>,
    overruns: VecDeque<String>,
    /// How the thread that runs it is scheduled.
    grade: RtGrade,
    /// Ticks that ran, in all flights.
    ticks: u64,
    /// Flights that were begun.
    flights: u64,
    /// Shows the world between two ticks, while time stands still.
    still: Option<Tap>,
    /// Snapshots that were dropped in flights before.
    dropped_before: u64,
}

impl Simulation {
    pub(super) fn new(loader: Box<dyn Loader>, end: WorldEnd) -> Self {
        Self {
            loader,
            end,
            app: None,
            wanted: Wanted::default(),
            pacer: Pacer::new(Speed::REAL_TIME, 1.0),
            is_paused: false,
            wind_mps: Vector3::zeros(),
            overruns: VecDeque::new(),
            grade: RtGrade::of_this_thread(),
            ticks: 0,
            flights: 0,
            still: None,
            dropped_before: 0,
        }
    }

    /// Whether time passes.
    pub(super) const fn is_running(&self) -> bool {
        !self.is_paused && self.app.is_some()
    }

    /// Ticks that ran so far.
    pub(super) const fn ticks(&self) -> u64 {
        self.ticks
    }

    /// Seconds of the robots per tick.
    pub(super) fn period_s(&self) -> f64 {
        let config = self.app.as_ref().map(|app| app.world().resource::<TickConfig>());
        config.map_or(1.0, |config| 1.0 / f64::from(config.base_hz))
    }

    /// Does what the user wants.
    pub(super) fn obey(&mut self, order: Order) {
        match order {
            Order::Load(wanted) => self.load(wanted),
            Order::Reset => self.load(self.wanted.clone()),
            Order::Pause(is_paused) => {
                self.is_paused = is_paused;
                self.pacer.set_speed(self.pacer.speed());
            }
            Order::Step => self.show_one(),
            Order::Speed(speed) => self.pacer.set_speed(speed),
            Order::Wind(wind_mps) => {
                self.wind_mps = wind_mps;
                self.blow();
            }
            order => {
                if let Some(app) = &mut self.app {
                    disturb(app.world_mut(), order);
                }
                self.show_still();
            }
        }
    }

    /// Shows what an order has changed when no tick follows that would.
    fn show_still(&mut self) {
        let is_still = self.is_paused;
        let Some((app, tap)) = self.app.as_ref().zip(self.still.as_mut()).filter(|_| is_still)
        else {
            return;
        };
        if let Some(tick) = app.world().get_resource::<Tick>() {
            tap.show(app.world(), tick.time_ns + tick.period_ns);
        }
    }

    /// Runs up to `ticks` ticks.
    pub(super) fn run(&mut self, ticks: u64) {
        let Some(app) = &mut self.app else { return };
        let mut run = || {
            let mut running = app.ticks()?;
            for _ in 0..ticks {
                running.tick()?;
                self.ticks += 1;
            }
            Ok::<(), rivus_app::AppError>(())
        };
        if let Err(error) = run() {
            self.is_paused = true;
            self.end.tell(News::Stopped(error.to_string()));
        }
    }

    /// Runs one tick and shows it.
    fn show_one(&mut self) {
        self.end.want_next();
        self.run(1);
    }

    /// Tells the window how it goes; `realtime_factor` is that of the last ticks.
    pub(super) fn report(&mut self, realtime_factor: f64) {
        let Some(app) = &self.app else { return };
        for overrun in self.end.recent.try_iter() {
            if self.overruns.len() == OVERRUNS_SHOWN {
                self.overruns.pop_front();
            }
            self.overruns.push_back(overrun.to_string());
        }
        let timings = app.world().resource::<Timings>();
        self.end.report(|shown, about| {
            shown.clone_from(timings);
            about.realtime_factor = (!self.is_paused).then_some(realtime_factor);
            about.wanted_speed = self.pacer.speed().times();
            about.grade = Some(self.grade);
            about.dropped_snapshots = self.end.dropped().saturating_sub(self.dropped_before);
            about.skipped_ticks = timings.skipped_ticks;
            about.recent_overruns.clear();
            about.recent_overruns.extend(self.overruns.iter().cloned());
        });
    }

    /// The hash of the flight's bits so far.
    pub(super) fn state_hash(&self) -> Option<u64> {
        let world = self.app.as_ref()?.world();
        world.get_resource::<StateHash>().map(|hash| hash.value())
    }

    /// Begins a flight; if that fails the one before goes on.
    fn load(&mut self, wanted: Wanted) {
        if let Some(recording) = wanted.recording() {
            match self.loader.read(recording) {
                Ok(recorded) => {
                    self.app = None;
                    self.wanted = wanted;
                    self.end.tell(News::Recorded(Box::new(recorded)));
                }
                Err(reason) => self.end.tell(News::Refused(reason)),
            }
            return;
        }
        match self.make(&wanted) {
            Ok((app, info, still)) => {
                self.flights = info.flight;
                self.still = Some(still);
                self.dropped_before = self.end.dropped();
                self.pacer = Pacer::new(self.pacer.speed(), 1.0 / f64::from(info.base_hz));
                self.app = Some(app);
                self.wanted = wanted;
                self.overruns.clear();
                self.blow();
                self.end.tell(News::Loaded(Arc::new(info)));
                // Robots are somewhere from their first tick on, and are to be seen while it is paused.
                self.show_one();
                if let Some((app, tap)) = self.app.as_ref().zip(self.still.as_mut()) {
                    tap.make_room(app.world());
                }
            }
            Err(reason) => self.end.tell(News::Refused(reason)),
        }
    }

    fn make(&mut self, wanted: &Wanted) -> Result<(App, SceneInfo, Tap), String> {
        let mut app = self.loader.load(wanted)?;
        let flight = self.flights + 1;
        let info = SceneInfo { flight, ..SceneInfo::of(app.world_mut(), wanted) };
        let tap = Tap::new(app.world_mut(), &info, self.end.clone());
        let still = Tap::new(app.world_mut(), &info, self.end.clone());
        app.observe_ticks(tap).map_err(|error| error.to_string())?;
        app.build_ticks().map_err(|error| error.to_string())?;
        Ok((app, info, still))
    }

    fn blow(&mut self) {
        if let Some(app) = &mut self.app {
            app.insert_resource(AddedWind { velocity_mps: self.wind_mps });
        }
    }
}

/// Does to the world what is to be done.
fn disturb(world: &mut World, order: Order) {
    match order {
        Order::Target(robot, position_m) => change(world, robot, |setpoint: &mut Setpoint| {
            setpoint.0.position_m = position_m;
        }),
        Order::Motor(robot, motor, thrust) => {
            change(world, robot, |health: &mut MotorHealth| health.set(motor, thrust));
        }
        Order::Sensor(robot, sensor, fault) => {
            change(world, robot, |faults: &mut SensorFaults| match sensor {
                Sensor::MotionCapture => faults.motion_capture = fault,
                Sensor::Gyroscope => faults.gyroscope = fault,
            });
        }
        Order::Mend => {
            world.query::<&mut MotorHealth>().iter_mut(world).for_each(|mut health| {
                *health = MotorHealth::default();
            });
            world.query::<&mut SensorFaults>().iter_mut(world).for_each(|mut faults| {
                *faults = SensorFaults::default();
            });
        }
        Order::FlyByLee(robot, is_lee) => change(world, robot, |authority: &mut Authority| {
            *authority = if is_lee { Authority::Backup } else { Authority::Policy };
        }),
        Order::Slow(stage, by_us, for_s) => {
            let time_ns = world.get_resource::<Tick>().map_or(0, |tick| tick.time_ns);
            // Saturates far beyond any flight.
            let until_ns = time_ns.saturating_add((for_s * 1e9) as u64);
            if let Some(mut faults) = world.get_resource_mut::<TimeFaults>() {
                faults.slow(stage, by_us, until_ns);
            }
        }
        Order::Load(_)
        | Order::Reset
        | Order::Pause(_)
        | Order::Step
        | Order::Speed(_)
        | Order::Wind(_) => {}
    }
}

/// Changes a component of the robot with this id, if it has one.
fn change<C>(world: &mut World, robot: u32, change: impl FnOnce(&mut C))
where
    C: bevy_ecs::component::Component<Mutability = bevy_ecs::component::Mutable>,
{
    let mut robots = world.query::<(Entity, &RobotId)>();
    let entity = robots.iter(world).find_map(|(entity, id)| (id.0 == robot).then_some(entity));
    if let Some(mut component) = entity.and_then(|entity| world.get_mut::<C>(entity)) {
        change(&mut component);
    }
}
