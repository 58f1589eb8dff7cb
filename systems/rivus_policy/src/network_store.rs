//! One network and the robots that fly it.

use bevy_ecs::entity::Entity;
use rivus_flight::{
    ActionChannel, Kinematics, ObservationChannel, RotorCommand, Setpoint, act, observe,
};
use rivus_liquid::{BatchScratch, Policy as LiquidPolicy};

use crate::LoadError;

/// What a network is told in one step, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed {
    pub(crate) robot: Entity,
    pub(crate) kinematics: Kinematics,
    pub(crate) setpoint: Setpoint,
    /// The vehicle's; actions are multiples of it.
    pub(crate) hover_speed_radps: f32,
}

/// What a network said to a robot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) robot: Entity,
    pub(crate) command: Result<RotorCommand, PolicyFault>,
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
    /// Another robot with the same [`PolicyRow`](crate::PolicyRow) was first; the state is its.
    Taken,
}

/// What a network was told and said last, by one robot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thought<'a> {
    /// Physical values, in the order of the policy's inputs.
    pub observation: &'a [f32],
    /// Physical values, in the order of the policy's outputs; zeros before the first step.
    pub action: &'a [f32],
    /// Steps so far.
    pub steps: u64,
}

/// A robot in the batch.
#[derive(Clone, Copy, Debug)]
struct Passenger {
    robot: Entity,
    hover_speed_radps: f32,
}

/// One network and the states of all robots that fly it, one row each.
///
/// The robots that fly in a tick are stepped together, as one batch; each gets the bits that it
/// would get alone.
#[derive(Clone, Debug)]
pub struct NetworkStore {
    policy: LiquidPolicy,
    observation: Vec<ObservationChannel>,
    action: Vec<ActionChannel>,
    /// `[rows, state_len]`, row-major.
    states: Vec<f32>,
    /// Of each row, whether it is in the batch.
    is_boarded: Vec<bool>,
    /// The batch: rows and robots in the order in which they boarded.
    batch: Vec<u32>,
    passengers: Vec<Passenger>,
    /// `[rows, inputs]`, row-major, of which the batch fills the first.
    inputs: Vec<f32>,
    /// `[rows, outputs]`, row-major.
    outputs: Vec<f32>,
    /// What each robot observed last, physical values: `[rows, inputs]`, row-major.
    observed: Vec<f32>,
    /// What each robot was told last, physical values: `[rows, outputs]`, row-major.
    actions: Vec<f32>,
    /// Of each row, how often it was stepped.
    steps: Vec<u64>,
    scratch: BatchScratch,
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
        Ok(Self {
            observation,
            action,
            observed: Vec::new(),
            actions: Vec::new(),
            steps: Vec::new(),
            states: Vec::new(),
            is_boarded: Vec::new(),
            batch: Vec::new(),
            passengers: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            scratch: BatchScratch::new(policy.network()),
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
        self.is_boarded.len()
    }

    /// Adds a row, and makes room for a batch of all rows.
    pub(crate) fn add_row(&mut self) -> usize {
        let row = self.rows();
        let rows = row + 1;
        let network = self.policy.network();
        self.states.resize(rows * network.state_len(), 0.0);
        self.inputs.resize(rows * network.inputs(), 0.0);
        self.outputs.resize(rows * network.outputs(), 0.0);
        self.observed.resize(rows * network.inputs(), 0.0);
        self.actions.resize(rows * network.outputs(), 0.0);
        self.steps.push(0);
        self.is_boarded.push(false);
        self.batch.reserve(rows - self.batch.len());
        self.passengers.reserve(rows - self.passengers.len());
        row
    }

    pub(crate) fn state(&self, row: usize) -> &[f32] {
        let len = self.policy.network().state_len();
        &self.states[row * len..(row + 1) * len]
    }

    pub(crate) fn thought(&self, row: usize) -> Thought<'_> {
        let (inputs, outputs) = (self.observation.len(), self.action.len());
        Thought {
            observation: &self.observed[row * inputs..(row + 1) * inputs],
            action: &self.actions[row * outputs..(row + 1) * outputs],
            steps: self.steps[row],
        }
    }

    /// Takes a robot into the batch of [`step`](Self::step). Does not allocate.
    ///
    /// # Errors
    /// If time or observation cannot be used, or the row is taken; the robot is left out then, and
    /// its state is as it was.
    pub(crate) fn board(
        &mut self,
        row: usize,
        observed: &Observed,
        dt_s: f32,
    ) -> Result<(), PolicyFault> {
        let Observed { robot, kinematics, setpoint, hover_speed_radps } = *observed;
        if self.is_boarded[row] {
            return Err(PolicyFault::Taken);
        }
        let width = self.observation.len();
        let observed = &mut self.observed[row * width..(row + 1) * width];
        observe(&self.observation, &kinematics, &setpoint, observed);
        // Squashing would make an infinity look like a number.
        if !observed.iter().all(|x| x.is_finite()) {
            return Err(PolicyFault::Observation);
        }
        let elapsed = self.policy.elapsed_for(dt_s);
        if !(elapsed > 0.0 && elapsed.is_finite()) {
            return Err(PolicyFault::Elapsed);
        }
        let at = self.batch.len() * width;
        let inputs = &mut self.inputs[at..at + width];
        self.policy.encode(observed, inputs);
        if !inputs.iter().all(|x| x.is_finite()) {
            return Err(PolicyFault::Observation);
        }
        self.is_boarded[row] = true;
        // A row is its index in `states`, which fit into memory.
        self.batch.push(row as u32);
        self.passengers.push(Passenger { robot, hover_speed_radps });
        Ok(())
    }

    /// Advances the states of the batch by `dt_s`, hands out its answers and empties it. Does not
    /// allocate.
    ///
    /// Where an answer says [`PolicyFault::Action`], the robot's state is zeros again.
    pub(crate) fn step(&mut self, dt_s: f32, mut hand_out: impl FnMut(Answer)) {
        let network = self.policy.network();
        let (states, actions) = (network.state_len(), self.action.len());
        let count = self.batch.len();
        if count == 0 {
            return;
        }
        let stepped = network.step_batch(
            &self.batch,
            &self.inputs[..count * self.observation.len()],
            self.policy.elapsed_for(dt_s),
            &mut self.states,
            &mut self.outputs[..count * actions],
            &mut self.scratch,
        );
        let outputs = self.outputs.chunks_exact(actions);
        let batch = self.batch.drain(..).zip(self.passengers.drain(..));
        for ((row, passenger), outputs) in batch.zip(outputs) {
            let row = row as usize;
            self.is_boarded[row] = false;
            let Passenger { robot, hover_speed_radps } = passenger;
            // Inputs and time were checked when the robot boarded.
            if stepped.is_err() {
                hand_out(Answer { robot, command: Err(PolicyFault::Observation) });
                continue;
            }
            self.steps[row] += 1;
            let told = &mut self.actions[row * actions..(row + 1) * actions];
            self.policy.decode(outputs, told);
            let speeds_radps = act(&self.action, told, hover_speed_radps);
            let state = &mut self.states[row * states..(row + 1) * states];
            // A state that is not finite would never recover, so the network starts again.
            let is_finite = speeds_radps.iter().chain(&*state).all(|x| x.is_finite());
            if !is_finite {
                state.fill(0.0);
            }
            let command = is_finite.then_some(RotorCommand { speeds_radps });
            hand_out(Answer { robot, command: command.ok_or(PolicyFault::Action) });
        }
    }
}
