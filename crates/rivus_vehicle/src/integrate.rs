//! Steps of time.

use rivus_math::{Real, Vec3};

use crate::{Quadrotor, ROTORS, State, StateRate};

impl<R: Real> Quadrotor<R> {
    /// The state `dt_s` later by the classical fourth-order Runge-Kutta method, command and wind
    /// held.
    ///
    /// `command_radps` is clipped to the rotors' limits; `wind_mps` is in the world frame.
    #[must_use]
    pub fn step_rk4(
        &self,
        state: &State<R>,
        command_radps: [R; ROTORS],
        wind_mps: Vec3<R>,
        dt_s: R,
    ) -> State<R> {
        let u = self.clip(command_radps);
        let half = dt_s * R::from_f64(0.5);
        let k1 = self.rate(state, u, wind_mps);
        let k2 = self.rate(&state.advanced(&k1, half), u, wind_mps);
        let k3 = self.rate(&state.advanced(&k2, half), u, wind_mps);
        let k4 = self.rate(&state.advanced(&k3, dt_s), u, wind_mps);
        let sixth = dt_s * R::from_f64(1.0 / 6.0);
        let third = dt_s * R::from_f64(1.0 / 3.0);
        let end = state
            .advanced(&k1, sixth)
            .advanced(&k2, third)
            .advanced(&k3, third)
            .advanced(&k4, sixth);
        State { world_from_body: end.world_from_body.normalized(), ..end }
    }

    /// The state `dt_s` later by the semi-implicit Euler method with the exact motor lag, command
    /// and wind held.
    ///
    /// Rates and velocity move first; attitude and position then follow the mean of their old and
    /// new values. The forces are evaluated once, at the rotor speeds of mid-step, and turned into
    /// the world by the attitude of mid-step. First order: drag and the gyroscopic torque are those
    /// of the step's start.
    #[must_use]
    #[inline]
    pub fn step_semi_implicit(
        &self,
        state: &State<R>,
        command_radps: [R; ROTORS],
        wind_mps: Vec3<R>,
        dt_s: R,
    ) -> State<R> {
        let u = self.clip(command_radps);
        let half = dt_s * R::from_f64(0.5);
        let middle = self.spin(state.rotor_speeds_radps, u, half);
        let wrench = self.wrench(&State { rotor_speeds_radps: middle, ..*state }, wind_mps);

        let turn = self.angular_acceleration(state.body_rates_radps, wrench.torque_nm);
        let quat_rate = state.world_from_body.derivative(state.body_rates_radps + turn * half);
        // Left unnormalised: its squared length is 1 + (|w| dt / 4)², closer to one than the step's
        // own error.
        let halfway = state.world_from_body.add_scaled(quat_rate, half);
        let acceleration = self.acceleration(halfway, wrench.force_n);
        let mean_mps = state.velocity_mps + acceleration * half;
        State {
            position_m: state.position_m + mean_mps * dt_s,
            velocity_mps: state.velocity_mps + acceleration * dt_s,
            world_from_body: state.world_from_body.add_scaled(quat_rate, dt_s).normalized(),
            body_rates_radps: state.body_rates_radps + turn * dt_s,
            rotor_speeds_radps: self.spin(middle, u, half),
        }
    }
}

impl<R: Real> State<R> {
    /// The state moved along `rate` for `dt_s`; the quaternion is not normalised.
    #[inline]
    fn advanced(&self, rate: &StateRate<R>, dt_s: R) -> Self {
        Self {
            position_m: self.position_m + rate.velocity_mps * dt_s,
            velocity_mps: self.velocity_mps + rate.acceleration_mps2 * dt_s,
            world_from_body: self.world_from_body.add_scaled(rate.quat_rate, dt_s),
            body_rates_radps: self.body_rates_radps + rate.angular_acceleration_radps2 * dt_s,
            rotor_speeds_radps: core::array::from_fn(|i| {
                self.rotor_speeds_radps[i] + rate.rotor_acceleration_radps2[i] * dt_s
            }),
        }
    }
}
