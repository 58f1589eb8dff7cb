//! Attitude law: torque that turns a vehicle to a wanted attitude.

use nalgebra::{Matrix3, UnitQuaternion, Vector3};
use rivus_math::{NonNegative, ops};
use rivus_vehicle::Quadrotor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Kinematics, ThrustCommand, WrenchCommand};

/// Gains of the attitude law along the body axes, as a scene writes them.
///
/// They are angular accelerations per error, so one set fits vehicles of any inertia. With a motor
/// lag of τ the loop is stable only for `attitude_gain < rate_gain / τ` (Routh).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttitudeSpec {
    /// Angular acceleration per attitude error, 1/s².
    pub attitude_gain: (NonNegative, NonNegative, NonNegative),
    /// Angular acceleration per rate error, 1/s.
    pub rate_gain: (NonNegative, NonNegative, NonNegative),
}

/// Gains of the attitude law, as numbers to compute with; fields are those of [`AttitudeSpec`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttitudeGains {
    /// 1/s², body axes.
    pub attitude: Vector3<f32>,
    /// 1/s, body axes.
    pub rate: Vector3<f32>,
}

impl AttitudeGains {
    /// The gains of `spec`.
    #[must_use]
    pub const fn new(spec: &AttitudeSpec) -> Self {
        Self { attitude: gains(spec.attitude_gain), rate: gains(spec.rate_gain) }
    }

    /// The torque that turns `vehicle` to the attitude `world_from_wanted` and stops it there, body
    /// frame, N m.
    ///
    /// Lee and others 2010, equations 10, 11 and 16, for a wanted attitude that stands
    /// still.
    #[must_use]
    pub fn torque_nm(
        &self,
        vehicle: &Quadrotor<f32>,
        estimate: &Kinematics,
        world_from_wanted: &Matrix3<f32>,
    ) -> Vector3<f32> {
        let world_from_body = estimate.world_from_body.to_rotation_matrix().into_inner();
        let wanted_from_body = world_from_wanted.transpose() * world_from_body;
        let skew = wanted_from_body - wanted_from_body.transpose();
        let attitude_error = Vector3::new(skew[(2, 1)], skew[(0, 2)], skew[(1, 0)]) * 0.5;
        let rates_radps = estimate.body_rates_radps;
        let inertia_kgm2 = Vector3::from(vehicle.inertia_kgm2.to_array());
        let turn_radps2 =
            -self.attitude.component_mul(&attitude_error) - self.rate.component_mul(&rates_radps);
        inertia_kgm2.component_mul(&turn_radps2)
            + rates_radps.cross(&inertia_kgm2.component_mul(&rates_radps))
    }
}

/// The wrench that holds `vehicle` level at this collective thrust, its nose at `yaw_rad` from
/// east.
#[must_use]
pub fn level(
    gains: &AttitudeGains,
    vehicle: &Quadrotor<f32>,
    estimate: &Kinematics,
    yaw_rad: f32,
    thrust: ThrustCommand,
) -> WrenchCommand {
    let (sin, cos) = (ops::sin(yaw_rad), ops::cos(yaw_rad));
    let world_from_level = Matrix3::new(cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0);
    WrenchCommand {
        thrust_n: thrust.newtons,
        torque_nm: gains.torque_nm(vehicle, estimate, &world_from_level),
    }
}

/// The angle between the body's up axis and the world's, rad.
#[must_use]
pub fn tilt_rad(world_from_body: &UnitQuaternion<f32>) -> f32 {
    // The last entry of the rotation matrix.
    let q = world_from_body;
    ops::acos(1.0 - 2.0 * (q.i * q.i + q.j * q.j))
}

/// Checked numbers of three axes as a vector.
pub(crate) const fn gains((x, y, z): (NonNegative, NonNegative, NonNegative)) -> Vector3<f32> {
    Vector3::new(x.f32(), y.f32(), z.f32())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_vehicle::crazyflie;

    fn attitude_gains() -> AttitudeGains {
        AttitudeGains {
            attitude: Vector3::new(100.0, 100.0, 20.0),
            rate: Vector3::new(18.0, 18.0, 8.0),
        }
    }

    fn turned(axis: Vector3<f32>, angle_rad: f32) -> Kinematics {
        Kinematics {
            world_from_body: UnitQuaternion::from_scaled_axis(axis * angle_rad),
            ..Kinematics::at_rest(Vector3::zeros())
        }
    }

    #[test]
    fn a_small_tilt_is_turned_back_with_the_gain_times_the_inertia() {
        for axis in 0..3 {
            let direction = Vector3::ith(axis, 1.0);
            let estimate = turned(direction, 0.01);
            let thrust = ThrustCommand { newtons: 0.3 };
            let wrench = level(&attitude_gains(), &crazyflie(), &estimate, 0.0, thrust);
            let inertia = crazyflie().inertia_kgm2.to_array()[axis];
            let expected = direction * (-0.01 * attitude_gains().attitude[axis] * inertia);
            assert!((wrench.torque_nm - expected).norm() < 1e-3 * expected.norm());
            assert_eq!(wrench.thrust_n, 0.3);
        }
    }

    #[test]
    fn the_wanted_heading_needs_no_torque() {
        let thrust = ThrustCommand { newtons: 0.3 };
        let estimate = turned(Vector3::z(), 1.2);
        let wrench = level(&attitude_gains(), &crazyflie(), &estimate, 1.2, thrust);
        assert!(wrench.torque_nm.norm() < 1e-9);
    }

    #[test]
    fn tilt_is_the_angle_out_of_level_whatever_the_heading() {
        let tilted = UnitQuaternion::from_scaled_axis(Vector3::z() * 2.0)
            * UnitQuaternion::from_scaled_axis(Vector3::x() * 0.5);
        assert!((tilt_rad(&tilted) - 0.5).abs() < 1e-5);
    }
}
