//! Where real time is not supported.

use super::{RealTimeOptions, RtGrade, RtReport, RtStep};

/// Nothing, because nothing is changed.
#[derive(Debug)]
pub(super) struct Before;

impl Before {
    pub(super) const fn restore(&self) {}
}

/// Of no thread.
pub(crate) const fn real_time_priority() -> Option<u8> {
    None
}

/// A set of processors; there is none, because nothing can be chosen.
#[derive(Debug)]
pub(crate) enum Cpus {}

pub(crate) const fn leave_cpu(_cpu: usize) -> Option<Cpus> {
    None
}

pub(super) const fn allow_cpus(_cpus: &Cpus) {}

pub(super) const fn grade() -> RtGrade {
    RtGrade::BestEffort
}

pub(super) const fn allowed_cpus() -> Vec<usize> {
    Vec::new()
}

/// Refuses everything that is asked for.
pub(super) fn set_up(options: &RealTimeOptions) -> (RtReport, Before) {
    let step = |is_asked: bool| match is_asked {
        true => RtStep::Refused("only Linux is supported".to_owned()),
        false => RtStep::NotAsked,
    };
    let report = RtReport {
        grade: RtGrade::BestEffort,
        scheduling: step(options.priority.is_some()),
        memory_locked: step(true),
        affinity: step(options.cpu.is_some()),
        timer_slack: step(true),
    };
    (report, Before)
}
