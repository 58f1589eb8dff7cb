//! The shipped policies fly the shipped scenes from every start, and better than the Lee law in wind.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use core::sync::atomic::AtomicBool;
use std::path::Path;

use rivus::{Controller, Flight, FlightOptions, SceneFile, Summary};

const SEEDS: core::ops::Range<u64> = 0..8;

fn fly(scene: &str, seed: u64, controller: Controller, policy: Option<&str>) -> Summary {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/policies");
    let options = FlightOptions {
        seed: Some(seed),
        controller: Some(controller),
        policy: policy.map(|name| assets.join(name)),
        ..FlightOptions::default()
    };
    let flight = Flight::new(&SceneFile::find(scene).unwrap(), &options).unwrap();
    flight.run(&AtomicBool::new(false)).unwrap().summary
}

/// RMSE limits for calm air and turbulence, and who is beaten in a gust.
fn check(policy: &str, calm_rmse_m: f64) {
    for seed in SEEDS {
        let calm = fly("drone_hover", seed, Controller::Policy, Some(policy));
        assert!(calm.rmse_m.unwrap() <= calm_rmse_m && calm.settle_s <= 1.2, "{calm}");
        assert_eq!((calm.faults, calm.takeovers), (0, 0), "{calm}");
        for (scene, limit_m) in [("drone_gust", 0.06), ("drone_dryden", 0.10)] {
            let windy = fly(scene, seed, Controller::Policy, Some(policy));
            let lee = fly(scene, seed, Controller::Lee, None);
            assert!(windy.rmse_m.unwrap() <= limit_m, "{windy}");
            assert!(windy.rmse_m < lee.rmse_m, "{windy}{lee}");
        }
    }
}

#[test]
fn the_cfc_policy_flies() {
    check("drone_hover_cfc.safetensors", 0.02);
}

#[test]
fn the_ltc_policy_flies() {
    check("drone_hover_ltc.safetensors", 0.02);
}
