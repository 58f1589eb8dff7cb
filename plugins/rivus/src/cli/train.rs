//! `rivus train`: a liquid policy for the vehicle of a scene.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail, ensure};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use rivus::SceneFile;
use rivus_control::Lee;
use rivus_flight::{LeeGains, LeeSpec};
use rivus_liquid::Policy;
use rivus_robot::{Gyroscope, MotionCapture};
use rivus_run::process_cpu_ns;
use rivus_scene::{Robot, Scene};
use rivus_train::{
    CellKind, Pilot, Progress, Recipe, Row, SensorNoise, TrainSpec, Trained, Trials, evaluate,
    train,
};
use rivus_vehicle::QuadrotorSpec;
use serde::de::DeserializeOwned;

use super::{Outcome, check_out, out};

/// Arguments of `rivus train`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A scene file, or the name of a built-in scene; its vehicle, sensors and Lee gains are used.
    scene: String,
    /// The kind of liquid cell.
    #[arg(long, value_enum, default_value_t = Cell::Ltc)]
    cell: Cell,
    /// Neurons.
    #[arg(long, value_name = "N", default_value_t = 32)]
    units: usize,
    /// Where the policy goes; `SCENE_CELL.safetensors` in this folder if none is given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Decides wiring, first weights and every episode: the same seed gives the same file.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cell {
    /// Liquid time-constant: a differential equation.
    Ltc,
    /// Closed-form continuous-time.
    Cfc,
}

/// Trains, writes the policy and prints how it flies beside other controllers.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let file = SceneFile::find(&args.scene)?;
    let scene = Scene::load(file.path(), &mut |path| file.read_text(path))?;
    let robot = scene.robots.values().next().ok_or_else(|| anyhow!("a scene without robots"))?;
    let spec = spec_of(args, &scene, robot)?;
    let lee: Lee = part(robot, &scene, "Lee")?;
    let path = match &args.out {
        Some(path) => path.clone(),
        None => {
            let name = format!("{}_{}.safetensors", file.name(), name_of(args.cell));
            let path = PathBuf::from(name);
            ensure!(!path.exists(), "{}: is there already; name it with --out", path.display());
            path
        }
    };
    check_out(&path)?;
    let (mut trained, train_s) = train_watched(&spec, "training")?;
    trained.policy = with_command(&trained.policy, args)?;
    fs::write(&path, trained.policy.to_bytes()?).with_context(|| path.display().to_string())?;
    out(format_args!(
        "{}: {} parameters, loss {:.4}, trained in {train_s:.1} CPU-seconds",
        path.display(),
        trained.parameters,
        trained.loss,
    ));
    let is_good = compare(&spec, &trained, &lee.gains)?;
    Ok(Outcome::pass_if(is_good))
}

/// The policy with the command that makes it again.
fn with_command(policy: &Policy, args: &Args) -> anyhow::Result<Policy> {
    let mut info = policy.info().clone();
    let cell = name_of(args.cell);
    let (scene, units, seed) = (&args.scene, args.units, args.seed);
    info.provenance.command =
        Some(format!("rivus train {scene} --cell {cell} --units {units} --seed {seed}"));
    Ok(Policy::new(policy.network().clone(), info)?)
}

fn name_of(cell: Cell) -> &'static str {
    match cell {
        Cell::Ltc => "ltc",
        Cell::Cfc => "cfc",
    }
}

/// What to train, from the scene and the arguments.
fn spec_of(args: &Args, scene: &Scene, robot: &Robot) -> anyhow::Result<TrainSpec> {
    let cell = match args.cell {
        Cell::Ltc => CellKind::Ltc,
        Cell::Cfc => CellKind::Cfc,
    };
    let vehicle: QuadrotorSpec = part(robot, scene, "Quadrotor")?;
    let capture: MotionCapture = part(robot, scene, "MotionCapture")?;
    let gyroscope: Gyroscope = part(robot, scene, "Gyroscope")?;
    Ok(TrainSpec {
        vehicle,
        gravity_mps2: scene.world.gravity_mps2,
        // The older of the two is what the policy must live with.
        delay_s: capture.delay_s.f32().max(gyroscope.delay_s.f32()),
        noise: SensorNoise {
            position_m: capture.position_noise_m.f32(),
            velocity_mps: capture.velocity_noise_mps.f32(),
            attitude: capture.attitude_noise.f32(),
            body_rates_radps: gyroscope.rate_noise_radps.f32(),
        },
        cell,
        units: args.units,
        seed: args.seed,
        recipe: Recipe::of(cell),
    })
}

/// The robot's part of this name.
fn part<T: DeserializeOwned>(robot: &Robot, scene: &Scene, name: &str) -> anyhow::Result<T> {
    let Some(part) = robot.parts.get(name) else {
        bail!("{}: to train for a robot, it needs the part `{name}`", scene.path);
    };
    Ok(part.data.parse()?)
}

/// Trains with a progress bar; the second value is the CPU time in seconds.
fn train_watched(spec: &TrainSpec, what: &'static str) -> anyhow::Result<(Trained, f64)> {
    // Hidden where stderr is not a terminal.
    let bar = ProgressBar::new(spec.recipe.iterations as u64).with_message(what);
    bar.set_style(ProgressStyle::with_template("{prefix} {bar:40} {pos}/{len}  {msg}")?);
    bar.set_prefix(what);
    let start_ns = process_cpu_ns();
    let trained = train(spec, &mut |progress: Progress| {
        bar.set_position(progress.iteration as u64);
        bar.set_message(format!("loss {:.4}", progress.loss));
    });
    bar.finish_and_clear();
    let cpu_s = (process_cpu_ns() - start_ns) as f64 / 1e9;
    Ok((trained?, cpu_s))
}

/// Prints the table of the evaluation; whether every start of the policy succeeded.
fn compare(spec: &TrainSpec, trained: &Trained, lee: &LeeSpec) -> anyhow::Result<bool> {
    let recipe = Recipe { memory: false, ..spec.recipe.clone() };
    let memoryless_spec = TrainSpec { recipe, ..spec.clone() };
    let (memoryless, _) = train_watched(&memoryless_spec, "memoryless baseline")?;
    let gains = LeeGains::new(lee);
    let cell = match spec.cell {
        CellKind::Ltc => "LTC",
        CellKind::Cfc => "CfC",
    };
    let name = format!("{cell}, {} neurons", spec.units);
    let pilots = [
        (name.as_str(), Pilot::Policy(&trained.policy)),
        ("the same without memory", Pilot::Memoryless(&memoryless.policy)),
        ("Lee", Pilot::Lee(gains.without_integral())),
        ("Lee with integral", Pilot::Lee(gains)),
    ];
    let trials = Trials::default();
    let rows = evaluate(spec, &trials, &pilots)?;
    out(format_args!(
        "{} starts, 1 kHz model, {} Hz control, noise and {:.0} ms delay; RMSE in m",
        trials.starts,
        trials.rate_hz,
        spec.delay_s * 1e3,
    ));
    out(format_args!(
        "{:<26} {:>8} {:>7} {:>7} {:>7} {:>9}",
        "", "success", "calm", "gust", "Dryden", "settled s"
    ));
    for row in &rows {
        print_row(row, trials.starts);
    }
    Ok(rows.first().is_some_and(|row| row.calm.succeeded == trials.starts))
}

fn print_row(row: &Row, starts: usize) {
    let success = format!("{}/{starts}", row.calm.succeeded);
    out(format_args!(
        "{:<26} {success:>8} {:>7.3} {:>7.3} {:>7.3} {:>9.2}",
        row.name, row.calm.rmse_m, row.gust.rmse_m, row.dryden.rmse_m, row.calm.settle_s
    ));
}
