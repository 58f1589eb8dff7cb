//! A loop that is stuck, and what reaches the actuators meanwhile.
//!
//! Nothing here looks at a clock: the loop is parked until the safe frame is there. How long that
//! took is measured by `rivus doctor`.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

extern crate alloc;

use alloc::sync::Arc;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::io;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use bevy_app::App;
use bevy_ecs::prelude::*;
use rivus_app::{OnOverrun, OverrunResponse, Rate, Stage, Tick, TickConfig};
use rivus_run::{
    RealTimeError, RealTimeOptions, RealTimeReport, RtThread, RunPlugin, SafeOutputExt,
    SafeOutputs, WatchdogOptions, allowed_cpus, run_real_time, thread_cpu_ns,
};

fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(RunPlugin);
    app
}

/// Runs until a system sets `stop`, however long this machine takes.
fn run(app: &mut App, stop: &AtomicBool) -> Result<RealTimeReport, RealTimeError> {
    run_real_time(app, f64::INFINITY, &RealTimeOptions::default(), stop)
}

/// Ticks in which the loop waits until a safe frame was put out; the run ends after the last.
#[derive(Resource)]
struct Park {
    ticks: Vec<u64>,
    frames: Mutex<Receiver<()>>,
    stop: Arc<AtomicBool>,
}

fn park(tick: Res<Tick>, mut park: ResMut<Park>) {
    if park.ticks.first().is_some_and(|&first| tick.index >= first) {
        park.ticks.remove(0);
        let frames = park.frames.get_mut().unwrap();
        // What went out before, because this machine was busy, does not count.
        while frames.try_recv().is_ok() {}
        frames.recv().unwrap();
    } else if park.ticks.is_empty() {
        park.stop.store(true, Ordering::Relaxed);
    }
}

fn parked_app(ticks: &[u64], stop: &Arc<AtomicBool>) -> App {
    let (sender, frames) = channel();
    let park_in =
        Park { ticks: ticks.to_vec(), frames: Mutex::new(frames), stop: Arc::clone(stop) };
    let mut app = app();
    app.insert_resource(park_in)
        .add_systems(Stage::Policy.at(Rate::STAGE), park)
        .add_safe_output("test", move || sender.send(()).map_err(io::Error::other));
    app
}

#[test]
fn every_time_the_loop_is_stuck_is_an_episode_and_it_goes_on_after_each() {
    let stop = Arc::new(AtomicBool::new(false));
    let mut app = parked_app(&[3, 120, 240], &stop);
    let report = run(&mut app, &stop).unwrap();
    let watchdog = report.watchdog.unwrap();
    assert!(report.ticks > 3 && report.gaps >= 3, "{watchdog}");
    assert!(watchdog.episodes >= 3 && watchdog.frames >= watchdog.episodes, "{watchdog}");
    assert_eq!((watchdog.outputs, watchdog.failures), (1, 0));
    assert!(watchdog.latency_max_ns > 40_000_000, "{watchdog}");
    // The app has its outputs again, so the next run is watched as well.
    assert_eq!(app.world_mut().resource_mut::<SafeOutputs>().names(), ["test"]);
    app.world_mut().resource_mut::<Park>().ticks = vec![0];
    stop.store(false, Ordering::Relaxed);
    assert!(run(&mut app, &stop).unwrap().watchdog.unwrap().episodes >= 1);
}

#[test]
fn the_safe_frame_is_out_before_a_panic_of_the_loop_leaves_the_run() {
    static FRAMES: AtomicU64 = AtomicU64::new(0);
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::STAGE), |tick: Res<Tick>| {
        assert!(tick.index < 7, "a mistake in a control law");
    })
    .add_safe_output("test", || {
        FRAMES.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    assert!(catch_unwind(AssertUnwindSafe(|| run(&mut app, &AtomicBool::new(false)))).is_err());
    assert!(FRAMES.load(Ordering::Relaxed) >= 1);
}

#[test]
fn an_abort_leaves_the_actuators_safe() {
    static FRAMES: AtomicU64 = AtomicU64::new(0);
    let mut config = TickConfig::default();
    config.on_overrun = OnOverrun::Abort;
    let mut app = app();
    app.insert_resource(config)
        .add_systems(
            Stage::Policy.at(Rate::STAGE),
            |tick: Res<Tick>, mut response: ResMut<OverrunResponse>| {
                if tick.index >= 6 {
                    response.inject();
                }
            },
        )
        .add_safe_output("test", || {
            FRAMES.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
    let report = run(&mut app, &AtomicBool::new(false)).unwrap();
    assert!(!report.is_complete && report.watchdog.unwrap().frames >= 1);
    assert!(FRAMES.load(Ordering::Relaxed) >= 1);
}

#[test]
fn the_last_safe_frame_is_tried_again_when_an_output_fails() {
    static TRIES: AtomicU64 = AtomicU64::new(0);
    static FRAMES: AtomicU64 = AtomicU64::new(0);
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::STAGE), |tick: Res<Tick>| {
        assert!(tick.index < 7, "a mistake in a control law");
    })
    .add_safe_output("busy", || {
        if TRIES.fetch_add(1, Ordering::Relaxed) < 2 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        FRAMES.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    // The loop is not stuck before it dies, however busy this machine is.
    let patient = WatchdogOptions { limit_us: u32::MAX, ..WatchdogOptions::default() };
    let options = RealTimeOptions { watchdog: Some(patient), ..RealTimeOptions::default() };
    let run = || run_real_time(&mut app, f64::INFINITY, &options, &AtomicBool::new(false));
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    assert_eq!((TRIES.load(Ordering::Relaxed), FRAMES.load(Ordering::Relaxed)), (3, 1));
}

#[test]
fn a_watchdog_that_seldom_checks_does_not_keep_a_run_from_its_end_or_a_dead_loop_from_its_frame() {
    static FRAMES: AtomicU64 = AtomicU64::new(0);
    let seldom = WatchdogOptions { check_us: u32::MAX, ..WatchdogOptions::default() };
    let options = RealTimeOptions { watchdog: Some(seldom), ..RealTimeOptions::default() };
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::STAGE), |tick: Res<Tick>| {
        assert!(tick.index < 20, "a mistake in a control law");
    })
    .add_safe_output("test", || {
        FRAMES.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let mut run = |seconds| run_real_time(&mut app, seconds, &options, &AtomicBool::new(false));
    assert_eq!(run(0.005).unwrap().watchdog.unwrap().frames, 0);
    assert!(catch_unwind(AssertUnwindSafe(|| run(f64::INFINITY))).is_err());
    assert_eq!(FRAMES.load(Ordering::Relaxed), 1);
}

/// CPU time for which a tick spins until a safe frame was put out.
const PATIENCE_NS: u64 = 500_000_000;

/// Ticks that never give the processor away, and how many of them a safe frame ended.
#[derive(Resource)]
struct Spin {
    ticks: Vec<u64>,
    rescued: usize,
    is_safe: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

fn spin(tick: Res<Tick>, mut spin: ResMut<Spin>) {
    if spin.ticks.first().is_some_and(|&first| tick.index >= first) {
        spin.ticks.remove(0);
        spin.is_safe.store(false, Ordering::Relaxed);
        let start_ns = thread_cpu_ns();
        while thread_cpu_ns() - start_ns < PATIENCE_NS {
            if spin.is_safe.load(Ordering::Relaxed) {
                spin.rescued += 1;
                return;
            }
        }
    } else if spin.ticks.is_empty() {
        spin.stop.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_tick_that_spins_does_not_keep_the_watchdog_from_their_processor() {
    let Some(cpu) = allowed_cpus().first().copied() else { return };
    let only = RealTimeOptions { priority: None, cpu: Some(cpu), ..RealTimeOptions::default() };
    // The watchdog inherits the processor of this thread, so there is no other for it.
    let here = RtThread::set_up(&only);
    let (is_safe, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let spin_in = Spin {
        ticks: vec![5, 700, 1400],
        rescued: 0,
        is_safe: Arc::clone(&is_safe),
        stop: Arc::clone(&stop),
    };
    let mut app = app();
    app.insert_resource(spin_in).add_systems(Stage::Policy.at(Rate::STAGE), spin).add_safe_output(
        "test",
        move || {
            is_safe.store(true, Ordering::Relaxed);
            Ok(())
        },
    );
    let report = run(&mut app, &stop).unwrap();
    drop(here);
    let (rescued, watchdog) = (app.world().resource::<Spin>().rescued, report.watchdog.unwrap());
    // Where it may not be above the loop, it says so.
    assert!(rescued > 0 || !watchdog.can_stop(report.granted.grade), "{watchdog}");
}

#[test]
fn the_watchdog_leaves_the_processor_of_the_loop_to_it_if_there_is_another() {
    static ON_LOOPS_CPU: AtomicBool = AtomicBool::new(false);
    let cpus = allowed_cpus();
    let Some(&cpu) = cpus.last() else { return };
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::STAGE), |_: Res<Tick>| panic!("for a safe frame"))
        .add_safe_output("test", move || {
            ON_LOOPS_CPU.store(allowed_cpus().contains(&cpu), Ordering::Relaxed);
            Ok(())
        });
    let options = RealTimeOptions { cpu: Some(cpu), ..RealTimeOptions::default() };
    let run = || run_real_time(&mut app, 1.0, &options, &AtomicBool::new(false));
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    assert_eq!(ON_LOOPS_CPU.load(Ordering::Relaxed), cpus.len() == 1);
}

#[test]
fn nothing_is_put_out_for_a_run_without_ticks() {
    static FRAMES: AtomicU64 = AtomicU64::new(0);
    let mut app = app();
    app.add_safe_output("test", || {
        FRAMES.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    // Every check would find the loop stuck if it were looked after already or still.
    let hasty = WatchdogOptions { limit_us: 0, check_us: 1, repeat_us: 0 };
    let options = RealTimeOptions { watchdog: Some(hasty), ..RealTimeOptions::default() };
    let report = run_real_time(&mut app, 0.0, &options, &AtomicBool::new(false)).unwrap();
    assert_eq!((report.watchdog.unwrap().frames, FRAMES.load(Ordering::Relaxed)), (0, 0));
}

#[test]
fn an_output_that_fails_is_counted_and_tried_again() {
    let stop = Arc::new(AtomicBool::new(false));
    let mut app = parked_app(&[2], &stop);
    app.add_safe_output("unplugged", || Err(io::ErrorKind::BrokenPipe.into()));
    let watchdog = run(&mut app, &stop).unwrap().watchdog.unwrap();
    assert_eq!((watchdog.outputs, watchdog.failures), (2, watchdog.frames));
    assert!(watchdog.failures >= 1);
}

#[cfg(target_os = "linux")]
mod on_a_wire {
    use std::fs::File;
    use std::io::{Read, Write};

    use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    use super::*;

    const SAFE: [u8; 4] = *b"SAFE";
    const LIVE: [u8; 4] = *b"LIVE";

    /// The ends of a serial line: the driver's and that of the motor controllers.
    fn wire() -> (File, File) {
        let controllers = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controllers).unwrap();
        unlockpt(&controllers).unwrap();
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let driver = ioctl_tiocgptpeer(&controllers, flags).unwrap();
        let mut terminal = tcgetattr(&driver).unwrap();
        terminal.make_raw();
        tcsetattr(&driver, OptionalActions::Now, &terminal).unwrap();
        (driver.into(), controllers.into())
    }

    #[derive(Resource)]
    struct Wire {
        driver: Arc<File>,
        controllers: File,
        parked: Option<u64>,
        after: Vec<[u8; 4]>,
        stop: Arc<AtomicBool>,
    }

    impl Wire {
        /// The next frame that reaches the motor controllers.
        fn next_frame(&mut self) -> [u8; 4] {
            let mut frame = [0; 4];
            self.controllers.read_exact(&mut frame).unwrap();
            frame
        }
    }

    /// Sends a frame in each tick and reads what arrives; in one tick it sends nothing and waits.
    fn drive(tick: Res<Tick>, mut wire: ResMut<Wire>) {
        if tick.index >= 5 && wire.parked.is_none() {
            wire.parked = Some(tick.index);
            // Blocks: nobody but the watchdog can end it.
            while wire.next_frame() != SAFE {}
            return;
        }
        let mut driver = &*wire.driver;
        driver.write_all(&LIVE).unwrap();
        let frame = wire.next_frame();
        if wire.parked.is_some() {
            wire.after.push(frame);
            wire.stop.store(frame == LIVE, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_safe_frame_arrives_while_the_loop_is_parked_and_its_own_frames_rule_again_after_that() {
        let (driver, controllers) = wire();
        let (driver, stop) = (Arc::new(driver), Arc::new(AtomicBool::new(false)));
        let safe = Arc::clone(&driver);
        let (after, stopped) = (Vec::new(), Arc::clone(&stop));
        let mut app = app();
        app.insert_resource(Wire { driver, controllers, parked: None, after, stop })
            .add_systems(Stage::Actuate.at(Rate::STAGE), drive)
            .add_safe_output("motors", move || (&*safe).write_all(&SAFE));
        let report = run(&mut app, &stopped).unwrap();
        let wire = app.world().resource::<Wire>();
        assert!(wire.parked.is_some() && report.watchdog.unwrap().episodes >= 1);
        // A frame is four bytes in one piece, whoever wrote it.
        assert!(wire.after.iter().all(|frame| [LIVE, SAFE].contains(frame)));
        assert_eq!(wire.after.last(), Some(&LIVE));
    }
}
