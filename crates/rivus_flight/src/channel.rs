//! Named channels between a vehicle and a policy.

use rivus_vehicle::ROTORS;

use crate::{Kinematics, Setpoint};

/// One number that a policy sees.
///
/// - `position_error_m.{x,y,z}`: position minus setpoint, world frame, m.
/// - `velocity_mps.{x,y,z}`: velocity, world frame, m/s.
/// - `attitude.{x,y,z}`: vector part of `world_from_body`, signed so that its scalar part is not
///   negative.
/// - `body_rates_radps.{x,y,z}`: angular velocity, body frame, rad/s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservationChannel {
    /// `position_error_m`, with the number of the axis.
    PositionError(usize),
    /// `velocity_mps`, with the number of the axis.
    Velocity(usize),
    /// `attitude`, with the number of the axis.
    Attitude(usize),
    /// `body_rates_radps`, with the number of the axis.
    BodyRates(usize),
}

/// One number that a policy gives: `rotor_speed.{0,1,2,3}`, in multiples of the hover speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionChannel {
    /// Speed of the rotor with this number, less than [`ROTORS`].
    RotorSpeed(usize),
}

/// Why a name is no channel of this vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownChannel<'a> {
    /// A policy asks for something that the vehicle does not provide.
    #[error(
        "the vehicle provides no input `{0}`; known inputs are position_error_m, velocity_mps, \
         attitude and body_rates_radps, each with .x, .y or .z"
    )]
    Observation(&'a str),
    /// A policy drives something that the vehicle does not have.
    #[error(
        "the vehicle has no output `{0}`; known outputs are rotor_speed.0, rotor_speed.1, \
         rotor_speed.2 and rotor_speed.3"
    )]
    Action(&'a str),
}

impl ObservationChannel {
    /// The channel of this name.
    ///
    /// # Errors
    /// If there is none; the error names it and the known ones.
    pub fn parse(name: &str) -> Result<Self, UnknownChannel<'_>> {
        let unknown = UnknownChannel::Observation(name);
        let (quantity, axis) = name.split_once('.').ok_or(unknown)?;
        let axis = ["x", "y", "z"].iter().position(|known| *known == axis).ok_or(unknown)?;
        match quantity {
            "position_error_m" => Ok(Self::PositionError(axis)),
            "velocity_mps" => Ok(Self::Velocity(axis)),
            "attitude" => Ok(Self::Attitude(axis)),
            "body_rates_radps" => Ok(Self::BodyRates(axis)),
            _ => Err(unknown),
        }
    }
}

impl ActionChannel {
    /// The channel of this name.
    ///
    /// # Errors
    /// If there is none; the error names it and the known ones.
    pub fn parse(name: &str) -> Result<Self, UnknownChannel<'_>> {
        let rotor = match name {
            "rotor_speed.0" => 0,
            "rotor_speed.1" => 1,
            "rotor_speed.2" => 2,
            "rotor_speed.3" => 3,
            _ => return Err(UnknownChannel::Action(name)),
        };
        Ok(Self::RotorSpeed(rotor))
    }

    /// The first rotor that none of `channels` drives, so that a policy which leaves one out is
    /// refused at load.
    #[must_use]
    pub fn idle_rotor(channels: &[Self]) -> Option<usize> {
        (0..ROTORS).find(|rotor| !channels.contains(&Self::RotorSpeed(*rotor)))
    }
}

/// Writes the value of each channel, in the unit of the channel's name.
///
/// # Shapes
/// `observation`: as long as `channels`; what is longer is left alone.
pub fn observe(
    channels: &[ObservationChannel],
    estimate: &Kinematics,
    setpoint: &Setpoint,
    observation: &mut [f32],
) {
    let error_m = estimate.position_m - setpoint.position_m;
    let q = estimate.world_from_body;
    // q and -q are the same attitude; a policy shall see only one of them.
    let sign = if q.w < 0.0 { -1.0 } else { 1.0 };
    let attitude = q.imag() * sign;
    for (value, channel) in observation.iter_mut().zip(channels) {
        *value = match *channel {
            ObservationChannel::PositionError(axis) => error_m[axis],
            ObservationChannel::Velocity(axis) => estimate.velocity_mps[axis],
            ObservationChannel::Attitude(axis) => attitude[axis],
            ObservationChannel::BodyRates(axis) => estimate.body_rates_radps[axis],
        };
    }
}

/// The rotor speeds (rad/s) that `action` asks for; a rotor without a channel stands still.
///
/// Speeds are not clipped here: the command is, where it meets the motors.
#[must_use]
pub fn act(channels: &[ActionChannel], action: &[f32], hover_speed_radps: f32) -> [f32; ROTORS] {
    let mut speeds_radps = [0.0; ROTORS];
    for (value, ActionChannel::RotorSpeed(rotor)) in action.iter().zip(channels) {
        speeds_radps[*rotor] = value * hover_speed_radps;
    }
    speeds_radps
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use nalgebra::{Quaternion, UnitQuaternion, Vector3};

    use super::*;

    #[test]
    fn channels_carry_what_their_names_say() {
        let names = [
            "position_error_m.x",
            "velocity_mps.y",
            "attitude.z",
            "body_rates_radps.x",
            "position_error_m.z",
        ];
        let channels: Vec<_> =
            names.iter().map(|name| ObservationChannel::parse(name).unwrap()).collect();
        let estimate = Kinematics {
            position_m: Vector3::new(1.5, 2.0, 3.0),
            velocity_mps: Vector3::new(4.0, 5.0, 6.0),
            world_from_body: UnitQuaternion::new_unchecked(Quaternion::new(-0.6, 0.0, 0.0, 0.8)),
            body_rates_radps: Vector3::new(7.0, 8.0, 9.0),
        };
        let setpoint = Setpoint { position_m: Vector3::new(1.0, 0.0, 0.0), yaw_rad: 0.0 };
        let mut observation = [0.0; 5];
        observe(&channels, &estimate, &setpoint, &mut observation);
        assert_eq!(observation, [0.5, 5.0, -0.8, 7.0, 3.0]);
    }

    #[test]
    fn actions_are_multiples_of_the_hover_speed_in_any_order() {
        let names = ["rotor_speed.2", "rotor_speed.0", "rotor_speed.1", "rotor_speed.3"];
        let channels = names.map(|name| ActionChannel::parse(name).unwrap());
        assert_eq!(act(&channels, &[1.0, 0.5, 2.0, 0.0], 10.0), [5.0, 20.0, 10.0, 0.0]);
        assert_eq!(ActionChannel::idle_rotor(&channels), None);
        assert_eq!(ActionChannel::idle_rotor(&channels[..2]), Some(1));
    }

    #[test]
    fn an_unknown_name_is_named_beside_the_known_ones() {
        let error = ObservationChannel::parse("altitude_m").unwrap_err().to_string();
        assert!(error.contains("`altitude_m`") && error.contains("position_error_m"), "{error}");
        assert!(ObservationChannel::parse("attitude.w").is_err());
        let error = ActionChannel::parse("rotor_speed.4").unwrap_err().to_string();
        assert!(error.contains("`rotor_speed.4`") && error.contains("rotor_speed.3"), "{error}");
    }
}
