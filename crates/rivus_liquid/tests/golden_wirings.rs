//! Wirings drawn here are those of Python `ncps` for the same class, arguments and seed.
//!
//! The reference data lies beside the project (`RIVUS_SHARED`); without it the test says so and
//! passes, unless `RIVUS_REQUIRE=all`. Pinned wirings within the crate cover a plain clone.
#![cfg(feature = "std")]
#![expect(clippy::unwrap_used, reason = "unreadable reference data fails the test")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::fs;
use std::path::{Path, PathBuf};

use rivus_liquid::wiring::{NeuronKind, SignedSynapse, Wiring, WiringSpec};
use serde_json::{Value, json};

fn golden() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RIVUS_SHARED").map_or_else(beside, PathBuf::from);
    let golden = shared.join("golden/ncps");
    golden.join("wirings.json").exists().then_some(golden)
}

/// The synapses of a dense matrix of rows per source: numbers, or text of `-`, `0` and `+`.
fn synapses(matrix: &Value) -> Option<Vec<SignedSynapse>> {
    let mut found = Vec::new();
    for (pre, row) in matrix.as_array()?.iter().enumerate() {
        let polarities: Vec<i64> = match row {
            Value::String(row) => {
                row.chars().map(|c| i64::from(c == '+') - i64::from(c == '-')).collect()
            }
            row => row.as_array()?.iter().map(Value::as_i64).collect::<Option<_>>()?,
        };
        let row = polarities.into_iter().enumerate().filter(|(_, polarity)| *polarity != 0);
        found.extend(row.map(|(post, polarity)| SignedSynapse {
            post,
            pre,
            polarity: polarity as i8,
        }));
    }
    found.sort_unstable();
    Some(found)
}

fn kind_name(kind: NeuronKind) -> &'static str {
    match kind {
        NeuronKind::Motor => "motor",
        NeuronKind::Command => "command",
        NeuronKind::Inter => "inter",
    }
}

fn assert_matches(what: &str, built: &Wiring, reference: &Value) {
    assert_eq!(json!(built.units), reference["units"], "{what}: units");
    assert_eq!(json!(built.outputs), reference["output_dim"], "{what}: outputs");
    assert_eq!(json!(built.layers), reference["layers"], "{what}: layers");
    let expected = synapses(&reference["adjacency_matrix"]);
    assert_eq!(Some(&built.synapses), expected.as_ref(), "{what}: synapses");
    let expected = synapses(&reference["sensory_adjacency_matrix"]);
    assert_eq!(Some(&built.sensory), expected.as_ref(), "{what}: sensory synapses");
    if reference["neuron_types"].is_array() {
        let kinds: Vec<&str> = (0..built.units).map(|id| kind_name(built.kind(id))).collect();
        assert_eq!(json!(kinds), reference["neuron_types"], "{what}: kinds");
    }
}

fn check(what: &str, reference: &Value) {
    let call = json!({ "class": reference["class"], "args": reference["args"] });
    let spec: WiringSpec = serde_json::from_value(call.clone()).unwrap();
    let inputs = reference["input_dim"].as_u64().unwrap() as usize;
    assert_matches(what, &spec.build(inputs).unwrap(), reference);
    assert_eq!(serde_json::to_value(&spec).unwrap(), call, "{what}: written as it was read");
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn wirings_equal_those_of_python() {
    let Some(golden) = golden() else {
        assert_ne!(std::env::var("RIVUS_REQUIRE").as_deref(), Ok("all"), "no golden data");
        println!("skipped: golden/ncps is not in RIVUS_SHARED");
        return;
    };
    let listed = read(&golden.join("wirings.json"));
    let listed = listed.as_array().unwrap();
    for (number, reference) in listed.iter().enumerate() {
        check(&format!("wirings.json[{number}]"), reference);
    }
    let mut of_cases = 0;
    for folder in fs::read_dir(&golden).unwrap().map(|entry| entry.unwrap().path()) {
        for layer in 0.. {
            let path = folder.join(format!("wiring.{layer}.json"));
            if !path.exists() {
                break;
            }
            check(&path.display().to_string(), &read(&path));
            of_cases += 1;
        }
    }
    println!("{} wirings and {of_cases} of cases", listed.len());
    assert!(!listed.is_empty() && of_cases > 0);
}
