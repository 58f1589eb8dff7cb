//! What the window knows and wants; nothing is drawn here.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use std::path::{Path, PathBuf};

use nalgebra::Vector3;
use rivus_app::{Stage, Timings};
use rivus_sim::SensorFault;

use crate::{
    Driver, Flier, History, LoopReport, News, Order, RecordedFlight, RobotState, SNAPSHOT_HZ,
    SceneInfo, Sensor, Snapshot, Speed, Wanted,
};

/// How far the arrow keys seek, s.
pub const SEEK_STEP_S: f64 = 1.0;

/// Seconds of a recording per second on the wall when it is played as fast as possible.
const PLAY_MAX: f64 = 20.0;

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
    other: Option<(String, History)>,
    report: Option<Box<(Timings, LoopReport)>>,
    is_paused: bool,
    is_recorded: bool,
    /// The last recording that came to its end.
    made: Option<PathBuf>,
    speed: Speed,
    sought_s: Option<f64>,
    wind: WindSetting,
    /// Of a flight that is not known yet.
    early: Option<Snapshot>,
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
            is_recorded: false,
            made: None,
            speed: Speed::REAL_TIME,
            sought_s: None,
            wind: WindSetting::default(),
            early: None,
            error: None,
            robot: 0,
        };
        session.load(wanted);
        session
    }

    /// Takes in what has happened; a world without a thread runs for `elapsed_s` seconds first.
    pub fn poll(&mut self, elapsed_s: f64) {
        self.driver.advance(elapsed_s);
        // News first: snapshots of a flight follow the news of it.
        let news: Vec<News> = self.driver.channels().news().collect();
        news.into_iter().for_each(|news| self.hear(news));
        let channels = self.driver.channels();
        if !self.is_recorded {
            channels.report(&mut self.report);
        }
        let (history, early, flight) = (&mut self.history, &mut self.early, self.info.flight);
        let is_recorded = self.is_recorded;
        channels.snapshots(|snapshot| match snapshot.flight.cmp(&flight) {
            Ordering::Equal if !is_recorded => history.push(snapshot),
            // The news of its flight come next.
            Ordering::Greater => *early = Some(snapshot.clone()),
            // It was on its way while another flight began.
            _ => {}
        });
        if self.is_recorded && !self.is_paused {
            self.play(elapsed_s);
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Loaded(info) => {
                self.history.clear();
                self.forget_reports();
                self.sought_s = None;
                let early = self.early.take().filter(|early| early.flight == info.flight);
                early.iter().for_each(|early| self.history.push(early));
                self.begin(info);
                // Whoever stopped a recording did not stop what comes after it.
                if core::mem::take(&mut self.is_recorded) {
                    self.pause(false);
                }
            }
            News::Recorded(recorded) => {
                let RecordedFlight { info, history, timings, warning } = *recorded;
                self.is_recorded = true;
                self.sought_s = (history.len() > 1).then(|| history.span_s().0);
                self.history = history;
                self.forget_reports();
                self.report = Some(Box::new((timings, LoopReport::default())));
                self.begin(Arc::new(info));
                let what = "the recording is not whole".to_owned();
                self.error = warning.map(|reason| Failure { what, reason });
            }
            News::Refused(reason) => {
                let verb = if self.wanted.recording().is_some() { "open" } else { "fly" };
                let what = alloc::format!("cannot {verb} `{}`", self.wanted.scene);
                self.error = Some(Failure { what, reason });
                // What flies is what was wanted before, if anything was.
                if !self.info.robots.is_empty() {
                    self.wanted = self.info.wanted.clone();
                }
            }
            News::Stopped(reason) => {
                self.is_paused = true;
                let what = "the flight has stopped".to_owned();
                self.error = Some(Failure { what, reason });
            }
        }
    }

    /// Hands back the reports of the flight before, shown or not.
    fn forget_reports(&mut self) {
        let channels = self.driver.channels();
        channels.report(&mut self.report);
        self.report.take().into_iter().for_each(|report| channels.give_back(report));
    }

    /// A flight has begun.
    fn begin(&mut self, info: Arc<SceneInfo>) {
        self.robot = self.robot.min(info.robots.len().saturating_sub(1));
        self.error = None;
        if let Some(path) = self.info.wanted.record.clone().filter(|_| info.wanted.record.is_none())
        {
            self.made = Some(path);
        }
        self.info = info;
    }

    /// Lets `elapsed_s` seconds pass on the wall for a flight that is over.
    fn play(&mut self, elapsed_s: f64) {
        let passed_s = elapsed_s * self.speed.times().unwrap_or(PLAY_MAX);
        let (_, end_s) = self.history.span_s();
        // At its end the last moment stays.
        self.sought_s =
            self.sought_s.map(|time_s| time_s + passed_s).filter(|time_s| *time_s < end_s);
        self.is_paused = self.sought_s.is_none();
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
    pub fn other(&self) -> Option<&History> {
        self.other.as_ref().map(|(_, history)| history)
    }

    /// What was kept: scene and seed.
    #[must_use]
    pub fn other_name(&self) -> Option<&str> {
        self.other.as_ref().map(|(name, _)| name.as_str())
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

    /// The same robot at the newest moment, whatever is shown: orders act on this one.
    #[must_use]
    pub fn present_robot(&self) -> Option<&RobotState> {
        let newest = if self.is_recorded { self.now() } else { self.history.newest() };
        newest?.robots.get(self.robot)
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
    pub fn sensor_fault(&self, sensor: Sensor) -> SensorFault {
        let faults = self.present_robot().map(|robot| robot.sensor_faults).unwrap_or_default();
        match sensor {
            Sensor::MotionCapture => faults.motion_capture,
            Sensor::Gyroscope => faults.gyroscope,
        }
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

    /// Where it is being recorded.
    #[must_use]
    pub fn recording(&self) -> Option<&Path> {
        self.info.wanted.record.as_deref()
    }

    /// Whether what is shown was recorded and is over: it can be looked at, not changed.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        self.is_recorded
    }

    /// The last recording that was made here.
    #[must_use]
    pub fn made(&self) -> Option<&Path> {
        self.made.as_deref()
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

    /// Has somebody else fly the same scene, from its beginning and not recorded.
    pub fn fly_by(&mut self, flier: Flier) {
        self.load(Wanted { flier, record: None, ..self.wanted.clone() });
    }

    /// Flies the same from its beginning, with this seed and not recorded.
    pub fn set_seed(&mut self, seed: u64) {
        self.load(Wanted { seed: Some(seed), record: None, ..self.wanted.clone() });
    }

    /// Flies the same from its beginning and records it, or no longer does.
    pub fn record(&mut self, record: Option<PathBuf>) {
        self.load(Wanted { record, ..self.wanted.clone() });
    }

    /// Back to the beginning: world, networks, faults; wind stays as it is set.
    pub fn reset(&mut self) {
        // A recording ends where the flight ends.
        if self.recording().is_some() {
            self.record(None);
        } else if self.info.robots.is_empty() {
            // Nothing could be flown so far; the file may have been mended.
            self.load(self.wanted.clone());
        } else {
            self.give(Order::Reset);
        }
    }

    /// Stops or goes on; going on leaves the past.
    pub fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        if self.is_recorded {
            // At its end it begins again.
            let (first_s, end_s) = self.history.span_s();
            let is_over = !is_paused && self.sought_s.is_none() && end_s > first_s;
            self.sought_s = if is_over { Some(first_s) } else { self.sought_s };
        } else if !is_paused {
            self.sought_s = None;
        }
        self.give(Order::Pause(is_paused));
    }

    /// Runs one tick and stands still after it.
    pub fn step(&mut self) {
        self.pause(true);
        if self.is_recorded {
            self.seek_by(1.0 / f64::from(SNAPSHOT_HZ));
            return;
        }
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
        let health = self.present_robot().and_then(|robot| robot.motor_health.get(motor));
        let thrust = if health.is_some_and(|&health| health < 1.0) { 1.0 } else { 0.0 };
        self.set_motor(motor, thrust);
    }

    /// Breaks or mends a sensor.
    pub fn set_sensor(&mut self, sensor: Sensor, fault: SensorFault) {
        self.give(Order::Sensor(self.robot_id(), sensor, fault));
    }

    /// Mends all robots.
    pub fn mend(&mut self) {
        self.give(Order::Mend);
    }

    /// Lets Lee or the policy fly from now on; nothing happens to what has no rotors.
    pub fn fly_by_lee(&mut self, is_lee: bool) {
        if !self.has_rotors() {
            return;
        }
        self.give(Order::FlyByLee(self.robot_id(), is_lee));
    }

    /// Makes the policy miss its budget for a while.
    pub fn slow_policy(&mut self) {
        self.give(Order::Slow(Stage::Policy, SLOW_BY_US, SLOW_FOR_S));
    }

    /// Keeps what was seen of this run so far to compare the next ones with, or forgets it.
    pub fn keep_run(&mut self, is_kept: bool) {
        let name = || alloc::format!("{}, seed {}", self.info.wanted.scene, self.info.seed);
        self.other = is_kept.then(|| (name(), self.history.clone()));
    }

    /// Whether the selected robot has rotors, which simulated wind, motors, sensors and Lee are for.
    pub(crate) fn has_rotors(&self) -> bool {
        self.info.robots.get(self.robot).is_none_or(|robot| robot.airframe.is_some())
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
