//! `rivus check`: judges scenes by what they expect.

use rivus::{Flight, FlightOptions, SceneFile, Verdict};

use super::{Outcome, Seeds, fail, out, sim};

/// Arguments of `rivus check`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Scene files, or names of built-in scenes.
    #[arg(required = true, value_name = "SCENE")]
    scenes: Vec<String>,
    /// Fly each scene once for each of these seeds, both ends included; the scene's own if none are given.
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
}

/// Flies every scene with every seed and prints a line for each flight.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // All scenes are read before the first is flown, so that every mistake is told at once.
    let mut scenes = Vec::new();
    let mut broken = 0;
    for name in &args.scenes {
        let checked = SceneFile::find(name).map_err(anyhow::Error::from).and_then(|scene| {
            Flight::new(&scene, &FlightOptions::default())?;
            Ok(scene)
        });
        match checked {
            Ok(scene) => scenes.push(scene),
            Err(error) => {
                broken += 1;
                fail(&error);
            }
        }
    }
    anyhow::ensure!(broken == 0, "{broken} of {} scenes cannot be flown", args.scenes.len());
    sim::stop_on_interrupt()?;
    let seeds: Vec<Option<u64>> = match &args.seeds {
        Some(seeds) => seeds.iter().map(Some).collect(),
        None => vec![None],
    };
    let (mut flown, mut passed) = (0, 0);
    for scene in &scenes {
        for &seed in &seeds {
            if sim::is_stopped() {
                return Ok(Outcome::Interrupted);
            }
            let options = FlightOptions { seed, ..FlightOptions::default() };
            let flight = Flight::new(scene, &options)?.run(sim::stop_flag())?;
            flown += 1;
            passed += usize::from(flight.summary.outcome == Verdict::Pass);
            out(format_args!("{}", sim::line(&flight.summary)));
        }
    }
    out(format_args!("{passed} of {flown} passed"));
    Ok(Outcome::pass_if(passed == flown))
}
