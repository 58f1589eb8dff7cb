//! What the window costs the flight: `cargo bench --bench window`.
//!
//! The same scene ticks at 1 kHz, in step with the wall, on a thread of its own: without a window, with
//! one that asks nothing of a graphics adapter, with one that is painted as on a screen, and beside a
//! thread that has nothing to do with any of it and only counts. The clock of the ticks is the CPU
//! time of their thread. Whoever shares the machine makes it longer, and a processor that is alone for
//! a moment runs faster: rounds alternate, and the lower quartile of each kind is judged, which neither
//! bad moments nor single good ones change. Then nobody looks for 5 s, and then the flight goes on for
//! 30 minutes of its own time as fast as possible while motors, sensors, wind and the policy's time are
//! disturbed at random. The last lines judge; exit code 1 if a bar is missed.

#![expect(clippy::print_stdout, reason = "a bench for people")]

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use egui_kittest::Harness;
use rivus::SceneLoader;
use rivus_app::{AppExt, Clock, Timings};
use rivus_gui::view3d::Studio;
use rivus_gui::{
    Driver, History, Loader, RivusWindow, Sensor, Session, Speed, Wanted, WindowOptions,
};
use rivus_sim::SensorFault;

const ROUNDS: usize = 20;
const ROUND: Duration = Duration::from_secs(2);
const FROZEN: Duration = Duration::from_secs(5);
const SOAK_S: f64 = 1800.0;

/// Flights whose clock is the CPU time of the thread that runs them.
#[derive(Clone, Copy)]
struct OnCpuTime;

impl Loader for OnCpuTime {
    fn scenes(&self) -> Vec<String> {
        SceneLoader::default().scenes()
    }

    fn policies(&self) -> Vec<String> {
        Vec::new()
    }

    fn load(&mut self, wanted: &Wanted) -> Result<bevy_app::App, String> {
        let mut app = SceneLoader::default().load(wanted)?;
        app.insert_resource(Clock(rivus_run::thread_cpu_ns));
        Ok(app)
    }
}

fn main() -> Result<ExitCode> {
    let has_adapter = Studio::new().is_ok();
    let [mut without, mut beside, mut unpainted, mut painted] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        without.push(without_window()?);
        beside.push(beside_counting()?);
        unpainted.push(in_window(false)?);
        if has_adapter {
            painted.push(in_window(true)?);
        }
    }
    println!("p99 of the CPU time of a tick at 1 kHz, quartile of {ROUNDS} rounds of {ROUND:?}:");
    let reference = show("without a window", &without);
    show("beside a thread that counts", &beside);
    let unpainted = show("in a window that is not painted", &unpainted) / reference;
    let painted = has_adapter.then(|| show("in a window that is painted", &painted) / reference);
    let mut is_pass = limit("p99 in a window that is not painted over p99 without", unpainted, 1.2);
    match painted {
        Some(ratio) => {
            is_pass &= limit("p99 in a window that is painted over p99 without", ratio, 1.2);
        }
        None => println!("no graphics adapter paints a window here"),
    }
    is_pass &= frozen()?;
    is_pass &= soak()?;
    Ok(if is_pass { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the ticks of a round took.
#[derive(Clone, Copy)]
struct Round {
    /// p99 of the CPU time of a tick.
    tick_ns: u64,
    /// p99 of what the observers took of it; none without a window.
    snapshot_ns: u64,
    /// Frames that were drawn.
    frames: u64,
}

impl Round {
    fn of(timings: &Timings, frames: u64) -> Self {
        let tick_ns = timings.tick.histogram.p99_ns();
        Self { tick_ns, snapshot_ns: timings.observers.histogram.p99_ns(), frames }
    }
}

/// Prints a row; returns the lower quartile of the p99s.
fn show(name: &str, rounds: &[Round]) -> f64 {
    let sorted = |field: fn(&Round) -> u64| {
        let mut values: Vec<u64> = rounds.iter().map(field).collect();
        values.sort_unstable();
        values
    };
    let (quartile, middle) = (rounds.len() / 4, rounds.len() / 2);
    let tick_ns = sorted(|round| round.tick_ns);
    let [judged_us, least_us, median_us] = [quartile, 0, middle].map(|place| us(tick_ns[place]));
    print!("  {name}: {judged_us:.1} us (least {least_us:.1}, median {median_us:.1})");
    let frames = sorted(|round| round.frames)[middle];
    if frames > 0 {
        let snapshot_ns = sorted(|round| round.snapshot_ns)[middle];
        let frames_hz = frames as f64 / ROUND.as_secs_f64();
        print!("; a snapshot {:.1} us, {frames_hz:.1} frames a second", us(snapshot_ns));
    }
    println!();
    tick_ns[quartile] as f64
}

fn limit(what: &str, value: f64, limit: f64) -> bool {
    let is_pass = value <= limit;
    println!("{}  {what}: {value:.2}, at most {limit:.2}", if is_pass { "pass" } else { "FAIL" });
    is_pass
}

fn us(ns: u64) -> f64 {
    ns as f64 / 1e3
}

fn wanted() -> Wanted {
    Wanted { scene: "drone_hover".to_owned(), ..Wanted::default() }
}

/// Flies without a window.
fn without_window() -> Result<Round> {
    on_a_thread(|| {
        let mut app = OnCpuTime.load(&wanted()).map_err(anyhow::Error::msg)?;
        app.build_ticks()?;
        let mut running = app.ticks()?;
        let mut due_ns = rivus_run::monotonic_ns();
        for _ in 0..ROUND.as_millis() {
            due_ns += 1_000_000;
            let _late_ns = rivus_run::sleep_until(due_ns);
            running.tick()?;
        }
        drop(running);
        Ok(Round::of(app.world().resource::<Timings>(), 0))
    })
}

/// Flies without a window while another processor is busy.
fn beside_counting() -> Result<Round> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _left = rivus_run::leave_one_cpu();
            while !is_over.load(Ordering::Relaxed) {
                core::hint::black_box((0..1000_u32).map(core::hint::black_box).sum::<u32>());
            }
        });
        let round = without_window();
        is_over.store(true, Ordering::Relaxed);
        round
    })
}

/// Runs `work` on a thread of its own, which may do with its processors what it likes.
fn on_a_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .map_err(|_panic| anyhow::anyhow!("a thread panicked"))?
}

/// A session whose world ticks on a thread of its own.
fn session(loader: impl Loader) -> Result<Session> {
    let (scenes, policies) = (loader.scenes(), loader.policies());
    Ok(Session::new(Driver::thread(loader)?, wanted(), scenes, policies))
}

/// Flies in a window, as [`rivus_gui::open`] opens it.
fn in_window(is_painted: bool) -> Result<Round> {
    on_a_thread(move || {
        let session = session(OnCpuTime)?;
        let _left = rivus_run::leave_one_cpu();
        let builder = Harness::builder().with_size([1440.0, 900.0]).with_step_dt(1.0 / 60.0);
        let builder =
            if is_painted { builder.wgpu().with_render_every_step(true) } else { builder };
        let mut harness = builder.build_eframe(move |creation| {
            RivusWindow::new(creation, session, WindowOptions::default())
        });
        harness.run_steps(3);
        // Shaders are compiled by now: what counts is a window that is open, not one that opens.
        harness.state_mut().session_mut().reset();
        let frames = draw(&mut harness);
        let (timings, _) = harness.state().session().report().context("no report")?;
        Ok(Round::of(timings, frames))
    })
}

/// Draws as many frames a second for a round as the window asks for, if there is time for as many;
/// returns how many there were.
fn draw(harness: &mut Harness<'_, RivusWindow>) -> u64 {
    let frames_hz = if harness.state().viewport().is_software() { 12 } else { 60 };
    let from = Instant::now();
    let mut frames = 0;
    while from.elapsed() < ROUND {
        let frame = Instant::now();
        harness.step();
        frames += 1;
        std::thread::sleep((Duration::from_secs(1) / frames_hz).saturating_sub(frame.elapsed()));
    }
    frames
}

/// Nobody looks for a while: ticks go on at their rate, and memory stays what it is.
fn frozen() -> Result<bool> {
    let mut session = session(SceneLoader::default())?;
    std::thread::sleep(Duration::from_secs(1));
    session.poll(0.0);
    let from = Instant::now();
    let before_s = session.now().context("nothing flies")?.time_s();
    let before_bytes = resident_bytes()?;
    std::thread::sleep(FROZEN);
    // What arrives first was sent before the channel was full; the newest is behind it.
    session.poll(0.0);
    std::thread::sleep(Duration::from_millis(500));
    session.poll(0.0);
    let elapsed_s = from.elapsed().as_secs_f64();
    let passed_s = session.now().context("nothing flies")?.time_s() - before_s;
    let grown = resident_bytes()?.saturating_sub(before_bytes);
    let (_, report) = session.report().context("no report")?;
    println!(
        "nobody looked for {FROZEN:?}: {passed_s:.2} s of {elapsed_s:.2} s were flown, {} snapshots dropped, {} ticks \
              skipped, {} KB more memory",
        report.dropped_snapshots,
        report.skipped_ticks,
        grown / 1024
    );
    Ok(limit("seconds behind the wall", elapsed_s - passed_s, 0.1)
        & limit("ticks skipped", report.skipped_ticks as f64, 0.0)
        & limit("MB more memory", grown as f64 / 1e6, 5.0))
}

/// Half an hour of disturbances.
fn soak() -> Result<bool> {
    let mut session = session(SceneLoader::default())?;
    session.set_speed(Speed::Unlimited);
    let mut random = 1_u64;
    let mut next = move |below: u64| {
        // Knuth's MMIX; the high bits are good enough to choose by.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let (mut orders, mut resets) = (0_u64, 0_u64);
    let (mut flown_s, mut last_s) = (0.0, 0.0);
    let mut early_bytes = None;
    let mut failure = None;
    while flown_s < SOAK_S {
        session.poll(0.0);
        // A reset would hide it.
        failure = failure.or_else(|| session.failure().map(|failure| failure.reason.clone()));
        let now_s = session.now().map_or(0.0, rivus_gui::Snapshot::time_s);
        flown_s += if now_s >= last_s { now_s - last_s } else { now_s };
        last_s = now_s;
        disturb(&mut session, &mut next, &mut resets);
        orders += 1;
        if flown_s > SOAK_S / 6.0 && early_bytes.is_none() {
            early_bytes = Some(resident_bytes()?);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let grown = resident_bytes()?.saturating_sub(early_bytes.unwrap_or_default());
    println!(
        "{flown_s:.0} s flown with {orders} disturbances and {resets} resets; {} KB more memory \
         than after {:.0} s; {} s of history; failure: {failure:?}",
        grown / 1024,
        SOAK_S / 6.0,
        History::CAPACITY / 100,
    );
    Ok(limit("MB more memory", grown as f64 / 1e6, 5.0) & failure.is_none())
}

fn disturb(session: &mut Session, next: &mut impl FnMut(u64) -> u64, resets: &mut u64) {
    let faults = [SensorFault::None, SensorFault::Dropped, SensorFault::Frozen];
    // Three kinds of fault and eight places each are far below 2^53.
    let fault = faults[next(3) as usize];
    match next(40) {
        0 => {
            session.reset();
            *resets += 1;
        }
        1..8 => session.set_motor(next(4) as usize, next(11) as f32 / 10.0),
        8..14 => session.set_sensor(Sensor::MotionCapture, fault),
        14..20 => session.set_sensor(Sensor::Gyroscope, fault),
        20..26 => {
            let mut wind = session.wind();
            wind.speed_mps = next(8) as f32;
            wind.heading_deg = next(360) as f32 - 180.0;
            session.set_wind(wind);
        }
        26..30 => session.slow_policy(),
        30..34 => session.fly_by_lee(next(2) == 0),
        _ => session.mend(),
    }
}

/// Memory that the process has in use.
fn resident_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kilobytes = line.split_whitespace().nth(1).context("no number in VmRSS")?;
    Ok(kilobytes.parse::<u64>()? * 1024)
}
