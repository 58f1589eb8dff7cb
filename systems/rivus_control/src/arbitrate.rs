//! Arbitration: one proposal becomes the command.

use bevy_ecs::message::MessageWriter;
use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Query, Res};
use rivus_app::{Dt, Fault, OnOverrun, OverrunResponse, Stage, TickConfig};
use rivus_flight::RotorCommand;
use rivus_robot::{Airframe, Authority, Command, Health, Proposal, RobotId, by};

use crate::fallback::{Fallback, Offers, Pilot, Unusable};

/// How old a proposal may be before its source counts as silent.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct ProposalLimit {
    /// Periods of the stage `Policy` ...
    pub policy_periods: f32,
    /// ... or this many seconds, whichever is longer, so that slow laws are not taken for silent.
    pub at_least_s: f32,
}

impl Default for ProposalLimit {
    /// Three policy periods, at least 50 ms.
    fn default() -> Self {
        Self { policy_periods: 3.0, at_least_s: 0.05 }
    }
}

impl ProposalLimit {
    /// The limit at the rates of `config`, in seconds.
    #[must_use]
    pub fn seconds(&self, config: &TickConfig) -> f32 {
        let policy_hz = config[Stage::Policy].rate_hz.unwrap_or(config.base_hz);
        // Rates are small integers, which f32 holds exactly.
        (self.policy_periods / policy_hz as f32).max(self.at_least_s)
    }
}

/// All proposals for the rotors of one robot.
type Proposals<'a> = (
    &'a Proposal<RotorCommand, by::Policy>,
    &'a Proposal<RotorCommand, by::Backup>,
    &'a Proposal<RotorCommand, by::Operator>,
    &'a Proposal<RotorCommand, by::Failsafe>,
);

/// Copies the proposal of the source that has the say to the command, clipped to what the motors
/// can follow; [`Fallback`] says who flies when that source fails.
pub(crate) fn arbitrate(
    dt: Res<Dt>,
    config: Res<TickConfig>,
    limit: Res<ProposalLimit>,
    overrun: Res<OverrunResponse>,
    mut faults: MessageWriter<Fault>,
    mut robots: Query<(
        &RobotId,
        &Authority,
        &Airframe,
        Option<&Health>,
        Proposals<'static>,
        &mut Fallback,
        &mut Command<RotorCommand>,
    )>,
) {
    let limit_s = limit.seconds(&config);
    let response = overrun.active();
    if response == Some(OnOverrun::HoldLast) {
        return;
    }
    for (id, &authority, Airframe(vehicle), health, proposals, mut fallback, mut command) in
        &mut robots
    {
        let authority = match response {
            Some(OnOverrun::Failsafe) => Authority::Failsafe,
            _ => authority,
        };
        let backup = usable(proposals.1, limit_s);
        let chosen = match authority {
            Authority::Policy => usable(proposals.0, limit_s),
            Authority::Backup => backup,
            Authority::Operator => usable(proposals.2, limit_s),
            Authority::Failsafe => usable(proposals.3, limit_s),
        };
        let may_fall_back = matches!(authority, Authority::Policy | Authority::Operator);
        let chosen = match response {
            Some(OnOverrun::Fallback) if may_fall_back => Err(Unusable::Overrun),
            _ => chosen,
        };
        fallback.serve(authority);
        let new_faults = fallback.decide(&Offers {
            chosen: chosen.map(|_| ()),
            has_backup: may_fall_back && backup.is_ok(),
            is_flyable: health.is_none_or(|health| health.valid),
            elapsed_s: dt.secs(),
            limit_s,
        });
        for kind in new_faults.into_iter().flatten() {
            faults.write(Fault { robot: id.0, kind });
        }
        let proposal = match fallback.pilot() {
            Pilot::Chosen => chosen.ok(),
            Pilot::Backup => backup.ok(),
            Pilot::Nobody => None,
        };
        if let Some(RotorCommand { speeds_radps }) = proposal {
            command.value = Some(RotorCommand { speeds_radps: vehicle.clip(speeds_radps) });
        } else if fallback.is_adrift() {
            let stopped = vehicle.clip([0.0; rivus_vehicle::ROTORS]);
            command.value = Some(RotorCommand { speeds_radps: stopped });
        }
    }
}

/// The proposal, if it can be flown.
fn usable<S>(proposal: &Proposal<RotorCommand, S>, limit_s: f32) -> Result<RotorCommand, Unusable> {
    let command = proposal.get().ok_or(Unusable::Missing)?;
    if !command.speeds_radps.iter().all(|speed| speed.is_finite()) {
        Err(Unusable::NotFinite)
    } else if proposal.age_s() <= limit_s {
        Ok(*command)
    } else {
        Err(Unusable::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_may_be_as_old_as_three_policy_periods() {
        let mut config = TickConfig::default();
        let limit = ProposalLimit::default();
        assert_eq!(limit.seconds(&config), 0.05);
        config[Stage::Policy].rate_hz = Some(20);
        assert_eq!(limit.seconds(&config), 0.15);
    }

    #[test]
    fn missing_old_and_infinite_proposals_are_not_usable() {
        let mut proposal = Proposal::<RotorCommand>::default();
        assert_eq!(usable(&proposal, 1.0), Err(Unusable::Missing));
        let command = RotorCommand { speeds_radps: [1.0; 4] };
        proposal.set(command);
        proposal.grow_older(0.5);
        assert_eq!(usable(&proposal, 1.0), Ok(command));
        assert_eq!(usable(&proposal, 0.4), Err(Unusable::Missing));
        proposal.set(RotorCommand { speeds_radps: [1.0, f32::INFINITY, 1.0, 1.0] });
        assert_eq!(usable(&proposal, 1.0), Err(Unusable::NotFinite));
    }
}
