//! Who flies when the chosen source has nothing usable to propose.

use bevy_ecs::component::Component;
use rivus_app::FaultKind;
use rivus_robot::seam::{MessageSchema, Time};
use rivus_robot::{Authority, Recorded};

/// How long the chosen source must propose without a gap before it flies again, in seconds.
pub const RETURN_AFTER_S: f32 = 0.2;

/// The chosen source proposes nothing, or has not for too long.
pub const NO_PROPOSAL: FaultKind = FaultKind::Plugin("control: no proposal in time");
/// Neither the chosen source nor the backup proposes anything.
pub const NOBODY_FLIES: FaultKind = FaultKind::Plugin("control: nobody flies");

/// Why a proposal cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// There is none, or it is too old.
    Missing,
    /// It holds a NaN or an infinity.
    NotFinite,
    /// An overrun forbids it.
    Overrun,
}

impl Unusable {
    /// The fault it counts as.
    #[must_use]
    pub const fn kind(self) -> FaultKind {
        match self {
            Self::Missing => NO_PROPOSAL,
            Self::NotFinite => FaultKind::NotFinite,
            Self::Overrun => FaultKind::Overrun,
        }
    }
}

/// Whose proposal becomes the command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Pilot {
    /// None: the command stays as it is while waiting, and stops the rotors in an episode.
    #[default]
    Nobody = 0,
    /// The source that `Authority` names.
    Chosen = 1,
    /// The backup.
    Backup = 2,
}

/// Decides in each control tick who flies; part of every robot.
///
/// ```text
///              usable                        unusable: one fault
///   Waiting ─────────────▶ Chosen ─────────────────────────────▶ Backup ──┐
///      │                     ▲                                    │  ▲   │ unusable:
///      │                     └── usable for RETURN_AFTER_S ───────┘  └───┘ starts again
///      └── unusable for longer than a proposal may be old: one fault ─▲
/// ```
///
/// An episode of the backup begins with one fault, whatever happens while it lasts. While waiting
/// for the first proposal the backup flies already, without a fault.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Fallback {
    authority: Option<Authority>,
    phase: Phase,
    episodes: u64,
    pilot: Pilot,
    is_adrift: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Waiting { for_s: f32 },
    Chosen,
    Backup { good_s: f32 },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Waiting { for_s: 0.0 }
    }
}

/// What one tick offers.
#[derive(Clone, Copy, Debug)]
pub struct Offers {
    /// Whether the chosen source has a usable proposal.
    pub chosen: Result<(), Unusable>,
    /// Whether the backup has a usable proposal and is not itself the chosen source.
    pub has_backup: bool,
    /// Whether there is an estimate, so that a proposal can be expected.
    pub is_flyable: bool,
    /// Time since the last tick, s.
    pub elapsed_s: f32,
    /// How old a proposal may be, s.
    pub limit_s: f32,
}

impl Recorded for Fallback {
    type Message = (Time, u8);
    const TOPIC: &'static str = "pilot";
    const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/Pilot",
        fields: "uint8 NOBODY=0\nuint8 CHOSEN=1\nuint8 BACKUP=2\n\
                 builtin_interfaces/Time stamp\nuint8 pilot\n",
        needs: &[Time::SCHEMA],
    };

    fn message(&self, now: Time) -> Option<Self::Message> {
        Some((now, self.pilot as u8))
    }
}

impl Pilot {
    /// The one that a recording of a [`Fallback`] calls by this number.
    #[must_use]
    pub const fn from_message(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Nobody),
            1 => Some(Self::Chosen),
            2 => Some(Self::Backup),
            _ => None,
        }
    }
}

impl Fallback {
    /// Whose proposal is the command at present.
    #[must_use]
    pub const fn pilot(&self) -> Pilot {
        self.pilot
    }

    /// Whether an episode of the backup lasts.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Backup { .. })
    }

    /// Whether nobody can fly although somebody did or should: the rotors are to stop.
    #[must_use]
    pub const fn is_adrift(&self) -> bool {
        self.is_adrift
    }

    /// How many episodes of the backup have begun.
    #[must_use]
    pub const fn episodes(&self) -> u64 {
        self.episodes
    }

    /// Names the source that has the say; a new one is waited for from now on.
    pub fn serve(&mut self, authority: Authority) {
        if self.authority != Some(authority) {
            self.authority = Some(authority);
            self.phase = Phase::default();
        }
    }

    /// Whether the backup law's proposal is the command.
    #[must_use]
    pub fn backup_flies(&self) -> bool {
        match self.pilot {
            Pilot::Backup => true,
            Pilot::Chosen => self.authority == Some(Authority::Backup),
            Pilot::Nobody => false,
        }
    }

    /// Decides who flies in this tick; the faults, if any, are to be raised.
    pub fn decide(&mut self, offers: &Offers) -> [Option<FaultKind>; 2] {
        let fault = self.advance(offers);
        self.pilot = match (self.phase, offers.chosen) {
            (Phase::Chosen, _) => Pilot::Chosen,
            _ if offers.has_backup => Pilot::Backup,
            // Better a source that has failed lately than none.
            (_, Ok(())) => Pilot::Chosen,
            _ => Pilot::Nobody,
        };
        let was_adrift = self.is_adrift;
        self.is_adrift = self.pilot == Pilot::Nobody && self.is_active();
        [fault, (self.is_adrift && !was_adrift).then_some(NOBODY_FLIES)]
    }

    fn advance(&mut self, offers: &Offers) -> Option<FaultKind> {
        match (&mut self.phase, offers.chosen) {
            (Phase::Chosen, Ok(())) => None,
            (Phase::Waiting { .. }, Ok(())) => {
                self.phase = Phase::Chosen;
                None
            }
            (Phase::Backup { good_s }, Ok(())) => {
                *good_s += offers.elapsed_s;
                if *good_s >= RETURN_AFTER_S {
                    self.phase = Phase::Chosen;
                }
                None
            }
            (Phase::Backup { good_s }, Err(_)) => {
                *good_s = 0.0;
                None
            }
            (Phase::Waiting { for_s }, Err(Unusable::Missing)) if *for_s <= offers.limit_s => {
                if offers.is_flyable {
                    *for_s += offers.elapsed_s;
                }
                None
            }
            (Phase::Chosen | Phase::Waiting { .. }, Err(reason)) => {
                self.phase = Phase::Backup { good_s: 0.0 };
                self.episodes += 1;
                Some(reason.kind())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Result<(), Unusable> = Err(Unusable::Missing);

    const NONE: [Option<FaultKind>; 2] = [None; 2];

    fn offers(chosen: Result<(), Unusable>) -> Offers {
        Offers { chosen, has_backup: true, is_flyable: true, elapsed_s: 0.01, limit_s: 0.03 }
    }

    #[test]
    fn an_episode_is_entered_once_and_left_after_a_good_while() {
        let mut fallback = Fallback::default();
        assert_eq!(fallback.decide(&offers(Ok(()))), NONE);
        assert_eq!(fallback.pilot(), Pilot::Chosen);
        let not_finite = Err(Unusable::NotFinite);
        assert_eq!(fallback.decide(&offers(not_finite)), [Some(FaultKind::NotFinite), None]);
        for _ in 0..5 {
            assert_eq!(fallback.decide(&offers(MISSING)), NONE);
            for _ in 0..10 {
                assert_eq!(fallback.decide(&offers(Ok(()))), NONE);
                assert_eq!(fallback.pilot(), Pilot::Backup);
            }
        }
        assert_eq!(fallback.decide(&offers(MISSING)), NONE);
        let good = (0..30).filter(|_| {
            fallback.decide(&offers(Ok(())));
            fallback.pilot() == Pilot::Backup
        });
        assert!((19..=20).contains(&good.count()), "0.2 s of ticks of 10 ms");
        assert_eq!((fallback.pilot(), fallback.episodes()), (Pilot::Chosen, 1));
    }

    #[test]
    fn a_source_that_never_proposes_is_waited_for_and_then_replaced() {
        let mut fallback = Fallback::default();
        let faults: Vec<_> = (0..10).map(|_| fallback.decide(&offers(MISSING))[0]).collect();
        assert_eq!(faults.iter().flatten().copied().collect::<Vec<_>>(), [NO_PROPOSAL]);
        assert_eq!(faults[..4], [None; 4]);
        assert_eq!(fallback.pilot(), Pilot::Backup);
    }

    #[test]
    fn nothing_is_waited_for_before_the_first_estimate() {
        let mut fallback = Fallback::default();
        let blind = Offers { is_flyable: false, has_backup: false, ..offers(MISSING) };
        for _ in 0..1000 {
            assert_eq!(fallback.decide(&blind), NONE);
            assert_eq!(fallback.pilot(), Pilot::Nobody);
        }
        assert_eq!(fallback.decide(&offers(Ok(()))), NONE);
        assert_eq!((fallback.pilot(), fallback.episodes()), (Pilot::Chosen, 0));
    }

    #[test]
    fn with_nobody_left_there_is_one_more_fault() {
        let mut fallback = Fallback::default();
        fallback.decide(&offers(Ok(())));
        let alone = Offers { has_backup: false, ..offers(MISSING) };
        assert_eq!(fallback.decide(&alone), [Some(NO_PROPOSAL), Some(NOBODY_FLIES)]);
        assert_eq!(fallback.pilot(), Pilot::Nobody);
        assert_eq!(fallback.decide(&alone), NONE);
        // The failed source is back: there is no backup to prefer to it.
        fallback.decide(&Offers { chosen: Ok(()), ..alone });
        assert_eq!(fallback.pilot(), Pilot::Chosen);
        assert_eq!(fallback.decide(&alone), [None, Some(NOBODY_FLIES)]);
    }
}
