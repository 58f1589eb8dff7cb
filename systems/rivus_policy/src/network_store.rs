//! One network and the robots that fly it.

use rivus_flight::{
    ActionChannel, Kinematics, ObservationChannel, RotorCommand, Setpoint, act, observe,
};
use rivus_liquid::{Policy as LiquidPolicy, Scratch, StepFault};

use crate::LoadError;

/// What a network is told in one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed {
    pub(crate) kinematics: Kinematics,
    pub(crate) setpoint: Setpoint,
    /// The vehicle's; actions are multiples of it.
    pub(crate) hover_speed_radps: f32,
}

/// Why a policy proposed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyFault {
    /// The elapsed time was not positive and finite; the state is as it was.
    Elapsed,
    /// An observation was not finite; the state is as it was.
    Observation,
    /// The network's answer or its new state was not finite; the state is zeros again.
    Action,
}

/// One network and the states of all robots that fly it, one row each.
#[derive(Debug)]
pub struct NetworkStore {
    policy: LiquidPolicy,
    observation: Vec<ObservationChannel>,
    action: Vec<ActionChannel>,
    rows: usize,
    /// `[rows, state_len]`, row-major.
    states: Vec<f32>,
    observed: Vec<f32>,
    inputs: Vec<f32>,
    outputs: Vec<f32>,
    actions: Vec<f32>,
    scratch: Scratch,
}

impl NetworkStore {
    pub(crate) fn new(policy: LiquidPolicy) -> Result<Self, LoadError> {
        let info = policy.info();
        let inputs = info.inputs.iter().map(|channel| ObservationChannel::parse(&channel.name));
        let observation = inputs.collect::<Result<Vec<_>, _>>()?;
        let outputs = info.outputs.iter().map(|channel| ActionChannel::parse(&channel.name));
        let action = outputs.collect::<Result<Vec<_>, _>>()?;
        if let Some(rotor) = ActionChannel::idle_rotor(&action) {
            return Err(LoadError::IdleRotor { rotor });
        }
        let (inputs, outputs) = (info.inputs.len(), info.outputs.len());
        Ok(Self {
            observation,
            action,
            rows: 0,
            states: Vec::new(),
            observed: vec![0.0; inputs],
            inputs: vec![0.0; inputs],
            outputs: vec![0.0; outputs],
            actions: vec![0.0; outputs],
            scratch: Scratch::new(policy.network()),
            policy,
        })
    }

    /// The network and its description.
    #[must_use]
    pub fn policy(&self) -> &LiquidPolicy {
        &self.policy
    }

    /// Number of robots that fly this network.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn add_row(&mut self) -> usize {
        let row = self.rows;
        self.rows += 1;
        self.states.resize(self.rows * self.policy.network().state_len(), 0.0);
        row
    }

    pub(crate) fn state(&self, row: usize) -> &[f32] {
        let len = self.policy.network().state_len();
        &self.states[row * len..(row + 1) * len]
    }

    /// Advances one robot's state by `dt_s` and answers with rotor speeds. Does not allocate.
    ///
    /// # Errors
    /// If time, observation or answer cannot be used; [`PolicyFault`] says what became of the state.
    pub(crate) fn step(
        &mut self,
        row: usize,
        observed: &Observed,
        dt_s: f32,
    ) -> Result<RotorCommand, PolicyFault> {
        let Observed { kinematics, setpoint, hover_speed_radps } = observed;
        observe(&self.observation, kinematics, setpoint, &mut self.observed);
        // Squashing would make an infinity look like a number.
        if !self.observed.iter().all(|x| x.is_finite()) {
            return Err(PolicyFault::Observation);
        }
        self.policy.encode(&self.observed, &mut self.inputs);
        let network = self.policy.network();
        let len = network.state_len();
        let state = &mut self.states[row * len..(row + 1) * len];
        let elapsed = self.policy.elapsed_for(dt_s);
        network.step(&self.inputs, elapsed, state, &mut self.outputs, &mut self.scratch).map_err(
            |fault| match fault {
                StepFault::Elapsed { .. } => PolicyFault::Elapsed,
                _ => PolicyFault::Observation,
            },
        )?;
        self.policy.decode(&self.outputs, &mut self.actions);
        let speeds_radps = act(&self.action, &self.actions, *hover_speed_radps);
        // A state that is not finite would never recover, so the network starts again.
        if speeds_radps.iter().chain(&*state).all(|x| x.is_finite()) {
            Ok(RotorCommand { speeds_radps })
        } else {
            state.fill(0.0);
            Err(PolicyFault::Action)
        }
    }
}
