//! Where a robot is and how it moves.

use core::marker::PhantomData;

use bevy_ecs::component::Component;
use nalgebra::{UnitQuaternion, Vector3};
use rivus_flight::Kinematics;

/// Marks what the simulator knows; estimation, control and policy must not name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth;

/// Marks what was worked out from readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate;

/// Position and attitude; `K` is [`Truth`] or [`Estimate`].
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose<K> {
    /// Position, world frame, m.
    pub position_m: Vector3<f32>,
    /// Attitude.
    pub world_from_body: UnitQuaternion<f32>,
    kind: PhantomData<K>,
}

impl<K> Pose<K> {
    /// The pose at `position_m` (world frame) with attitude `world_from_body`.
    #[must_use]
    pub const fn new(position_m: Vector3<f32>, world_from_body: UnitQuaternion<f32>) -> Self {
        Self { position_m, world_from_body, kind: PhantomData }
    }
}

/// Linear and angular velocity; `K` is [`Truth`] or [`Estimate`].
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Twist<K> {
    /// Velocity, world frame, m/s.
    pub velocity_mps: Vector3<f32>,
    /// Angular velocity, body frame, rad/s.
    pub body_rates_radps: Vector3<f32>,
    kind: PhantomData<K>,
}

impl<K> Twist<K> {
    /// The twist of `velocity_mps` (world frame) and `body_rates_radps` (body frame).
    #[must_use]
    pub const fn new(velocity_mps: Vector3<f32>, body_rates_radps: Vector3<f32>) -> Self {
        Self { velocity_mps, body_rates_radps, kind: PhantomData }
    }
}

/// Pose and twist of one kind as the value that flight laws take.
#[must_use]
pub fn kinematics<K>(pose: &Pose<K>, twist: &Twist<K>) -> Kinematics {
    Kinematics {
        position_m: pose.position_m,
        velocity_mps: twist.velocity_mps,
        world_from_body: pose.world_from_body,
        body_rates_radps: twist.body_rates_radps,
    }
}

/// Where a simulation puts the robot at tick 0, at rest: drawn from the seed when it is spawned.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Start {
    /// Position, world frame, m.
    pub position_m: Vector3<f32>,
    /// Attitude.
    pub world_from_body: UnitQuaternion<f32>,
}

/// Where the robot shall be.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Setpoint(pub rivus_flight::Setpoint);

/// How good the estimate is.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Health {
    /// Time since the oldest reading that the estimate rests on was taken, s.
    pub age_s: f32,
    /// Whether control may rely on the estimate.
    pub valid: bool,
}

impl Default for Health {
    /// No estimate yet.
    fn default() -> Self {
        Self { age_s: f32::INFINITY, valid: false }
    }
}
