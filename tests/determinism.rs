//! Same scene and seed, same bits: in debug and release, in every run, on every machine.
//!
//! The pinned hashes cover every tick of a flight: pose, twist, rotor speeds, policy state and
//! command of each robot. They change when physics, sensors, cells, laws or shipped policies do;
//! `cargo test --test determinism` then prints the new ones. That a change was meant is for its
//! author to say.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use core::sync::atomic::AtomicBool;

use rivus::{Controller, Flight, FlightOptions, SceneFile};

/// Scene, controller and hash of the first two seconds with seed 7.
const PINNED: [(&str, Option<Controller>, &str); 4] = [
    ("drone_hover", None, "f21ea3dadd6eea72"),
    ("drone_dryden", None, "594418ec63e6d207"),
    ("drone_gust", Some(Controller::Lee), "d7578a143ded0a1f"),
    ("racer250", None, "4af35999d0055993"),
];

fn hash(scene: &str, controller: Option<Controller>) -> String {
    let options =
        FlightOptions { seed: Some(7), seconds: Some(2.0), controller, ..FlightOptions::default() };
    let flight = Flight::new(&SceneFile::find(scene).unwrap(), &options).unwrap();
    flight.run(&AtomicBool::new(false)).unwrap().summary.state_hash
}

#[test]
fn flights_have_the_pinned_bits() {
    let flown = PINNED.map(|(scene, controller, _)| (scene, controller, hash(scene, controller)));
    for (scene, controller, hash) in &flown {
        println!("{scene} {controller:?}: {hash}");
    }
    for ((scene, _, pinned), (.., hash)) in PINNED.iter().zip(&flown) {
        assert_eq!(hash, pinned, "{scene}");
    }
}

#[test]
fn a_second_run_has_the_same_bits_and_another_seed_has_not() {
    let first = hash("drone_dryden", None);
    assert_eq!(hash("drone_dryden", None), first);
    let options = FlightOptions { seed: Some(8), seconds: Some(2.0), ..FlightOptions::default() };
    let flight = Flight::new(&SceneFile::find("drone_dryden").unwrap(), &options).unwrap();
    let other = flight.run(&AtomicBool::new(false)).unwrap().summary.state_hash;
    assert_ne!(other, first);
}
