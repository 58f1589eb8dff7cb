//! After its first turns a tick never touches the heap, whenever the first fault or overrun comes.
//!
//! This file holds one test only: the counter is shared by all threads of the process.
#![expect(unsafe_code, reason = "a global allocator that counts")]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicU64, Ordering};

use std::alloc::System;

use rivus_app::prelude::*;
use rivus_app::{Clock, CpuClock};

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

static NOW_NS: AtomicU64 = AtomicU64::new(0);

/// Time between two readings of the clock: none in quiet, 10 us in trouble, so that stages and
/// ticks overrun in every tick.
static STEP_NS: AtomicU64 = AtomicU64::new(0);

fn now_ns() -> u64 {
    NOW_NS.fetch_add(STEP_NS.load(Ordering::Relaxed), Ordering::Relaxed)
}

/// The tick in which trouble begins.
const TROUBLE: u64 = 5000;

/// Faults in each tick from then on: as many as there is room for.
const FAULTS: u32 = 64;

#[derive(Component)]
struct Height(f32);

#[derive(Component)]
struct Marker;

#[derive(Message)]
struct Sample;

fn sense(
    tick: Res<'_, Tick>,
    mut samples: MessageWriter<'_, Sample>,
    mut faults: MessageWriter<'_, Fault>,
) {
    samples.write(Sample);
    if tick.index >= TROUBLE {
        for robot in 0..FAULTS {
            faults.write(Fault { robot, kind: FaultKind::StaleSensor });
        }
    }
}

fn think(mut samples: MessageReader<'_, '_, Sample>, mut heights: Query<'_, '_, &mut Height>) {
    let count = samples.read().count() as f32;
    heights.iter_mut().for_each(|mut height| height.0 += count);
}

fn act(dt: Res<'_, Dt>, mut hash: ResMut<'_, StateHash>, heights: Query<'_, '_, &Height>) {
    heights.iter().for_each(|height| hash.write_f32(height.0 * dt.secs()));
}

fn churn(mut commands: Commands<'_, '_>, marked: Query<'_, '_, Entity, With<Marker>>) {
    for entity in &marked {
        commands.entity(entity).despawn();
    }
    commands.spawn(Marker);
}

#[test]
fn ten_thousand_ticks_without_the_heap() {
    let mut app = App::empty();
    app.add_plugins(TickPlugin)
        .insert_resource(Clock(now_ns))
        .insert_resource(CpuClock(now_ns))
        .add_message::<Sample>()
        .add_systems(Stage::Sense.at(Rate::STAGE), sense)
        .add_systems(Stage::Policy.at(Rate::hz(100)), think.budget_us(1))
        .add_systems(Stage::Control.at(Rate::hz(20)), act.budget_us(1000))
        .add_systems(Stage::Record.at(Rate::STAGE), churn);
    let mut config = app.world_mut().resource_mut::<TickConfig>();
    config[Stage::Sense].budget_us = Some(1);
    config[Stage::Policy].budget_us = Some(1);
    config.tick_budget_us = Some(1);
    app.world_mut().spawn(Height(1.0));
    // The ECS gives out new ids until 128 entities have been despawned, and then reuses old ones.
    for _ in 0..1000 {
        app.tick().unwrap();
    }
    for tick in 1000..12_000 {
        if tick == TROUBLE {
            assert_eq!(app.world().resource::<Timings>().overruns(), 0);
            STEP_NS.store(10_000, Ordering::Relaxed);
        }
        let before = CALLS.load(Ordering::Relaxed);
        app.tick().unwrap();
        assert_eq!(CALLS.load(Ordering::Relaxed), before, "the heap was used in tick {tick}");
    }
    let world = app.world();
    assert_eq!(world.resource::<Faults>().of(3, FaultKind::StaleSensor), 7000);
    assert!(world.resource::<Timings>().overruns() > 7000);
}
