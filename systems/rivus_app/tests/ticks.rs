//! What a tick does: phase, order, elapsed time, commands and messages.

use std::sync::Mutex;

use bevy_ecs::change_detection::CHECK_TICK_THRESHOLD;
use bevy_ecs::error::{ErrorContext, FallbackErrorHandler};
use rivus_app::prelude::*;

#[derive(Resource, Default)]
struct Log(Vec<(u64, &'static str)>);

fn note(name: &'static str) -> impl Fn(Res<'_, Tick>, ResMut<'_, Log>) {
    move |tick, mut log| log.0.push((tick.index, name))
}

fn app(base_hz: u32) -> App {
    let mut app = App::empty();
    app.add_plugins(TickPlugin).init_resource::<Log>();
    app.world_mut().resource_mut::<TickConfig>().base_hz = base_hz;
    app
}

#[expect(clippy::unwrap_used, reason = "an error fails the test that calls this")]
fn run(app: &mut App, ticks: usize) -> Vec<(u64, &'static str)> {
    for _ in 0..ticks {
        app.tick().unwrap();
    }
    core::mem::take(&mut app.world_mut().resource_mut::<Log>().0)
}

#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
enum Loop {
    Outer,
    Inner,
}

fn order_loops(schedule: &mut Schedule) {
    schedule.configure_sets((Loop::Outer, Loop::Inner).chain());
}

#[test]
fn every_rate_keeps_its_phase_and_lower_rates_run_first() {
    let mut app = app(8);
    app.configure_stage(Stage::Control, order_loops)
        .add_systems(Stage::Control.at(Rate::hz(4)), note("inner").in_set(Loop::Inner))
        .add_systems(Stage::Control.at(Rate::hz(2)), note("outer").in_set(Loop::Outer));
    let log = run(&mut app, 9);
    let expected = [
        (0, "outer"),
        (0, "inner"),
        (2, "inner"),
        (4, "outer"),
        (4, "inner"),
        (6, "inner"),
        (8, "outer"),
        (8, "inner"),
    ];
    assert_eq!(log, expected);
}

#[test]
fn stages_run_in_order_whatever_the_order_of_adding() {
    let mut app = app(10);
    for stage in Stage::ALL.into_iter().rev() {
        app.add_systems(stage.at(Rate::STAGE), note(stage.name()));
    }
    let log = run(&mut app, 1);
    assert_eq!(log, Stage::ALL.map(|stage| (0, stage.name())));
}

#[test]
fn the_scene_gives_a_stage_its_rate() {
    let mut app = app(1000);
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].rate_hz = Some(100);
    app.add_systems(Stage::Policy.at(Rate::STAGE), note("policy"));
    let log = run(&mut app, 1000);
    assert_eq!(log.len(), 100);
    assert!(log.iter().all(|(tick, _)| tick.is_multiple_of(10)));
}

#[test]
fn a_fixed_rate_that_is_also_the_rate_of_the_stage_follows_the_sets() {
    for (fixed, stage) in [(Loop::Outer, Loop::Inner), (Loop::Inner, Loop::Outer)] {
        let mut app = app(10);
        let first = if fixed == Loop::Outer { "fixed" } else { "stage" };
        app.configure_stage(Stage::Control, order_loops)
            .add_systems(Stage::Control.at(Rate::hz(10)), note("fixed").in_set(fixed))
            .add_systems(Stage::Control.at(Rate::STAGE), note("stage").in_set(stage));
        assert_eq!(run(&mut app, 1)[0], (0, first));
    }
}

#[derive(Resource, Default)]
struct Elapsed {
    slow: Vec<u64>,
    fast: Vec<f32>,
}

#[test]
fn elapsed_time_is_that_of_the_own_rate_and_skipped_ticks_lengthen_it() {
    let mut app = app(1000);
    app.init_resource::<Elapsed>()
        .configure_stage(Stage::Control, order_loops)
        .add_systems(
            Stage::Control.at(Rate::hz(100)),
            (|dt: Res<'_, Dt>, mut out: ResMut<'_, Elapsed>| out.slow.push(dt.ns()))
                .in_set(Loop::Outer),
        )
        .add_systems(
            Stage::Control.at(Rate::hz(500)),
            (|dt: Res<'_, Dt>, mut out: ResMut<'_, Elapsed>| out.fast.push(dt.secs()))
                .in_set(Loop::Inner),
        );
    run(&mut app, 11);
    app.skip_ticks(12).unwrap();
    run(&mut app, 8);
    let elapsed = app.world().resource::<Elapsed>();
    // The slow one ran at 0, 10 and 30: its turn at 20 was skipped and is not made up for.
    assert_eq!(elapsed.slow, [10_000_000, 10_000_000, 20_000_000]);
    // The fast one ran at 0, 2, 4, 6, 8, 10 and then at 24, 26, 28, 30.
    assert_eq!(elapsed.fast[..6], [0.002; 6]);
    assert_eq!(elapsed.fast[6..], [0.014, 0.002, 0.002, 0.002]);
    assert_eq!(app.world().resource::<Timings>().skipped_ticks, 12);
    assert_eq!(app.world().resource::<Tick>().time_ns, 30_000_000);
}

#[derive(Component)]
struct Spawned;

#[test]
fn commands_of_the_last_system_are_applied() {
    let mut app = app(10);
    app.add_systems(Stage::Control.at(Rate::STAGE), |mut commands: Commands<'_, '_>| {
        commands.spawn(Spawned);
    });
    run(&mut app, 3);
    let world = app.world_mut();
    assert_eq!(world.query::<&Spawned>().iter(world).count(), 3);
}

#[test]
fn commands_are_applied_between_systems_that_are_in_order() {
    fn count(spawned: Query<'_, '_, &Spawned>, mut log: ResMut<'_, Log>) {
        log.0.push((spawned.iter().count() as u64, "spawned"));
    }
    fn spawn(mut commands: Commands<'_, '_>) {
        commands.spawn(Spawned);
    }
    let mut app = app(10);
    app.add_systems(Stage::Control.at(Rate::STAGE), (count, spawn, count, spawn, count).chain());
    let log = run(&mut app, 2);
    let counts: Vec<u64> = log.iter().map(|(count, _)| *count).collect();
    assert_eq!(counts, [0, 1, 2, 2, 3, 4]);
}

#[test]
fn a_system_that_fails_is_named() {
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;

    fn fail() -> Result<(), BevyError> {
        Err("no sensor".into())
    }
    let mut app = app(10);
    app.add_systems(Stage::Control.at(Rate::STAGE), fail);
    let panic = catch_unwind(AssertUnwindSafe(|| app.tick())).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("no sensor") && text.contains("fail"), "{text}");
}

/// Whose faults the handler was told of.
static BLAMED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn a_panic_is_named_and_what_follows_still_runs() {
    fn blame(error: BevyError, context: ErrorContext) {
        let what = error.to_string();
        let line = what.lines().next().unwrap_or_default();
        let name = context.name().to_string();
        let name = name.rsplit("::").next().unwrap_or_default().to_owned();
        BLAMED.lock().unwrap().push(format!("{name}: {line}"));
    }
    fn leave(mut commands: Commands<'_, '_>) {
        commands.spawn(Spawned);
    }
    fn leave_a_trap(mut commands: Commands<'_, '_>) {
        commands.queue(|_: &mut World| panic!("a trap"));
    }
    fn leave_more(mut commands: Commands<'_, '_>) {
        commands.spawn(Spawned);
    }
    fn boom() {
        panic!("boom");
    }
    fn count(spawned: Query<'_, '_, &Spawned>, mut log: ResMut<'_, Log>) {
        log.0.push((spawned.iter().count() as u64, "spawned"));
    }
    let mut app = app(10);
    app.insert_resource(FallbackErrorHandler(blame)).add_systems(
        Stage::Control.at(Rate::STAGE),
        (boom, leave, leave_a_trap, leave_more, count, leave, leave_a_trap, leave_more).chain(),
    );
    assert_eq!(run(&mut app, 2), [(2, "spawned"), (6, "spawned")]);
    // The ECS names commands itself.
    let trap = "{{closure}}: Command panicked";
    let tick = ["boom: it panicked", trap, trap];
    assert_eq!(*BLAMED.lock().unwrap(), [tick, tick].concat());
}

#[test]
fn nothing_seems_new_when_the_ecs_forgets_how_old_changes_are() {
    fn look(quiet: Res<'_, Quiet>, tick: Res<'_, Tick>, mut log: ResMut<'_, Log>) {
        if quiet.is_changed() {
            log.0.push((tick.index, "changed"));
        }
    }
    #[derive(Resource)]
    struct Quiet;
    let mut app = app(10);
    app.insert_resource(Quiet).add_systems(Stage::Control.at(Rate::STAGE), look);
    assert_eq!(run(&mut app, 3), [(0, "changed")]);
    let world = app.world_mut();
    for _ in 0..CHECK_TICK_THRESHOLD {
        world.increment_change_tick();
    }
    assert_eq!(run(&mut app, 40), []);
}

#[derive(Message)]
struct Sample(u64);

#[derive(Resource, Default)]
struct Seen(Vec<u64>);

#[test]
fn a_slow_reader_sees_every_message_of_a_fast_writer_and_old_ones_go() {
    let mut app = app(100);
    app.add_message::<Sample>()
        .init_resource::<Seen>()
        .add_systems(
            Stage::Sense.at(Rate::STAGE),
            |tick: Res<'_, Tick>, mut out: MessageWriter<'_, Sample>| {
                out.write(Sample(tick.index));
            },
        )
        .add_systems(
            Stage::Policy.at(Rate::hz(10)),
            |mut samples: MessageReader<'_, '_, Sample>, mut seen: ResMut<'_, Seen>| {
                seen.0.extend(samples.read().map(|sample| sample.0));
            },
        );
    for _ in 0..1000 {
        app.tick().unwrap();
        // Two rotations, of two turns each.
        assert!(app.world().resource::<Messages<Sample>>().len() <= 40);
    }
    let seen = &app.world().resource::<Seen>().0;
    assert_eq!(*seen, (0..=990).collect::<Vec<u64>>());
}

#[test]
fn faults_of_unordered_systems_are_counted_once() {
    let mut app = app(100);
    let raise = |robot| {
        move |mut faults: MessageWriter<'_, Fault>| {
            faults.write(Fault { robot, kind: FaultKind::NotFinite });
        }
    };
    app.add_systems(Stage::Sense.at(Rate::STAGE), (raise(0), raise(1)))
        .add_systems(Stage::Sense.at(Rate::hz(20)), raise(1));
    run(&mut app, 10);
    let faults = app.world().resource::<Faults>();
    assert_eq!(faults.of(0, FaultKind::NotFinite), 10);
    assert_eq!(faults.of(1, FaultKind::NotFinite), 12);
}

#[test]
fn a_fault_from_before_the_first_tick_is_counted_with_it() {
    let mut app = app(10);
    app.world_mut().write_message(Fault { robot: 2, kind: FaultKind::Dropped });
    run(&mut app, 3);
    let faults = app.world().resource::<Faults>();
    assert_eq!((faults.of(2, FaultKind::Dropped), faults.total()), (1, 1));
}

#[test]
fn plugins_are_finished_before_the_first_tick() {
    struct Late;
    impl Plugin for Late {
        fn build(&self, _: &mut App) {}
        fn finish(&self, app: &mut App) {
            app.add_systems(Stage::Sense.at(Rate::STAGE), note("late"));
        }
    }
    let mut app = app(10);
    app.add_plugins(Late);
    assert_eq!(run(&mut app, 1), [(0, "late")]);
}

#[test]
fn the_control_side_misses_dropped_ticks_and_the_world_goes_on() {
    let mut app = app(1000);
    app.add_systems(Stage::Control.at(Rate::hz(500)), note("control"))
        .add_systems(Stage::Simulate.at(Rate::STAGE), note("world"))
        .add_systems(
            Stage::Control.at(Rate::hz(250)),
            |dt: Res<'_, Dt>, mut out: ResMut<'_, Elapsed>| out.slow.push(dt.ns()),
        )
        .init_resource::<Elapsed>();
    let mut log = run(&mut app, 3);
    app.world_mut().resource_mut::<TimeFaults>().drop_ticks(3);
    log.extend(run(&mut app, 10));
    let ticks_of = |name| log.iter().filter(move |(_, who)| *who == name).map(|(tick, _)| *tick);
    assert!(ticks_of("world").eq(0..13));
    assert!(ticks_of("control").eq([0, 2, 6, 8, 10, 12]));
    // The turn at tick 4 is lost, and the next run knows how long it was.
    assert_eq!(app.world().resource::<Elapsed>().slow, [4_000_000, 8_000_000, 4_000_000]);
    assert_eq!(app.world().resource::<Timings>().skipped_ticks, 3);
}

#[test]
fn a_jump_of_time_is_told_once_to_every_rate_of_the_control_side() {
    let mut app = app(1000);
    app.init_resource::<Elapsed>()
        .add_systems(
            Stage::Policy.at(Rate::hz(250)),
            |dt: Res<'_, Dt>, mut out: ResMut<'_, Elapsed>| out.slow.push(dt.ns()),
        )
        .add_systems(
            Stage::Simulate.at(Rate::hz(500)),
            |dt: Res<'_, Dt>, mut out: ResMut<'_, Elapsed>| out.fast.push(dt.secs()),
        );
    run(&mut app, 1);
    app.world_mut().resource_mut::<TimeFaults>().jump(70_000_000);
    run(&mut app, 9);
    let elapsed = app.world().resource::<Elapsed>();
    assert_eq!(elapsed.slow, [4_000_000, 74_000_000, 4_000_000]);
    assert_eq!(elapsed.fast, [0.002; 5]);
}

#[test]
fn what_nobody_writes_does_not_seem_changed() {
    let mut app = app(1000);
    app.add_systems(
        Stage::Control.at(Rate::STAGE),
        |response: Res<'_, OverrunResponse>,
         faults: Res<'_, TimeFaults>,
         mut log: ResMut<'_, Log>| {
            let seen = [("response", response.is_changed()), ("faults", faults.is_changed())];
            let changed = seen.into_iter().filter(|(_, is_changed)| *is_changed);
            log.0.extend(changed.map(|(name, _)| (response.episodes(), name)));
        },
    );
    assert_eq!(run(&mut app, 1).len(), 2, "a system that never ran sees everything as new");
    assert_eq!(run(&mut app, 3), []);
    app.world_mut().resource_mut::<OverrunResponse>().inject();
    assert_eq!(run(&mut app, 1)[0], (1, "response"));
    assert_eq!(run(&mut app, 3), []);
}

#[test]
fn skipped_ticks_are_among_the_dropped_ones_and_endless_jumps_end() {
    let mut app = app(1000);
    app.add_systems(Stage::Control.at(Rate::STAGE), note("control"))
        .add_systems(Stage::Policy.at(Rate::STAGE), |dt: Res<'_, Dt>| assert!(dt.ns() > 0));
    let mut log = run(&mut app, 1);
    app.world_mut().resource_mut::<TimeFaults>().drop_ticks(5);
    app.skip_ticks(3).unwrap();
    app.world_mut().resource_mut::<TimeFaults>().jump(u64::MAX);
    log.extend(run(&mut app, 2));
    app.world_mut().resource_mut::<TimeFaults>().jump(u64::MAX);
    log.extend(run(&mut app, 2));
    assert_eq!(log.iter().map(|(tick, _)| *tick).collect::<Vec<_>>(), [0, 6, 7]);
    assert_eq!(app.world().resource::<Timings>().skipped_ticks, 5);
}

#[test]
fn messages_go_even_if_the_tick_of_every_turn_is_skipped() {
    let mut app = app(1000);
    app.add_systems(Stage::Control.at(Rate::STAGE), |mut faults: MessageWriter<'_, Fault>| {
        faults.write(Fault { robot: 0, kind: FaultKind::Dropped });
    })
    .add_systems(Stage::Policy.at(Rate::hz(10)), || ());
    run(&mut app, 1);
    for _ in 0..20 {
        run(&mut app, 99);
        app.skip_ticks(1).unwrap();
        let held = app.world().resource::<Messages<Fault>>().len();
        assert!(held <= 200, "{held} messages");
    }
}
