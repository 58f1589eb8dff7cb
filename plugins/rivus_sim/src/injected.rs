//! What a user does to a simulated flight while it goes on: wind, broken motors, failing sensors.

use bevy_ecs::component::Component;
use bevy_ecs::resource::Resource;
use nalgebra::Vector3;
use rivus_math::NonNegative;
use rivus_robot::seam::{Header, MessageSchema, Time, Vector3Stamped};
use rivus_robot::{Reading, Recorded};
use rivus_vehicle::ROTORS;

/// The longest additional delay of a sensor, s: the truth is kept for that much longer.
pub(crate) const DELAY_MAX_S: f64 = 0.1;

/// Wind on top of the scene's, everywhere.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct AddedWind {
    /// World frame, m/s.
    pub velocity_mps: Vector3<f32>,
}

/// The wind around a robot in the last tick; [`SimPlugin`](crate::SimPlugin) writes it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Wind {
    /// World frame, m/s.
    pub velocity_mps: Vector3<f32>,
}

/// What the motors of a robot give of the thrust that they should.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct MotorHealth {
    thrust: [f32; ROTORS],
}

impl MotorHealth {
    /// The share of its thrust that each motor gives, from 0 (dead) to 1.
    #[must_use]
    pub const fn thrust(&self) -> [f32; ROTORS] {
        self.thrust
    }

    /// Has `motor` give this share of its thrust, limited to 0 to 1 and 0 if it is not a number;
    /// nothing happens if there is no such motor.
    pub fn set(&mut self, motor: usize, thrust: f32) {
        if let Some(place) = self.thrust.get_mut(motor) {
            *place = if thrust.is_nan() { 0.0 } else { thrust.clamp(0.0, 1.0) };
        }
    }

    /// What rotors turn towards that are told to turn at these speeds, rad/s.
    ///
    /// Thrust goes with the square of the speed. A motor in health follows bit for bit.
    pub(crate) fn follow(&self, mut command_radps: [f32; ROTORS]) -> [f32; ROTORS] {
        for (speed_radps, thrust) in command_radps.iter_mut().zip(self.thrust) {
            *speed_radps *= thrust.sqrt();
        }
        command_radps
    }
}

impl Default for MotorHealth {
    /// All in health.
    fn default() -> Self {
        Self { thrust: [1.0; ROTORS] }
    }
}

impl Recorded for Wind {
    type Message = Vector3Stamped;
    const TOPIC: &'static str = "truth/wind";
    const SCHEMA: MessageSchema = Vector3Stamped::SCHEMA;

    fn message(&self, now: Time) -> Option<Vector3Stamped> {
        Some(Vector3Stamped { header: Header::world(now), vector: self.velocity_mps.into() })
    }
}

impl Recorded for MotorHealth {
    type Message = (Time, [f32; ROTORS]);
    const TOPIC: &'static str = "truth/motors";
    const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/MotorHealth",
        fields: "builtin_interfaces/Time stamp\nfloat32[4] thrust\n",
        needs: &[Time::SCHEMA],
    };

    fn message(&self, now: Time) -> Option<Self::Message> {
        Some((now, self.thrust))
    }
}

/// What is wrong with a sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SensorFault {
    /// Nothing.
    #[default]
    None,
    /// No readings arrive.
    Dropped,
    /// The last value arrives again and again, as if it were new.
    Frozen,
    /// Readings arrive later by this many seconds, at most 0.1.
    Delayed(NonNegative),
}

/// What is wrong with the sensors of a robot.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct SensorFaults {
    /// Position, attitude and velocity.
    pub motion_capture: SensorFault,
    /// Body rates.
    pub gyroscope: SensorFault,
}

impl SensorFault {
    /// How long readings take that take `delay_s` without it.
    pub(crate) fn delay_s(self, delay_s: NonNegative) -> f64 {
        match self {
            Self::Delayed(by_s) => delay_s.get() + by_s.get().min(DELAY_MAX_S),
            Self::None | Self::Dropped | Self::Frozen => delay_s.get(),
        }
    }

    /// Puts what was measured at `stamp_ns` into `reading`, as far as it arrives.
    pub(crate) fn deliver<T: Copy>(self, reading: &mut Reading<T>, value: T, stamp_ns: u64) {
        match self {
            Self::None | Self::Delayed(_) => reading.put(value, stamp_ns),
            Self::Frozen => reading.put(reading.get().copied().unwrap_or(value), stamp_ns),
            Self::Dropped => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_motor_in_health_follows_and_a_weak_one_gives_its_share_of_thrust() {
        let mut health = MotorHealth::default();
        let told_radps = [1801.7, 1999.3, 0.1, 2500.0];
        assert_eq!(health.follow(told_radps), told_radps);
        health.set(0, 0.25);
        health.set(1, -3.0);
        health.set(2, f32::NAN);
        health.set(9, 0.0);
        assert_eq!(health.follow(told_radps), [0.5 * 1801.7, 0.0, 0.0, 2500.0]);
    }

    #[test]
    fn faults_of_sensors_do_what_they_say() {
        let mut reading = Reading::default();
        SensorFault::None.deliver(&mut reading, 1.0_f32, 5);
        SensorFault::Dropped.deliver(&mut reading, 2.0, 6);
        assert_eq!((reading.value, reading.stamp_ns, reading.count), (1.0, 5, 1));
        SensorFault::Frozen.deliver(&mut reading, 3.0, 7);
        assert_eq!((reading.value, reading.stamp_ns, reading.count), (1.0, 7, 2));
        let of = |value| NonNegative::new(value).unwrap();
        let delays = [0.02, 5.0].map(|by_s| SensorFault::Delayed(of(by_s)).delay_s(of(0.25)));
        assert_eq!(delays, [0.27, 0.35]);
    }
}
