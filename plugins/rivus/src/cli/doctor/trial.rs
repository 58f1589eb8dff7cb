//! Parks a loop and waits for the watchdog.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};

use bevy_app::App;
use bevy_ecs::prelude::*;
use rivus_app::{Rate, Stage, Tick};
use rivus_run::{
    RealTimeOptions, RtGrade, RtThread, RunPlugin, SafeOutputExt, WatchdogOptions, WatchdogReport,
    run_real_time, thread_cpu_ns,
};

/// Ticks in which the loop is parked.
const PARKS: [u64; 3] = [100, 200, 300];

/// CPU time for which it is at most, ns.
const PATIENCE_NS: u64 = 500_000_000;

/// What came of the trial.
pub(super) struct Trial {
    pub(super) report: WatchdogReport,
    /// How the loop was scheduled.
    pub(super) loop_grade: RtGrade,
    pub(super) options: WatchdogOptions,
    /// How often the safe frame came while the loop was parked.
    pub(super) rescued: usize,
    /// How often the loop was parked.
    pub(super) parked: usize,
}

#[derive(Resource)]
struct Parks {
    /// How many there were.
    parked: usize,
    rescued: usize,
    /// Lets the loop go on.
    is_safe: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

/// Waits in a tick for the safe frame and never gives the processor away meanwhile, so that only
/// what is above the loop runs there.
fn park(tick: Res<Tick>, mut parks: ResMut<Parks>) {
    let Some(&at) = PARKS.get(parks.parked) else {
        return parks.is_over.store(true, Ordering::Relaxed);
    };
    if tick.index < at {
        return;
    }
    parks.parked += 1;
    // What went out before, because the machine was busy, does not count.
    parks.is_safe.store(false, Ordering::Relaxed);
    let start_ns = thread_cpu_ns();
    while thread_cpu_ns() - start_ns < PATIENCE_NS {
        if parks.is_safe.load(Ordering::Relaxed) {
            parks.rescued += 1;
            return;
        }
    }
}

/// Runs a loop at 1 kHz that gets stuck three times until the safe frame is out. Both, loop and
/// watchdog, have no processor but `cpu`, which is the worst that can happen to them.
pub(super) fn run(cpu: Option<usize>) -> anyhow::Result<Trial> {
    let bound = RealTimeOptions { priority: None, cpu, ..RealTimeOptions::default() };
    // The watchdog inherits the processors of this thread.
    let _bound = RtThread::set_up(&bound);
    let (is_safe, is_over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (put_out, stop) = (Arc::clone(&is_safe), Arc::clone(&is_over));
    let mut app = App::empty();
    app.add_plugins(RunPlugin)
        .insert_resource(Parks { parked: 0, rescued: 0, is_safe, is_over })
        .add_systems(Stage::Control.at(Rate::STAGE), park)
        .add_safe_output("doctor", move || {
            put_out.store(true, Ordering::Relaxed);
            Ok(())
        });
    let options = WatchdogOptions::default();
    let real_time = RealTimeOptions { watchdog: Some(options), ..RealTimeOptions::default() };
    let run = run_real_time(&mut app, f64::INFINITY, &real_time, &stop)?;
    let Some(report) = run.watchdog else { anyhow::bail!("there was no watchdog") };
    let parks = app.world().resource::<Parks>();
    let loop_grade = run.granted.grade;
    Ok(Trial { report, loop_grade, options, rescued: parks.rescued, parked: parks.parked })
}
