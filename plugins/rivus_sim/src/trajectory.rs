//! The flight as rows, for a table.

use bevy_ecs::resource::Resource;
use rivus_math::Vec3;
use rivus_vehicle::{ROTORS, State};

/// One moment of one robot: where it is, and what acts on it from then on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrajectoryRow {
    /// Time of the robot, s.
    pub time_s: f64,
    /// The truth at that time.
    pub state: State<f32>,
    /// What the motors are told from that time on, within their limits, rad/s.
    pub command_radps: [f32; ROTORS],
    /// Velocity of the air from that time on, world frame, m/s.
    pub wind_mps: Vec3<f32>,
    /// Where the robot shall be, world frame, m.
    pub setpoint_m: Vec3<f32>,
    /// The robot's id.
    pub robot: u32,
}

impl TrajectoryRow {
    /// Names of the columns in [`values`](Self::values).
    ///
    /// The first 25 are those of recorded reference trajectories.
    pub const COLUMNS: [&'static str; 29] = [
        "t", "x", "y", "z", "vx", "vy", "vz", "qx", "qy", "qz", "qw", "wx", "wy", "wz", "r1", "r2",
        "r3", "r4", "u1", "u2", "u3", "u4", "windx", "windy", "windz", "setx", "sety", "setz",
        "robot",
    ];

    /// The row as numbers, SI units; quaternions scalar last, rates in body axes.
    #[must_use]
    pub fn values(&self) -> [f64; Self::COLUMNS.len()] {
        let State { position_m: p, velocity_mps: v, world_from_body: q, .. } = self.state;
        let (w, r) = (self.state.body_rates_radps, self.state.rotor_speeds_radps);
        let (u, wind, set) = (self.command_radps, self.wind_mps, self.setpoint_m);
        let singles = [
            p.x, p.y, p.z, v.x, v.y, v.z, q.x, q.y, q.z, q.w, w.x, w.y, w.z, r[0], r[1], r[2],
            r[3], u[0], u[1], u[2], u[3], wind.x, wind.y, wind.z, set.x, set.y, set.z,
        ];
        let mut values = [0.0; Self::COLUMNS.len()];
        values[0] = self.time_s;
        for (value, single) in values[1..].iter_mut().zip(singles) {
            *value = f64::from(single);
        }
        values[Self::COLUMNS.len() - 1] = f64::from(self.robot);
        values
    }
}

/// Rows of all robots in order of time; insert it before the first tick to have the flight kept.
#[derive(Resource, Clone, Debug)]
pub struct Trajectory {
    every_ticks: u64,
    rows: Vec<TrajectoryRow>,
    rows_max: usize,
    lost: u64,
}

impl Trajectory {
    /// Room for `rows_max` rows, one per robot and `every_ticks` base ticks (0 counts as 1).
    ///
    /// All memory is taken here.
    #[must_use]
    pub fn new(every_ticks: u64, rows_max: usize) -> Self {
        let rows = Vec::with_capacity(rows_max);
        Self { every_ticks: every_ticks.max(1), rows, rows_max, lost: 0 }
    }

    /// The rows so far.
    #[must_use]
    pub fn rows(&self) -> &[TrajectoryRow] {
        &self.rows
    }

    /// Rows for which there was no room.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether a tick shall have rows.
    pub(crate) const fn wants(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every_ticks)
    }

    /// Adds a row if there is room.
    pub(crate) fn push(&mut self, row: TrajectoryRow) {
        if self.rows.len() < self.rows_max {
            self.rows.push(row);
        } else {
            self.lost += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(robot: u32) -> TrajectoryRow {
        TrajectoryRow {
            time_s: 0.25,
            state: State::at_rest(Vec3::new(1.0, 2.0, 3.0), 900.0),
            command_radps: [1.0, 2.0, 3.0, 4.0],
            wind_mps: Vec3::new(5.0, 6.0, 7.0),
            setpoint_m: Vec3::new(8.0, 9.0, 10.0),
            robot,
        }
    }

    #[test]
    fn columns_hold_what_their_names_say() {
        let values = row(2).values();
        let value = |name| {
            let place = TrajectoryRow::COLUMNS.iter().position(|column| *column == name);
            values[place.unwrap()]
        };
        assert_eq!(["t", "z", "qw", "r4", "u4"].map(value), [0.25, 3.0, 1.0, 900.0, 4.0]);
        assert_eq!(["windz", "setx", "setz", "robot"].map(value), [7.0, 8.0, 10.0, 2.0]);
        let shared = rivus_vehicle::reference::COLUMNS;
        assert_eq!(TrajectoryRow::COLUMNS[..shared.len()], shared);
    }

    #[test]
    fn a_full_table_loses_rows_and_does_not_grow() {
        let mut trajectory = Trajectory::new(10, 2);
        assert!(trajectory.wants(0) && !trajectory.wants(9) && trajectory.wants(10));
        (0..3).for_each(|robot| trajectory.push(row(robot)));
        assert_eq!((trajectory.rows().len(), trajectory.lost()), (2, 1));
    }
}
