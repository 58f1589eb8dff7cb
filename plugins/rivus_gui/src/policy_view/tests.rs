use alloc::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use rivus_liquid::{Policy, Scratch};

use super::{Pin, PolicyView, PolicyViewResponse};
use crate::Signal;
use crate::{History, Pilot, RobotInfo, RobotState, Snapshot};

const LTC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_ltc.safetensors");
const CFC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_cfc.safetensors");

/// A robot whose network was flown for two seconds, and the view of it.
pub(super) struct Fixture {
    pub(super) info: RobotInfo,
    pub(super) history: History,
    pub(super) view: PolicyView,
    toggled: Vec<Pin>,
}

impl Fixture {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let policy = Policy::from_bytes(bytes).unwrap();
        let history = flown(&policy);
        let info =
            RobotInfo { name: "drone".into(), policy: Some(policy.into()), ..RobotInfo::default() };
        Self { info, history, view: PolicyView::default(), toggled: Vec::new() }
    }

    fn without_policy(pilot: Pilot) -> Self {
        let mut fixture = Self::new(LTC);
        fixture.info.policy = None;
        fixture.info.airframe = Some(crate::plots::tests::airframe());
        let robots = vec![RobotState { pilot, ..RobotState::default() }];
        fixture.history.clear();
        fixture.history.push(&Snapshot { time_ns: 1, robots, ..Snapshot::default() });
        fixture
    }

    pub(super) fn ui(&mut self, ui: &mut egui::Ui) {
        let now = self.history.newest().unwrap();
        let PolicyViewResponse { toggled_pin } =
            self.view.ui(ui, &self.info, now, &self.history, 0);
        self.toggled.extend(toggled_pin);
    }

    fn harness(self) -> Harness<'static, Self> {
        Harness::builder()
            .with_size([520.0, 320.0])
            .with_step_dt(1.0 / 60.0)
            .build_ui_state(|ui, fixture: &mut Self| fixture.ui(ui), self)
    }
}

/// Two seconds of a network that is told of a robot swinging towards its target.
fn flown(policy: &Policy) -> History {
    let network = policy.network();
    let mut state = vec![0.0; network.state_len()];
    let mut scratch = Scratch::new(network);
    let (mut input, mut output) = ([0.0; 12], [0.0; 4]);
    let mut history = History::default();
    for tick in 1..=200_u16 {
        let t = f32::from(tick) / 100.0;
        let (swing, turn) = ((-0.8 * t).exp(), 3.0 * t);
        let observation = [
            1.4 * swing * turn.cos(),
            -0.9 * swing * (turn + 0.5).cos(),
            -1.1 * swing,
            -1.9 * swing * turn.sin(),
            1.2 * swing * (turn + 0.5).sin(),
            0.7 * swing,
            0.2 * swing * (turn + 1.0).sin(),
            0.25 * swing * turn.cos(),
            0.1 * swing,
            0.9 * swing * (2.0 * turn).cos(),
            -1.3 * swing * turn.sin(),
            0.2 * swing,
        ];
        policy.encode(&observation, &mut input);
        let elapsed = policy.elapsed_for(0.01);
        network.step(&input, elapsed, &mut state, &mut output, &mut scratch).unwrap();
        let mut action = vec![0.0; 4];
        policy.decode(&output, &mut action);
        let (observation, state) = (observation.to_vec(), state.clone());
        let robots = vec![RobotState { observation, action, state, ..RobotState::default() }];
        history.push(&Snapshot {
            time_ns: u64::from(tick) * 10_000_000,
            robots,
            ..Snapshot::default()
        });
    }
    history
}

#[test]
fn every_neuron_can_be_found_and_says_what_it_does() {
    for bytes in [LTC, CFC] {
        let mut harness = Fixture::new(bytes).harness();
        harness.run();
        harness.get_by_label("policy wiring");
        let names = ["position_error_m.x", "inter 0", "inter 16", "command 10", "rotor_speed.3"];
        for name in names {
            harness.get_by_label(&format!("neuron {name}"));
        }
        harness.get_by_label("neuron inter 3").hover();
        harness.run_steps(3);
        harness.get_by_label("activation");
        let now = harness.state().history.newest().unwrap().robots[0].clone();
        let graph = harness.state().info.policy.as_ref().unwrap().graph();
        let index = graph.nodes.iter().position(|node| node.name == "inter 3").unwrap();
        let activation = now.state[graph.nodes[index].state.unwrap()];
        harness.get_by_label(&super::steady::steady(activation));
        let (fan_in, fan_out) = graph.fan_in_out(index);
        harness.get_by_label(&format!("{fan_in} in, {fan_out} out"));
        let has_time_constant = harness.query_by_label("time constant").is_some();
        assert_eq!(has_time_constant, bytes == LTC);
        harness.get_by_label("neuron velocity_mps.z").hover();
        harness.run_steps(3);
        harness.get_by_label(&format!("{:+.3} m/s", now.observation[5]));
    }
}

#[test]
fn a_click_pins_a_neuron_and_another_one_unpins_it() {
    let mut harness = Fixture::new(LTC).harness();
    for name in ["inter 3", "rotor_speed.2", "attitude.y"] {
        harness.get_by_label(&format!("neuron {name}")).click();
        harness.run_steps(3);
    }
    let pins = harness.state().view.pins().to_vec();
    assert_eq!(
        pins.iter().map(|pin| pin.name.as_str()).collect::<Vec<_>>(),
        ["inter 3", "rotor_speed.2", "attitude.y"]
    );
    assert_eq!(
        pins[1..].iter().map(|pin| pin.what).collect::<Vec<_>>(),
        [Signal::Output(2), Signal::Input(7)]
    );
    assert_eq!(harness.state().toggled, pins);
    let now = harness.state().history.newest().unwrap().robots[0].clone();
    let values: Vec<_> = pins.iter().map(|pin| pin.what.value(&now)).collect();
    assert_eq!(values[1..], [Some(now.action[2]), Some(now.observation[7])]);
    assert_eq!(pins.iter().map(Pin::unit).collect::<Vec<_>>(), ["", "× hover", ""]);
    harness.get_by_label("Click to unpin");

    harness.get_by_label("neuron rotor_speed.2").click();
    harness.run_steps(3);
    assert_eq!(harness.state().view.pins(), [pins[0].clone(), pins[2].clone()]);
    assert_eq!(harness.state().toggled.last(), Some(&pins[1]));
    harness.get_by_label("Click to pin to the plot");
}

#[test]
fn the_keyboard_reaches_neurons_too() {
    let mut harness = Fixture::new(LTC).harness();
    harness.get_by_label("neuron command 2").focus();
    harness.run_steps(2);
    harness.get_by_label("time constant");
    harness.key_press(egui::Key::Space);
    harness.run_steps(2);
    assert_eq!(harness.state().view.pins()[0].name, "command 2");
}

#[test]
fn another_policy_keeps_the_pins_it_has_signals_for() {
    let mut harness = Fixture::new(LTC).harness();
    for name in ["velocity_mps.x", "inter 3"] {
        harness.get_by_label(&format!("neuron {name}")).click();
        harness.run_steps(3);
    }
    let other = Fixture::new(CFC);
    harness.state_mut().info.policy = other.info.policy;
    harness.run_steps(2);
    // The neurons of the other one are elsewhere in its state.
    let names: Vec<_> = harness.state().view.pins().iter().map(|pin| pin.name.as_str()).collect();
    assert_eq!(names, ["velocity_mps.x"]);
}

#[test]
fn a_robot_without_a_network_says_so() {
    for (pilot, who) in [(Pilot::Policy, "Lee"), (Pilot::Operator, "The operator")] {
        let mut harness = Fixture::without_policy(pilot).harness();
        harness.run();
        harness.get_by_label(&format!("{who} flies: there is no network to look at"));
        assert!(harness.query_by_label_contains("neuron").is_none());
    }
    let mut arm = Fixture::without_policy(Pilot::Policy);
    arm.info.airframe = None;
    let mut harness = arm.harness();
    harness.run();
    harness.get_by_label("there is no network to look at");
}

#[test]
fn a_robot_that_has_not_run_its_network_yet_is_drawn_at_rest() {
    let mut fixture = Fixture::new(LTC);
    fixture.history.clear();
    let robots = vec![RobotState::default()];
    fixture.history.push(&Snapshot { robots, ..Snapshot::default() });
    let mut harness = fixture.harness();
    harness.get_by_label("neuron rotor_speed.0").hover();
    harness.run_steps(3);
    harness.get_by_label("+0.000");
}

#[test]
fn a_policy_is_told_from_another_by_identity() {
    let mut harness = Fixture::new(LTC).harness();
    harness.run();
    let held = |harness: &Harness<'_, Fixture>| {
        Arc::strong_count(harness.state().info.policy.as_ref().unwrap())
    };
    assert_eq!(held(&harness), 2, "the view keeps what it has drawn");
    harness.state_mut().info.policy = None;
    harness.run();
    harness.state_mut().info.policy = Fixture::new(LTC).info.policy;
    harness.run();
    assert_eq!(held(&harness), 2);
}
