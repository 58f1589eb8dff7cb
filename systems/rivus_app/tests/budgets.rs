//! Budgets against clocks that the test turns by hand.
//!
//! The clocks belong to the thread, so tests do not disturb each other.

use core::cell::Cell;

use rivus_app::prelude::*;
use rivus_app::{Clock, CpuClock};

thread_local! {
    static WALL_NS: Cell<u64> = const { Cell::new(0) };
    static CPU_NS: Cell<u64> = const { Cell::new(0) };
}

/// Takes that long, with the CPU.
fn compute(us: u64) {
    CPU_NS.set(CPU_NS.get() + us * 1000);
    WALL_NS.set(WALL_NS.get() + us * 1000);
}

/// Takes that long while the machine does something else.
fn wait(us: u64) {
    WALL_NS.set(WALL_NS.get() + us * 1000);
}

fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(TickPlugin).insert_resource(Clock(|| WALL_NS.get()));
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].budget_us = Some(500);
    app
}

fn reports(app: &App) -> Vec<BudgetOverrun> {
    let messages = app.world().resource::<Messages<BudgetOverrun>>();
    messages.get_cursor().read(messages).cloned().collect()
}

fn policy_counts(app: &App) -> (u64, u64, u64) {
    let timings = app.world().resource::<Timings>();
    let counts = timings.stage(Stage::Policy).map(|stage| {
        let timing = &stage.timing;
        (timing.histogram.count(), timing.overruns, timing.preempted)
    });
    counts.unwrap_or_default()
}

fn think() {
    compute(501);
}

#[test]
fn a_slow_stage_is_an_overrun_that_names_stage_and_system() {
    let mut app = app();
    app.insert_resource(CpuClock(|| CPU_NS.get()))
        .add_systems(Stage::Sense.at(Rate::STAGE), || compute(100))
        .add_systems(Stage::Policy.at(Rate::hz(500)), think);
    for _ in 0..3 {
        app.tick().unwrap();
    }
    assert_eq!(policy_counts(&app), (2, 2, 0));
    let texts: Vec<String> = reports(&app).iter().map(ToString::to_string).collect();
    let text = "stage policy, system budgets::think took 501 us of 500 us";
    assert_eq!(texts, [format!("tick 0: {text}"), format!("tick 2: {text}")]);
    assert_eq!(app.world().resource::<Timings>().overruns(), 2);
    // Simulating, what the robot does must not follow from what was measured.
    assert_eq!(app.world().resource::<OverrunResponse>().episodes(), 0);
}

#[test]
fn a_late_stage_that_did_not_have_the_cpu_was_preempted() {
    let mut app = app();
    app.insert_resource(CpuClock(|| CPU_NS.get()))
        .add_systems(Stage::Sense.at(Rate::STAGE), || compute(1_000))
        .add_systems(Stage::Policy.at(Rate::STAGE), || {
            compute(300);
            wait(10_000);
        });
    app.tick().unwrap();
    assert_eq!(policy_counts(&app), (1, 0, 1));
    assert!(reports(&app).is_empty());
}

#[test]
fn without_a_cpu_clock_every_late_stage_is_an_overrun() {
    let mut app = app();
    app.add_systems(Stage::Policy.at(Rate::STAGE), || wait(600));
    app.tick().unwrap();
    assert_eq!(policy_counts(&app), (1, 1, 0));
}

#[test]
fn in_real_time_the_cpu_clock_is_no_excuse_and_an_overrun_is_acted_on() {
    let mut app = app();
    {
        let mut config = app.world_mut().resource_mut::<TickConfig>();
        config.pace = Pace::RealTime;
        config.on_overrun = OnOverrun::Fallback;
    }
    app.insert_resource(CpuClock(|| CPU_NS.get()))
        .add_systems(Stage::Policy.at(Rate::STAGE), || wait(600));
    app.tick().unwrap();
    assert_eq!(app.world().resource::<OverrunResponse>().active(), None);
    for _ in 0..3 {
        app.tick().unwrap();
        let response = app.world().resource::<OverrunResponse>();
        assert_eq!((response.active(), response.episodes()), (Some(OnOverrun::Fallback), 1));
    }
}

#[test]
fn an_injected_overrun_is_acted_on_at_any_pace() {
    let mut app = app();
    app.world_mut().resource_mut::<TickConfig>().on_overrun = OnOverrun::HoldLast;
    app.build_ticks().unwrap();
    app.world_mut().resource_mut::<OverrunResponse>().inject();
    app.tick().unwrap();
    assert_eq!(app.world().resource::<OverrunResponse>().active(), Some(OnOverrun::HoldLast));
}

fn quick() {
    compute(50);
}

fn heavy() {
    compute(400);
}

#[test]
fn a_budget_of_a_system_works_in_tuples_chains_and_sets_and_names_it() {
    #[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
    struct Laws;

    let mut app = app();
    app.insert_resource(CpuClock(|| CPU_NS.get())).add_systems(
        Stage::Control.at(Rate::hz(250)),
        (quick.budget_us(100), heavy.budget_us(200).in_set(Laws)).chain(),
    );
    for _ in 0..8 {
        app.tick().unwrap();
    }
    let timings = app.world().resource::<Timings>();
    let seen: Vec<(&str, u32, u64, u64)> = timings
        .systems
        .iter()
        .map(|system| {
            let timing = &system.timing;
            (&*system.name, system.rate_hz, timing.histogram.max_ns(), timing.overruns)
        })
        .collect();
    let expected = [("budgets::quick", 250, 50_000, 0), ("budgets::heavy", 250, 400_000, 2)];
    assert_eq!(seen, expected);
    assert_eq!(reports(&app)[0].system.as_deref(), Some("budgets::heavy"));
    assert_eq!(reports(&app)[0].budget_ns, 200_000);
}

#[test]
fn a_late_stage_of_many_systems_names_the_slowest() {
    let mut app = app();
    app.add_systems(Stage::Policy.at(Rate::STAGE), (quick.budget_us(1000), think, heavy).chain());
    app.tick().unwrap();
    let reports = reports(&app);
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].stage, reports[0].wall_ns), (Some(Stage::Policy), 951_000));
    assert_eq!(reports[0].system.as_deref(), Some("budgets::think"));
}

#[test]
fn the_whole_tick_has_a_budget_too() {
    let mut app = app();
    app.world_mut().resource_mut::<TickConfig>().tick_budget_us = Some(700);
    app.add_systems(Stage::Sense.at(Rate::STAGE), heavy)
        .add_systems(Stage::Policy.at(Rate::STAGE), heavy);
    app.tick().unwrap();
    let timing = &app.world().resource::<Timings>().tick;
    assert_eq!((timing.histogram.max_ns(), timing.overruns), (800_000, 1));
    let text = "tick 0: the whole tick took 800 us of 700 us, system budgets::heavy longest";
    assert_eq!(reports(&app)[0].to_string(), text);
}

#[test]
fn without_a_clock_nothing_is_measured() {
    let mut app = App::empty();
    app.add_plugins(TickPlugin);
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].budget_us = Some(1);
    app.add_systems(Stage::Policy.at(Rate::STAGE), heavy.budget_us(1));
    app.tick().unwrap();
    assert_eq!(policy_counts(&app), (0, 0, 0));
    assert!(app.world().resource::<Timings>().systems.is_empty());
}

#[test]
fn an_app_that_moves_to_another_thread_is_measured_there() {
    let mut app = app();
    app.add_systems(Stage::Policy.at(Rate::STAGE), think.budget_us(400));
    app.tick().unwrap();
    let world = core::mem::take(app.world_mut());
    let count = std::thread::spawn(move || {
        let mut app = App::empty();
        *app.world_mut() = world;
        app.tick().unwrap();
        app.world().resource::<Timings>().systems[0].timing.histogram.count()
    });
    assert_eq!(count.join().unwrap(), 2);
}

#[test]
fn a_stage_that_is_slowed_on_purpose_is_late_at_any_pace_with_or_without_a_clock() {
    for has_clock in [true, false] {
        let mut app = app();
        if !has_clock {
            app.world_mut().remove_resource::<Clock>();
        }
        app.insert_resource(CpuClock(|| CPU_NS.get()))
            .add_systems(Stage::Policy.at(Rate::STAGE), quick);
        app.world_mut().resource_mut::<TickConfig>().on_overrun = OnOverrun::Fallback;
        app.tick().unwrap();
        // Ticks 1 and 2; an episode is entered in the tick after the first of them.
        app.world_mut().resource_mut::<TimeFaults>().slow(Stage::Policy, 501, 3_000_000);
        app.tick().unwrap();
        let stages: Vec<_> = reports(&app).iter().map(|report| report.stage).collect();
        assert_eq!(stages, if has_clock { vec![Some(Stage::Policy)] } else { vec![] });
        for _ in 0..3 {
            app.tick().unwrap();
        }
        let response = *app.world().resource::<OverrunResponse>();
        assert_eq!((response.active(), response.episodes()), (Some(OnOverrun::Fallback), 1));
        assert_eq!(policy_counts(&app), if has_clock { (5, 2, 0) } else { (0, 0, 0) });
    }
}

#[test]
fn a_delay_within_the_budget_is_no_overrun() {
    let mut app = app();
    app.add_systems(Stage::Policy.at(Rate::STAGE), quick);
    app.build_ticks().unwrap();
    app.world_mut().resource_mut::<TimeFaults>().slow(Stage::Policy, 400, u64::MAX);
    for _ in 0..3 {
        app.tick().unwrap();
    }
    assert_eq!(policy_counts(&app), (3, 0, 0));
    assert_eq!(app.world().resource::<OverrunResponse>().episodes(), 0);
}
