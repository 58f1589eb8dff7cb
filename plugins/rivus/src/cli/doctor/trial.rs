//! Parks a loop and waits for the watchdog.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use bevy_app::App;
use bevy_ecs::prelude::*;
use rivus_app::{Rate, Stage, Tick};
use rivus_run::{
    RealTimeOptions, RunPlugin, SafeOutputExt, WatchdogOptions, WatchdogReport, run_real_time,
};

/// Ticks in which the loop is parked.
const PARKS: [u64; 3] = [100, 200, 300];

/// Longest time for which it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// What came of the trial.
pub(super) struct Trial {
    pub(super) report: WatchdogReport,
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
    frames: Mutex<Receiver<()>>,
    is_over: Arc<AtomicBool>,
}

/// Waits in a tick for the safe frame.
fn park(tick: Res<Tick>, mut parks: ResMut<Parks>) {
    let Some(&at) = PARKS.get(parks.parked) else {
        return parks.is_over.store(true, Ordering::Relaxed);
    };
    if tick.index < at {
        return;
    }
    parks.parked += 1;
    let frames = parks.frames.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
    // What went out before, because the machine was busy, does not count.
    while frames.try_recv().is_ok() {}
    let is_rescued = frames.recv_timeout(PATIENCE).is_ok();
    parks.rescued += usize::from(is_rescued);
}

/// Runs a loop at 1 kHz that gets stuck three times until the safe frame is out.
pub(super) fn run() -> anyhow::Result<Trial> {
    let (sender, frames) = channel();
    let is_over = Arc::new(AtomicBool::new(false));
    let (frames, stop) = (Mutex::new(frames), Arc::clone(&is_over));
    let mut app = App::empty();
    app.add_plugins(RunPlugin)
        .insert_resource(Parks { parked: 0, rescued: 0, frames, is_over })
        .add_systems(Stage::Control.at(Rate::STAGE), park)
        .add_safe_output("doctor", move || sender.send(()).map_err(io::Error::other));
    let options = WatchdogOptions::default();
    let real_time = RealTimeOptions { watchdog: Some(options), ..RealTimeOptions::default() };
    let run = run_real_time(&mut app, f64::INFINITY, &real_time, &stop)?;
    let Some(report) = run.watchdog else { anyhow::bail!("there was no watchdog") };
    let parks = app.world().resource::<Parks>();
    Ok(Trial { report, options, rescued: parks.rescued, parked: parks.parked })
}
