//! A scene as data.

use alloc::collections::BTreeMap;

use rivus_vehicle::{StartSpec, WindSpec};
use serde::{Deserialize, Serialize};

use crate::{Located, Place, Solid};

/// Robots in a world, what happens to them, what is measured and what is demanded.
///
/// Units are SI and angles radians, whatever the file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The file, as it was asked for.
    pub path: String,
    /// What it shows, in one line.
    pub description: String,
    /// What noise and starts are drawn from, unless a run says otherwise.
    pub seed: u64,
    /// How long it lasts, s.
    pub duration_s: f64,
    /// How often the stages run.
    pub rates: Rates,
    /// How long they may take.
    pub budgets: Budgets,
    /// What is around the robots.
    pub world: WorldSpec,
    /// The robots by name.
    pub robots: BTreeMap<String, Robot>,
    /// What happens when, by time.
    pub events: Vec<TimedEvent>,
    /// What the score is measured over.
    pub score: ScoreSpec,
    /// What is demanded of the score.
    pub expect: Expect,
}

/// Runs per second of the stages; `None` is the base rate, which every other rate divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Ticks per second.
    pub base_hz: u32,
    /// Stage `sense`: every sensor is sampled that often.
    pub sense_hz: Option<u32>,
    /// Stage `estimate`.
    pub estimate_hz: Option<u32>,
    /// Stage `policy`.
    pub policy_hz: Option<u32>,
    /// Stage `control`.
    pub control_hz: Option<u32>,
    /// Stage `actuate`.
    pub actuate_hz: Option<u32>,
}

/// Limits on wall time per tick in microseconds; `None` is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    /// Stage `sense`.
    pub sense_us: Option<u32>,
    /// Stage `estimate`.
    pub estimate_us: Option<u32>,
    /// Stage `policy`.
    pub policy_us: Option<u32>,
    /// Stage `control`.
    pub control_us: Option<u32>,
    /// Stage `actuate`.
    pub actuate_us: Option<u32>,
    /// The whole tick.
    pub tick_us: Option<u32>,
    /// What an overrun leads to.
    pub on_overrun: OnOverrun,
    /// Where `policy_us` stands, if it does.
    pub policy_us_place: Option<Place>,
    /// What a policy leads to whose step takes longer than `policy_us` before anything flies.
    pub on_costly_policy: OnCostlyPolicy,
}

/// What an overrun leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnOverrun {
    /// It is counted and reported.
    #[default]
    Count,
    /// Actuators keep their last command.
    HoldLast,
    /// The backup controller takes over.
    Fallback,
    /// The failsafe takes over.
    Failsafe,
    /// The run ends with an error.
    Abort,
}

/// What a policy leads to that is found too slow for its budget before anything flies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnCostlyPolicy {
    /// Nothing; it is not even measured.
    Ignore,
    /// It flies, with a warning.
    #[default]
    Warn,
    /// It does not fly; a debug build, which budgets are not for, warns only.
    Error,
}

/// What is around the robots.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldSpec {
    /// Acceleration of free fall along -z, m/s².
    pub gravity_mps2: f64,
    /// Whether there is ground at z = 0.
    pub ground: bool,
    /// The air.
    pub wind: WindSpec,
    /// What stands in the way.
    pub obstacles: Vec<Solid>,
}

/// One robot.
#[derive(Clone, Debug, PartialEq)]
pub struct Robot {
    /// Where it shall be.
    pub setpoint: SetpointSpec,
    /// Where a simulation puts it, relative to its setpoint.
    pub start: StartSpec,
    /// Whose proposals are followed at first.
    pub authority: Authority,
    /// Its parts by name, as written; the types that are registered for the names parse them.
    pub parts: BTreeMap<String, Part>,
}

/// A part of a robot, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name and where it stands.
    pub name: Located,
    /// Its data.
    pub data: Located,
}

/// Where a robot shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetpointSpec {
    /// World frame, m.
    pub position_m: [f64; 3],
    /// Heading, counter-clockwise from east, rad.
    pub yaw_rad: f64,
}

/// Whose proposals become commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority {
    /// The primary controller, learned or written.
    #[default]
    Policy,
    /// The backup law.
    Backup,
    /// A person.
    Operator,
    /// The failsafe.
    Failsafe,
}

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedEvent {
    /// Time since the start, s.
    pub at_s: f64,
    /// What happens.
    pub event: Event,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The wind blows stronger everywhere for a while: this adds to the wind of the world.
    Gust {
        /// World frame, m/s.
        velocity_mps: [f64; 3],
        /// How long, s.
        duration_s: f64,
    },
    /// A robot is asked to be elsewhere.
    Setpoint {
        /// Name of the robot; it exists.
        robot: String,
        /// Where.
        setpoint: SetpointSpec,
    },
    /// A stage seems to take longer for a while; over its budget that is an overrun.
    Slow {
        /// The stage.
        stage: ControlStage,
        /// By how much in each tick in which it runs, us.
        by_us: u32,
        /// How long, s.
        duration_s: f64,
    },
    /// The control side misses the next ticks; the world goes on.
    DropTicks {
        /// How many base ticks.
        count: u32,
    },
    /// The elapsed time that every stage of the control side is told next is longer than it was.
    JumpDt {
        /// By how much, s.
        by_s: f64,
    },
}

/// A stage of the control side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlStage {
    /// Readings enter.
    Sense,
    /// Readings become estimates.
    Estimate,
    /// Networks turn observations into actions.
    Policy,
    /// Control laws propose, one proposal is chosen and mixed into commands.
    Control,
    /// Commands leave.
    Actuate,
}

/// What the score is measured over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoreSpec {
    /// Errors count from this time to the end, s.
    pub from_s: f64,
}

/// Upper limits on the score; `None` is not demanded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expect {
    /// Root mean square of the distance from the setpoint since `from_s`, m.
    pub rmse_m: Option<f64>,
    /// Largest distance from the setpoint since `from_s`, m.
    pub max_error_m: Option<f64>,
    /// Last time at which the robot was more than 0.1 m from its setpoint, s.
    pub settle_s: Option<f64>,
    /// Largest tilt out of level, degrees.
    pub max_tilt_deg: Option<f64>,
    /// Stages and ticks over their budgets; demanded of optimised builds only.
    pub overruns: Option<u64>,
}
