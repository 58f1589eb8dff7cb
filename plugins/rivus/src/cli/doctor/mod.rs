//! `rivus doctor`: what this machine is good for in real time.

mod burn;
mod machine;
mod report;
mod trial;

use core::sync::atomic::{AtomicBool, Ordering};
use std::io::{self, IsTerminal, Write};

use anyhow::{Context, ensure};
use rivus_run::{
    JitterError, JitterOptions, RealTimeOptions, RtGrade, RtThread, allowed_cpus, attribute_jitter,
    measure_jitter,
};

use self::burn::Burners;
use self::machine::Machine;
use self::report::{ALONE, AttributionRow, Jitter, JitterRow, OTHER, RealTime, Report, WATCHED};
use super::{Outcome, out};

/// Set by Ctrl-C: the measurement ends, what there is of it is printed.
static STOP: AtomicBool = AtomicBool::new(false);

/// Longest time for one row of the table; every wake-up of it is kept.
const SECONDS_MAX: f64 = 3600.0;

/// Most busy processes.
const BURNERS_MAX: usize = 256;

/// Arguments of `rivus doctor`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Measure for this long per row how late a loop at 1 kHz wakes up: in real time (fifo), the
    /// same with a detector that sees when the processor stands still, and like any other program.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    jitter: Option<f64>,
    /// Keep the machine busy with this many processes meanwhile.
    #[arg(long, value_name = "N", default_value_t = 0)]
    burn: usize,
    /// The processor of the loop; the last one that there is if not given.
    #[arg(long, value_name = "N")]
    cpu: Option<usize>,
    /// End with exit code 1 if a promise does not hold on this machine.
    #[arg(long)]
    require: bool,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// Be one of the busy processes: end when the standard input does.
    #[arg(long, hide = true, exclusive = true)]
    burner: bool,
}

/// Examines the machine and prints what was found.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.burner {
        burn::burn()?;
        return Ok(Outcome::Pass);
    }
    if let Some(seconds) = args.jitter {
        let is_time = seconds > 0.0 && seconds <= SECONDS_MAX;
        ensure!(is_time, "--jitter {seconds}: expected a number above 0, at most {SECONDS_MAX}");
    }
    ensure!(args.burn <= BURNERS_MAX, "--burn {}: at most {BURNERS_MAX}", args.burn);
    if args.jitter.is_some() || args.burn > 0 {
        ensure_not_in_real_time()?;
    }
    let cpus = allowed_cpus();
    if let Some(cpu) = args.cpu {
        ensure!(cpus.contains(&cpu), "--cpu {cpu}: expected one of the processors {cpus:?}");
    }
    let cpu = args.cpu.or_else(|| cpus.last().copied());
    ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed)).context("Ctrl-C")?;
    let machine = Machine::examine(cpus.len())?;
    let burners = Burners::start(args.burn)?;
    let real_time = RealTime::new(RtThread::set_up(&loop_options(cpu)).report());
    let trial = trial::run(cpu)?;
    let jitter = match args.jitter {
        Some(seconds) => Some(jitter(seconds, cpu, args.burn)?),
        None => None,
    };
    drop(burners);
    let report = Report::new(machine, real_time, &trial, jitter);
    if args.json {
        out(format_args!("{}", serde_json::to_string_pretty(&report)?));
    } else {
        out(format_args!("{report}"));
    }
    Ok(match STOP.load(Ordering::Relaxed) {
        true => Outcome::Interrupted,
        false => Outcome::pass_if(report.holds() || !args.require),
    })
}

/// Refuses to measure from a real-time class, which the busy processes would inherit and never
/// leave the processor to others, the rest of the machine included, and which the row `other` could
/// not leave.
fn ensure_not_in_real_time() -> anyhow::Result<()> {
    let nothing = RealTimeOptions { priority: None, ..RealTimeOptions::default() };
    let grade = RtThread::set_up(&nothing).report().grade;
    ensure!(
        grade == RtGrade::BestEffort,
        "--jitter and --burn: this process is in a real-time class already ({grade}), which busy \
         processes would inherit; start it without `chrt`, it asks for what it needs itself"
    );
    Ok(())
}

/// What a loop on `cpu` asks for.
fn loop_options(cpu: Option<usize>) -> RealTimeOptions {
    RealTimeOptions { cpu, ..RealTimeOptions::default() }
}

/// Measures the rows of the table, one after the other.
fn jitter(seconds: f64, cpu: Option<usize>, busy_processes: usize) -> anyhow::Result<Jitter> {
    if io::stderr().is_terminal() {
        // Nothing is lost with it.
        let _ = writeln!(io::stderr(), "measuring three times {seconds} s ...");
    }
    let RealTimeOptions { priority, .. } = loop_options(cpu);
    let fifo = JitterOptions { seconds, priority, cpu };
    let other = JitterOptions { priority: None, ..fifo };
    let is_stopped = || STOP.load(Ordering::Relaxed);
    let mut rows = vec![JitterRow::new(ALONE, &measure_jitter(&fifo, &STOP)?)];
    let (mut attribution, mut unwatched) = (None, None);
    if !is_stopped() {
        match attribute_jitter(&fifo, &STOP) {
            Ok((report, found)) => {
                rows.push(JitterRow::new(WATCHED, &report));
                attribution = Some(AttributionRow::new(&found, &report));
            }
            Err(JitterError::Unwatched(reason)) => unwatched = Some(reason),
            Err(error) => return Err(error.into()),
        }
    }
    if !is_stopped() {
        rows.push(JitterRow::new(OTHER, &measure_jitter(&other, &STOP)?));
    }
    Ok(Jitter {
        seconds_per_row: seconds,
        rate_hz: JitterOptions::RATE_HZ,
        work_us: JitterOptions::WORK_US,
        cpu,
        busy_processes,
        rows,
        attribution,
        unwatched,
    })
}
