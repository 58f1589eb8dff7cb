//! After its first second a simulated flight touches the heap only inside rapier.
//!
//! Rapier's step takes its lists of changed bodies and colliders apart and lets them go: three
//! small blocks per step, whatever is in the world.

use allocation_counter::{AllocationInfo, measure};
use rivus_app::AppExt;
use rivus_math::Vec3;
use rivus_robot::Airframe;
use rivus_sim::{RapierFlight, Trajectory};
use rivus_vehicle::{ROTORS, State};

#[expect(dead_code, reason = "this test flies under a controller only")]
mod hover;

const TICKS: u64 = 3000;

/// What is allocated while `step` runs [`TICKS`] times, after a second to settle.
fn allocated(mut step: impl FnMut()) -> AllocationInfo {
    (0..1000).for_each(|_| step());
    measure(|| (0..TICKS).for_each(|_| step()))
}

#[test]
fn a_flight_allocates_nowhere_but_in_rapier() {
    let mut app = hover::closed_loop(3, "");
    app.insert_resource(Trajectory::new(1, 8000));
    app.tick().unwrap();
    let world = app.world_mut();
    let vehicle = world.query::<&Airframe>().single(world).unwrap().0;
    let in_app = allocated(|| app.tick().unwrap());

    let hover_radps = f64::from(vehicle.hover_speed_radps());
    let mut flight = RapierFlight::new(vehicle, &State::at_rest(Vec3::zero(), hover_radps));
    let in_rapier = allocated(|| flight.step([hover_radps; ROTORS], Vec3::zero(), 0.001));
    // The lists are longer in the app, where the world has a ground too.
    assert_eq!(in_app.count_total, in_rapier.count_total);
    assert_eq!((in_app.count_current, in_app.bytes_current), (0, 0), "something stays allocated");
    assert!(in_rapier.count_total <= 3 * TICKS, "{in_rapier:?}");
}
