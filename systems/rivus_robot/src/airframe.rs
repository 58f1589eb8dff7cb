//! The vehicle as its controllers know it.

use bevy_ecs::component::Component;
use rivus_flight::RotorCommand;
use rivus_vehicle::{Quadrotor, ROTORS};

use crate::{Command, Proposal, by};

/// Total mass.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Mass {
    /// kg.
    pub kg: f32,
}

/// The physical parameters of a quadrotor: the part "Quadrotor", with the gravity of the scene.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
#[require(
    Mass,
    RotorSpeeds,
    Command<RotorCommand>,
    Proposal<RotorCommand, by::Policy>,
    Proposal<RotorCommand, by::Backup>,
    Proposal<RotorCommand, by::Operator>,
    Proposal<RotorCommand, by::Failsafe>
)]
pub struct Airframe(pub Quadrotor<f32>);

/// How fast the rotors turn; written by the simulator, or by a driver that measures it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct RotorSpeeds {
    /// In the order of the airframe's rotors, rad/s.
    pub radps: [f32; ROTORS],
}
