//! From a wrench to the speeds of four rotors.

use nalgebra::{Matrix4, Vector4};
use rivus_math::ops;
use rivus_vehicle::{Quadrotor, ROTORS};

use crate::WrenchCommand;

/// Why no mixer exists for a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rotors cannot produce thrust, roll, pitch and yaw independently of each other")]
pub struct Unmixable;

/// The rotor thrusts that make up a wrench, and the limits of the rotors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixer {
    /// Rotor thrusts per (thrust, roll, pitch, yaw torque): the inverse of the allocation.
    thrusts_from_wrench: Matrix4<f32>,
    thrust_n_per_radps2: f32,
    thrust_n_min: f32,
    thrust_n_max: f32,
}

impl Mixer {
    /// The mixer of `vehicle`; drag is left out of the allocation.
    ///
    /// # Errors
    /// If the rotors' places and spins do not give control of all four axes, or a rotor must pull
    /// down to lift.
    pub fn new(vehicle: &Quadrotor<f32>) -> Result<Self, Unmixable> {
        let thrusts_from_wrench = allocation(vehicle).try_inverse().ok_or(Unmixable)?;
        if !thrusts_from_wrench.column(0).iter().all(|share| *share > 0.0) {
            return Err(Unmixable);
        }
        let thrust_n = |speed: f32| vehicle.thrust_n_per_radps2 * speed * speed;
        Ok(Self {
            thrusts_from_wrench,
            thrust_n_per_radps2: vehicle.thrust_n_per_radps2,
            thrust_n_min: thrust_n(vehicle.rotor_speed_min_radps),
            thrust_n_max: thrust_n(vehicle.rotor_speed_max_radps),
        })
    }

    /// The rotor speeds (rad/s, within their limits) that produce `wrench`.
    ///
    /// When the rotors cannot do it all, yaw torque is given up first, then collective thrust; roll
    /// and pitch torque are cut only when no thrust whatever leaves room for them. A wrench that is
    /// not finite gives speeds of NaN, for the arbitration to refuse.
    #[must_use]
    pub fn mix(&self, wrench: &WrenchCommand) -> [f32; ROTORS] {
        let torque_nm = wrench.torque_nm;
        if !(wrench.thrust_n.is_finite() && torque_nm.iter().all(|t| t.is_finite())) {
            return [f32::NAN; ROTORS];
        }
        let share: Vector4<f32> = self.thrusts_from_wrench.column(0).into();
        let roll = self.thrusts_from_wrench.column(1) * torque_nm.x;
        let pitch = self.thrusts_from_wrench.column(2) * torque_nm.y;
        let yaw = self.thrusts_from_wrench.column(3) * torque_nm.z;

        let tilt = self.fit_tilt(roll + pitch);
        let base = share * self.fit_thrust(wrench.thrust_n, &share, &tilt) + tilt;
        let thrusts_n = base + yaw * self.fit_yaw(&base, &yaw);
        core::array::from_fn(|i| {
            let thrust_n = thrusts_n[i].max(self.thrust_n_min).min(self.thrust_n_max);
            ops::sqrt(thrust_n / self.thrust_n_per_radps2)
        })
    }

    /// The thrust differences of roll and pitch, cut to the range of a rotor.
    fn fit_tilt(&self, tilt: Vector4<f32>) -> Vector4<f32> {
        let range_n = self.thrust_n_max - self.thrust_n_min;
        let needed_n = tilt.max() - tilt.min();
        if needed_n > range_n { tilt * (range_n / needed_n) } else { tilt }
    }

    /// The collective thrust nearest to `thrust_n` that leaves room for `tilt`.
    fn fit_thrust(&self, thrust_n: f32, share: &Vector4<f32>, tilt: &Vector4<f32>) -> f32 {
        let (mut low_n, mut high_n) = (f32::NEG_INFINITY, f32::INFINITY);
        for i in 0..ROTORS {
            low_n = low_n.max((self.thrust_n_min - tilt[i]) / share[i]);
            high_n = high_n.min((self.thrust_n_max - tilt[i]) / share[i]);
        }
        thrust_n.max(low_n).min(high_n)
    }

    /// The largest fraction of `yaw`, at most 1, that fits on top of `base`.
    fn fit_yaw(&self, base: &Vector4<f32>, yaw: &Vector4<f32>) -> f32 {
        let mut fraction: f32 = 1.0;
        for i in 0..ROTORS {
            let wanted_n = base[i] + yaw[i];
            if wanted_n > self.thrust_n_max {
                fraction = fraction.min((self.thrust_n_max - base[i]) / yaw[i]);
            } else if wanted_n < self.thrust_n_min {
                fraction = fraction.min((self.thrust_n_min - base[i]) / yaw[i]);
            }
        }
        fraction.max(0.0)
    }
}

/// (thrust, roll, pitch, yaw torque) per rotor thrust.
fn allocation(vehicle: &Quadrotor<f32>) -> Matrix4<f32> {
    let torque_per_thrust_m = vehicle.torque_nm_per_radps2 / vehicle.thrust_n_per_radps2;
    Matrix4::from_columns(&core::array::from_fn::<_, ROTORS, _>(|i| {
        let hub = vehicle.rotor_position_m[i];
        let yaw = vehicle.rotor_spin[i] * torque_per_thrust_m;
        Vector4::new(1.0, hub.y, -hub.x, yaw)
    }))
}

#[cfg(test)]
mod tests {
    use nalgebra::Vector3;
    use rivus_math::Vec3;
    use rivus_vehicle::{State, Wrench};

    use super::*;
    use crate::test_vehicle::crazyflie;

    /// What the vehicle model makes of the mixed speeds, at rest.
    fn produced(wrench: &WrenchCommand) -> Wrench<f32> {
        let vehicle = crazyflie();
        let speeds_radps = Mixer::new(&vehicle).unwrap().mix(wrench);
        for speed in speeds_radps {
            assert!((0.0..=vehicle.rotor_speed_max_radps * 1.000_001).contains(&speed));
        }
        let state = State { rotor_speeds_radps: speeds_radps, ..State::at_rest(Vec3::zero(), 0.0) };
        vehicle.wrench(&state, Vec3::zero())
    }

    fn command(thrust_n: f32, torque_nm: [f32; 3]) -> WrenchCommand {
        WrenchCommand { thrust_n, torque_nm: Vector3::from(torque_nm) }
    }

    #[test]
    fn the_vehicle_produces_the_wrench_that_was_mixed() {
        let wanted = command(0.3, [5e-4, -3e-4, 2e-4]);
        let wrench = produced(&wanted);
        assert!((wrench.force_n.z - wanted.thrust_n).abs() < 1e-6);
        for (made, wanted) in wrench.torque_nm.to_array().iter().zip(&wanted.torque_nm) {
            assert!((made - wanted).abs() < 1e-8, "{wrench:?}");
        }
    }

    #[test]
    fn yaw_is_given_up_first() {
        let wrench = produced(&command(0.3, [2e-3, 1e-3, 5e-2]));
        assert!((wrench.force_n.z - 0.3).abs() < 1e-6, "{wrench:?}");
        assert!((wrench.torque_nm.x - 2e-3).abs() < 1e-8, "{wrench:?}");
        assert!((wrench.torque_nm.y - 1e-3).abs() < 1e-8, "{wrench:?}");
        assert!(wrench.torque_nm.z > 0.0, "what room is left serves yaw: {wrench:?}");
    }

    #[test]
    fn thrust_is_given_up_for_roll_and_pitch() {
        for thrust_n in [0.0, 2.0] {
            let wrench = produced(&command(thrust_n, [2e-3, -2e-3, 0.0]));
            assert!((wrench.torque_nm.x - 2e-3).abs() < 1e-7, "{wrench:?}");
            assert!((wrench.torque_nm.y + 2e-3).abs() < 1e-7, "{wrench:?}");
            assert!(wrench.force_n.z > 0.07 && wrench.force_n.z < 0.53, "{wrench:?}");
        }
    }

    #[test]
    fn an_impossible_torque_keeps_its_direction() {
        let wrench = produced(&command(0.3, [1.0, 0.5, 1.0]));
        assert!((wrench.torque_nm.y / wrench.torque_nm.x - 0.5).abs() < 1e-4, "{wrench:?}");
        assert!(wrench.torque_nm.x > 4e-3, "{wrench:?}");
    }

    #[test]
    fn a_broken_wrench_stays_visible() {
        let mixer = Mixer::new(&crazyflie()).unwrap();
        let speeds = mixer.mix(&command(f32::NAN, [0.0; 3]));
        assert!(speeds.iter().all(|speed| speed.is_nan()));
    }

    #[test]
    fn rotors_that_all_turn_the_same_way_cannot_be_mixed() {
        let vehicle = Quadrotor { rotor_spin: [1.0; ROTORS], ..crazyflie() };
        assert_eq!(Mixer::new(&vehicle), Err(Unmixable));
    }
}
