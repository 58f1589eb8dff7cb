//! How well robots hold their setpoints, or the tips of their links do, by the truth.

use bevy_ecs::component::Component;
use bevy_ecs::query::QueryData;
use bevy_ecs::system::{Query, Res};
use rivus_app::Tick;
use rivus_flight::{Score, Scoring, tilt_rad};
use rivus_robot::{JointPositions, Links, Pose, Setpoint, Truth};

/// The score of one robot, brought up to date in `Record`.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct FlightScore(Scoring);

impl FlightScore {
    /// Nothing flown yet; errors count from `from_s` on.
    pub(crate) const fn new(from_s: f64) -> Self {
        Self(Scoring::from(from_s))
    }

    /// The score so far.
    #[must_use]
    pub fn score(&self) -> Score {
        self.0.score()
    }
}

/// What a score is made of.
#[derive(QueryData)]
#[query_data(mutable)]
pub(crate) struct Scored {
    pose: &'static Pose<Truth>,
    setpoint: &'static Setpoint,
    links: Option<(&'static Links, &'static JointPositions)>,
    score: &'static mut FlightScore,
}

/// Adds the end of this tick to the scores.
pub(crate) fn score_flights(tick: Res<Tick>, mut robots: Query<Scored>) {
    // A double holds the nanoseconds of a flight exactly.
    let end_s = (tick.time_ns + tick.period_ns) as f64 / 1e9;
    for mut robot in &mut robots {
        let pose = robot.pose;
        let mut error_m = pose.position_m - robot.setpoint.0.position_m;
        if let Some((links, joints)) = robot.links {
            error_m += pose.world_from_body * links.0.tip_m(&joints.positions);
        }
        robot.score.0.add(end_s, error_m.norm(), tilt_rad(&pose.world_from_body));
    }
}
