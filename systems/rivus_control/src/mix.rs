//! Mixing: wrenches become rotor speeds.

use bevy_ecs::component::Component;
use bevy_ecs::lifecycle::Insert;
use bevy_ecs::observer::On;
use bevy_ecs::system::{Commands, Query};
use rivus_flight::{Mixer, RotorCommand, WrenchCommand};
use rivus_robot::{Airframe, Proposal};

/// The mixer of a robot's airframe.
#[derive(Component, Clone, Copy, Debug)]
#[component(immutable)]
pub(crate) struct AirframeMixer(Mixer);

/// Gives a robot the mixer of the airframe that it just got.
pub(crate) fn make_mixer(
    airframe: On<Insert<Airframe>>,
    airframes: Query<&Airframe>,
    mut commands: Commands,
) {
    // Without a mixer no wrench becomes a command, and arbitration reports that nobody flies.
    let mixer = airframes.get(airframe.entity).ok().and_then(|frame| Mixer::new(&frame.0).ok());
    if let Some(mixer) = mixer {
        commands.entity(airframe.entity).insert(AirframeMixer(mixer));
    }
}

/// Turns the wrench that a source proposes into rotor speeds of the same age.
///
/// On a robot with a wrench proposal of source `S` the rotor proposal of `S` is this system's own:
/// without a wrench there is none. A wrench that is not finite gives speeds of NaN, which
/// arbitration refuses.
pub(crate) fn mix<S: Send + Sync + 'static>(
    mut robots: Query<(
        &AirframeMixer,
        &Proposal<WrenchCommand, S>,
        &mut Proposal<RotorCommand, S>,
    )>,
) {
    for (AirframeMixer(mixer), wrench, mut rotors) in &mut robots {
        match wrench.get() {
            Some(command) => {
                let speeds_radps = mixer.mix(command);
                rotors.set_aged(RotorCommand { speeds_radps }, wrench.age_s());
            }
            None => rotors.clear(),
        }
    }
}
