//! Who flies: a policy through the code that flies it on a robot, or a law written by hand.

use rivus_flight::{
    ActionChannel, Kinematics, Lee, LeeGains, Mixer, ObservationChannel, Setpoint, Unmixable, act,
    observe,
};
use rivus_liquid::{Policy, Scratch};
use rivus_vehicle::{Quadrotor, ROTORS};
use thiserror::Error;

/// A controller to be compared with others.
#[derive(Clone, Copy, Debug)]
pub enum Pilot<'a> {
    /// A liquid policy.
    Policy(&'a Policy),
    /// A policy whose state is cleared before each step.
    Memoryless(&'a Policy),
    /// The geometric law, with an integral if its gains have one.
    Lee(LeeGains),
}

/// Why a pilot cannot fly a vehicle.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PilotError {
    /// A policy reads or drives something that the vehicle does not have.
    #[error("{0}")]
    Channel(String),
    /// The law's wrench cannot be made by these rotors.
    #[error(transparent)]
    Unmixable(#[from] Unmixable),
}

/// A pilot at the controls of one flight.
pub(crate) enum Cockpit<'a> {
    Policy(PolicySeat<'a>),
    Lee { gains: LeeGains, law: Lee, mixer: Mixer },
}

/// A policy with its channels and its state.
pub(crate) struct PolicySeat<'a> {
    policy: &'a Policy,
    keeps_state: bool,
    observed: Vec<ObservationChannel>,
    driven: Vec<ActionChannel>,
    state: Vec<f32>,
    scratch: Scratch,
    physical: Vec<f32>,
    inputs: Vec<f32>,
    outputs: Vec<f32>,
    action: Vec<f32>,
}

impl<'a> Cockpit<'a> {
    pub(crate) fn new(pilot: Pilot<'a>, vehicle: &Quadrotor<f32>) -> Result<Self, PilotError> {
        match pilot {
            Pilot::Policy(policy) => Ok(Self::Policy(PolicySeat::new(policy, true)?)),
            Pilot::Memoryless(policy) => Ok(Self::Policy(PolicySeat::new(policy, false)?)),
            Pilot::Lee(gains) => {
                Ok(Self::Lee { gains, law: Lee::default(), mixer: Mixer::new(vehicle)? })
            }
        }
    }

    /// Forgets the last flight.
    pub(crate) fn reset(&mut self) {
        match self {
            Self::Policy(seat) => seat.state.fill(0.0),
            Self::Lee { law, .. } => *law = Lee::default(),
        }
    }

    /// Rotor speeds in rad/s, or `None` if the pilot has no answer: the last command stays.
    pub(crate) fn command(
        &mut self,
        vehicle: &Quadrotor<f32>,
        estimate: &Kinematics,
        setpoint: &Setpoint,
        dt_s: f32,
    ) -> Option<[f32; ROTORS]> {
        match self {
            Self::Policy(seat) => {
                let action = seat.step(estimate, setpoint, dt_s)?;
                Some(action.map(|speed| speed * vehicle.hover_speed_radps()))
            }
            Self::Lee { gains, law, mixer } => {
                Some(mixer.mix(&law.step(gains, vehicle, estimate, setpoint, dt_s)))
            }
        }
    }
}

impl<'a> PolicySeat<'a> {
    fn new(policy: &'a Policy, keeps_state: bool) -> Result<Self, PilotError> {
        let info = policy.info();
        let observed: Result<_, _> =
            info.inputs.iter().map(|input| ObservationChannel::parse(&input.name)).collect();
        let driven: Result<_, _> =
            info.outputs.iter().map(|output| ActionChannel::parse(&output.name)).collect();
        let network = policy.network();
        Ok(Self {
            policy,
            keeps_state,
            observed: observed.map_err(|error| PilotError::Channel(error.to_string()))?,
            driven: driven.map_err(|error| PilotError::Channel(error.to_string()))?,
            state: vec![0.0; network.state_len()],
            scratch: Scratch::new(network),
            physical: vec![0.0; network.inputs()],
            inputs: vec![0.0; network.inputs()],
            outputs: vec![0.0; network.outputs()],
            action: vec![0.0; network.outputs()],
        })
    }

    /// Rotor speeds in multiples of the hover speed.
    fn step(
        &mut self,
        estimate: &Kinematics,
        setpoint: &Setpoint,
        dt_s: f32,
    ) -> Option<[f32; ROTORS]> {
        if !self.keeps_state {
            self.state.fill(0.0);
        }
        observe(&self.observed, estimate, setpoint, &mut self.physical);
        self.policy.encode(&self.physical, &mut self.inputs);
        let elapsed = self.policy.elapsed_for(dt_s);
        let network = self.policy.network();
        let (state, outputs) = (&mut self.state, &mut self.outputs);
        network.step(&self.inputs, elapsed, state, outputs, &mut self.scratch).ok()?;
        self.policy.decode(&self.outputs, &mut self.action);
        Some(act(&self.driven, &self.action, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{UnitQuaternion, Vector3};

    use super::*;
    use crate::spec::CellKind;
    use crate::test_spec::{crazyflie, short};
    use crate::train::train;

    fn policy() -> Policy {
        let mut spec = short(CellKind::Cfc);
        spec.recipe.iterations = 10;
        spec.recipe.steps = 10;
        train(&spec, &mut |_| ()).unwrap().policy
    }

    /// What the pilot answers to the same view, twice.
    fn two_commands(pilot: Pilot<'_>) -> [[f32; ROTORS]; 2] {
        let vehicle = Quadrotor::new(&crazyflie(), 9.81);
        let mut cockpit = Cockpit::new(pilot, &vehicle).unwrap();
        let estimate = Kinematics {
            position_m: Vector3::new(0.3, -0.2, 0.1),
            velocity_mps: Vector3::new(0.0, 0.4, 0.0),
            world_from_body: UnitQuaternion::identity(),
            body_rates_radps: Vector3::zeros(),
        };
        let setpoint = Setpoint { position_m: Vector3::zeros(), yaw_rad: 0.0 };
        [(); 2].map(|()| cockpit.command(&vehicle, &estimate, &setpoint, 0.01).unwrap())
    }

    #[test]
    fn only_a_pilot_without_memory_repeats_itself() {
        let policy = policy();
        let [first, second] = two_commands(Pilot::Memoryless(&policy));
        assert_eq!(first, second);
        let [first, second] = two_commands(Pilot::Policy(&policy));
        assert_ne!(first, second);
    }

    #[test]
    fn an_unknown_channel_is_named() {
        let policy = policy();
        let mut info = policy.info().clone();
        info.inputs[0].name = "altitude_ft".into();
        let foreign = Policy::new(policy.network().clone(), info).unwrap();
        let vehicle = Quadrotor::new(&crazyflie(), 9.81);
        let error = Cockpit::new(Pilot::Policy(&foreign), &vehicle).err().unwrap();
        assert!(error.to_string().contains("altitude_ft"), "{error}");
    }
}
