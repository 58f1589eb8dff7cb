//! Every system is timed, and the stop-watch around it changes nothing else.
//!
//! The clock belongs to the thread, so tests do not disturb each other.

use core::cell::Cell;

use bevy_ecs::error::{ErrorContext, FallbackErrorHandler};
use bevy_ecs::schedule::ApplyDeferred;
use rivus_app::Clock;
use rivus_app::prelude::*;

thread_local! {
    static WALL_NS: Cell<u64> = const { Cell::new(0) };
}

fn take(us: u64) {
    WALL_NS.set(WALL_NS.get() + us * 1000);
}

fn clocked() -> App {
    let mut app = App::empty();
    app.add_plugins(TickPlugin).insert_resource(Clock(|| WALL_NS.get()));
    app
}

/// Name, number of runs and longest run in microseconds of every system.
fn times(app: &App) -> Vec<(&str, u64, u64)> {
    let systems = app.world().resource::<Timings>().systems.iter();
    systems
        .map(|system| {
            let histogram = &system.timing.histogram;
            let name = system.name.trim_start_matches("system_times::");
            (name, histogram.count(), histogram.max_ns() / 1000)
        })
        .collect()
}

fn ten() {
    take(10);
}

fn twenty() {
    take(20);
}

fn thirty() {
    take(30);
}

#[test]
fn all_systems_are_listed_from_the_build_on_in_the_order_in_which_they_run() {
    let mut app = clocked();
    app.add_systems(Stage::Control.at(Rate::STAGE), ten.after(twenty))
        .add_systems(Stage::Control.at(Rate::STAGE), twenty)
        .add_systems(Stage::Control.at(Rate::hz(250)), thirty)
        .add_systems(Stage::Sense.at(Rate::STAGE), ten);
    app.build_ticks().unwrap();
    assert_eq!(times(&app), [("ten", 0, 0), ("thirty", 0, 0), ("twenty", 0, 0), ("ten", 0, 0)]);
    for _ in 0..8 {
        app.tick().unwrap();
    }
    let expected = [("ten", 8, 10), ("thirty", 2, 30), ("twenty", 8, 20), ("ten", 8, 10)];
    assert_eq!(times(&app), expected);
    let timings = app.world().resource::<Timings>();
    let places: Vec<_> = timings.systems.iter().map(|s| (s.stage, s.rate_hz)).collect();
    let (sense, control) = (Stage::Sense, Stage::Control);
    assert_eq!(places, [(sense, 1000), (control, 250), (control, 1000), (control, 1000)]);
    assert_eq!(timings.stages[1].timing.histogram.max_ns(), 60_000);
}

#[test]
fn conditions_are_not_in_the_times_of_systems_and_what_they_leave_out_has_none() {
    #[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
    struct Twice;

    fn every_other_tick(tick: Res<'_, Tick>) -> bool {
        take(1000);
        tick.index.is_multiple_of(2)
    }

    let mut app = clocked();
    app.configure_stage(Stage::Control, |schedule| {
        schedule.configure_sets(Twice.run_if(every_other_tick));
    });
    app.add_systems(
        Stage::Control.at(Rate::STAGE),
        (ten, twenty.run_if(every_other_tick), thirty, ten.in_set(Twice), twenty.in_set(Twice))
            .chain(),
    );
    for _ in 0..4 {
        app.tick().unwrap();
    }
    let expected =
        [("ten", 4, 10), ("twenty", 2, 20), ("thirty", 4, 30), ("ten", 2, 10), ("twenty", 2, 20)];
    assert_eq!(times(&app), expected);
    // The stage has all of it.
    let stage = app.world().resource::<Timings>().stage(Stage::Control).unwrap();
    assert_eq!(stage.timing.histogram.max_ns(), 2_090_000);
    assert_eq!(stage.timing.histogram.min_ns(), 2_040_000);
}

#[test]
fn commands_are_in_the_time_of_the_stage_and_not_of_a_system() {
    fn ask(mut commands: Commands<'_, '_>) {
        take(5);
        commands.queue(|_: &mut World| take(500));
    }

    let mut app = clocked();
    app.add_systems(Stage::Control.at(Rate::hz(500)), (ask, ApplyDeferred, ten).chain())
        .add_systems(Stage::Control.at(Rate::STAGE), (twenty, ask).chain())
        .add_systems(Stage::Record.at(Rate::STAGE), thirty);
    app.tick().unwrap();
    let expected = [("ask", 5), ("ten", 10), ("twenty", 20), ("ask", 5), ("thirty", 30)];
    let seen: Vec<_> = times(&app)
        .into_iter()
        .map(|(name, _, us)| (name.rsplit("::").next().unwrap_or_default(), us))
        .collect();
    assert_eq!(seen, expected);
    let stages = &app.world().resource::<Timings>().stages;
    let us: Vec<u64> = stages.iter().map(|stage| stage.timing.histogram.max_ns() / 1000).collect();
    assert_eq!(us, [1040, 30]);
}

/// What ran, in order.
#[derive(Resource, Default)]
struct Log(Vec<&'static str>);

#[derive(Resource)]
struct Spawned;

fn exclusive(world: &mut World) {
    world.resource_mut::<Log>().0.push("exclusive");
}

fn spawn(mut commands: Commands<'_, '_>, mut log: ResMut<'_, Log>) {
    log.0.push("spawn");
    commands.insert_resource(Spawned);
}

fn find(spawned: Option<Res<'_, Spawned>>, mut log: ResMut<'_, Log>) {
    log.0.push(if spawned.is_some() { "found" } else { "not found" });
}

fn fails(mut runs: Local<'_, u32>, mut log: ResMut<'_, Log>) -> Result {
    *runs += 1;
    log.0.push("fails");
    if *runs == 2 { Err("twice".into()) } else { Ok(()) }
}

fn needs_what_is_not_there(_: If<Res<'_, Never>>, mut log: ResMut<'_, Log>) {
    log.0.push("never");
}

fn note(name: &'static str) -> impl FnMut(ResMut<'_, Log>) {
    move |mut log| log.0.push(name)
}

#[derive(Resource)]
struct Never;

thread_local! {
    static FAILURES: Cell<u32> = const { Cell::new(0) };
}

fn count_failures(_: BevyError, context: ErrorContext) {
    assert_eq!(context.name().to_string(), "system_times::fails");
    FAILURES.set(FAILURES.get() + 1);
}

#[test]
fn a_stop_watch_changes_neither_order_nor_effect_of_any_kind_of_system() {
    let run = |app: &mut App| {
        FAILURES.set(0);
        app.init_resource::<Log>()
            .insert_resource(FallbackErrorHandler(count_failures))
            .add_systems(
                Stage::Control.at(Rate::STAGE),
                (exclusive.after(find), find.after(spawn), spawn.after(fails)),
            )
            .add_systems(
                Stage::Control.at(Rate::STAGE),
                (fails, needs_what_is_not_there.before(fails), note("last").after(exclusive)),
            );
        for _ in 0..3 {
            app.tick().unwrap();
        }
        (core::mem::take(&mut app.world_mut().resource_mut::<Log>().0), FAILURES.get())
    };
    let (with, without) = (run(&mut clocked()), run(App::empty().add_plugins(TickPlugin)));
    let (log, failures) = &with;
    assert_eq!(log[..5], ["fails", "spawn", "found", "exclusive", "last"]);
    assert_eq!((log.len(), *failures), (15, 1));
    assert_eq!(with, without);
}

#[test]
fn a_system_that_is_skipped_for_what_it_needs_has_no_time_and_one_that_fails_has() {
    let mut app = clocked();
    app.init_resource::<Log>()
        .insert_resource(FallbackErrorHandler(count_failures))
        .add_systems(Stage::Control.at(Rate::STAGE), (needs_what_is_not_there, ten, fails).chain());
    for _ in 0..3 {
        app.tick().unwrap();
    }
    let expected = [("needs_what_is_not_there", 0, 0), ("ten", 3, 10), ("fails", 3, 0)];
    assert_eq!(times(&app), expected);
}

#[test]
fn with_a_clock_ambiguities_still_name_the_systems() {
    fn first(mut log: ResMut<'_, Log>) {
        log.0.push("first");
    }
    fn second(mut log: ResMut<'_, Log>) {
        log.0.push("second");
    }

    let mut app = clocked();
    app.init_resource::<Log>().add_systems(Stage::Control.at(Rate::STAGE), (first, second));
    let text = app.build_ticks().unwrap_err().to_string();
    assert!(text.contains("first") && text.contains("second") && text.contains("Log"), "{text}");

    let mut app = clocked();
    app.init_resource::<Log>()
        .add_systems(Stage::Control.at(Rate::hz(100)), first.budget_us(7))
        .add_systems(Stage::Control.at(Rate::STAGE), second.budget_us(7));
    let text = app.build_ticks().unwrap_err().to_string();
    assert!(text.contains("first at 100 Hz runs before"), "{text}");
}

#[test]
fn the_smallest_budget_holds_and_a_tuple_has_one_each() {
    let mut app = clocked();
    app.add_systems(
        Stage::Control.at(Rate::STAGE),
        ((ten, twenty).chain().budget_us(15), thirty.budget_us(40).budget_us(25).budget_us(35))
            .chain(),
    );
    app.tick().unwrap();
    let timings = app.world().resource::<Timings>();
    let seen: Vec<_> = timings
        .systems
        .iter()
        .map(|system| (system.timing.budget.map(|b| b.limit_ns()), system.timing.overruns))
        .collect();
    assert_eq!(seen, [(Some(15_000), 0), (Some(15_000), 1), (Some(25_000), 1)]);
}
