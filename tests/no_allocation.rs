//! After its first second no tick of any shipped scene or example touches the heap, but inside
//! rapier, whose step makes and drops a few small lists.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

#[expect(dead_code, reason = "its own main is not run here")]
#[path = "../examples/altitude_hold.rs"]
mod altitude_hold;
#[cfg(feature = "gui")]
#[expect(dead_code, reason = "its own main is not run here")]
#[path = "../examples/arm_reach.rs"]
mod arm_reach;

use std::fs;
use std::path::Path;

use allocation_counter::{AllocationInfo, measure};
use rivus::prelude::*;
use rivus::{finish_recording, record_scene};
use rivus_math::Vec3;
use rivus_record::RecordOptions;
use rivus_robot::Airframe;
use rivus_sim::RapierFlight;
use rivus_vehicle::{Quadrotor, ROTORS, State};

const WARM_UP_TICKS: usize = 1000;
const TICKS: usize = 10_000;

/// What rapier allocates in one step with this vehicle; the same in every step.
fn in_rapier(vehicle: Quadrotor<f32>) -> AllocationInfo {
    let hover_radps = f64::from(vehicle.hover_speed_radps());
    let mut flight = RapierFlight::new(vehicle, &State::at_rest(Vec3::zero(), hover_radps));
    let mut step = || measure(|| flight.step([hover_radps; ROTORS], Vec3::zero(), 0.001));
    (0..WARM_UP_TICKS).for_each(|_| {
        step();
    });
    step()
}

/// Ticks the scene, recorded or not, and looks at each tick by itself, for a total would hide a
/// burst.
fn fly(scene: &str, record: Option<RecordOptions>) {
    let mut app = App::empty();
    app.add_plugins((DefaultPlugins, altitude_hold::altitude_hold_plugin));
    #[cfg(feature = "gui")]
    app.add_plugins(arm_reach::reach_plugin);
    app.load_scene(scene).unwrap();
    let is_recorded = record.is_some();
    if let Some(options) = record {
        record_scene(&mut app, options).unwrap();
    }
    for _ in 0..WARM_UP_TICKS {
        app.tick().unwrap();
    }
    let world = app.world_mut();
    let vehicle = world.query::<&Airframe>().single(world).ok();
    let rapier = vehicle.map_or_else(AllocationInfo::default, |vehicle| in_rapier(vehicle.0));
    for tick in WARM_UP_TICKS..WARM_UP_TICKS + TICKS {
        let info = measure(|| app.tick().unwrap());
        assert_eq!(info.count_total, rapier.count_total, "{scene}, tick {tick}");
        assert_eq!(info.bytes_current, 0, "{scene}, tick {tick}: something stays allocated");
    }
    if let Some(recording) = finish_recording(&mut app) {
        assert_eq!((recording.ticks, recording.lost_ticks), ((WARM_UP_TICKS + TICKS) as u64, 0));
    }
    let recorded = if is_recorded { ", recorded" } else { "" };
    println!(
        "{scene}{recorded}: 0 allocations in each of {TICKS} ticks, {} in rapier ({} bytes)",
        rapier.count_total, rapier.bytes_total
    );
}

#[test]
fn no_tick_of_a_scene_or_example_touches_the_heap() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut scenes: Vec<String> = vec![format!("{root}/examples/altitude.ron")];
    if cfg!(feature = "gui") {
        scenes.push(format!("{root}/examples/arm_reach.ron"));
    }
    for entry in fs::read_dir(format!("{root}/scenes")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            scenes.push(path.to_str().unwrap().to_owned());
        }
    }
    scenes.sort();
    assert!(scenes.len() > 5, "{scenes:?}");
    for scene in &scenes {
        fly(scene, None);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_allocation.mcap");
        // One that is left over from a run that failed.
        let _ = fs::remove_file(&path);
        let options =
            RecordOptions { path: path.clone(), ring_bytes: None, has_policy_state: true };
        fly(scene, Some(options));
        fs::remove_file(&path).unwrap();
    }
}
