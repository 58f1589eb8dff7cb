//! After its first second a simulated flight touches the heap only inside rapier.
//!
//! Rapier's step takes its lists of changed bodies and colliders apart and lets them go: three
//! small blocks per step, whatever is in the world.
//!
//! This file holds one test only: the counter is shared by all threads of the process.
#![expect(unsafe_code, reason = "a global allocator that counts")]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicU64, Ordering};

use std::alloc::System;

use rivus_app::AppExt;
use rivus_math::Vec3;
use rivus_robot::Airframe;
use rivus_sim::{RapierFlight, Trajectory};
use rivus_vehicle::{ROTORS, State};

#[expect(dead_code, reason = "this test flies under a controller only")]
mod hover;

struct Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that the system allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that the system allocator asks for.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that the system allocator asks for.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TICKS: u64 = 3000;

/// Calls of the allocator while `step` runs [`TICKS`] times, after a second to settle.
fn calls(mut step: impl FnMut()) -> u64 {
    (0..1000).for_each(|_| step());
    let before = CALLS.load(Ordering::Relaxed);
    (0..TICKS).for_each(|_| step());
    CALLS.load(Ordering::Relaxed) - before
}

#[test]
fn a_flight_allocates_nowhere_but_in_rapier() {
    let mut app = hover::closed_loop(3, "");
    app.insert_resource(Trajectory::new(1, 8000));
    app.tick().unwrap();
    let world = app.world_mut();
    let vehicle = world.query::<&Airframe>().single(world).unwrap().0;
    let in_app = calls(|| app.tick().unwrap());

    let hover_radps = f64::from(vehicle.hover_speed_radps());
    let mut flight = RapierFlight::new(vehicle, &State::at_rest(Vec3::zero(), hover_radps));
    let in_rapier = calls(|| flight.step([hover_radps; ROTORS], Vec3::zero(), 0.001));
    assert_eq!(in_app, in_rapier);
    assert!(in_rapier <= 6 * TICKS, "{in_rapier}");
}
