//! What the user wants of a flight.

use std::path::{Path, PathBuf};

use nalgebra::Vector3;
use rivus_app::Stage;
use rivus_sim::SensorFault;

/// Which flight is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A scene file, the name of a built-in scene, or a recording (`.mcap`) to be looked at.
    pub scene: String,
    /// Seed of start and noise; the scene's own if `None`.
    pub seed: Option<u64>,
    /// Who flies.
    pub flier: Flier,
    /// Where it is recorded; not at all if `None`.
    pub record: Option<PathBuf>,
}

impl Wanted {
    /// The recording that is to be looked at; `None` if a scene is to be flown.
    #[must_use]
    pub fn recording(&self) -> Option<&Path> {
        let path = Path::new(&self.scene);
        path.extension().is_some_and(|end| end.eq_ignore_ascii_case("mcap")).then_some(path)
    }
}

/// Who is to fly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Flier {
    /// Whoever the scene says.
    #[default]
    Scene,
    /// This policy file, or the built-in policy of this name.
    Policy(String),
    /// The law of Lee.
    Lee,
}

/// How fast the robots' time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// This many seconds of theirs per second on the wall.
    Times(f64),
    /// As fast as the machine allows.
    Unlimited,
}

impl Speed {
    /// In step with the wall.
    pub const REAL_TIME: Self = Self::Times(1.0);

    /// Seconds of the robots per second on the wall; `None` without a limit.
    #[must_use]
    pub const fn times(self) -> Option<f64> {
        match self {
            Self::Times(times) => Some(times),
            Self::Unlimited => None,
        }
    }
}

/// A sensor of a robot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensor {
    /// Position, attitude and velocity.
    MotionCapture,
    /// Body rates.
    Gyroscope,
}

/// Something that the user wants done, between two ticks.
///
/// Robots are named by their ids. What does not fit the flight is ignored: it may have changed
/// while the order was on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Fly something else, from its beginning.
    Load(Wanted),
    /// Fly the same from its beginning: all state, networks included; faults are mended.
    Reset,
    /// Stop or go on.
    Pause(bool),
    /// Run one tick.
    Step,
    /// Go on at another speed.
    Speed(Speed),
    /// Give a robot a new target, world frame, m.
    Target(u32, Vector3<f32>),
    /// Add wind to the scene's, world frame, m/s; it stays when another flight begins.
    Wind(Vector3<f32>),
    /// Have a motor of a robot give this share of its thrust.
    Motor(u32, usize, f32),
    /// Break or mend a sensor of a robot.
    Sensor(u32, Sensor, SensorFault),
    /// Mend all motors and sensors of all robots.
    Mend,
    /// Let the policy or the Lee law of a robot fly.
    FlyByLee(u32, bool),
    /// Make a stage take longer by so many microseconds, for so many seconds of the robots.
    Slow(Stage, u32, f64),
}

impl Order {
    /// Whether the time that passed on the wall until it was carried out is none of the flight's.
    pub(crate) const fn begins_time_anew(&self) -> bool {
        matches!(self, Self::Load(_) | Self::Reset | Self::Pause(_) | Self::Speed(_))
    }
}
