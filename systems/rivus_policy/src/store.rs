//! The networks in use and the states of the robots that fly them.

use bevy_ecs::component::Component;
use bevy_ecs::resource::Resource;
use rivus_liquid::Policy as LiquidPolicy;

use crate::{LoadError, NetworkStore, Thought};

/// Which network a robot flies, and which row of its states is the robot's.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct PolicyRow {
    network: usize,
    row: usize,
}

impl PolicyRow {
    /// Index of the network in [`PolicyStore::networks`].
    pub(crate) const fn network(self) -> usize {
        self.network
    }
}

/// All networks in use; robots with the same policy share one.
#[derive(Resource, Default, Debug)]
pub struct PolicyStore {
    networks: Vec<NetworkStore>,
}

impl PolicyStore {
    /// Adds a robot that flies `policy`, with a state of zeros.
    ///
    /// # Errors
    /// If the vehicle does not provide a channel that the policy reads or writes.
    pub fn insert(&mut self, policy: LiquidPolicy) -> Result<PolicyRow, LoadError> {
        let known = self.networks.iter().position(|store| *store.policy() == policy);
        let network = match known {
            Some(network) => network,
            None => {
                self.networks.push(NetworkStore::new(policy)?);
                self.networks.len() - 1
            }
        };
        let row = self.networks[network].add_row();
        Ok(PolicyRow { network, row })
    }

    /// Adds a robot that flies the policy file `bytes` at `policy_hz`.
    ///
    /// # Errors
    /// If the file is damaged, the policy was not trained for the rate, or [`insert`](Self::insert)
    /// refuses it.
    pub fn load(&mut self, bytes: &[u8], policy_hz: f32) -> Result<PolicyRow, LoadError> {
        let policy = LiquidPolicy::from_bytes(bytes)?;
        policy.check_rate(policy_hz)?;
        self.insert(policy)
    }

    /// The networks, in the order in which they were first used.
    #[must_use]
    pub fn networks(&self) -> &[NetworkStore] {
        &self.networks
    }

    /// The recurrent state of a robot; `None` for a row of another store.
    #[must_use]
    pub fn state(&self, row: PolicyRow) -> Option<&[f32]> {
        let store = self.networks.get(row.network)?;
        (row.row < store.rows()).then(|| store.state(row.row))
    }

    /// What the network of a robot was told and said last; `None` for a row of another store.
    #[must_use]
    pub fn thought(&self, row: PolicyRow) -> Option<Thought<'_>> {
        let store = self.networks.get(row.network)?;
        (row.row < store.rows()).then(|| store.thought(row.row))
    }

    /// The policy of a robot; `None` for a row of another store.
    #[must_use]
    pub fn policy(&self, row: PolicyRow) -> Option<&LiquidPolicy> {
        Some(self.networks.get(row.network)?.policy())
    }

    /// The network of a robot; `None` for a row of another store.
    pub(crate) fn network_mut(&mut self, row: PolicyRow) -> Option<(&mut NetworkStore, usize)> {
        let store = self.networks.get_mut(row.network)?;
        (row.row < store.rows()).then_some((store, row.row))
    }

    /// All networks, to step their batches.
    pub(crate) fn networks_mut(&mut self) -> &mut [NetworkStore] {
        &mut self.networks
    }
}
