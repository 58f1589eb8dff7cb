//! The vehicle and the gains that the tests of this crate fly with.

use nalgebra::Vector3;
use rivus_math::Vec3;
use rivus_vehicle::Quadrotor;

use crate::{AttitudeGains, LeeGains};

/// The Crazyflie 2.x of the recorded trajectories.
pub(crate) fn crazyflie() -> Quadrotor<f32> {
    let arm_m = 0.028_072_14;
    Quadrotor {
        mass_kg: 0.027,
        inertia_kgm2: Vec3::new(1.4e-5, 1.4e-5, 2.17e-5),
        rotor_position_m: [(1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)]
            .map(|(x, y)| Vec3::new(x * arm_m, y * arm_m, 0.0)),
        rotor_spin: [1.0, -1.0, 1.0, -1.0],
        thrust_n_per_radps2: 2.881_55e-8,
        torque_nm_per_radps2: 7.240_36e-10,
        motor_lag_s: 0.072,
        rotor_speed_min_radps: 0.0,
        rotor_speed_max_radps: 2273.9,
        rotor_plane_drag: 1.025_06e-6,
        rotor_axial_drag: 7.553e-7,
        frame_drag: Vec3::zero(),
        gravity_mps2: 9.81,
    }
}

/// Gains that fit a motor lag of 72 ms.
pub(crate) fn lee_gains() -> LeeGains {
    LeeGains {
        position: Vector3::new(4.0, 4.0, 8.0),
        velocity: Vector3::new(3.2, 3.2, 5.0),
        integral: Vector3::new(3.0, 3.0, 3.0),
        integral_limit_mps2: 1.0,
        attitude: AttitudeGains {
            attitude: Vector3::new(100.0, 100.0, 20.0),
            rate: Vector3::new(18.0, 18.0, 8.0),
        },
    }
}
