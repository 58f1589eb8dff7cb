//! The steps on Linux.

use core::num::NonZeroU64;

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, getpriority_process, getrlimit};
use rustix::thread::{
    CapabilitySet, CpuSet, capabilities, current_timer_slack, sched_getaffinity, sched_setaffinity,
    set_current_timer_slack,
};
use thread_priority::unix::{
    RealtimeThreadSchedulePolicy, ScheduleParams, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id, thread_schedule_policy_param,
};
use thread_priority::{Error as ClassError, ThreadPriority, ThreadPriorityValue};

use super::{RealTimeOptions, RtGrade, RtReport, RtStep};

const FIFO: ThreadSchedulePolicy =
    ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
const DEADLINE: ThreadSchedulePolicy =
    ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Deadline);

/// A scheduling class, and the priority or niceness in it.
type Class = (ThreadSchedulePolicy, ThreadPriority);

/// A set of processors.
pub(crate) type Cpus = CpuSet;

/// What the thread had before; `None` for what was not changed.
#[derive(Debug)]
pub(super) struct Before {
    class: Option<Class>,
    cpus: Option<CpuSet>,
    timer_slack_ns: Option<u64>,
}

impl Before {
    /// Gives the thread back what it had. That is never more than it has now, so nothing is
    /// refused, and there would be nothing to do about it.
    pub(super) fn restore(&self) {
        // The class first: a thread in real time has no timer slack of its own.
        if let Some((policy, priority)) = self.class {
            let _ = set_thread_priority_and_policy(thread_native_id(), priority, policy);
        }
        if let Some(slack_ns) = self.timer_slack_ns {
            let _ = set_current_timer_slack(NonZeroU64::new(slack_ns));
        }
        if let Some(cpus) = &self.cpus {
            allow_cpus(cpus);
        }
    }
}

/// Asks for everything, the class last, so that the rest is not done ahead of other threads.
pub(super) fn set_up(options: &RealTimeOptions) -> (RtReport, Before) {
    let (timer_slack, timer_slack_ns) = outcome(Some(shorten_timer_slack()));
    let (memory_locked, _) = outcome(Some(lock_memory()));
    let (affinity, cpus) = outcome(options.cpu.map(bind_to));
    let (scheduling, class) = outcome(options.priority.map(enter_fifo));
    let report = RtReport { grade: grade(), scheduling, memory_locked, affinity, timer_slack };
    // A class that was kept needs no way back.
    (report, Before { class: class.flatten(), cpus, timer_slack_ns })
}

/// What a step that was asked for led to, and what there was before it.
fn outcome<T>(step: Option<Result<T, String>>) -> (RtStep, Option<T>) {
    match step {
        None => (RtStep::NotAsked, None),
        Some(Ok(before)) => (RtStep::Granted, Some(before)),
        Some(Err(reason)) => (RtStep::Refused(reason), None),
    }
}

pub(super) fn grade() -> RtGrade {
    match thread_schedule_policy_param(thread_native_id()) {
        Ok((DEADLINE, _)) => RtGrade::Deadline,
        Ok((ThreadSchedulePolicy::Realtime(_), _)) => RtGrade::Fifo,
        Ok((ThreadSchedulePolicy::Normal(_), _)) | Err(_) => RtGrade::BestEffort,
    }
}

pub(super) fn allowed_cpus() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).collect()
}

/// Returns the slack that there was, in nanoseconds.
fn shorten_timer_slack() -> Result<u64, String> {
    let before_ns = current_timer_slack().map_err(|error| error.to_string())?;
    set_current_timer_slack(Some(NonZeroU64::MIN)).map_err(|error| error.to_string())?;
    Ok(before_ns)
}

fn lock_memory() -> Result<(), String> {
    let is_unlimited =
        capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK));
    // Locking what fits now would make allocations fail once the process has grown to the limit.
    if let (false, Some(limit)) = (is_unlimited, getrlimit(Resource::Memlock).current) {
        return Err(format!(
            "locked memory is limited to {} KiB, so a process that grows would fail; \
             give it CAP_IPC_LOCK or raise the limit to unlimited (`ulimit -l`)",
            limit / 1024
        ));
    }
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE).map_err(|error| error.to_string())
}

/// Returns the processors that there were.
fn bind_to(cpu: usize) -> Result<CpuSet, String> {
    let refused = |error: rustix::io::Errno| format!("processor {cpu}: {error}");
    if cpu >= CpuSet::MAX_CPU {
        return Err(format!("processor {cpu}: at most {} are supported", CpuSet::MAX_CPU));
    }
    let before = sched_getaffinity(None).map_err(refused)?;
    let mut only = CpuSet::new();
    only.set(cpu);
    sched_setaffinity(None, &only).map_err(refused)?;
    Ok(before)
}

/// Keeps the calling thread off processor `cpu` if it may run on others as well; returns the
/// processors that there were if that changed them.
pub(crate) fn leave_cpu(cpu: usize) -> Option<Cpus> {
    let before = sched_getaffinity(None).ok()?;
    let can_leave = cpu < CpuSet::MAX_CPU && before.is_set(cpu) && before.count() > 1;
    let mut rest = before;
    rest.unset(can_leave.then_some(cpu)?);
    // If it is refused, the thread stays where it was, and nothing relies on it.
    sched_setaffinity(None, &rest).is_ok().then_some(before)
}

/// Lets the calling thread run on these processors.
pub(super) fn allow_cpus(cpus: &Cpus) {
    // They were allowed before; if they are not any more, there is nothing to do about it.
    let _ = sched_setaffinity(None, cpus);
}

/// The priority of the calling thread in `SCHED_FIFO` or `SCHED_RR`, 1 to 99; `None` if it is in
/// neither.
pub(crate) fn real_time_priority() -> Option<u8> {
    let (policy, params) = thread_schedule_policy_param(thread_native_id()).ok()?;
    priority_in_real_time(policy, params)
}

fn priority_in_real_time(policy: ThreadSchedulePolicy, params: ScheduleParams) -> Option<u8> {
    let is_real_time = matches!(policy, ThreadSchedulePolicy::Realtime(_)) && policy != DEADLINE;
    is_real_time.then(|| u8::try_from(params.sched_priority).ok()).flatten()
}

/// Returns the class that there was; `None` if it is higher and was kept.
fn enter_fifo(priority: u8) -> Result<Option<Class>, String> {
    let refused = |error: ClassError| match error {
        ClassError::OS(code) => {
            let error = std::io::Error::from_raw_os_error(code);
            format!(
                "SCHED_FIFO at {priority}: {error}; give the process CAP_SYS_NICE or raise its \
                 limit on real-time priority (`ulimit -r`)"
            )
        }
        other => format!("SCHED_FIFO at {priority}: {other}"),
    };
    let thread = thread_native_id();
    let value = ThreadPriorityValue::try_from(priority)
        .map_err(|_out_of_range| format!("SCHED_FIFO has no priority {priority}, but 1 to 99"))?;
    let (policy, params) = thread_schedule_policy_param(thread)
        .map_err(|error| format!("the class of the thread cannot be read: {error}"))?;
    let is_higher = priority_in_real_time(policy, params).is_some_and(|now| now > priority);
    if policy == DEADLINE || is_higher {
        return Ok(None);
    }
    let before = priority_of(policy, params)
        .ok_or_else(|| "the class of the thread could not be given back".to_owned())?;
    set_thread_priority_and_policy(thread, ThreadPriority::Crossplatform(value), FIFO)
        .map_err(refused)?;
    Ok(Some((policy, before)))
}

/// What has to be asked for to be in `policy` as the calling thread is now.
fn priority_of(policy: ThreadSchedulePolicy, params: ScheduleParams) -> Option<ThreadPriority> {
    if let ThreadSchedulePolicy::Realtime(_) = policy {
        return Some(ThreadPriority::from_posix(params));
    }
    // The crate knows niceness on a scale of its own only.
    let niceness = getpriority_process(None).ok()?;
    (0..=99)
        .filter_map(|value| ThreadPriorityValue::try_from(value).ok())
        .map(ThreadPriority::Crossplatform)
        .find(|priority| priority.to_posix(policy).is_ok_and(|asked| asked == niceness))
}

#[cfg(test)]
mod tests {
    use rustix::process::setpriority_process;

    use super::*;
    use crate::RtThread;

    fn state() -> (ThreadSchedulePolicy, i32, i32, CpuSet, u64) {
        let (policy, params) = thread_schedule_policy_param(thread_native_id()).unwrap();
        let niceness = getpriority_process(None).unwrap();
        let cpus = sched_getaffinity(None).unwrap();
        (policy, params.sched_priority, niceness, cpus, current_timer_slack().unwrap())
    }

    #[test]
    fn a_thread_gets_back_what_it_had() {
        // To be nicer is granted to everyone.
        let niceness = getpriority_process(None).unwrap();
        setpriority_process(None, (niceness + 7).min(19)).unwrap();
        let before = state();
        let cpu = (0..CpuSet::MAX_CPU).find(|&cpu| before.3.is_set(cpu)).unwrap();
        let options =
            RealTimeOptions { priority: Some(3), cpu: Some(cpu), ..RealTimeOptions::default() };
        let thread = RtThread::set_up(&options);
        let (policy, priority, _, cpus, _) = state();
        assert_eq!(thread.report().affinity, RtStep::Granted);
        assert_eq!((cpus.count(), cpus.is_set(cpu)), (1, true));
        assert_eq!(thread.report().timer_slack, RtStep::Granted);
        match &thread.report().scheduling {
            RtStep::Granted => {
                assert_eq!((policy, priority), (FIFO, 3));
                assert_eq!(thread.report().grade, RtGrade::Fifo);
            }
            RtStep::Refused(reason) => {
                assert!(reason.contains("CAP_SYS_NICE"), "{reason}");
                assert_eq!((policy, thread.report().grade), (before.0, RtGrade::BestEffort));
            }
            RtStep::NotAsked => panic!("it was asked for"),
        }
        drop(thread);
        assert_eq!(state(), before);
    }

    #[test]
    fn what_does_not_exist_is_refused_and_changes_nothing() {
        let before = state();
        for (priority, cpu) in [(0, CpuSet::MAX_CPU - 1), (100, CpuSet::MAX_CPU), (255, usize::MAX)]
        {
            let options = RealTimeOptions {
                priority: Some(priority),
                cpu: Some(cpu),
                ..RealTimeOptions::default()
            };
            let thread = RtThread::set_up(&options);
            let report = thread.report();
            assert_eq!(report.grade, RtGrade::BestEffort);
            assert!(matches!(report.scheduling, RtStep::Refused(_)), "{report}");
            assert!(matches!(report.affinity, RtStep::Refused(_)), "{report}");
            drop(thread);
            assert_eq!(state(), before);
        }
    }

    #[test]
    fn a_higher_priority_that_the_thread_came_with_is_kept() {
        let with = |priority| {
            let options =
                RealTimeOptions { priority: Some(priority), ..RealTimeOptions::default() };
            RtThread::set_up(&options)
        };
        let outer = with(9);
        // What is not granted here cannot be kept either.
        let kept = (outer.report().scheduling == RtStep::Granted).then_some(9);
        let inner = with(4);
        let is_granted = |thread: &RtThread| thread.report().scheduling == RtStep::Granted;
        assert_eq!(is_granted(&inner), is_granted(&outer));
        assert_eq!(real_time_priority(), kept);
        drop(inner);
        assert_eq!(real_time_priority(), kept);
        drop(outer);
        assert_eq!(real_time_priority(), None);
    }
}
