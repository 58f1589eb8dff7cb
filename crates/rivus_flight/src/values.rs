//! What flight laws take and give.

use nalgebra::{UnitQuaternion, Vector3};
use rivus_vehicle::ROTORS;

/// How a vehicle moves, as far as a flight law needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kinematics {
    /// Position, world frame, m.
    pub position_m: Vector3<f32>,
    /// Velocity, world frame, m/s.
    pub velocity_mps: Vector3<f32>,
    /// Attitude.
    pub world_from_body: UnitQuaternion<f32>,
    /// Angular velocity, body frame, rad/s.
    pub body_rates_radps: Vector3<f32>,
}

impl Kinematics {
    /// At rest and level at `position_m` (world frame, m), facing east.
    #[must_use]
    pub fn at_rest(position_m: Vector3<f32>) -> Self {
        Self {
            position_m,
            velocity_mps: Vector3::zeros(),
            world_from_body: UnitQuaternion::identity(),
            body_rates_radps: Vector3::zeros(),
        }
    }

    /// Whether every number is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let vectors = [self.position_m, self.velocity_mps, self.body_rates_radps];
        vectors.iter().flat_map(|v| v.iter()).all(|x| x.is_finite())
            && self.world_from_body.coords.iter().all(|x| x.is_finite())
    }
}

/// Where a vehicle shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setpoint {
    /// Position, world frame, m.
    pub position_m: Vector3<f32>,
    /// Heading of the body's forward axis, counter-clockwise from east, rad.
    pub yaw_rad: f32,
}

/// Collective thrust and torque that the rotors shall produce together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrenchCommand {
    /// Sum of the rotor thrusts along the body's up axis, N.
    pub thrust_n: f32,
    /// Torque about the centre of mass, body frame, N m.
    pub torque_nm: Vector3<f32>,
}

/// Collective thrust alone; the attitude is another law's business.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThrustCommand {
    /// Sum of the rotor thrusts along the body's up axis, N.
    pub newtons: f32,
}

/// What the motors are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RotorCommand {
    /// Rotor speeds in the order of the vehicle's rotors, rad/s.
    pub speeds_radps: [f32; ROTORS],
}
