//! Where real time is not supported.

use super::{RealTimeOptions, RtGrade, RtReport, RtStep};

/// Nothing, because nothing is changed.
#[derive(Debug)]
pub(super) struct Before;

impl Before {
    pub(super) const fn restore(&self) {}
}

/// Refuses everything.
pub(super) fn set_up(_options: &RealTimeOptions) -> (RtReport, Before) {
    let refused = || RtStep::Refused("only Linux is supported".to_owned());
    let report = RtReport {
        grade: RtGrade::BestEffort,
        scheduling: refused(),
        memory_locked: refused(),
        affinity: refused(),
        timer_slack: refused(),
    };
    (report, Before)
}
