//! From a scene file to an app that is ready to tick.

use alloc::collections::BTreeMap;
use std::path::PathBuf;

use bevy_app::App;
#[cfg(feature = "sim")]
use bevy_app::AppExit;
use bevy_ecs::resource::Resource;
use clap::ValueEnum;
use rivus_control::Lee;
use rivus_robot::spawn_scene;
use rivus_run::RealTimeOptions;
use rivus_scene::{Authority, Located, Part, Scene};
use sha2::{Digest, Sha256};

use crate::{RivusError, SceneFile, choose_kernels, policy_cost};

/// Who flies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Controller {
    /// The liquid policy.
    Policy,
    /// The geometric controller of Lee.
    Lee,
    /// The same with an integral of the position error.
    #[value(name = "lee_i")]
    LeeI,
}

impl Controller {
    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Lee => "lee",
            Self::LeeI => "lee_i",
        }
    }
}

/// What one flight does differently from its scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlightOptions {
    /// Seed of start and noise.
    pub seed: Option<u64>,
    /// How long, s; above zero.
    pub seconds: Option<f64>,
    /// Who flies.
    pub controller: Option<Controller>,
    /// A policy file in place of the scene's.
    pub policy: Option<PathBuf>,
    /// Whether the trajectory is kept.
    pub keeps_trajectory: bool,
    /// In step with the wall, and what that asks of the operating system; as fast as possible if
    /// `None`.
    pub real_time: Option<RealTimeOptions>,
    /// Where the flight is recorded; not at all if `None`.
    #[cfg(feature = "record")]
    pub record: Option<rivus_record::RecordOptions>,
}

/// The scene in an app.
#[cfg_attr(
    not(all(feature = "sim", feature = "record")),
    expect(dead_code, reason = "flights read it and recordings keep it")
)]
#[derive(Resource, Clone, Debug)]
pub(crate) struct LoadedScene {
    pub(crate) name: String,
    pub(crate) scene: Scene,
    pub(crate) seed: u64,
    pub(crate) seconds: f64,
    pub(crate) controller: &'static str,
    pub(crate) kernel: &'static str,
    pub(crate) files: LoadedFiles,
}

/// Where a scene was loaded from.
#[cfg_attr(not(feature = "record"), expect(dead_code, reason = "only a recording keeps them"))]
#[derive(Clone, Debug, Default)]
pub(crate) struct LoadedFiles {
    /// The scene file.
    pub(crate) path: String,
    /// Whether it is one inside the binary.
    pub(crate) is_built_in: bool,
    /// Who was asked to fly.
    pub(crate) controller: Option<Controller>,
    /// The policy that was asked for.
    pub(crate) policy: Option<PathBuf>,
    /// The scene and what it extends, by path.
    pub(crate) texts: BTreeMap<String, String>,
    /// SHA-256 of what its parts name, by path, in hexadecimal.
    pub(crate) hashes: BTreeMap<String, String>,
}

/// Scenes for a Bevy [`App`].
pub trait SceneExt {
    /// Loads a scene: a file, or a built-in scene by its name.
    ///
    /// # Errors
    /// If there is none, with everything that is wrong with it, or if it refuses policies that do
    /// not fit their budget on this machine.
    fn load_scene(&mut self, name: &str) -> Result<&mut App, RivusError>;

    /// Flies the loaded scene to its end and prints the summary.
    ///
    /// The exit is a success if all expectations were met.
    ///
    /// # Errors
    /// If no scene is loaded, or the ticks cannot be built.
    #[cfg(feature = "sim")]
    fn run_scene(&mut self) -> Result<AppExit, RivusError>;
}

impl SceneExt for App {
    fn load_scene(&mut self, name: &str) -> Result<&mut App, RivusError> {
        load(self, &SceneFile::find(name)?, &FlightOptions::default())?;
        policy_cost::check(self.world())?;
        Ok(self)
    }

    #[cfg(feature = "sim")]
    #[expect(clippy::print_stdout, reason = "the summary is what a user of this shorthand wants")]
    fn run_scene(&mut self) -> Result<AppExit, RivusError> {
        let never = core::sync::atomic::AtomicBool::new(false);
        let summary = crate::flight::run(self, &never)?;
        print!("{summary}");
        Ok(match summary.outcome {
            crate::Verdict::Pass => AppExit::Success,
            crate::Verdict::Fail => AppExit::error(),
        })
    }
}

/// Loads the scene in `file` into `app` as `options` want it.
pub(crate) fn load(
    app: &mut App,
    file: &SceneFile,
    options: &FlightOptions,
) -> Result<(), RivusError> {
    // Networks take their kernels when they are loaded.
    let kernel = choose_kernels()?.backend().name();
    let mut files = LoadedFiles {
        path: file.path().to_owned(),
        is_built_in: file.is_built_in(),
        controller: options.controller,
        policy: options.policy.clone(),
        ..LoadedFiles::default()
    };
    let mut scene = Scene::load(file.path(), &mut |path| {
        let text = file.read_text(path)?;
        files.texts.insert(path.to_owned(), text.clone());
        Ok(text)
    })?;
    if let Some(policy) = &options.policy {
        if matches!(options.controller, Some(Controller::Lee | Controller::LeeI)) {
            let reason = "a policy file is given, but the Lee controller is to fly".to_owned();
            return Err(RivusError::Options(reason));
        }
        fly_policy(&mut scene, policy);
    }
    if let Some(controller) = options.controller {
        hand_over(&mut scene, controller)?;
    }
    let seed = options.seed.unwrap_or(scene.seed);
    spawn_scene(app.world_mut(), &scene, seed, &mut |path| {
        let bytes = file.read(path)?;
        files.hashes.insert(path.to_owned(), sha256(&bytes));
        Ok(bytes)
    })?;
    if options.controller == Some(Controller::LeeI) {
        let world = app.world_mut();
        for mut lee in world.query::<&mut Lee>().iter_mut(world) {
            lee.use_integral = true;
        }
    }
    let loaded = LoadedScene {
        name: file.name().to_owned(),
        seed,
        seconds: options.seconds.unwrap_or(scene.duration_s),
        controller: options.controller.map_or_else(|| flown_by(&scene), Controller::name),
        kernel,
        scene,
        files,
    };
    tracing::info!(scene = loaded.name, seed, controller = loaded.controller, kernel, "loaded");
    app.insert_resource(loaded);
    Ok(())
}

/// The SHA-256 of `bytes`, in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Gives every robot that flies by a policy the one in this file.
fn fly_policy(scene: &mut Scene, policy: &std::path::Path) {
    // Debug quoting is the quoting of a RON string.
    let written = format!("(file: {:?})", policy.display().to_string());
    let part = Part {
        name: Located::new("--policy", "Policy".to_owned()),
        data: Located::new("--policy", written),
    };
    for robot in scene.robots.values_mut() {
        robot.parts.insert("Policy".to_owned(), part.clone());
        robot.authority = Authority::Policy;
    }
}

/// Gives the say to `controller`.
fn hand_over(scene: &mut Scene, controller: Controller) -> Result<(), RivusError> {
    let (part, authority) = match controller {
        Controller::Policy => ("Policy", Authority::Policy),
        Controller::Lee | Controller::LeeI => ("Lee", Authority::Backup),
    };
    for (name, robot) in &mut scene.robots {
        if !robot.parts.contains_key(part) {
            let flown_by = controller.name();
            let reason = format!(
                "{}: robot `{name}` has no part `{part}`, so {flown_by} cannot fly it",
                scene.path
            );
            return Err(RivusError::Options(reason));
        }
        robot.authority = authority;
        if controller != Controller::Policy {
            // A policy that has no say need not fit the scene's rates.
            robot.parts.remove("Policy");
        }
    }
    Ok(())
}

/// The name of whoever has the say in `scene`.
fn flown_by(scene: &Scene) -> &'static str {
    match scene.robots.values().next().map(|robot| robot.authority) {
        Some(Authority::Backup) => Controller::Lee.name(),
        Some(Authority::Operator) => "operator",
        Some(Authority::Failsafe) => "failsafe",
        Some(Authority::Policy) | None => Controller::Policy.name(),
    }
}
