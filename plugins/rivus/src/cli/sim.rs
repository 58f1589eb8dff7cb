//! `rivus sim`: flies a scene.

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use rivus::{
    Controller, DEFAULT_SCENE, Flight, FlightOptions, FlightRecord, SceneFile, Summary, Verdict,
};
use rivus_run::{RealTimeOptions, RtGrade};
use rivus_sim::TrajectoryRow;
use serde::Serialize;

use super::{Outcome, Seeds, out};

/// Set by Ctrl-C: the flight ends, its summary is printed.
static STOP: AtomicBool = AtomicBool::new(false);

/// Longest flight: a day.
const SECONDS_MAX: f64 = 86_400.0;

/// Arguments of `rivus sim`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A scene file, or the name of a built-in scene.
    #[arg(default_value = DEFAULT_SCENE)]
    scene: String,
    /// Fly for this long instead of the scene's duration.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// Seed of start and noise; the scene's own if none is given.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Fly once for each of these seeds, both ends included.
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// Fly this policy instead of the scene's.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Who flies; what the scene says if none is given.
    #[arg(long, value_enum)]
    controller: Option<Controller>,
    /// Keep step with the wall: one tick per base period, on a thread that runs before all others
    /// where the system grants it.
    #[arg(long)]
    realtime: bool,
    /// With --realtime: run on this processor only.
    #[arg(long, value_name = "N", requires = "realtime")]
    cpu: Option<usize>,
    /// With --realtime: fly only if the thread runs before all others.
    #[arg(long, requires = "realtime")]
    require_fifo: bool,
    /// Record everything into a new MCAP file, for `rivus replay`, `rivus log` and other viewers.
    #[cfg(feature = "record")]
    #[arg(long, value_name = "FILE", conflicts_with = "seeds")]
    record: Option<PathBuf>,
    /// With --record: keep only the newest MB megabytes, 2 at least, in two files.
    #[cfg(feature = "record")]
    #[arg(long, value_name = "MB", requires = "record")]
    #[arg(value_parser = clap::value_parser!(u64).range(2..))]
    record_ring: Option<u64>,
    /// With --record: record the states of the networks, too.
    #[cfg(feature = "record")]
    #[arg(long, requires = "record")]
    record_policy_state: bool,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// Write the trajectory of each flight to DIR/SCENE-SEED.csv.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            scene: DEFAULT_SCENE.to_owned(),
            seconds: None,
            seed: None,
            seeds: None,
            policy: None,
            controller: None,
            realtime: false,
            cpu: None,
            require_fifo: false,
            #[cfg(feature = "record")]
            record: None,
            #[cfg(feature = "record")]
            record_ring: None,
            #[cfg(feature = "record")]
            record_policy_state: false,
            json: false,
            out: None,
        }
    }
}

/// Several flights of one scene.
#[derive(Serialize)]
struct Campaign<'a> {
    scene: &'a str,
    outcome: Verdict,
    passed: usize,
    runs: &'a [Summary],
}

/// Flies the scene, once or for each seed, and prints how it went.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let scene = SceneFile::find(&args.scene)?;
    if let Some(seconds) = args.seconds {
        let is_time = seconds > 0.0 && seconds <= SECONDS_MAX;
        ensure!(is_time, "--seconds {seconds}: expected a number above 0, at most {SECONDS_MAX}");
    }
    if let Some(dir) = &args.out {
        fs::create_dir_all(dir).with_context(|| format!("--out {}", dir.display()))?;
    }
    stop_on_interrupt()?;
    let seeds: Vec<Option<u64>> = match &args.seeds {
        Some(seeds) => seeds.iter().map(Some).collect(),
        None => vec![args.seed],
    };
    let is_campaign = args.seeds.is_some();
    let mut summaries = Vec::new();
    for seed in seeds {
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        let flight = fly(args, &scene, seed)?;
        if let Some(dir) = &args.out {
            write_trajectory(dir, &flight)?;
        }
        if is_campaign && !args.json {
            out(format_args!("{}", line(&flight.summary)));
        }
        summaries.push(flight.summary);
    }
    print(args, &scene, &summaries)?;
    Ok(if STOP.load(Ordering::Relaxed) {
        Outcome::Interrupted
    } else {
        Outcome::pass_if(summaries.iter().all(|summary| summary.outcome == Verdict::Pass))
    })
}

/// Makes Ctrl-C end the flight in progress after its tick.
pub(super) fn stop_on_interrupt() -> anyhow::Result<()> {
    ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed)).context("Ctrl-C")
}

/// Whether Ctrl-C was pressed.
pub(super) fn is_stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// What ends a flight when it is set.
pub(super) fn stop_flag() -> &'static AtomicBool {
    &STOP
}

/// A flight of `scene` as these arguments want it.
fn fly(args: &Args, scene: &SceneFile, seed: Option<u64>) -> anyhow::Result<FlightRecord> {
    let options = FlightOptions {
        seed,
        seconds: args.seconds,
        controller: args.controller,
        policy: args.policy.clone(),
        keeps_trajectory: args.out.is_some(),
        real_time: args.realtime.then(|| RealTimeOptions {
            cpu: args.cpu,
            required: args.require_fifo.then_some(RtGrade::Fifo),
            ..RealTimeOptions::default()
        }),
        #[cfg(feature = "record")]
        record: args.record.clone().map(|path| rivus_record::RecordOptions {
            path,
            ring_bytes: args.record_ring.map(|megabytes| megabytes.saturating_mul(1_000_000)),
            has_policy_state: args.record_policy_state,
        }),
    };
    Ok(Flight::new(scene, &options)?.run(&STOP)?)
}

/// One line about one flight of many.
pub(super) fn line(summary: &Summary) -> String {
    let Summary { scene, seed, outcome, settle_s, .. } = summary;
    let [rmse_m, max_error_m] = [summary.rmse_m, summary.max_error_m].map(or_nan);
    let overruns: u64 = summary.stages.iter().map(|stage| stage.overruns).sum();
    let mut line = format!(
        "{outcome}  {scene:<16} seed {seed:<4} rmse {rmse_m:.3} m  max {max_error_m:.3} m  \
         settled {settle_s:.2} s  overruns {overruns}"
    );
    if let Some(real_time) = &summary.real_time {
        let late_us = real_time.lateness_p99_us;
        line += &format!("  {}, 99 % late by {late_us:.0} us at most", real_time.grade);
    }
    for failed in summary.expectations.iter().filter(|expectation| !expectation.pass) {
        line += &format!("  [{} {:.3} > {}]", failed.name, failed.value, failed.limit);
    }
    line
}

/// A number to print where nothing was measured.
fn or_nan(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

fn print(args: &Args, scene: &SceneFile, summaries: &[Summary]) -> anyhow::Result<()> {
    let is_pass = |summary: &&Summary| summary.outcome == Verdict::Pass;
    let passed = summaries.iter().filter(is_pass).count();
    match (args.seeds.is_some(), args.json) {
        (false, true) => {
            for summary in summaries {
                out(format_args!("{}", serde_json::to_string_pretty(summary)?));
            }
        }
        (false, false) => {
            for summary in summaries {
                out(format_args!("{summary}"));
            }
        }
        (true, true) => {
            let outcome = Verdict::pass_if(passed == summaries.len());
            let campaign = Campaign { scene: scene.name(), outcome, passed, runs: summaries };
            out(format_args!("{}", serde_json::to_string_pretty(&campaign)?));
        }
        (true, false) => {
            let worst = |of: fn(&Summary) -> f64| {
                summaries.iter().map(of).fold(f64::NEG_INFINITY, f64::max)
            };
            out(format_args!(
                "{passed} of {} passed; worst rmse {:.3} m, error {:.3} m, settled {:.2} s",
                summaries.len(),
                worst(|summary| or_nan(summary.rmse_m)),
                worst(|summary| or_nan(summary.max_error_m)),
                worst(|summary| summary.settle_s),
            ));
        }
    }
    Ok(())
}

fn write_trajectory(dir: &Path, flight: &FlightRecord) -> anyhow::Result<()> {
    let summary = &flight.summary;
    let path = dir.join(format!("{}-{}.csv", summary.scene, summary.seed));
    let mut writer = csv::Writer::from_path(&path).with_context(|| path.display().to_string())?;
    writer.write_record(TrajectoryRow::COLUMNS)?;
    for row in &flight.trajectory {
        writer.serialize(&row.values()[..]).with_context(|| path.display().to_string())?;
    }
    writer.flush().with_context(|| path.display().to_string())
}
