//! A quadrotor as data: what a scene says about it.

use rivus_math::{Finite, NonNegative, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ROTORS;

/// One rotor: where it sits, which way it pushes the body, how strong it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotorSpec {
    /// Hub position in the body frame, relative to the centre of mass.
    pub position_m: (Finite, Finite, Finite),
    /// Sign of the reaction torque on the body about +z: 1 counter-clockwise seen from above, -1
    /// clockwise.
    pub spin: Finite,
}

/// Aerodynamic drag; zero coefficients switch a term off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drag {
    /// Rotor drag in the disc plane, N per (rad/s · m/s).
    pub rotor_plane: NonNegative,
    /// Thrust lost to inflow along the rotor axis, N per (rad/s · m/s).
    pub rotor_axial: NonNegative,
    /// Quadratic drag of the frame along the body axes, N per (m/s)².
    pub frame: (NonNegative, NonNegative, NonNegative),
}

/// The physical parameters of a quadrotor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuadrotorSpec {
    /// Mass.
    pub mass_kg: Positive,
    /// Principal moments of inertia about the body axes.
    pub inertia_kgm2: (Positive, Positive, Positive),
    /// The rotors, in the order of the command: front left, front right, rear right, rear left.
    pub rotors: [RotorSpec; ROTORS],
    /// Thrust coefficient `k_f`: N per (rad/s)².
    pub thrust_n_per_radps2: Positive,
    /// Reaction torque coefficient `k_m`: N m per (rad/s)².
    pub torque_nm_per_radps2: Positive,
    /// Time constant of the first-order lag on rotor speed.
    pub motor_lag_s: Positive,
    /// Lowest speed a motor can be commanded to.
    pub rotor_speed_min_radps: NonNegative,
    /// Highest speed a motor can be commanded to.
    pub rotor_speed_max_radps: Positive,
    /// Aerodynamic drag.
    pub drag: Drag,
}
