//! What sensors deliver.

use bevy_ecs::component::Component;
use nalgebra::{UnitQuaternion, Vector3};

/// The newest output of a sensor; the simulator, a driver or the replay writes it in `Sense`.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading<T> {
    /// What was measured; meaningless while `count` is zero.
    pub value: T,
    /// Time of the robot at which it was measured, not at which it arrived, in nanoseconds.
    pub stamp_ns: u64,
    /// Readings so far, this one included.
    pub count: u64,
}

impl<T> Reading<T> {
    /// Replaces the reading by a newer one that was measured at `stamp_ns`.
    pub fn put(&mut self, value: T, stamp_ns: u64) {
        self.value = value;
        self.stamp_ns = stamp_ns;
        self.count += 1;
    }

    /// The value, unless there was no reading yet.
    #[must_use]
    pub const fn get(&self) -> Option<&T> {
        if self.count == 0 { None } else { Some(&self.value) }
    }
}

/// Position and attitude as measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PoseSample {
    /// Position, world frame, m.
    pub position_m: Vector3<f32>,
    /// Attitude.
    pub world_from_body: UnitQuaternion<f32>,
}

/// Velocity as measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VelocitySample {
    /// World frame, m/s.
    pub velocity_mps: Vector3<f32>,
}

/// Angular velocity as measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RatesSample {
    /// Body frame, rad/s.
    pub body_rates_radps: Vector3<f32>,
}
