//! The vehicle, the gains and the recipe that the tests of this crate use.

use nalgebra::Vector3;
use rivus_flight::{AttitudeGains, LeeGains};
use rivus_math::{Finite, NonNegative, Positive};
use rivus_vehicle::{Drag, QuadrotorSpec, RotorSpec};

use crate::spec::{CellKind, Recipe, SensorNoise, TrainSpec};

/// The Crazyflie 2.x of the recorded trajectories.
pub(crate) fn crazyflie() -> QuadrotorSpec {
    let positive = |value| Positive::new(value).unwrap();
    let not_negative = |value| NonNegative::new(value).unwrap();
    let finite = |value| Finite::new(value).unwrap();
    let arm_m = 0.028_072_14;
    let rotor = |(x, y, spin): (f64, f64, f64)| RotorSpec {
        position_m: (finite(x * arm_m), finite(y * arm_m), finite(0.0)),
        spin: finite(spin),
    };
    QuadrotorSpec {
        mass_kg: positive(0.027),
        inertia_kgm2: (positive(1.4e-5), positive(1.4e-5), positive(2.17e-5)),
        rotors: [(1.0, 1.0, 1.0), (1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0)]
            .map(rotor),
        thrust_n_per_radps2: positive(2.881_55e-8),
        torque_nm_per_radps2: positive(7.240_36e-10),
        motor_lag_s: positive(0.072),
        rotor_speed_min_radps: not_negative(0.0),
        rotor_speed_max_radps: positive(2273.9),
        drag: Drag {
            rotor_plane: not_negative(1.025_06e-6),
            rotor_axial: not_negative(7.553e-7),
            frame: (not_negative(1e-3), not_negative(1e-3), not_negative(2e-3)),
        },
    }
}

/// Gains that fit a motor lag of 72 ms, without integral.
pub(crate) fn lee_gains() -> LeeGains {
    LeeGains {
        position: Vector3::new(4.0, 4.0, 8.0),
        velocity: Vector3::new(3.2, 3.2, 5.0),
        integral: Vector3::zeros(),
        integral_limit_mps2: 0.0,
        attitude: AttitudeGains {
            attitude: Vector3::new(100.0, 100.0, 20.0),
            rate: Vector3::new(18.0, 18.0, 8.0),
        },
    }
}

/// A small network, trained shortly with noisy, late sensors.
pub(crate) fn short(cell: CellKind) -> TrainSpec {
    TrainSpec {
        vehicle: crazyflie(),
        gravity_mps2: 9.81,
        delay_s: 0.01,
        noise: SensorNoise {
            position_m: 0.01,
            velocity_mps: 0.03,
            attitude: 0.005,
            body_rates_radps: 0.02,
        },
        cell,
        units: 12,
        seed: 1,
        recipe: Recipe { iterations: 100, steps: 100, ..Recipe::of(cell) },
    }
}
