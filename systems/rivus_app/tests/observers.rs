//! What observers of ticks see, and that they are part of the tick.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use rivus_app::prelude::*;
use rivus_app::{Clock, Observed, Observer, TickOrders};

#[derive(Component, Default)]
struct Sensed(u64);

#[derive(Component, Default)]
struct Decided(u64);

/// What one look saw: tick, orders, and of each component its value, whether it is new, and
/// whether the control side could not see it.
#[derive(Debug, PartialEq)]
struct Sight {
    tick: u64,
    orders: TickOrders,
    sensed: (u64, bool, bool),
    decided: (u64, bool, bool),
}

struct Eye(Sender<Sight>);

impl Observer for Eye {
    fn observe(&mut self, observed: &Observed<'_>) {
        let Observed { world, tick, orders, since, sensed, now, .. } = *observed;
        let mut query = world.try_query::<(Ref<'_, Sensed>, Ref<'_, Decided>)>().unwrap();
        let (sensor, decision) = query.single(world).unwrap();
        let is_after = |changed: bevy_ecs::change_detection::Tick| {
            (changed.is_newer_than(since, now), changed.is_newer_than(sensed, now))
        };
        let (is_new, is_late) = is_after(sensor.last_changed());
        let (is_decided, is_unseen) = is_after(decision.last_changed());
        let sight = Sight {
            tick: tick.index,
            orders,
            sensed: (sensor.0, is_new, is_late),
            decided: (decision.0, is_decided, is_unseen),
        };
        self.0.send(sight).unwrap();
    }
}

fn sense(tick: Res<'_, Tick>, mut sensed: Query<'_, '_, &mut Sensed>) {
    if tick.index.is_multiple_of(2) {
        sensed.single_mut().unwrap().0 = tick.index;
    }
}

fn decide(mut decided: Query<'_, '_, (&Sensed, &mut Decided)>) {
    let (sensed, mut decided) = decided.single_mut().unwrap();
    decided.0 = sensed.0;
}

fn observed_app() -> (App, Receiver<Sight>) {
    let (eye, sights) = channel();
    let mut app = App::empty();
    app.add_plugins(TickPlugin)
        .add_systems(Stage::Sense.at(Rate::STAGE), sense)
        .add_systems(Stage::Control.at(Rate::STAGE), decide);
    app.world_mut().spawn((Sensed::default(), Decided::default()));
    app.observe_ticks(Eye(eye)).unwrap();
    (app, sights)
}

#[test]
fn an_observer_sees_what_is_new_and_what_the_control_side_saw() {
    let (mut app, sights) = observed_app();
    for _ in 0..3 {
        app.tick().unwrap();
    }
    let saw: Vec<_> = sights.try_iter().map(|sight| (sight.sensed, sight.decided)).collect();
    // Every odd tick nothing is sensed; decisions come after the sensor stage in every tick.
    let expected = [
        ((0, true, false), (0, true, true)),
        ((0, false, false), (0, true, true)),
        ((2, true, false), (2, true, true)),
    ];
    assert_eq!(saw, expected);
}

#[test]
fn an_observer_sees_ticks_that_the_control_side_misses_and_jumps_of_time() {
    let (mut app, sights) = observed_app();
    app.tick().unwrap();
    let mut faults = app.world_mut().resource_mut::<TimeFaults>();
    faults.drop_ticks(1);
    faults.jump(5);
    app.tick().unwrap();
    app.tick().unwrap();
    let orders: Vec<_> = sights.try_iter().map(|sight| (sight.tick, sight.orders)).collect();
    let dropped = TickOrders { is_dropped: true, jump_ns: 5, is_overrun: false };
    assert_eq!(orders, [(0, TickOrders::default()), (1, dropped), (2, TickOrders::default())]);
}

/// Counts up by 100 ns whenever it is read.
static NOW_NS: AtomicU64 = AtomicU64::new(0);

#[test]
fn what_observers_take_is_part_of_the_tick() {
    struct Slow;
    impl Observer for Slow {
        fn observe(&mut self, _observed: &Observed<'_>) {
            NOW_NS.fetch_add(5000, Ordering::Relaxed);
        }
    }
    let mut app = App::empty();
    app.insert_resource(Clock(|| NOW_NS.fetch_add(100, Ordering::Relaxed)))
        .add_plugins(TickPlugin)
        .add_systems(Stage::Control.at(Rate::STAGE), || {});
    app.world_mut().resource_mut::<TickConfig>().tick_budget_us = Some(2);
    app.observe_ticks(Slow).unwrap();
    app.tick().unwrap();
    let timings = app.world().resource::<Timings>();
    assert_eq!(timings.observers.histogram.max_ns(), 5100);
    assert_eq!((timings.tick.histogram.max_ns(), timings.tick.overruns), (5200, 1));
    let mut overruns = app.world_mut().resource_mut::<Messages<BudgetOverrun>>();
    let named: Vec<_> = overruns.drain().map(|overrun| overrun.system).collect();
    assert_eq!(named, [Some("observers".into())]);
}

#[test]
fn ticks_are_in_one_pair_of_hands() {
    let (mut app, sights) = observed_app();
    let mut ticks = app.ticks().unwrap();
    ticks.tick().unwrap();
    ticks.skip(3).unwrap();
    assert!(matches!(ticks.app().tick(), Err(AppError::Busy)));
    ticks.tick().unwrap();
    drop(ticks);
    app.tick().unwrap();
    let seen: Vec<_> = sights.try_iter().map(|sight| sight.tick).collect();
    assert_eq!(seen, [0, 4, 5]);
}

#[test]
fn an_observer_that_comes_later_sees_all_as_new_and_the_others_do_not() {
    let (mut app, first) = observed_app();
    app.tick().unwrap();
    app.tick().unwrap();
    let (eye, second) = channel();
    app.observe_ticks(Eye(eye)).unwrap();
    first.try_iter().for_each(drop);
    app.world_mut().resource_mut::<TimeFaults>().drop_ticks(1);
    app.tick().unwrap();
    let is_new = |sights: &Receiver<Sight>| sights.recv().unwrap().sensed.1;
    assert_eq!((is_new(&first), is_new(&second)), (false, true));
}

#[test]
fn after_a_panic_there_are_no_more_ticks() {
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;

    let (mut app, _sights) = observed_app();
    app.add_systems(Stage::Policy.at(Rate::STAGE), || panic!("a bug"));
    let mut ticks = app.ticks().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| ticks.tick())).is_err());
    assert!(matches!(ticks.tick(), Err(AppError::Busy)));
    drop(ticks);
    assert!(matches!(app.tick(), Err(AppError::Busy)));
}
