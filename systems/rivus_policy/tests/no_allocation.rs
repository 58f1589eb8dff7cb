//! The control side flies without the heap, whatever goes wrong.

#![expect(clippy::unwrap_used, reason = "the hall fails a test by panicking, as a test does")]

#[path = "../../rivus_control/tests/flight/hall.rs"]
#[expect(dead_code, reason = "other tests use more of the hall")]
mod hall;
#[path = "flight/network.rs"]
mod network;

use allocation_counter::{AllocationInfo, measure};
use rivus_app::prelude::*;
use rivus_control::Pilot;
use rivus_policy::{PolicyPlugin, PolicyRow, PolicyStore};
use rivus_robot::{
    Airframe, Mass, PoseSample, RatesSample, Reading, RobotId, Setpoint, VelocitySample,
};
use rivus_vehicle::State;

use crate::hall::{Body, Broken, crazyflie, fallback, hall, lee};
use crate::network::{hovering, overflowing};

/// Robots beside the one of the hall, so that it is stepped as one of a batch.
const COMPANIONS: u32 = 20;

/// Adds a robot that flies the network of `row`.
fn add_companion(world: &mut World, id: u32, row: PolicyRow) {
    let vehicle = crazyflie();
    let above = rivus_math::Vec3::new(0.0, id as f32, 1.0);
    world.spawn((
        RobotId(id),
        Airframe(vehicle),
        Mass { kg: vehicle.mass_kg },
        Setpoint(rivus_flight::Setpoint { position_m: nalgebra::Vector3::z(), yaw_rad: 0.0 }),
        Body(State::at_rest(above, vehicle.hover_speed_radps())),
        Reading::<PoseSample>::default(),
        Reading::<VelocitySample>::default(),
        Reading::<RatesSample>::default(),
        lee(true),
        row,
    ));
}

#[test]
fn twelve_seconds_of_flight_and_trouble_without_the_heap() {
    let (mut app, robot) = hall();
    app.add_plugins(PolicyPlugin);
    let mut config = app.world_mut().resource_mut::<TickConfig>();
    config[Stage::Policy].rate_hz = Some(100);
    config.on_overrun = OnOverrun::Fallback;
    let mut store = app.world_mut().resource_mut::<PolicyStore>();
    let rows = [hovering(), overflowing()].map(|policy| store.insert(policy).unwrap());
    app.world_mut().entity_mut(robot).insert((lee(true), rows[0]));
    for id in 0..COMPANIONS {
        let row = app.world_mut().resource_mut::<PolicyStore>().insert(hovering()).unwrap();
        add_companion(app.world_mut(), 100 + id, row);
    }
    let mut episodes = 0;
    for tick in 0..12_000 {
        // Each second something else breaks; what breaks it is not what is counted.
        let world = app.world_mut();
        let phase = tick % 1000;
        match tick / 1000 % 4 {
            0 => world.resource_mut::<Broken>().nan_readings = u32::from(phase < 50),
            1 => world.resource_mut::<Broken>().is_silent = (200..300).contains(&phase),
            2 if phase < 100 => world.resource_mut::<OverrunResponse>().inject(),
            3 if phase == 0 => drop(world.entity_mut(robot).insert(rows[1])),
            3 if phase == 500 => drop(world.entity_mut(robot).insert(rows[0])),
            _ => {}
        }
        let used = measure(|| app.tick().unwrap());
        if tick > 0 {
            assert_eq!(used, AllocationInfo::default(), "the heap was used in tick {tick}");
        }
        episodes = fallback(app.world(), robot).episodes();
    }
    assert!(episodes >= 4, "{episodes}");
    assert!(app.world().resource::<Faults>().total() > 500);
    assert_ne!(fallback(app.world(), robot).pilot(), Pilot::Nobody);
}
