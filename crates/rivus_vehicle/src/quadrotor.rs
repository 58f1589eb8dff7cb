//! The forces on a quadrotor.

use rivus_math::{Quat, Real, Vec3};

use crate::QuadrotorSpec;

/// Rotors of a quadrotor.
pub const ROTORS: usize = 4;

/// The physical parameters of a quadrotor, as numbers to compute with.
///
/// Fields are those of [`QuadrotorSpec`], which says what they mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quadrotor<R> {
    /// Mass, kg.
    pub mass_kg: R,
    /// Principal moments of inertia about the body axes, kg m².
    pub inertia_kgm2: Vec3<R>,
    /// Rotor hubs in the body frame, m.
    pub rotor_position_m: [Vec3<R>; ROTORS],
    /// Sign of each rotor's reaction torque on the body about +z.
    pub rotor_spin: [R; ROTORS],
    /// `k_f`, N per (rad/s)².
    pub thrust_n_per_radps2: R,
    /// `k_m`, N m per (rad/s)².
    pub torque_nm_per_radps2: R,
    /// Motor time constant, s.
    pub motor_lag_s: R,
    /// Lowest rotor speed, rad/s.
    pub rotor_speed_min_radps: R,
    /// Highest rotor speed, rad/s.
    pub rotor_speed_max_radps: R,
    /// `k_d`, N per (rad/s · m/s).
    pub rotor_plane_drag: R,
    /// `k_z`, N per (rad/s · m/s).
    pub rotor_axial_drag: R,
    /// `c_D`, N per (m/s)², body axes.
    pub frame_drag: Vec3<R>,
    /// Acceleration of free fall, m/s², along -z of the world.
    pub gravity_mps2: R,
}

/// The full state of a quadrotor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State<R> {
    /// Position of the centre of mass, world frame, m.
    pub position_m: Vec3<R>,
    /// Velocity of the centre of mass, world frame, m/s.
    pub velocity_mps: Vec3<R>,
    /// Attitude.
    pub world_from_body: Quat<R>,
    /// Angular velocity, body frame, rad/s.
    pub body_rates_radps: Vec3<R>,
    /// Rotor speeds, rad/s.
    pub rotor_speeds_radps: [R; ROTORS],
}

/// The time derivative of a [`State`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StateRate<R> {
    /// World frame, m/s.
    pub velocity_mps: Vec3<R>,
    /// World frame, m/s².
    pub acceleration_mps2: Vec3<R>,
    /// ½ q ⊗ (w, 0).
    pub quat_rate: Quat<R>,
    /// Body frame, rad/s².
    pub angular_acceleration_radps2: Vec3<R>,
    /// rad/s².
    pub rotor_acceleration_radps2: [R; ROTORS],
}

/// Force and torque on the body, without gravity, body frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wrench<R> {
    /// Body frame, N.
    pub force_n: Vec3<R>,
    /// Body frame, about the centre of mass, N m.
    pub torque_nm: Vec3<R>,
}

impl<R: Real> Quadrotor<R> {
    /// The quadrotor of `spec` in a world with this gravity (m/s², pointing down).
    #[must_use]
    pub fn new(spec: &QuadrotorSpec, gravity_mps2: f64) -> Self {
        let (ixx, iyy, izz) = spec.inertia_kgm2;
        let (dx, dy, dz) = spec.drag.frame;
        Self {
            mass_kg: R::from_f64(spec.mass_kg.get()),
            inertia_kgm2: Vec3::from_f64([ixx.get(), iyy.get(), izz.get()]),
            rotor_position_m: spec.rotors.map(|rotor| {
                let (x, y, z) = rotor.position_m;
                Vec3::from_f64([x.get(), y.get(), z.get()])
            }),
            rotor_spin: spec.rotors.map(|rotor| R::from_f64(rotor.spin.get())),
            thrust_n_per_radps2: R::from_f64(spec.thrust_n_per_radps2.get()),
            torque_nm_per_radps2: R::from_f64(spec.torque_nm_per_radps2.get()),
            motor_lag_s: R::from_f64(spec.motor_lag_s.get()),
            rotor_speed_min_radps: R::from_f64(spec.rotor_speed_min_radps.get()),
            rotor_speed_max_radps: R::from_f64(spec.rotor_speed_max_radps.get()),
            rotor_plane_drag: R::from_f64(spec.drag.rotor_plane.get()),
            rotor_axial_drag: R::from_f64(spec.drag.rotor_axial.get()),
            frame_drag: Vec3::from_f64([dx.get(), dy.get(), dz.get()]),
            gravity_mps2: R::from_f64(gravity_mps2),
        }
    }

    /// The speed at which four equal rotors carry the weight, rad/s.
    #[must_use]
    pub fn hover_speed_radps(&self) -> R {
        let weight_n = self.mass_kg * self.gravity_mps2;
        (weight_n / (R::from_f64(ROTORS as f64) * self.thrust_n_per_radps2)).sqrt()
    }

    /// The command that the motors can follow.
    #[must_use]
    #[inline]
    pub fn clip(&self, command_radps: [R; ROTORS]) -> [R; ROTORS] {
        command_radps.map(|u| u.clamp(self.rotor_speed_min_radps, self.rotor_speed_max_radps))
    }

    /// Rotor speeds after `dt_s` of a constant, already clipped command: the exact solution of the
    /// lag.
    #[must_use]
    #[inline]
    pub fn spin(
        &self,
        rotor_speeds_radps: [R; ROTORS],
        clipped_radps: [R; ROTORS],
        dt_s: R,
    ) -> [R; ROTORS] {
        let blend = R::one() - (-(dt_s / self.motor_lag_s)).exp();
        core::array::from_fn(|i| {
            rotor_speeds_radps[i] + (clipped_radps[i] - rotor_speeds_radps[i]) * blend
        })
    }

    /// Force and torque of rotors and air on the body, body frame, without gravity.
    ///
    /// `wind_mps` is the velocity of the air, world frame.
    #[must_use]
    #[inline]
    pub fn wrench(&self, state: &State<R>, wind_mps: Vec3<R>) -> Wrench<R> {
        let air_mps = state.world_from_body.rotate_inverse(state.velocity_mps - wind_mps);
        let speed_mps = (air_mps.dot(air_mps) + R::from_f64(1e-18)).sqrt();
        let mut force_n = -(self.frame_drag.scale(air_mps) * speed_mps);
        let mut torque_nm = Vec3::zero();
        for i in 0..ROTORS {
            let speed = state.rotor_speeds_radps[i];
            let position_m = self.rotor_position_m[i];
            let air = air_mps + state.body_rates_radps.cross(position_m);
            let plane = self.rotor_plane_drag * speed;
            let thrust_n = self.thrust_n_per_radps2 * speed * speed;
            let rotor_n = Vec3::new(
                -(plane * air.x),
                -(plane * air.y),
                thrust_n - self.rotor_axial_drag * speed * air.z,
            );
            force_n = force_n + rotor_n;
            torque_nm = torque_nm + position_m.cross(rotor_n);
            torque_nm.z =
                torque_nm.z + self.rotor_spin[i] * self.torque_nm_per_radps2 * speed * speed;
        }
        Wrench { force_n, torque_nm }
    }

    /// The time derivative of `state` under a clipped command and this wind (world frame, m/s).
    #[must_use]
    #[inline]
    pub fn rate(
        &self,
        state: &State<R>,
        clipped_radps: [R; ROTORS],
        wind_mps: Vec3<R>,
    ) -> StateRate<R> {
        let wrench = self.wrench(state, wind_mps);
        StateRate {
            velocity_mps: state.velocity_mps,
            acceleration_mps2: self.acceleration(state.world_from_body, wrench.force_n),
            quat_rate: state.world_from_body.derivative(state.body_rates_radps),
            angular_acceleration_radps2: self
                .angular_acceleration(state.body_rates_radps, wrench.torque_nm),
            rotor_acceleration_radps2: core::array::from_fn(|i| {
                (clipped_radps[i] - state.rotor_speeds_radps[i]) / self.motor_lag_s
            }),
        }
    }

    /// Acceleration in the world frame under a force given in the body frame, gravity included.
    #[must_use]
    #[inline]
    pub fn acceleration(&self, world_from_body: Quat<R>, force_n: Vec3<R>) -> Vec3<R> {
        let mut a = world_from_body.rotate(force_n) * (R::one() / self.mass_kg);
        a.z = a.z - self.gravity_mps2;
        a
    }

    /// Euler's equation: J⁻¹(torque − w × J w), body frame.
    #[must_use]
    #[inline]
    pub fn angular_acceleration(&self, body_rates_radps: Vec3<R>, torque_nm: Vec3<R>) -> Vec3<R> {
        let momentum = self.inertia_kgm2.scale(body_rates_radps);
        (torque_nm - body_rates_radps.cross(momentum)).unscale(self.inertia_kgm2)
    }
}

impl<R: Real> State<R> {
    /// At rest at `position_m`, level, with rotors at `rotor_speed_radps`.
    #[must_use]
    pub fn at_rest(position_m: Vec3<R>, rotor_speed_radps: R) -> Self {
        Self {
            position_m,
            velocity_mps: Vec3::zero(),
            world_from_body: Quat::identity(),
            body_rates_radps: Vec3::zero(),
            rotor_speeds_radps: [rotor_speed_radps; ROTORS],
        }
    }
}
