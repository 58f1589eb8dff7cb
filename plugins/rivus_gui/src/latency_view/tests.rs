//! The latency view as a user meets it, without a GPU.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use rivus_app::{Budget, SystemTiming};

use super::*;

/// Log-normal times around `median_ns`, and `late` runs over the budget.
fn timing(median_ns: f64, spread: f64, budget_us: Option<u32>, late: u64) -> Timing {
    let mut timing = Timing { budget: budget_us.map(Budget::us), ..Timing::default() };
    let mut state = 42_u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 + 1.0) / 2_147_483_649.0
    };
    for _ in 0..20_000 {
        let normal = (-2.0 * uniform().ln()).sqrt() * (core::f64::consts::TAU * uniform()).cos();
        timing.histogram.record((median_ns * (spread * normal).exp()) as u64);
    }
    let limit_ns = timing.budget.map_or(1_000_000, Budget::limit_ns);
    (0..late).for_each(|run| timing.histogram.record(limit_ns + limit_ns * (run + 1) / 10));
    timing.overruns = late;
    timing
}

fn timings() -> Timings {
    let stage = |stage, rate_hz, timing| StageTiming { stage, rate_hz, timing };
    let system =
        |name: &str, stage, timing| SystemTiming { name: name.into(), stage, rate_hz: 100, timing };
    let mut preempted = timing(900.0, 0.25, Some(50), 0);
    preempted.preempted = 3;
    Timings {
        stages: vec![
            stage(Stage::Sense, 500, timing(420.0, 0.3, Some(20), 0)),
            stage(Stage::Estimate, 500, preempted),
            stage(Stage::Policy, 100, timing(7_200.0, 0.2, Some(50), 6)),
            stage(Stage::Control, 500, timing(1_600.0, 0.3, Some(50), 0)),
            stage(Stage::Actuate, 500, timing(310.0, 0.35, Some(20), 0)),
            stage(Stage::Simulate, 500, timing(19_000.0, 0.25, None, 0)),
        ],
        systems: vec![
            system("rivus_policy::observe::observe", Stage::Policy, timing(600.0, 0.3, None, 0)),
            system("rivus_policy::think::think", Stage::Policy, timing(6_300.0, 0.2, Some(45), 6)),
        ],
        observers: timing(2_300.0, 0.4, None, 0),
        tick: timing(31_000.0, 0.22, Some(1000), 1),
        skipped_ticks: 2,
    }
}

fn report() -> LoopReport {
    LoopReport {
        realtime_factor: Some(0.998),
        wanted_speed: Some(1.0),
        grade: Some(rivus_run::RtGrade::BestEffort),
        dropped_snapshots: 0,
        skipped_ticks: 2,
        recent_overruns: vec![
            "tick 1200: stage policy, system think took 55 us of 50 us".into(),
            "tick 4711: the whole tick took 1100 us of 1000 us, system think longest".into(),
        ],
    }
}

struct Desk {
    view: LatencyView,
    timings: Timings,
    report: LoopReport,
}

impl Desk {
    fn ui(&mut self, ui: &mut Ui) {
        self.view.ui(ui, &LatencyInput { timings: &self.timings, report: &self.report });
    }
}

fn harness() -> Harness<'static, Desk> {
    let desk = Desk { view: LatencyView::default(), timings: timings(), report: report() };
    let mut harness = Harness::builder()
        .with_size([560.0, 420.0])
        .with_step_dt(1.0 / 60.0)
        .build_ui_state(|ui, desk: &mut Desk| desk.ui(ui), desk);
    harness.run_steps(3);
    harness
}

#[test]
fn every_row_says_what_it_shows() {
    let harness = harness();
    let names = ["sense", "estimate", "control", "actuate", "simulate", "observers", "whole tick"];
    for name in names {
        harness.get_by_label_contains(&format!("latency of {name}: p99"));
    }
    let late = harness.get_by_label_contains("latency of policy");
    let label = egui_kittest::kittest::NodeT::accesskit_node(&late).label().unwrap_or_default();
    assert!(label.ends_with("of 50 us, 6 overruns"), "{label}");
    harness.get_by_label_contains(
        "latency of estimate: p99 1.6 us of 50 us, no overruns, preempted 3",
    );
}

#[test]
fn stages_unfold_to_their_systems() {
    let mut harness = harness();
    assert!(harness.query_by_label_contains("latency of think").is_none());
    harness.get_by_role_and_label(Role::DisclosureTriangle, "systems of policy").click();
    harness.run_steps(3);
    harness.get_by_label_contains("latency of think: p99");
    harness.get_by_label_contains("latency of observe: p99");
    harness.get_by_role_and_label(Role::DisclosureTriangle, "systems of policy").click();
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("latency of think").is_none());
}

#[test]
fn figures_and_the_last_overruns_are_told() {
    let harness = harness();
    harness.get_by_label_contains("1.00\u{d7} of 1.00\u{d7}");
    harness.get_by_label("best effort");
    // Six in the stage and one in the tick.
    harness.get_by_label("7      ");
    let newest = harness.get_by_label_contains("tick 4711").rect();
    let older = harness.get_by_label_contains("tick 1200").rect();
    assert!(newest.top() < older.top());
}

#[test]
fn before_the_first_tick_there_is_no_table() {
    let mut harness = harness();
    harness.state_mut().timings = Timings::default();
    harness.state_mut().report = LoopReport::default();
    harness.run_steps(2);
    harness.get_by_label("nothing was measured yet");
    harness.get_by_label("No overruns so far.");
}
