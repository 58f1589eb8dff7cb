//! Comparing an integrator with recorded trajectories of another simulator.
//!
//! A recording is a list of rows. A row holds the state at its time, and the command and the wind
//! from then until the next row. The integrator starts from the first row and runs freely; every
//! later row is compared.

use rivus_math::ops::f64 as ops;
use rivus_math::{Finite, NonNegative, Positive, Quat, Real, Vec3};
use serde::Deserialize;

use crate::{Drag, Quadrotor, QuadrotorSpec, ROTORS, RotorSpec, State};

/// The columns of a recorded row, in order: quaternions scalar last, rates in body axes, all in SI
/// units.
pub const COLUMNS: [&str; 25] = [
    "t", "x", "y", "z", "vx", "vy", "vz", "qx", "qy", "qz", "qw", "wx", "wy", "wz", "r1", "r2",
    "r3", "r4", "u1", "u2", "u3", "u4", "windx", "windy", "windz",
];

/// What a fourth-order integrator in double precision at 1 kHz shall reach.
pub const RK4_LIMITS: MaxError =
    MaxError { position_m: 1e-5, attitude_deg: 1e-3, rate_radps: 1e-4 };

/// What the first-order integrator at 1 kHz shall reach.
pub const SEMI_IMPLICIT_LIMITS: MaxError =
    MaxError { position_m: 0.03, attitude_deg: 6.0, rate_radps: 0.4 };

/// What a rigid-body world in single precision at 1 kHz shall reach, with a constant wrench in each
/// step.
pub const RIGID_BODY_LIMITS: MaxError =
    MaxError { position_m: 0.025, attitude_deg: 1.5, rate_radps: 0.12 };

/// One row of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Time, s.
    pub t_s: f64,
    /// State at that time.
    pub state: State<f64>,
    /// Rotor speeds commanded from that time on, rad/s; they may exceed the rotors' limits.
    pub command_radps: [f64; ROTORS],
    /// Velocity of the air from that time on, world frame, m/s.
    pub wind_mps: Vec3<f64>,
}

impl Row {
    /// The row with these values in the order of [`COLUMNS`].
    #[must_use]
    pub fn from_columns(columns: &[f64; COLUMNS.len()]) -> Self {
        let c = columns;
        Self {
            t_s: c[0],
            state: State {
                position_m: Vec3::new(c[1], c[2], c[3]),
                velocity_mps: Vec3::new(c[4], c[5], c[6]),
                world_from_body: Quat::new(c[7], c[8], c[9], c[10]),
                body_rates_radps: Vec3::new(c[11], c[12], c[13]),
                rotor_speeds_radps: [c[14], c[15], c[16], c[17]],
            },
            command_radps: [c[18], c[19], c[20], c[21]],
            wind_mps: Vec3::new(c[22], c[23], c[24]),
        }
    }
}

/// A vehicle as the recordings' parameter file writes it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct VehicleRecord {
    mass: Positive,
    #[serde(rename = "Ixx")]
    ixx: Positive,
    #[serde(rename = "Iyy")]
    iyy: Positive,
    #[serde(rename = "Izz")]
    izz: Positive,
    k_f: Positive,
    k_m: Positive,
    tau_m: Positive,
    k_d: NonNegative,
    k_z: NonNegative,
    #[serde(rename = "c_D")]
    c_d: (NonNegative, NonNegative, NonNegative),
    rotor_speed_min: NonNegative,
    rotor_speed_max: Positive,
    g: Positive,
    rotor_pos: [(Finite, Finite, Finite); ROTORS],
    rotor_dir: [Finite; ROTORS],
}

impl VehicleRecord {
    /// The vehicle under the recording's gravity; without `aero` nothing drags.
    #[must_use]
    pub fn quadrotor<R: Real>(&self, aero: bool) -> Quadrotor<R> {
        let spec = QuadrotorSpec {
            mass_kg: self.mass,
            inertia_kgm2: (self.ixx, self.iyy, self.izz),
            rotors: core::array::from_fn(|i| RotorSpec {
                position_m: self.rotor_pos[i],
                spin: self.rotor_dir[i],
            }),
            thrust_n_per_radps2: self.k_f,
            torque_nm_per_radps2: self.k_m,
            motor_lag_s: self.tau_m,
            rotor_speed_min_radps: self.rotor_speed_min,
            rotor_speed_max_radps: self.rotor_speed_max,
            drag: Drag { rotor_plane: self.k_d, rotor_axial: self.k_z, frame: self.c_d },
        };
        let vehicle = Quadrotor::new(&spec, self.g.get());
        if aero {
            return vehicle;
        }
        Quadrotor {
            rotor_plane_drag: R::zero(),
            rotor_axial_drag: R::zero(),
            frame_drag: Vec3::zero(),
            ..vehicle
        }
    }
}

/// The largest deviations over a recording, or limits for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxError {
    /// Distance of the positions, m.
    pub position_m: f64,
    /// Angle between the attitudes, deg.
    pub attitude_deg: f64,
    /// Length of the difference of the body rates, rad/s.
    pub rate_radps: f64,
}

impl MaxError {
    /// Whether no deviation is above its limit.
    #[must_use]
    pub fn within(&self, limits: &Self) -> bool {
        self.position_m <= limits.position_m
            && self.attitude_deg <= limits.attitude_deg
            && self.rate_radps <= limits.rate_radps
    }

    fn between(state: &State<f64>, reference: &State<f64>) -> Self {
        let error = reference.world_from_body.conjugate() * state.world_from_body;
        // The sine of half the angle: near zero it keeps the digits that the cosine loses.
        let half_sin = error.normalized().vector().norm();
        let half_rad = core::f64::consts::FRAC_PI_2 - ops::acos(half_sin);
        Self {
            position_m: (state.position_m - reference.position_m).norm(),
            attitude_deg: (2.0 * half_rad).to_degrees(),
            rate_radps: (state.body_rates_radps - reference.body_rates_radps).norm(),
        }
    }

    fn max(self, other: Self) -> Self {
        // `f64::max` would overlook a diverged integrator's NaN.
        let larger = |a: f64, b: f64| if b.is_nan() { f64::INFINITY } else { a.max(b) };
        Self {
            position_m: larger(self.position_m, other.position_m),
            attitude_deg: larger(self.attitude_deg, other.attitude_deg),
            rate_radps: larger(self.rate_radps, other.rate_radps),
        }
    }
}

/// Runs `step` from the first row on and returns its largest deviations from the rows.
///
/// `step` takes the state, the command, the wind and the step in seconds to the next state,
/// `substeps_per_row` times for each row: ten make 1 kHz of rows 10 ms apart.
pub fn compare(
    rows: &[Row],
    substeps_per_row: u32,
    mut step: impl FnMut(&State<f64>, [f64; ROTORS], Vec3<f64>, f64) -> State<f64>,
) -> MaxError {
    let mut worst = MaxError { position_m: 0.0, attitude_deg: 0.0, rate_radps: 0.0 };
    let Some(first) = rows.first() else {
        return worst;
    };
    let mut state = first.state;
    for pair in rows.windows(2) {
        let (row, next) = (&pair[0], &pair[1]);
        let dt_s = (next.t_s - row.t_s) / f64::from(substeps_per_row);
        for _ in 0..substeps_per_row {
            state = step(&state, row.command_radps, row.wind_mps, dt_s);
        }
        worst = worst.max(MaxError::between(&state, &next.state));
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hovering(t_s: f64) -> Row {
        Row {
            t_s,
            state: State::at_rest(Vec3::zero(), 100.0),
            command_radps: [100.0; ROTORS],
            wind_mps: Vec3::zero(),
        }
    }

    #[test]
    fn the_largest_deviation_of_any_row_counts() {
        let rows = [hovering(0.0), hovering(0.01), hovering(0.02)];
        let mut calls = 0;
        let worst = compare(&rows, 10, |state, _, _, dt_s| {
            assert!((dt_s - 0.001).abs() < 1e-12);
            calls += 1;
            // Off by 3 m and 2 degrees after the first row only.
            let off = if calls <= 10 { 1.0 } else { 0.0 };
            let half_rad = off * 1.0_f64.to_radians();
            State {
                position_m: Vec3::new(0.0, 3.0 * off, 0.0),
                world_from_body: Quat::new(ops::sin(half_rad), 0.0, 0.0, -ops::cos(half_rad)),
                ..*state
            }
        });
        assert_eq!(calls, 20);
        assert!((worst.position_m - 3.0).abs() < 1e-12);
        assert!((worst.attitude_deg - 2.0).abs() < 1e-9, "{worst:?}");
        assert!(worst.within(&MaxError { position_m: 3.1, attitude_deg: 2.1, rate_radps: 0.0 }));
    }

    #[test]
    fn a_diverged_integrator_is_never_within_limits() {
        let rows = [hovering(0.0), hovering(0.01), hovering(0.02)];
        let worst = compare(&rows, 1, |state, _, _, _| State {
            position_m: Vec3::new(f64::NAN, 0.0, 0.0),
            ..*state
        });
        assert!(!worst.within(&SEMI_IMPLICIT_LIMITS), "{worst:?}");
    }
}
