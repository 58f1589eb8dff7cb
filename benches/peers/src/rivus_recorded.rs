//! The three functions as systems of Rivus, with everything recorded to a file.

use std::path::Path;

use anyhow::{Result, ensure};
use rivus_app::prelude::*;
use rivus_record::{About, RecordOptions, Recording, RecordingFile, record, summarise};
use rivus_robot::seam::{MessageSchema, Time};
use rivus_robot::{Recorded, RobotId, RobotName, SeamExt};

use crate::machine;
use crate::measure::{Samples, TICKS, WARM_UP_TICKS, measure};
use crate::rivus::{Actions, Readings, State};

/// A message of `N` numbers.
macro_rules! recorded {
    ($component:ty, $numbers:ty, $topic:literal, $fields:literal) => {
        impl Recorded for $component {
            type Message = (Time, $numbers);
            const TOPIC: &'static str = $topic;
            const SCHEMA: MessageSchema = MessageSchema {
                name: concat!("peers/msg/", $topic),
                fields: concat!("builtin_interfaces/Time stamp\n", $fields),
                needs: &[Time::SCHEMA],
            };

            fn message(&self, now: Time) -> Option<Self::Message> {
                Some((now, self.0))
            }
        }
    };
}

recorded!(Readings, [f32; 8], "Readings", "float32[8] values\n");
recorded!(Actions, [f32; 4], "Actions", "float32[4] values\n");
recorded!(State, f32, "State", "float32 value\n");

/// One run of `app`; every reading, action and state, the tick and its times are in the file.
pub fn run(mut app: App) -> Result<Samples> {
    // In step with real time ticks would be left out rather than wait when they come without a
    // pause, as here. All of them are to be in the file, so that nothing is saved on that side.
    app.world_mut().resource_mut::<TickConfig>().pace = Pace::Free;
    let world = app.world_mut();
    let robot = world.query_filtered::<Entity, With<State>>().single(world)?;
    world.entity_mut(robot).insert((RobotId(0), RobotName("robot".to_owned())));
    // Readings are made by a step of the control side here, so they are no input of it.
    app.register_output::<Readings>().register_output::<Actions>().register_view::<State>();
    let folder = tempfile::tempdir_in(machine::target_folder()?)?;
    let path = folder.path().join("log.mcap");
    let options = RecordOptions {
        path: path.clone(),
        ring_bytes: None,
        has_policy_state: false,
    };
    record(&mut app, options, About::default())?;
    let mut ticks = app.ticks()?;
    let samples = measure(|| ticks.tick())?;
    drop(ticks);
    let recording = app.world_mut().remove_resource::<Recording>().map(Recording::finish);
    let lost_ticks = recording.map(|report| report.lost_ticks);
    ensure!(lost_ticks == Some(0), "ticks are missing in the file: {lost_ticks:?}");
    check(&path)?;
    Ok(samples)
}

/// Everything is in the file: a message of each kind for every tick.
fn check(path: &Path) -> Result<()> {
    let ticks = (WARM_UP_TICKS + TICKS) as u64;
    let summary = summarise(&RecordingFile::open(path)?)?;
    for end in ["/tick", "/timing", "/robot/Readings", "/robot/Actions", "/robot/State"] {
        let channel = summary.channels.iter().find(|channel| channel.topic == end);
        let messages = channel.map_or(0, |channel| channel.messages);
        ensure!(messages == ticks, "{messages} messages of {end} for {ticks} ticks");
    }
    Ok(())
}
