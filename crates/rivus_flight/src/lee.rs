//! Geometric tracking control on SE(3), with an optional integral of the position error.
//!
//! Lee, Leok, `McClamroch`: Geometric tracking control of a quadrotor UAV on SE(3), CDC 2010.

use nalgebra::{Matrix3, Vector3};
use rivus_math::{NonNegative, ops};
use rivus_vehicle::Quadrotor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attitude::gains;
use crate::{AttitudeGains, AttitudeSpec, Kinematics, Setpoint, WrenchCommand};

/// Steepest thrust direction that the law asks for, as horizontal over vertical: 60 degrees out of
/// level.
const SLOPE_MAX: f32 = 1.732;

/// Smallest vertical thrust that the law asks for, as a fraction of the weight: rotors that stand
/// still cannot turn the body.
const LIFT_MIN: f32 = 0.2;

/// Gains of the Lee controller, as a scene writes them.
///
/// Position gains are accelerations per error along the world's axes, attitude gains angular
/// accelerations per error along the body's axes, so one set fits vehicles of any mass and inertia.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeeSpec {
    /// Acceleration per position error, 1/s².
    pub position_gain: (NonNegative, NonNegative, NonNegative),
    /// Acceleration per velocity error, 1/s.
    pub velocity_gain: (NonNegative, NonNegative, NonNegative),
    /// Acceleration per integral of the position error, 1/s³; zeros make the law
    /// proportional-derivative.
    pub integral_gain: (NonNegative, NonNegative, NonNegative),
    /// Largest acceleration that the integral may contribute along an axis.
    pub integral_limit_mps2: NonNegative,
    /// Angular acceleration per attitude error, 1/s².
    pub attitude_gain: (NonNegative, NonNegative, NonNegative),
    /// Angular acceleration per rate error, 1/s.
    pub rate_gain: (NonNegative, NonNegative, NonNegative),
}

/// Gains of the Lee controller, as numbers to compute with; fields are those of [`LeeSpec`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeeGains {
    /// 1/s², world axes.
    pub position: Vector3<f32>,
    /// 1/s, world axes.
    pub velocity: Vector3<f32>,
    /// 1/s³, world axes.
    pub integral: Vector3<f32>,
    /// m/s².
    pub integral_limit_mps2: f32,
    /// The inner loop.
    pub attitude: AttitudeGains,
}

impl LeeGains {
    /// The gains of `spec`.
    #[must_use]
    pub const fn new(spec: &LeeSpec) -> Self {
        Self {
            position: gains(spec.position_gain),
            velocity: gains(spec.velocity_gain),
            integral: gains(spec.integral_gain),
            integral_limit_mps2: spec.integral_limit_mps2.f32(),
            attitude: AttitudeGains::new(&AttitudeSpec {
                attitude_gain: spec.attitude_gain,
                rate_gain: spec.rate_gain,
            }),
        }
    }

    /// The same gains without the integral.
    #[must_use]
    pub fn without_integral(self) -> Self {
        Self { integral: Vector3::zeros(), ..self }
    }
}

/// What the Lee controller remembers: the acceleration that its integral has gathered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lee {
    integral_mps2: Vector3<f32>,
}

impl Lee {
    /// The wrench that takes `vehicle` to `setpoint` and holds it there; `dt_s` has passed since
    /// the last step.
    ///
    /// The heading follows the setpoint, the thrust direction the wanted acceleration, within 60
    /// degrees of level.
    #[must_use]
    pub fn step(
        &mut self,
        gains: &LeeGains,
        vehicle: &Quadrotor<f32>,
        estimate: &Kinematics,
        setpoint: &Setpoint,
        dt_s: f32,
    ) -> WrenchCommand {
        let error_m = estimate.position_m - setpoint.position_m;
        let correction_mps2 = -gains.position.component_mul(&error_m)
            - gains.velocity.component_mul(&estimate.velocity_mps);
        self.gather(gains, &error_m, dt_s);

        let mut wanted_mps2 = correction_mps2 + self.integral_mps2;
        wanted_mps2.z += vehicle.gravity_mps2;
        let thrust_mps2 = flyable(wanted_mps2, vehicle.gravity_mps2);
        let up = estimate.world_from_body * Vector3::z();
        let world_from_wanted = frame(thrust_mps2, setpoint.yaw_rad);
        WrenchCommand {
            thrust_n: vehicle.mass_kg * thrust_mps2.dot(&up).max(0.0),
            torque_nm: gains.attitude.torque_nm(vehicle, estimate, &world_from_wanted),
        }
    }

    /// Moves the integral on by `dt_s`, within its limit; an error that is not finite leaves it
    /// alone.
    fn gather(&mut self, gains: &LeeGains, error_m: &Vector3<f32>, dt_s: f32) {
        if !error_m.iter().all(|e| e.is_finite()) {
            return;
        }
        let limit = gains.integral_limit_mps2;
        let moved = self.integral_mps2 - gains.integral.component_mul(error_m) * dt_s;
        self.integral_mps2 = moved.map(|a| a.max(-limit).min(limit));
    }
}

/// The thrust per mass nearest to `wanted_mps2` that keeps lift and is no steeper than
/// [`SLOPE_MAX`].
fn flyable(wanted_mps2: Vector3<f32>, gravity_mps2: f32) -> Vector3<f32> {
    let mut a = wanted_mps2;
    // Not `f32::max`, which would hide that the wanted acceleration is NaN.
    if a.z < LIFT_MIN * gravity_mps2 {
        a.z = LIFT_MIN * gravity_mps2;
    }
    let steep = a.xy().norm() / (SLOPE_MAX * a.z);
    if steep > 1.0 {
        a.x /= steep;
        a.y /= steep;
    }
    a
}

/// The attitude whose up axis is along `thrust_mps2` and whose nose is as near to `yaw_rad` as that
/// allows.
fn frame(thrust_mps2: Vector3<f32>, yaw_rad: f32) -> Matrix3<f32> {
    let up = thrust_mps2 / thrust_mps2.norm();
    let nose = Vector3::new(ops::cos(yaw_rad), ops::sin(yaw_rad), 0.0);
    // `up` is at most 60 degrees out of level, so it is never along the nose.
    let left = up.cross(&nose);
    let left = left / left.norm();
    Matrix3::from_columns(&[left.cross(&up), left, up])
}

#[cfg(test)]
mod tests {
    use nalgebra::UnitQuaternion;

    use super::*;
    use crate::test_vehicle::{crazyflie, lee_gains};

    fn hold(estimate: &Kinematics) -> WrenchCommand {
        let setpoint = Setpoint { position_m: Vector3::zeros(), yaw_rad: 0.0 };
        let gains = lee_gains().without_integral();
        Lee::default().step(&gains, &crazyflie(), estimate, &setpoint, 0.01)
    }

    #[test]
    fn at_the_setpoint_the_thrust_is_the_weight_and_nothing_turns() {
        let wrench = hold(&Kinematics::at_rest(Vector3::zeros()));
        assert!((wrench.thrust_n - 0.027 * 9.81).abs() < 1e-6);
        assert_eq!(wrench.torque_nm, Vector3::zeros());
    }

    #[test]
    fn it_leans_towards_the_setpoint() {
        // East of the setpoint: lean west, which is a negative turn about north (the left axis).
        assert!(hold(&Kinematics::at_rest(Vector3::new(0.1, 0.0, 0.0))).torque_nm.y < 0.0);
        // North of it: lean south, a positive turn about east.
        assert!(hold(&Kinematics::at_rest(Vector3::new(0.0, 0.1, 0.0))).torque_nm.x > 0.0);
        // Above it: less thrust.
        let wrench = hold(&Kinematics::at_rest(Vector3::new(0.0, 0.0, 0.1)));
        assert!((wrench.thrust_n - 0.027 * (9.81 - 0.8)).abs() < 1e-6);
    }

    #[test]
    fn the_wanted_direction_stays_flyable_however_far_the_setpoint() {
        let steep = flyable(Vector3::new(300.0, 400.0, -50.0), 9.81);
        assert!((steep.xy().norm() / steep.z - SLOPE_MAX).abs() < 1e-4);
        assert!(steep.z > 1.9);
        let frame = frame(steep, 0.7);
        assert!((frame.determinant() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn the_wanted_heading_is_the_setpoints() {
        let setpoint = Setpoint { position_m: Vector3::zeros(), yaw_rad: 1.0 };
        let estimate = Kinematics {
            world_from_body: UnitQuaternion::from_scaled_axis(Vector3::z()),
            ..Kinematics::at_rest(Vector3::zeros())
        };
        let wrench = Lee::default().step(&lee_gains(), &crazyflie(), &estimate, &setpoint, 0.01);
        assert!(wrench.torque_nm.norm() < 1e-9);
    }

    #[test]
    fn the_integral_is_limited_and_survives_a_broken_estimate() {
        let setpoint = Setpoint { position_m: Vector3::zeros(), yaw_rad: 0.0 };
        let mut law = Lee::default();
        let far = Kinematics::at_rest(Vector3::new(-50.0, 0.0, 0.0));
        let _ = law.step(&lee_gains(), &crazyflie(), &far, &setpoint, 10.0);
        let broken = Kinematics::at_rest(Vector3::new(f32::NAN, 0.0, 0.0));
        let wrench = law.step(&lee_gains(), &crazyflie(), &broken, &setpoint, 0.01);
        assert!(wrench.thrust_n.is_nan() || wrench.torque_nm.iter().any(|t| t.is_nan()));
        assert_eq!(law.integral_mps2.x, lee_gains().integral_limit_mps2);
        assert_eq!(law.integral_mps2.y, 0.0);
    }
}
