//! `rivus gui`: flies a scene in a window.

use std::path::PathBuf;

use rivus::{DEFAULT_SCENE, Window};
use rivus_gui::{Flier, Wanted};

use super::Outcome;

/// Arguments of `rivus gui`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A scene file, the name of a built-in scene, or a recording (`.mcap`) to look at.
    #[arg(default_value = DEFAULT_SCENE)]
    scene: String,
    /// Seed of start and noise; the scene's own if none is given.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Fly this policy instead of the scene's.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Default for Args {
    fn default() -> Self {
        Self { scene: DEFAULT_SCENE.to_owned(), seed: None, policy: None }
    }
}

/// Opens the window and returns when it is closed.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let flier = args.policy.as_ref().map(|path| Flier::Policy(path.display().to_string()));
    let wanted = Wanted {
        scene: args.scene.clone(),
        seed: args.seed,
        flier: flier.unwrap_or_default(),
        record: None,
    };
    Window::new().open_on(wanted)?;
    Ok(Outcome::Pass)
}
