//! Makes the calling thread fit for real time, as far as the machine allows.

use core::fmt;
use core::marker::PhantomData;

use crate::watchdog::WatchdogOptions;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as os;

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
use other as os;

pub(crate) use os::{leave_cpu, real_time_priority};

/// Stack that is touched beforehand, so that a deep call does not wait for pages; some quarter of
/// the stack of a thread of the standard library.
const STACK_BYTES: usize = 512 * 1024;

/// What a real-time run asks of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealTimeOptions {
    /// Priority in `SCHED_FIFO`, 1 to 99; a thread that has a higher one keeps it. `None` leaves the
    /// thread in the class it is in.
    pub priority: Option<u8>,
    /// The only processor that the thread may run on, from 0; `None` leaves the choice as it is.
    pub cpu: Option<usize>,
    /// The grade without which nothing runs, of the loop and of its watchdog; `None` runs at any.
    pub required: Option<RtGrade>,
    /// When the watchdog of the run acts; `None` runs without one.
    pub watchdog: Option<WatchdogOptions>,
}

impl Default for RealTimeOptions {
    /// `SCHED_FIFO` at 80, any processor, any grade, a watchdog above.
    fn default() -> Self {
        let watchdog = Some(WatchdogOptions::default());
        Self { priority: Some(80), cpu: None, required: None, watchdog }
    }
}

/// How the operating system schedules a thread; a higher grade runs before a lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RtGrade {
    /// Together with everything else on the machine.
    BestEffort,
    /// `SCHED_FIFO` (or `SCHED_RR`, if the thread came with it): before everything of best effort.
    Fifo,
    /// `SCHED_DEADLINE`, before all of `SCHED_FIFO`.
    ///
    /// It is kept if the thread came with it (`chrt --deadline`) and never asked for: its run time
    /// must be known, it ends a tick that takes longer in the middle, and the thread can neither be
    /// bound to a processor nor start others.
    Deadline,
}

impl RtGrade {
    /// That of the calling thread.
    #[must_use]
    pub fn of_this_thread() -> Self {
        os::grade()
    }
}

impl fmt::Display for RtGrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BestEffort => "best effort",
            Self::Fifo => "fifo",
            Self::Deadline => "deadline",
        })
    }
}

/// What became of one step of the set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RtStep {
    /// It was granted.
    Granted,
    /// Nobody asked for it.
    NotAsked,
    /// It was not granted, and why.
    Refused(String),
}

impl fmt::Display for RtStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted => f.write_str("granted"),
            Self::NotAsked => f.write_str("not asked for"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
        }
    }
}

/// What the operating system granted. As text, it is a line per step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtReport {
    /// How the thread is scheduled now.
    pub grade: RtGrade,
    /// The scheduling class that was asked for, or a higher one that the thread came with.
    pub scheduling: RtStep,
    /// All memory of the process, present and future, stays in memory.
    pub memory_locked: RtStep,
    /// The thread runs on one processor only.
    pub affinity: RtStep,
    /// The end of a sleep is put off by 1 ns at most to be handled along with others.
    pub timer_slack: RtStep,
}

impl fmt::Display for RtReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "grade        {}", self.grade)?;
        writeln!(f, "scheduling   {}", self.scheduling)?;
        writeln!(f, "memory lock  {}", self.memory_locked)?;
        writeln!(f, "affinity     {}", self.affinity)?;
        write!(f, "timer slack  {}", self.timer_slack)
    }
}

/// The calling thread in real time; dropping it gives the thread back its scheduling class, its
/// processors and its timer slack.
///
/// The memory stays locked: it belongs to the whole process. Threads that are started meanwhile
/// inherit class and processors, so start those that are to have others before.
#[derive(Debug)]
pub struct RtThread {
    report: RtReport,
    before: os::Before,
    /// What is given back belongs to this thread, so the value must not leave it.
    _stays_here: PhantomData<*const ()>,
}

impl RtThread {
    /// Asks for everything in `options`; what is not granted is in the report.
    ///
    /// `options.required` and `options.watchdog` are not looked at. 512 KiB of stack are touched in
    /// any case, so there must be as much.
    #[must_use]
    pub fn set_up(options: &RealTimeOptions) -> Self {
        touch_stack();
        let (report, before) = os::set_up(options);
        Self { report, before, _stays_here: PhantomData }
    }

    /// What was granted.
    #[must_use]
    pub const fn report(&self) -> &RtReport {
        &self.report
    }
}

impl Drop for RtThread {
    fn drop(&mut self) {
        self.before.restore();
    }
}

/// The processors that the calling thread may run on, in ascending order; none if they are unknown.
#[must_use]
pub fn allowed_cpus() -> Vec<usize> {
    os::allowed_cpus()
}

/// A processor that the calling thread has left to others; dropping it takes the processor back.
#[derive(Debug)]
#[must_use = "the processor is taken back when it is dropped"]
pub struct CpuLeft {
    before: Option<os::Cpus>,
    /// What is taken back belongs to this thread, so the value must not leave it.
    _stays_here: PhantomData<*const ()>,
}

/// Leaves one logical processor to others: keeps the calling thread off the last of those that it may
/// run on, unless there is only one.
///
/// Threads that it starts meanwhile stay off it for good, those of libraries among them; threads that
/// it started before do not. Does nothing where processors cannot be chosen.
pub fn leave_one_cpu() -> CpuLeft {
    let before = allowed_cpus().last().and_then(|&last| os::leave_cpu(last));
    CpuLeft { before, _stays_here: PhantomData }
}

impl Drop for CpuLeft {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            os::allow_cpus(before);
        }
    }
}

#[inline(never)]
fn touch_stack() {
    let mut stack = [0_u8; STACK_BYTES];
    core::hint::black_box(&mut stack);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_each_step_in_a_line() {
        let report = RtReport {
            grade: RtGrade::Fifo,
            scheduling: RtStep::Granted,
            memory_locked: RtStep::Refused("a limit of 8192 KiB".to_owned()),
            affinity: RtStep::NotAsked,
            timer_slack: RtStep::Granted,
        };
        assert_eq!(
            report.to_string(),
            "grade        fifo\n\
             scheduling   granted\n\
             memory lock  refused: a limit of 8192 KiB\n\
             affinity     not asked for\n\
             timer slack  granted"
        );
    }

    #[test]
    fn nothing_to_ask_for_is_not_refused() {
        let options = RealTimeOptions { priority: None, cpu: None, required: None, watchdog: None };
        let thread = RtThread::set_up(&options);
        assert_eq!(thread.report().scheduling, RtStep::NotAsked);
        assert_eq!(thread.report().affinity, RtStep::NotAsked);
    }

    #[test]
    fn a_processor_is_left_to_threads_that_were_there_before() {
        let all = allowed_cpus();
        let rest = if all.len() > 1 { &all[..all.len() - 1] } else { &all };
        let (go, wait) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let before = scope.spawn(move || wait.recv().map(|()| allowed_cpus()));
            let left = leave_one_cpu();
            go.send(()).unwrap();
            assert_eq!(allowed_cpus(), rest);
            assert_eq!(scope.spawn(allowed_cpus).join().unwrap(), rest);
            assert_eq!(before.join().unwrap().unwrap(), all);
            drop(left);
            assert_eq!(allowed_cpus(), all);
        });
    }

    #[test]
    fn a_higher_grade_meets_a_lower_requirement() {
        assert!(RtGrade::BestEffort < RtGrade::Fifo && RtGrade::Fifo < RtGrade::Deadline);
    }
}
