//! One flight from start to summary.

use core::sync::atomic::AtomicBool;

use bevy_app::App;
use rivus_app::{Faults, OverrunResponse, Pace, StateHash, TickConfig, Timings};
use rivus_control::Fallback;
use rivus_run::{RealTimeOptions, RealTimeReport, RunReport, run_free, run_real_time};
use rivus_sim::{FlightScore, Score, Trajectory, TrajectoryRow};

use crate::loading::{LoadedScene, load};
use crate::{
    DefaultPlugins, Expectation, FlightOptions, RealTimeSummary, RivusError, SceneFile,
    StageSummary, Summary, SystemSummary, Verdict, policy_cost,
};

/// Rows of a trajectory per second.
const TRAJECTORY_HZ: u32 = 100;

/// A scene that is ready to fly.
pub struct Flight {
    app: App,
    real_time: Option<RealTimeOptions>,
}

/// A flight that is over.
#[derive(Clone, Debug)]
pub struct FlightRecord {
    /// How it went.
    pub summary: Summary,
    /// Where the robots were, 100 times a second; empty unless it was asked for.
    pub trajectory: Vec<TrajectoryRow>,
}

impl Flight {
    /// The scene in `file`, loaded into an app with the default plugins.
    ///
    /// # Errors
    /// With everything that is wrong with the scene, or with options that do not fit it; if the
    /// scene refuses policies that do not fit their budget on this machine.
    pub fn new(file: &SceneFile, options: &FlightOptions) -> Result<Self, RivusError> {
        Self::with(file, options, |_app| {})
    }

    /// The same with further plugins, which `add` adds.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(
        file: &SceneFile,
        options: &FlightOptions,
        add: impl FnOnce(&mut App),
    ) -> Result<Self, RivusError> {
        let mut app = App::empty();
        app.add_plugins(DefaultPlugins);
        add(&mut app);
        load(&mut app, file, options)?;
        policy_cost::check(app.world())?;
        if options.keeps_trajectory {
            keep_trajectory(&mut app)?;
        }
        if options.real_time.is_some() {
            app.world_mut().resource_mut::<TickConfig>().pace = Pace::RealTime;
        }
        #[cfg(feature = "record")]
        if let Some(options) = &options.record {
            crate::record_scene(&mut app, options.clone())?;
        }
        Ok(Self { app, real_time: options.real_time })
    }

    /// The app, for whoever runs its ticks.
    pub fn into_app(self) -> App {
        self.app
    }

    /// Flies to the end of the scene, or until `stop` is set.
    ///
    /// # Errors
    /// If the ticks cannot be built, or what real time requires is not granted.
    pub fn run(mut self, stop: &AtomicBool) -> Result<FlightRecord, RivusError> {
        #[cfg_attr(not(feature = "record"), expect(unused_mut, reason = "nothing is added to it"))]
        let mut summary = match &self.real_time {
            Some(options) => run_in_step(&mut self.app, options, stop)?,
            None => run(&mut self.app, stop)?,
        };
        #[cfg(feature = "record")]
        {
            summary.recording = crate::finish_recording(&mut self.app);
        }
        let trajectory = self.app.world().get_resource::<Trajectory>();
        let trajectory = trajectory.map_or_else(Vec::new, |kept| kept.rows().to_vec());
        Ok(FlightRecord { summary, trajectory })
    }
}

/// Makes room for the whole flight of the loaded scene.
fn keep_trajectory(app: &mut App) -> Result<(), RivusError> {
    let world = app.world_mut();
    let base_hz = world.resource::<TickConfig>().base_hz;
    let loaded = world.get_resource::<LoadedScene>().ok_or(RivusError::NothingLoaded)?;
    let every_ticks = (base_hz / TRAJECTORY_HZ).max(1);
    // Saturates: a flight too long for memory fails to allocate here, before it starts.
    let rows_per_robot = (loaded.seconds * f64::from(base_hz / every_ticks)).ceil() as usize + 1;
    let rows_max = rows_per_robot.saturating_mul(loaded.scene.robots.len());
    world.insert_resource(Trajectory::new(u64::from(every_ticks), rows_max));
    Ok(())
}

/// Flies the scene that is loaded into `app`.
pub(crate) fn run(app: &mut App, stop: &AtomicBool) -> Result<Summary, RivusError> {
    let report = run_free(app, seconds(app)?, stop)?;
    summarise(app, &report)
}

/// Flies the scene that is loaded into `app` in step with the wall.
fn run_in_step(
    app: &mut App,
    options: &RealTimeOptions,
    stop: &AtomicBool,
) -> Result<Summary, RivusError> {
    let report = run_real_time(app, seconds(app)?, options, stop)?;
    let RealTimeReport { ticks, simulated_s, wall_s, cpu_s, is_complete, .. } = report;
    let run = RunReport { ticks, simulated_s, wall_s, cpu_s, is_complete };
    let mut summary = summarise(app, &run)?;
    summary.real_time = Some(RealTimeSummary::new(&report));
    Ok(summary)
}

/// How long the loaded scene is to be flown, s.
fn seconds(app: &App) -> Result<f64, RivusError> {
    let loaded = app.world().get_resource::<LoadedScene>();
    Ok(loaded.ok_or(RivusError::NothingLoaded)?.seconds)
}

fn summarise(app: &mut App, report: &RunReport) -> Result<Summary, RivusError> {
    let world = app.world_mut();
    let mut scores = world.query::<&FlightScore>();
    let scores = scores.iter(world).map(FlightScore::score);
    let too_short = || RivusError::Options("the flight is shorter than one tick".to_owned());
    let score = scores.reduce(Score::worst).ok_or_else(too_short)?;
    let mut fallbacks = world.query::<&Fallback>();
    let takeovers = fallbacks.iter(world).map(Fallback::episodes).sum();
    let loaded = world.get_resource::<LoadedScene>().ok_or(RivusError::NothingLoaded)?;
    let timings = world.resource::<Timings>();
    let stages = StageSummary::rows(timings, world.resource::<TickConfig>().base_hz);
    let response = world.resource::<OverrunResponse>();
    let expectations = expectations(loaded, &score, timings.overruns(), takeovers, response);
    Ok(Summary {
        scene: loaded.name.clone(),
        seed: loaded.seed,
        controller: loaded.controller.to_owned(),
        kernel: loaded.kernel.to_owned(),
        seconds: report.simulated_s,
        ticks: report.ticks,
        outcome: Verdict::pass_if(expectations.iter().all(|expectation| expectation.pass)),
        expectations,
        rmse_m: score.rmse_m,
        max_error_m: score.max_error_m,
        settle_s: score.settle_s,
        max_tilt_deg: score.max_tilt_deg,
        takeovers,
        overrun_episodes: response.episodes(),
        faults: world.resource::<Faults>().total(),
        stages,
        systems: SystemSummary::rows(timings),
        real_time: None,
        recording: None,
        realtime_factor: report.realtime_factor(),
        realtime_factor_wall: report.realtime_factor_wall(),
        state_hash: format!("{:016x}", world.resource::<StateHash>().value()),
    })
}

/// What the scene demands, against what was reached; what was not measured is not met.
///
/// Whoever the scene says flies must have flown to the end: a takeover by the backup is never a
/// pass, nor is an abort.
fn expectations(
    loaded: &LoadedScene,
    score: &Score,
    overruns: u64,
    takeovers: u64,
    response: &OverrunResponse,
) -> Vec<Expectation> {
    let expect = &loaded.scene.expect;
    let measured = |value: Option<f64>| value.unwrap_or(f64::NAN);
    // Budgets are promises of the optimised build; a debug build reports overruns and is not judged
    // by them. Counts are far below 2^53.
    let judged = expect.overruns.filter(|_| !cfg!(debug_assertions));
    let overruns_max = judged.map(|count| count as f64);
    [
        ("rmse_m", expect.rmse_m, measured(score.rmse_m)),
        ("max_error_m", expect.max_error_m, measured(score.max_error_m)),
        ("settle_s", expect.settle_s, score.settle_s),
        ("max_tilt_deg", expect.max_tilt_deg, score.max_tilt_deg),
        ("overruns", overruns_max, overruns as f64),
        ("takeovers", Some(0.0), takeovers as f64),
        ("aborts", Some(0.0), f64::from(u8::from(response.is_abort()))),
    ]
    .into_iter()
    .filter_map(|(name, limit, value)| Some(Expectation::new(name, limit?, value)))
    .collect()
}
