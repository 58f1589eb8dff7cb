//! The vehicle as its controllers know it.

use bevy_ecs::component::Component;
use bevy_ecs::world::EntityWorldMut;
use rivus_flight::RotorCommand;
use rivus_scene::SceneError;
use rivus_vehicle::{Quadrotor, QuadrotorSpec, ROTORS};

use crate::{Command, PartContext, Proposal, by};

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

impl Airframe {
    /// Puts the part "Quadrotor" on a robot.
    ///
    /// # Errors
    /// If its motors cannot hold it in the air, or their range is empty.
    pub(crate) fn install(
        spec: QuadrotorSpec,
        robot: &mut EntityWorldMut<'_>,
        context: &mut PartContext<'_>,
    ) -> Result<(), SceneError> {
        let vehicle = Quadrotor::<f32>::new(&spec, context.scene().world.gravity_mps2);
        let (min, max) = (spec.rotor_speed_min_radps.get(), spec.rotor_speed_max_radps.get());
        let hover = f64::from(vehicle.hover_speed_radps());
        if max <= min {
            let message = format!("expected a speed above rotor_speed_min_radps of {min}");
            return Err(context.error_at("rotor_speed_max_radps", message));
        }
        if max <= hover {
            let message = format!("expected a speed above {hover:.1}, at which it hovers");
            return Err(context.error_at("rotor_speed_max_radps", message));
        }
        robot.insert((Self(vehicle), Mass { kg: spec.mass_kg.f32() }));
        Ok(())
    }
}

/// How fast the rotors turn; written by the simulator, or by a driver that measures it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct RotorSpeeds {
    /// In the order of the airframe's rotors, rad/s.
    pub radps: [f32; ROTORS],
}
