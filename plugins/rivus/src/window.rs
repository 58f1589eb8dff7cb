//! Flights for the window.

use bevy_app::App;
use rivus_gui::{Flier, Loader, Wanted};

use crate::{Controller, Flight, FlightOptions, SceneFile};

/// Makes flights of scene files and of built-in scenes, with the default plugins.
#[derive(Clone, Copy, Debug, Default)]
pub struct SceneLoader;

impl Loader for SceneLoader {
    fn scenes(&self) -> Vec<String> {
        SceneFile::built_in()
    }

    fn policies(&self) -> Vec<String> {
        SceneFile::built_in_policies()
    }

    fn load(&mut self, wanted: &Wanted) -> Result<App, String> {
        let file = SceneFile::find(&wanted.scene).map_err(|error| error.to_string())?;
        let flight = Flight::new(&file, &options(wanted)).map_err(|error| error.to_string())?;
        Ok(flight.into_app())
    }
}

fn options(wanted: &Wanted) -> FlightOptions {
    let policy = match &wanted.flier {
        Flier::Policy(policy) => Some(policy.into()),
        Flier::Scene | Flier::Lee => None,
    };
    FlightOptions {
        seed: wanted.seed,
        controller: (wanted.flier == Flier::Lee).then_some(Controller::Lee),
        policy,
        #[cfg(feature = "record")]
        record: wanted.record.clone().map(|path| rivus_record::RecordOptions {
            path,
            ring_bytes: None,
            has_policy_state: true,
        }),
        ..FlightOptions::default()
    }
}
