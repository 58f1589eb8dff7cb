//! What the window knows and wants; nothing is drawn here.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::path::PathBuf;

use nalgebra::Vector3;
use rivus_app::{Stage, Timings};
use rivus_sim::SensorFault;
use rivus_vehicle::ROTORS;

use crate::{
    Driver, Flier, History, LoopReport, News, Order, RobotState, SceneInfo, Sensor, Snapshot,
    Speed, Wanted,
};

/// How far the arrow keys seek, s.
pub const SEEK_STEP_S: f64 = 1.0;

/// How much longer "slow the policy" makes it, us: over any budget that fits a tick of 1 ms.
const SLOW_BY_US: u32 = 5000;

/// For how long, s.
const SLOW_FOR_S: f64 = 0.5;

/// A flight as the window sees it, and what its controls are set to.
pub struct Session {
    driver: Driver,
    /// The scenes to choose from.
    pub scenes: Vec<String>,
    /// The policies to choose from.
    pub policies: Vec<String>,
    wanted: Wanted,
    info: Arc<SceneInfo>,
    history: History,
    other: Option<History>,
    report: Option<Box<(Timings, LoopReport)>>,
    is_paused: bool,
    speed: Speed,
    sought_s: Option<f64>,
    wind: WindSetting,
    sensors: [SensorFault; 2],
    error: Option<Failure>,
    robot: usize,
}

/// The wind that is added to the scene's, as a person sets it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WindSetting {
    /// Horizontal speed, m/s.
    pub speed_mps: f32,
    /// Where it blows to, counterclockwise from east (x), degrees.
    pub heading_deg: f32,
    /// Upwards, m/s.
    pub up_mps: f32,
}

impl WindSetting {
    /// World frame, m/s.
    #[must_use]
    pub fn velocity_mps(self) -> Vector3<f32> {
        let (sin, cos) = self.heading_deg.to_radians().sin_cos();
        Vector3::new(self.speed_mps * cos, self.speed_mps * sin, self.up_mps)
    }
}

/// Something that did not work; what was there before goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was wanted.
    pub what: String,
    /// Why it cannot be had; several lines.
    pub reason: String,
}

impl Session {
    /// Begins the flight `wanted`.
    #[must_use]
    pub fn new(driver: Driver, wanted: Wanted, scenes: Vec<String>, policies: Vec<String>) -> Self {
        let mut session = Self {
            driver,
            scenes,
            policies,
            wanted: Wanted::default(),
            info: Arc::default(),
            history: History::default(),
            other: None,
            report: None,
            is_paused: false,
            speed: Speed::REAL_TIME,
            sought_s: None,
            wind: WindSetting::default(),
            sensors: [SensorFault::None; 2],
            error: None,
            robot: 0,
        };
        session.load(wanted);
        session
    }

    /// Takes in what has happened; a world without a thread runs for `elapsed_s` seconds first.
    pub fn poll(&mut self, elapsed_s: f64) {
        self.driver.advance(elapsed_s);
        let channels = self.driver.channels();
        // News first: snapshots of a flight follow the news of it.
        for news in channels.news() {
            match news {
                News::Loaded(info) => {
                    self.robot = self.robot.min(info.robots.len().saturating_sub(1));
                    self.info = info;
                    self.history.clear();
                    self.report = None;
                    self.sought_s = None;
                    self.sensors = [SensorFault::None; 2];
                    self.error = None;
                }
                News::Refused(reason) => {
                    self.wanted.record = None;
                    let what = alloc::format!("cannot fly `{}`", self.wanted.scene);
                    self.error = Some(Failure { what, reason });
                }
                News::Stopped(reason) => {
                    self.is_paused = true;
                    let what = "the flight has stopped".to_owned();
                    self.error = Some(Failure { what, reason });
                }
            }
        }
        if let Some(report) = channels.report() {
            self.report = Some(report);
        }
        let robots = self.info.robots.len();
        let history = &mut self.history;
        channels.snapshots(|snapshot| {
            // One of the flight before may still have been on its way.
            if snapshot.robots.len() == robots {
                history.push(snapshot);
            }
        });
    }

    /// What flies.
    #[must_use]
    pub fn info(&self) -> &SceneInfo {
        &self.info
    }

    /// What was asked for last, whether or not it could be had.
    #[must_use]
    pub const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// The last minute.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// A run that was kept to compare with.
    #[must_use]
    pub const fn other(&self) -> Option<&History> {
        self.other.as_ref()
    }

    /// How well the ticks keep their time; `None` before the first report.
    #[must_use]
    pub fn report(&self) -> Option<(&Timings, &LoopReport)> {
        self.report.as_deref().map(|(timings, report)| (timings, report))
    }

    /// What is shown: the newest moment, or the one that was sought.
    #[must_use]
    pub fn now(&self) -> Option<&Snapshot> {
        match self.sought_s {
            Some(time_s) => self.history.at(time_s),
            None => self.history.newest(),
        }
    }

    /// The robot that is looked at, at the moment that is shown.
    #[must_use]
    pub fn robot(&self) -> Option<&RobotState> {
        self.now()?.robots.get(self.robot)
    }

    /// The id of the robot that is looked at.
    #[must_use]
    pub const fn selected(&self) -> usize {
        self.robot
    }

    /// Looks at another robot.
    pub fn select(&mut self, robot: usize) {
        self.robot = robot.min(self.info.robots.len().saturating_sub(1));
    }

    /// The moment that was sought; `None` while the newest is shown.
    #[must_use]
    pub const fn sought_s(&self) -> Option<f64> {
        self.sought_s
    }

    /// Whether time stands still.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// How fast the robots' time is to pass.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// The added wind.
    #[must_use]
    pub const fn wind(&self) -> WindSetting {
        self.wind
    }

    /// What is wrong with a sensor of the robot that is looked at.
    #[must_use]
    pub const fn sensor_fault(&self, sensor: Sensor) -> SensorFault {
        self.sensors[sensor as usize]
    }

    /// What did not work last, until it is dismissed or something else works.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        self.error.as_ref()
    }

    /// Takes the message off the screen.
    pub fn dismiss(&mut self) {
        self.error = None;
    }

    /// Whether it is recorded.
    #[must_use]
    pub const fn is_recording(&self) -> bool {
        self.wanted.record.is_some()
    }

    /// The hash of the flight's bits so far, of a world without a thread.
    #[must_use]
    pub fn state_hash(&self) -> Option<u64> {
        self.driver.state_hash()
    }

    /// Flies something else.
    pub fn load(&mut self, wanted: Wanted) {
        self.wanted = wanted.clone();
        self.give(Order::Load(wanted));
    }

    /// Flies this scene, by whoever it says, not recorded.
    pub fn load_scene(&mut self, scene: &str) {
        self.load(Wanted { scene: scene.to_owned(), ..Wanted::default() });
    }

    /// Flies the scene after this one in the list, or the first.
    pub fn load_next_scene(&mut self) {
        let place = self.scenes.iter().position(|scene| *scene == self.wanted.scene);
        let next = place.map_or(0, |place| (place + 1) % self.scenes.len());
        if let Some(scene) = self.scenes.get(next).cloned() {
            self.load_scene(&scene);
        }
    }

    /// Has somebody else fly the same scene, from its beginning.
    pub fn fly_by(&mut self, flier: Flier) {
        self.load(Wanted { flier, ..self.wanted.clone() });
    }

    /// Flies the same from its beginning, with this seed.
    pub fn set_seed(&mut self, seed: u64) {
        self.load(Wanted { seed: Some(seed), ..self.wanted.clone() });
    }

    /// Flies the same from its beginning and records it, or no longer does.
    pub fn record(&mut self, record: Option<PathBuf>) {
        self.load(Wanted { record, ..self.wanted.clone() });
    }

    /// Back to the beginning: world, networks, faults; wind stays as it is set.
    pub fn reset(&mut self) {
        // A recording ends where the flight ends.
        if self.is_recording() {
            self.record(None);
        } else {
            self.give(Order::Reset);
        }
    }

    /// Stops or goes on; going on leaves the past.
    pub fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        if !is_paused {
            self.sought_s = None;
        }
        self.give(Order::Pause(is_paused));
    }

    /// Runs one tick and stands still after it.
    pub fn step(&mut self) {
        self.pause(true);
        self.sought_s = None;
        self.give(Order::Step);
    }

    /// Goes on at another speed.
    pub fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
        self.give(Order::Speed(speed));
    }

    /// Shows the moment at `time_s`, as far as it is kept, and stops the flight.
    pub fn seek(&mut self, time_s: f64) {
        let (first_s, last_s) = self.history.span_s();
        if self.history.is_empty() {
            return;
        }
        if !self.is_paused {
            self.pause(true);
        }
        self.sought_s = (time_s < last_s).then(|| time_s.max(first_s));
    }

    /// Seeks from where it is.
    pub fn seek_by(&mut self, step_s: f64) {
        let from_s = self.now().map_or(0.0, Snapshot::time_s);
        self.seek(from_s + step_s);
    }

    /// Shows the newest moment again.
    pub const fn seek_live(&mut self) {
        self.sought_s = None;
    }

    /// Blows.
    pub fn set_wind(&mut self, wind: WindSetting) {
        self.wind = wind;
        self.give(Order::Wind(wind.velocity_mps()));
    }

    /// Sends the robot that is looked at to `target_m`, world frame.
    pub fn set_target(&mut self, target_m: Vector3<f32>) {
        // Not into the ground, nor out of sight.
        let height_m = target_m.z.clamp(0.05, 50.0);
        let target_m = Vector3::new(target_m.x, target_m.y, height_m);
        self.give(Order::Target(self.robot_id(), target_m));
    }

    /// Has a motor give this share of its thrust.
    pub fn set_motor(&mut self, motor: usize, thrust: f32) {
        self.give(Order::Motor(self.robot_id(), motor, thrust));
    }

    /// Kills a motor, or mends it if it is not in health.
    pub fn toggle_motor(&mut self, motor: usize) {
        let health = self.robot().and_then(|robot| robot.motor_health.get(motor));
        let thrust = if health.is_some_and(|&health| health < 1.0) { 1.0 } else { 0.0 };
        self.set_motor(motor, thrust);
    }

    /// Breaks or mends a sensor.
    pub fn set_sensor(&mut self, sensor: Sensor, fault: SensorFault) {
        self.sensors[sensor as usize] = fault;
        self.give(Order::Sensor(self.robot_id(), sensor, fault));
    }

    /// Mends everything.
    pub fn mend(&mut self) {
        (0..ROTORS).for_each(|motor| self.set_motor(motor, 1.0));
        self.set_sensor(Sensor::MotionCapture, SensorFault::None);
        self.set_sensor(Sensor::Gyroscope, SensorFault::None);
    }

    /// Lets Lee or the policy fly from now on.
    pub fn fly_by_lee(&mut self, is_lee: bool) {
        self.give(Order::FlyByLee(self.robot_id(), is_lee));
    }

    /// Makes the policy miss its budget for a while.
    pub fn slow_policy(&mut self) {
        self.give(Order::Slow(Stage::Policy, SLOW_BY_US, SLOW_FOR_S));
    }

    /// Keeps this run to compare the next ones with, or forgets it.
    pub fn keep_run(&mut self, is_kept: bool) {
        self.other = is_kept.then(|| self.history.clone());
    }

    fn robot_id(&self) -> u32 {
        // A scene has far fewer robots.
        self.robot as u32
    }

    fn give(&mut self, order: Order) {
        if !self.driver.give(order) {
            let what = "the flight does not answer".to_owned();
            let reason =
                "its thread is busy or has ended; what you asked for was not done".to_owned();
            self.error = Some(Failure { what, reason });
        }
    }
}
