//! What is refused when the ticks are built, and in which words.

use rivus_app::prelude::*;

#[derive(Resource, Default)]
struct Shared(u32);

fn fast(mut shared: ResMut<'_, Shared>) {
    shared.0 += 1;
}

fn slow(mut shared: ResMut<'_, Shared>) {
    shared.0 += 1;
}

fn reader(_: Res<'_, Shared>) {}

fn idle() {}

#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
enum Loop {
    Outer,
    Inner,
}

fn order_loops(schedule: &mut Schedule) {
    schedule.configure_sets((Loop::Outer, Loop::Inner).chain());
}

fn app() -> App {
    let mut app = App::empty();
    app.add_plugins(TickPlugin).init_resource::<Shared>();
    app
}

#[expect(clippy::unwrap_used, reason = "an app that is accepted fails the test that calls this")]
fn refusal(app: &mut App) -> String {
    app.build_ticks().unwrap_err().to_string()
}

#[test]
fn a_rate_that_does_not_divide_the_base_rate() {
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::hz(300)), idle);
    assert_eq!(
        refusal(&mut app),
        "stage control (build_errors::idle) asks for 300 Hz, which does not divide the base rate \
         1000 Hz; the nearest rates that do are 250 Hz and 500 Hz"
    );
}

#[test]
fn a_stage_rate_is_checked_even_if_nothing_runs_at_it() {
    let mut app = app();
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].rate_hz = Some(0);
    assert_eq!(refusal(&mut app), "stage policy asks for 0 Hz, which never runs");
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].rate_hz = Some(1500);
    assert_eq!(
        refusal(&mut app),
        "stage policy asks for 1500 Hz, which does not divide the base rate 1000 Hz; \
         the highest rate that does is 1000 Hz"
    );
}

#[test]
fn systems_of_one_schedule_without_an_order() {
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::STAGE), (fast, slow));
    let text = refusal(&mut app);
    assert!(text.starts_with("control at the rate of the stage: 1 pairs of systems"), "{text}");
    assert!(text.contains("fast and slow") || text.contains("slow and fast"), "{text}");
    assert!(text.contains("Shared"), "{text}");
}

#[test]
fn systems_at_different_rates_that_share_data_without_ordered_sets() {
    let mut app = app();
    app.add_systems(Stage::Control.at(Rate::hz(500)), fast)
        .add_systems(Stage::Control.at(Rate::hz(100)), slow);
    assert_eq!(
        refusal(&mut app),
        "stage control: build_errors::slow at 100 Hz runs before build_errors::fast at 500 Hz in \
         a tick in which both are due, and both use build_errors::Shared, at least one of them to \
         write; put them in two system sets and order these sets the same way, such as \
         `configure_sets((SetOfFirst, SetOfSecond).chain())`"
    );
}

#[test]
fn sets_that_contradict_the_order_of_the_rates() {
    let mut app = app();
    app.configure_stage(Stage::Control, order_loops)
        .add_systems(Stage::Control.at(Rate::hz(500)), fast.in_set(Loop::Outer))
        .add_systems(Stage::Control.at(Rate::hz(100)), slow.in_set(Loop::Inner));
    assert!(refusal(&mut app).contains("slow at 100 Hz runs before build_errors::fast"));
}

#[test]
fn sets_in_sets_readers_and_other_stages_are_accepted() {
    #[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
    struct Nested;

    let mut app = app();
    app.configure_stage(Stage::Control, order_loops)
        .configure_stage(Stage::Control, |schedule| {
            schedule.configure_sets(Nested.in_set(Loop::Inner));
        })
        .add_systems(Stage::Control.at(Rate::hz(500)), fast.in_set(Nested))
        .add_systems(Stage::Control.at(Rate::hz(100)), slow.in_set(Loop::Outer))
        .add_systems(Stage::Policy.at(Rate::hz(100)), reader)
        .add_systems(Stage::Policy.at(Rate::hz(500)), reader)
        .add_systems(Stage::Actuate.at(Rate::hz(50)), fast);
    app.build_ticks().unwrap();
}

#[test]
fn systems_in_a_schedule_of_app_update() {
    let mut app = app();
    app.add_systems(bevy_app::Update, idle);
    assert_eq!(
        refusal(&mut app),
        "schedule Update never runs here, but build_errors::idle was added to it; \
         add it to a stage, such as `Stage::Control.at(Rate::STAGE)`"
    );
}

#[test]
fn systems_added_after_the_build() {
    let mut app = app();
    app.build_ticks().unwrap();
    app.add_systems(Stage::Record.at(Rate::hz(10)), idle);
    let error = app.tick().unwrap_err().to_string();
    assert!(error.starts_with("record at 10 Hz: systems were added after"), "{error}");
}

#[test]
fn systems_added_in_flight() {
    let mut app = app();
    app.tick().unwrap();
    app.add_systems(Stage::Record.at(Rate::hz(10)), idle);
    let error = (0..16).find_map(|_| app.tick().err()).unwrap().to_string();
    assert!(error.starts_with("record at 10 Hz: systems were added after"), "{error}");
}

#[test]
fn budgets_that_do_not_fit_a_tick_in_real_time() {
    let mut app = app();
    {
        let mut config = app.world_mut().resource_mut::<TickConfig>();
        config[Stage::Policy].budget_us = Some(700);
        config[Stage::Control].budget_us = Some(400);
    }
    app.add_systems(Stage::Policy.at(Rate::hz(100)), idle)
        .add_systems(Stage::Control.at(Rate::STAGE), idle);
    let mut config = app.world_mut().resource_mut::<TickConfig>();
    config.pace = Pace::RealTime;
    assert_eq!(
        refusal(&mut app),
        "the budgets due in one tick add up to 1100 us (policy 700 us, control 400 us), \
         but a tick at 1000 Hz lasts 1000 us"
    );
}

#[test]
fn the_same_budgets_are_fine_when_simulating() {
    let mut app = app();
    app.world_mut().resource_mut::<TickConfig>()[Stage::Policy].budget_us = Some(3000);
    app.add_systems(Stage::Policy.at(Rate::hz(100)), idle);
    app.build_ticks().unwrap();
}
