//! A policy that this machine cannot step within its budget, as the scene wants it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod command;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use rivus_liquid::{Layer, LtcParams, Mapping, Network, Policy, PolicyInfo, Synapse};

use crate::command::{ROOT, assert_says, file, refused, rivus};

/// A fully connected LTC in place of the shipped one: a hundred thousand gates in a step, which no
/// processor takes 1 us for.
fn large_policy() -> Vec<u8> {
    const UNITS: usize = 128;
    let path = format!("{ROOT}/assets/policies/drone_hover_ltc.safetensors");
    let shipped = Policy::from_bytes(&fs::read(path).unwrap()).unwrap();
    let (inputs, motors) = (shipped.network().inputs(), shipped.network().outputs());
    let synapse = |pre, post| Synapse { pre, post, sigma: 4.0, mu: 0.1, w: 0.001, erev: 1.0 };
    let layer = Layer::ltc(&LtcParams {
        inputs,
        units: UNITS,
        motors,
        sensory: (0..inputs).map(|input| synapse(input, input)).collect(),
        synapses: (0..UNITS * UNITS).map(|i| synapse(i / UNITS, i % UNITS)).collect(),
        gleak: vec![0.5; UNITS],
        vleak: vec![0.2; UNITS],
        cm: vec![0.5; UNITS],
        input_mapping: Mapping::None,
        output_mapping: Mapping::None,
        unfolds: 6,
        epsilon: 1e-8,
    });
    let network = Network::new(vec![layer.unwrap()]).unwrap();
    let info = PolicyInfo { wirings: vec![None], ..shipped.info().clone() };
    Policy::new(network, info).unwrap().to_bytes().unwrap()
}

/// A scene whose policy cannot be stepped within its budget.
fn scene(name: &str, on_costly_policy: &str) -> PathBuf {
    let base = format!("{ROOT}/scenes/drone_hover.ron");
    // Tests run side by side, so each has files of its own.
    let policy = format!("{name}.safetensors");
    file(&policy, &large_policy());
    let text = format!(
        "(\n    extends: {base:?},\n    description: \"a test\",\n    \
         budgets: (policy_us: 1, on_costly_policy: {on_costly_policy}),\n    \
         robots: {{\"drone\": (parts: {{\"Policy\": (file: {policy:?})}})}},\n)\n"
    );
    file(&format!("{name}.ron"), text.as_bytes())
}

/// Two flights of this scene.
fn fly(scene: &Path) -> Output {
    let scene = scene.to_str().unwrap();
    rivus(&["sim", scene, "--seconds", "0.2", "--seeds", "0..1", "--json"])
}

/// The state hashes of both flights.
fn hashes(output: &Output) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let runs = json["runs"].as_array().unwrap();
    runs.iter().map(|run| run["state_hash"].as_str().unwrap().to_owned()).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_costly_policy_flies_the_same_bits_with_one_warning_or_none() {
    let ignored = fly(&scene("costly_ignored", "Ignore"));
    assert_eq!(stderr(&ignored), "");
    let warned = fly(&scene("costly_warned", "Warn"));
    let text = stderr(&warned);
    assert_says(&text, &["WARN", "costly_warned.ron:4:26: a step of `", "budget of 1 us"]);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!(hashes(&warned).len(), 2);
    assert_eq!(hashes(&warned), hashes(&ignored));
}

#[test]
fn a_costly_policy_is_refused_where_its_budget_stands() {
    let scene = scene("costly_refused", "Error");
    if cfg!(debug_assertions) {
        // Budgets are promises of the optimised build.
        let output = fly(&scene);
        assert_says(&stderr(&output), &["WARN", "costly_refused.ron:4:26: "]);
        assert_eq!(hashes(&output).len(), 2);
        return;
    }
    for command in ["sim", "check"] {
        let error = refused(&[command, scene.to_str().unwrap()]);
        let policy = "a step of `costly_refused.safetensors` for 1 robot on kernel";
        assert_says(&error, &["costly_refused.ron:4:26: ", policy]);
    }
}

#[test]
fn another_wish_is_refused_where_it_stands() {
    let scene = scene("costly_unknown", "Refuse");
    let error = refused(&["sim", scene.to_str().unwrap()]);
    assert_says(&error, &["costly_unknown.ron:4:47: ", "`Refuse`", "Ignore, Warn, Error"]);
}
