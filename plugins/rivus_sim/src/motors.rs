//! Simulated motor controllers: what the rotors are told until the next command arrives.

use bevy_ecs::component::Component;
use bevy_ecs::system::Query;
use rivus_flight::RotorCommand;
use rivus_robot::{Airframe, Command};
use rivus_vehicle::{Quadrotor, ROTORS};

/// The input of one vehicle's motors, held from one turn of `Actuate` to the next.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub(crate) struct Motors {
    /// Rotor speeds within the limits of the airframe, rad/s.
    pub(crate) command_radps: [f32; ROTORS],
}

impl Motors {
    /// The motors of `vehicle` before their first command: as slow as they can turn.
    pub(crate) fn idle(vehicle: &Quadrotor<f32>) -> Self {
        Self { command_radps: vehicle.clip([0.0; ROTORS]) }
    }

    /// Takes a command, clipped; none, or one with a number that is not finite, changes nothing.
    fn take(&mut self, vehicle: &Quadrotor<f32>, command: Option<RotorCommand>) {
        let speeds_radps = command.map(|command| command.speeds_radps);
        if let Some(speeds_radps) = speeds_radps.filter(|all| all.iter().all(|x| x.is_finite())) {
            self.command_radps = vehicle.clip(speeds_radps);
        }
    }
}

/// Takes the commands to the motors.
pub(crate) fn actuate(mut robots: Query<(&Airframe, &Command<RotorCommand>, &mut Motors)>) {
    for (airframe, command, mut motors) in &mut robots {
        motors.take(&airframe.0, command.value);
    }
}
