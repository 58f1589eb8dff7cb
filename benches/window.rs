//! What the window costs the flight: `cargo bench --bench window`.
//!
//! The same scene ticks at 1 kHz, in step with the wall, on a thread of its own: without a window and
//! with one that is drawn 60 times a second, in rounds that alternate. The clock of the ticks is
//! the CPU time of their thread. A window whose view of the robots is drawn by a program and not by a
//! graphics card keeps all processors busy, which slows down whatever else runs on them; so that is
//! compared with ticks beside a window that draws as much of another flight, 12 times a second each as
//! such a window does. Then nobody looks
//! for 5 s, and then the flight goes on for 30 minutes of its own time as fast as possible while
//! motors, sensors, wind and the policy's time are disturbed at random. The last lines judge; exit
//! code 1 if a bar is missed.

#![expect(clippy::print_stdout, reason = "a bench for people")]

use core::time::Duration;
use std::process::ExitCode;
use std::thread::JoinHandle;
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

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(6);
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
    let mut rounds = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        let (with_ns, snapshot_ns) = with_window(false)?;
        rounds[0].push(without()?);
        rounds[1].push(with_ns);
        rounds[2].push(snapshot_ns);
        if has_adapter {
            rounds[3].push(beside_window()?);
            rounds[4].push(with_window(true)?.0);
        }
    }
    println!("CPU time of a tick at 1 kHz, p99, median of {ROUNDS} rounds:");
    let [without_ns, with_ns, snapshot_ns] = [0, 1, 2].map(|row| median(&mut rounds[row]));
    println!("  without a window {:.1} us, with one {:.1} us", us(without_ns), us(with_ns));
    println!("  a snapshot (p99 of the observers) {:.1} us", us(snapshot_ns));
    let mut is_pass = judge("p99 with a window over p99 without", with_ns, without_ns);
    if has_adapter {
        let [beside_ns, drawn_ns] = [3, 4].map(|row| median(&mut rounds[row]));
        println!(
            "  in a window with the view of the robots {:.1} us, {:.2} times that without a window; \
             beside such a window of another flight {:.1} us",
            us(drawn_ns),
            drawn_ns as f64 / without_ns as f64,
            us(beside_ns)
        );
        is_pass &= judge("p99 in the window over p99 beside it", drawn_ns, beside_ns);
    }
    is_pass &= frozen()?;
    is_pass &= soak()?;
    Ok(if is_pass { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether one time is at most 1.2 times another.
fn judge(what: &str, time_ns: u64, reference_ns: u64) -> bool {
    limit(what, time_ns as f64 / reference_ns as f64, 1.2)
}

fn limit(what: &str, value: f64, limit: f64) -> bool {
    let is_pass = value <= limit;
    println!("{}  {what}: {value:.2}, at most {limit:.2}", if is_pass { "pass" } else { "FAIL" });
    is_pass
}

fn us(ns: u64) -> f64 {
    ns as f64 / 1e3
}

fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

fn wanted() -> Wanted {
    Wanted { scene: "drone_hover".to_owned(), ..Wanted::default() }
}

/// The p99 of the tick's CPU time without a window.
fn without() -> Result<u64> {
    join(ticks()?)
}

/// The same while a window flies and draws another flight: the machine is as busy, but not by the
/// window of these ticks.
fn beside_window() -> Result<u64> {
    let mut harness = window(true)?;
    harness.run_steps(3);
    let ticks = ticks()?;
    draw(&mut harness);
    join(ticks)
}

type Ticks = JoinHandle<Result<u64>>;

/// Runs ticks for a round; it returns the p99 of their CPU time.
fn ticks() -> Result<Ticks> {
    let ticks = std::thread::Builder::new().name("ticks".to_owned()).spawn(|| {
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
        Ok(app.world().resource::<Timings>().tick.histogram.p99_ns())
    })?;
    Ok(ticks)
}

fn join(ticks: Ticks) -> Result<u64> {
    ticks.join().map_err(|_panic| anyhow::anyhow!("the ticks panicked"))?
}

/// A session whose world ticks on a thread of its own.
fn session(loader: impl Loader) -> Result<Session> {
    let (scenes, policies) = (loader.scenes(), loader.policies());
    Ok(Session::new(Driver::thread(loader)?, wanted(), scenes, policies))
}

/// A window on a flight of its own, with or without the view of the robots.
fn window(has_view: bool) -> Result<Harness<'static, RivusWindow>> {
    let session = session(OnCpuTime)?;
    let builder = Harness::builder().with_size([1440.0, 900.0]).with_step_dt(1.0 / 60.0);
    let builder = if has_view { builder.wgpu() } else { builder };
    Ok(builder.build_eframe(move |creation| {
        RivusWindow::new(creation, session, WindowOptions::default())
    }))
}

/// Draws as many frames a second for a round as the window asks for.
fn draw(harness: &mut Harness<'_, RivusWindow>) {
    let frames_hz = if harness.state().viewport().is_software() { 12 } else { 60 };
    let from = Instant::now();
    let mut frame = from;
    while from.elapsed() < ROUND {
        harness.step();
        frame += Duration::from_secs(1) / frames_hz;
        std::thread::sleep(frame.saturating_duration_since(Instant::now()));
    }
}

/// The p99 of the tick's CPU time with a window, and that of what the observers take.
fn with_window(has_view: bool) -> Result<(u64, u64)> {
    let mut harness = window(has_view)?;
    harness.run_steps(3);
    // Shaders are compiled by now: what counts is a window that is open, not one that opens.
    harness.state_mut().session_mut().reset();
    draw(&mut harness);
    let (timings, _) = harness.state().session().report().context("no report")?;
    Ok((timings.tick.histogram.p99_ns(), timings.observers.histogram.p99_ns()))
}

/// Nobody looks for a while: ticks go on at their rate, and memory stays what it is.
fn frozen() -> Result<bool> {
    let mut session = session(SceneLoader::default())?;
    std::thread::sleep(Duration::from_secs(1));
    session.poll(0.0);
    let before_s = session.now().context("nothing flies")?.time_s();
    let before_bytes = resident_bytes()?;
    std::thread::sleep(FROZEN);
    // What arrives first was sent before the channel was full; the newest is behind it.
    session.poll(0.0);
    std::thread::sleep(Duration::from_millis(200));
    session.poll(0.0);
    let passed_s = session.now().context("nothing flies")?.time_s() - before_s;
    let grown = resident_bytes()?.saturating_sub(before_bytes);
    let (_, report) = session.report().context("no report")?;
    println!(
        "nobody looked for 5 s: {passed_s:.2} s were flown, {} snapshots dropped, {} ticks \
              skipped, {} KB more memory",
        report.dropped_snapshots,
        report.skipped_ticks,
        grown / 1024
    );
    let behind_s = FROZEN.as_secs_f64() - passed_s;
    Ok(limit("seconds behind the wall", behind_s, 0.1)
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
    while flown_s < SOAK_S {
        session.poll(0.0);
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
    let failure = session.failure().map(|failure| failure.reason.clone());
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
