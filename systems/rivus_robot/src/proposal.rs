//! Proposals, who has the say, and the command that comes of it.

use core::marker::PhantomData;

use bevy_ecs::component::Component;
use bevy_ecs::schedule::SystemSet;
use bevy_ecs::system::{Query, Res};
use rivus_app::Dt;

/// Who makes a proposal.
pub mod by {
    /// The primary controller, learned or written.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Policy;

    /// The law that takes over when the primary controller fails.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Backup;

    /// A person with a remote control.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Operator;

    /// The law that ends a flight as harmlessly as it can.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Failsafe;
}

/// What one source wants done; it holds until the source sets another.
///
/// `C` is a command such as `RotorCommand`, `S` a source of module [`by`].
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Proposal<C, S = by::Policy> {
    command: Option<C>,
    age_s: f32,
    source: PhantomData<S>,
}

impl<C, S> Proposal<C, S> {
    /// Proposes `command` from now on.
    pub const fn set(&mut self, command: C)
    where
        C: Copy,
    {
        self.set_aged(command, 0.0);
    }

    /// Proposes `command`, which was worked out from a proposal that is `age_s` seconds old: a
    /// conversion does not make a stale proposal fresh.
    pub const fn set_aged(&mut self, command: C, age_s: f32)
    where
        C: Copy,
    {
        self.command = Some(command);
        self.age_s = age_s;
    }

    /// What is proposed, if anything.
    #[must_use]
    pub const fn get(&self) -> Option<&C> {
        self.command.as_ref()
    }

    /// Takes the proposal back.
    pub const fn clear(&mut self)
    where
        C: Copy,
    {
        self.command = None;
        self.age_s = 0.0;
    }

    /// Time since the command was set, s; 0 in the tick in which it was.
    #[must_use]
    pub const fn age_s(&self) -> f32 {
        self.age_s
    }

    /// Lets `elapsed_s` seconds pass.
    pub const fn grow_older(&mut self, elapsed_s: f32) {
        self.age_s += elapsed_s;
    }
}

impl<C, S> Default for Proposal<C, S> {
    /// Nothing proposed.
    fn default() -> Self {
        Self { command: None, age_s: 0.0, source: PhantomData }
    }
}

/// Ages all proposals of one kind; runs in `Sense`, before anything is proposed.
pub(crate) fn age_proposals<C, S>(
    dt: Res<'_, Dt>,
    mut proposals: Query<'_, '_, &mut Proposal<C, S>>,
) where
    C: Send + Sync + 'static,
    S: Send + Sync + 'static,
{
    for mut proposal in &mut proposals {
        proposal.grow_older(dt.secs());
    }
}

/// Whose proposal becomes the command.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authority {
    /// The primary controller, learned or written.
    #[default]
    Policy,
    /// The backup law.
    Backup,
    /// A person.
    Operator,
    /// The failsafe.
    Failsafe,
}

/// What the actuators are told; only arbitration writes it.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Command<C> {
    /// `None` until the first command.
    pub value: Option<C>,
}

impl<C> Default for Command<C> {
    /// No command yet.
    fn default() -> Self {
        Self { value: None }
    }
}

/// The parts of stage `Control`, in this order at every rate.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControlSet {
    /// Position, height, path: laws that propose thrust, wrenches or rotor speeds.
    Outer,
    /// Attitude laws: thrust becomes a wrench.
    Attitude,
    /// Wrenches become rotor speeds. Before arbitration, because a policy proposes rotor speeds.
    Mix,
    /// One proposal becomes the command.
    Arbitrate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_holds_and_ages_until_it_is_set_again() {
        let mut proposal = Proposal::<f32>::default();
        assert_eq!(proposal.get(), None);
        proposal.set(1.0);
        proposal.grow_older(0.25);
        proposal.grow_older(0.25);
        assert_eq!((proposal.get(), proposal.age_s()), (Some(&1.0), 0.5));
        proposal.set(2.0);
        assert_eq!((proposal.get(), proposal.age_s()), (Some(&2.0), 0.0));
        proposal.clear();
        assert_eq!(proposal.get(), None);
    }
}
