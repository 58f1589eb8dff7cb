//! Whether policies fit their budget, by a clock that says what a step takes.
//!
//! The clock belongs to the thread, so tests do not disturb each other.

use core::cell::Cell;

use rivus_app::Clock;
use rivus_app::prelude::*;
use rivus_policy::{LoadError, PolicyRow, PolicyStore, check_cost};

use crate::network::{hovering, network};
use crate::scenes::spawn;

thread_local! {
    static NOW_NS: Cell<u64> = const { Cell::new(0) };
    /// What passes between two looks at the clock: a step.
    static STEP_NS: Cell<u64> = const { Cell::new(0) };
    /// How many steps take a second instead.
    static DISTURBED: Cell<u32> = const { Cell::new(0) };
}

fn now_ns() -> u64 {
    let left = DISTURBED.get();
    DISTURBED.set(left.saturating_sub(1));
    NOW_NS.set(NOW_NS.get() + if left > 0 { 1_000_000_000 } else { STEP_NS.get() });
    NOW_NS.get()
}

/// A robot that flies `hover.safetensors` with a budget of 3000 us, where a step takes `step_ns`.
fn app(step_ns: u64) -> App {
    let mut app = App::empty();
    spawn(&mut app, &[], &hovering().to_bytes().unwrap()).unwrap();
    STEP_NS.set(step_ns);
    app.insert_resource(Clock(now_ns));
    app
}

#[test]
fn a_step_may_take_its_budget_and_not_a_nanosecond_more() {
    assert_eq!(check_cost(app(3_000_000).world()), Ok(()));
    let kernel = hovering().network().kernels().backend().name();
    assert_eq!(
        check_cost(app(3_000_001).world()).unwrap_err().to_string(),
        format!(
            "a step of `hover.safetensors` for 1 robot on kernel {kernel} takes 3000.0 us at best \
             (3000.0 us in the median of 16), more than the budget of 3000 us"
        )
    );
}

#[test]
fn a_busy_machine_is_not_taken_for_a_slow_one() {
    let mut app = app(2_000_000);
    // The first look at the clock begins the first step.
    DISTURBED.set(16);
    assert_eq!(check_cost(app.world()), Ok(()));
    // However short a step, it is tried for milliseconds before it is refused.
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].budget_us = Some(1);
    STEP_NS.set(1001);
    let Err(LoadError::Costly { tries, .. }) = check_cost(app.world()) else {
        panic!("a step of 1001 ns does not fit 1 us")
    };
    assert_eq!(tries, 5_000_000_u64.div_ceil(1001));
}

#[test]
fn all_networks_are_named_and_none_is_changed() {
    let mut app = app(4_000_000);
    let mut store = app.world_mut().resource_mut::<PolicyStore>();
    for _ in 0..20 {
        store.insert(network(0.1, 1.0)).unwrap();
    }
    let error = check_cost(app.world()).unwrap_err().to_string();
    for part in ["`hover.safetensors` for 1 robot on", " and a policy for 20 robots on"] {
        assert!(error.contains(part), "{error}");
    }
    let world = app.world_mut();
    let &row = world.query::<&PolicyRow>().single(world).unwrap();
    assert_eq!(world.resource::<PolicyStore>().state(row), Some(&[0.0; 4][..]));
}

#[test]
fn without_clock_budget_or_policy_there_is_nothing_to_check() {
    let mut app = app(4_000_000);
    assert!(check_cost(app.world()).is_err());
    let clock = app.world_mut().remove_resource::<Clock>().unwrap();
    assert_eq!(check_cost(app.world()), Ok(()));
    app.insert_resource(clock);
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].budget_us = None;
    assert_eq!(check_cost(app.world()), Ok(()));
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].budget_us = Some(1);
    app.insert_resource(PolicyStore::default());
    assert_eq!(check_cost(app.world()), Ok(()));
}
