//! What a policy sees and drives.

use rivus_liquid::{InputChannel, OutputChannel, Squash};
use rivus_vehicle::ROTORS;

use crate::plant::{OUTPUT_SCALE, QUATERNION, RATES, VELOCITY};

/// Number of a policy's inputs.
pub(crate) const INPUTS: usize = 12;

/// The rows of a state that are observed, with their scale in front of the tanh.
///
/// Training holds the origin, so the position is the position error.
pub(crate) const OBSERVED: [(usize, f32); INPUTS] = [
    (0, 1.0),
    (1, 1.0),
    (2, 1.0),
    (VELOCITY, 0.5),
    (VELOCITY + 1, 0.5),
    (VELOCITY + 2, 0.5),
    (QUATERNION, 2.0),
    (QUATERNION + 1, 2.0),
    (QUATERNION + 2, 2.0),
    (RATES, 0.2),
    (RATES + 1, 0.2),
    (RATES + 2, 0.2),
];

/// The inputs as a policy file names them.
pub(crate) fn inputs() -> Vec<InputChannel> {
    const AXES: [&str; 3] = ["x", "y", "z"];
    const GROUPS: [&str; 4] = ["position_error_m", "velocity_mps", "attitude", "body_rates_radps"];
    let channel = |(index, &(_, scale)): (usize, &(usize, f32))| InputChannel {
        name: format!("{}.{}", GROUPS[index / 3], AXES[index % 3]),
        scale,
        offset: 0.0,
        squash: Squash::Tanh,
    };
    OBSERVED.iter().enumerate().map(channel).collect()
}

/// The outputs as a policy file names them.
pub(crate) fn outputs() -> Vec<OutputChannel> {
    let channel = |rotor| OutputChannel {
        name: format!("rotor_speed.{rotor}"),
        scale: OUTPUT_SCALE as f32,
        offset: 1.0,
    };
    (0..ROTORS).map(channel).collect()
}
