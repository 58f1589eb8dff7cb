//! What can be done with policy files on the command line, and what is refused.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod command;

use std::fs;
use std::path::Path;

use rivus_liquid::{Network, Policy, Scratch};

use crate::command::{ROOT, assert_says, file, refused, rivus};

/// The standard output of a run that must succeed.
fn done(arguments: &[&str]) -> String {
    let output = rivus(arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The policy in a file that the command line wrote.
fn written(name: &str) -> Policy {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    Policy::from_bytes(&fs::read(path).unwrap()).unwrap()
}

fn shipped(cell: &str) -> String {
    format!("{ROOT}/assets/policies/drone_hover_{cell}.safetensors")
}

/// `rivus policy init` of an LTC with these arguments besides.
fn init<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["policy", "init", "--cell", "ltc", "--out", "never.safetensors"], more].concat()
}

/// The bits of the outputs of a few steps.
fn answers(network: &Network) -> Vec<u32> {
    let mut state = vec![0.0; network.state_len()];
    let mut outputs = vec![0.0; network.outputs()];
    let mut scratch = Scratch::new(network);
    let mut bits = Vec::new();
    for step in 0..20_u8 {
        let inputs = vec![0.1 * f32::from(step); network.inputs()];
        network.step(&inputs, 1.0, &mut state, &mut outputs, &mut scratch).unwrap();
        bits.extend(outputs.iter().map(|output| output.to_bits()));
    }
    bits
}

#[test]
fn a_policy_is_made_measured_and_quantized() {
    for (cell, wiring, sizes) in [
        ("ltc", ["autoncp:32:4"].as_slice(), (29, 32, 4)),
        ("cfc", &["autoncp:32:4:0.3"], (29, 32, 4)),
        ("ltc", &["fully:12:12", "random:9:2:0.5"], (29, 21, 2)),
        ("cfc", &["ncp:10:6:3:4:3:5:3"], (29, 19, 3)),
    ] {
        let name = format!("made_{cell}_{}.safetensors", sizes.1);
        let mut arguments = vec!["policy", "init", "--cell", cell, "--inputs", "29", "--seed", "1"];
        for wiring in wiring {
            arguments.extend(["--wiring", *wiring]);
        }
        arguments.extend(["--out", &name]);
        done(&arguments);
        let policy = written(&name);
        let neurons = policy.network().layers().iter().map(rivus_liquid::Layer::units).sum();
        assert_eq!((policy.network().inputs(), neurons, policy.network().outputs()), sizes);
        // The file says how it is made again, bit for bit.
        let command = policy.info().provenance.command.clone().unwrap();
        let again: Vec<&str> = command.split(' ').skip(1).chain(["--out", "again"]).collect();
        done(&again);
        assert!(written("again") == policy, "{command}");

        let small = format!("small_{name}");
        let told = done(&["policy", "quantize", &name, "--out", &small]);
        assert_says(&told, &["output.0", "RMS", "in the unit of the channel"]);
        let quantized = written(&small);
        assert!(quantized.network().is_quantized());
        assert_ne!(answers(quantized.network()), answers(policy.network()));
        for file in [&name, &small] {
            measure(file, &["--batch", "1"], 2);
            measure(file, &["--batch", "5"], 1);
        }
        measure(&name, &["--int8", "--batch", "3"], 2);
        assert_says(
            &done(&["policy", "show", &small]),
            &["8-bit", "input.28", "output.1", "gates"],
        );
    }
}

/// Benches shortly; `ways` rows are expected for each kernel.
fn measure(file: &str, more: &[&str], ways: usize) {
    let arguments = [&["policy", "bench", file, "--seconds", "0.001", "--json"], more].concat();
    let report: serde_json::Value = serde_json::from_str(&done(&arguments)).unwrap();
    assert_eq!(report["robots"].to_string(), more[more.len() - 1]);
    for key in ["gates", "multiply_adds", "activations", "fused_operations", "weights"] {
        assert!(report.get(key).is_some(), "{key}");
    }
    let kernels = report["kernels"].as_array().unwrap();
    assert!(kernels.len() >= ways && kernels.len().is_multiple_of(ways), "{report}");
    assert_eq!(kernels[0]["kernel"], "scalar");
    for kernel in kernels {
        assert_eq!(kernel["bits_equal_scalar"], true, "{kernel}");
        for key in ["ns_per_step", "p50_ns", "p99_ns", "fma_per_s", "gates_per_s"] {
            assert!(kernel[key].as_f64().is_some_and(f64::is_finite), "{key}: {kernel}");
        }
        let is_compared = more[0] == "--int8" && kernel["weights"] == "int8";
        assert_eq!(kernel["speed_over_f32"].is_number(), is_compared, "{kernel}");
        for key in ["how", "chunks", "peak_fma_per_s", "fraction_of_peak", "bits_hash"] {
            assert!(kernel.get(key).is_some(), "{key}: {kernel}");
        }
    }
    for missing in report["not_run"].as_array().unwrap() {
        assert!(missing["reason"].as_str().unwrap().starts_with("needs"), "{missing}");
    }
    assert_eq!(kernels.len() / ways + report["not_run"].as_array().unwrap().len(), 6);
}

#[test]
fn a_bench_is_a_table_too() {
    let table = done(&["policy", "bench", &shipped("cfc"), "--seconds", "0.001"]);
    assert_says(&table, &["multiply-adds", "best ns", "of peak", "scalar", "not run: needs"]);
}

#[test]
fn policies_for_benches_do_not_fly() {
    let name = "grounded.safetensors";
    done(&[
        "policy",
        "init",
        "--cell",
        "ltc",
        "--wiring",
        "autoncp:16:4",
        "--inputs",
        "12",
        "--out",
        name,
    ]);
    assert_says(&refused(&["sim", "--policy", name]), &["`input.0`", "position_error_m"]);
}

#[test]
fn a_quantized_policy_flies() {
    let name = "hover_8bit.safetensors";
    let told = done(&["policy", "quantize", &shipped("ltc"), "--out", name]);
    assert_says(&told, &["rotor_speed.3"]);
    done(&["sim", "--policy", name]);
    assert_says(
        &refused(&["policy", "quantize", name, "--out", "never"]),
        &["8 bits already", "expected single precision"],
    );
}

#[test]
fn wrong_arguments_say_what_was_expected() {
    for (wiring, said) in [
        ("auto:32:4", "no wiring is called `auto`"),
        ("autoncp:32", "1 numbers do not fit `autoncp`"),
        ("autoncp:many:4", "`many` is not a number"),
        ("ncp:1:2:3", "3 numbers do not fit `ncp`"),
        ("random:9:2", "2 numbers do not fit `random`"),
    ] {
        let error = refused(&init(&["--inputs", "3", "--wiring", wiring]));
        assert_says(&error, &[said, "autoncp:UNITS:OUTPUTS"]);
    }
    let error = refused(&init(&["--inputs", "3", "--wiring", "autoncp:5:4"]));
    assert_says(&error, &["autoncp:5:4", "output_size is 4", "5 units"]);
    let error = refused(&init(&["--inputs", "0", "--wiring", "autoncp:16:4"]));
    assert_says(&error, &["the number of inputs is 0"]);
    let good = ["--inputs", "3", "--wiring", "autoncp:16:4"];
    let with = |more: &[&'static str]| refused(&init(&[&good, more].concat()));
    assert_says(&with(&["--elapsed", "second"]), &["`second`", "constant:VALUE"]);
    assert_says(&with(&["--elapsed", "periods:0"]), &["periods:SECONDS"]);
    assert_says(&with(&["--rate", "500:50"]), &["`500:50`", "50:500"]);
    assert_says(&with(&["--mode", "pure"]), &["expected --cell cfc"]);
    assert_says(&with(&["--seed=-1"]), &["--seed"]);
    assert_says(&refused(&["policy", "init", "--cell", "lstm"]), &["ltc", "cfc"]);
    let policy = shipped("ltc");
    for (key, value, said) in
        [("--batch", "0", "at least 1"), ("--seconds", "-1", "above 0"), ("--batch", "x", "x")]
    {
        let value = format!("{key}={value}");
        assert_says(&refused(&["policy", "bench", &policy, &value]), &[said]);
    }
    assert_says(&refused(&["policy", "bench", "nothing"]), &["nothing", "No such file"]);
    let other = file("other.safetensors", b"this is not a policy at all");
    for command in ["show", "bench", "quantize"] {
        let mut arguments = vec!["policy", command, other.to_str().unwrap()];
        if command == "quantize" {
            arguments.extend(["--out", "never"]);
        }
        assert_says(&refused(&arguments), &["other.safetensors", "not a safetensors file"]);
    }
    let nowhere = ["policy", "quantize", &policy, "--out", "no/such/folder/x"];
    assert_says(&refused(&nowhere), &["no such folder"]);
    assert!(!Path::new(env!("CARGO_TARGET_TMPDIR")).join("never.safetensors").exists());
}

#[test]
fn nothing_is_lost_by_writing_over_what_is_read() {
    let policy = fs::read(shipped("cfc")).unwrap();
    let path = file("only_copy.safetensors", &policy);
    let path = path.to_str().unwrap();
    let unit = ["--elapsed", "constant:1.0", "--rate", "50:500"];
    for (command, more) in [("quantize", &[][..]), ("bake", &[]), ("import", &unit)] {
        for out in [path, "./only_copy.safetensors"] {
            let error = refused(&[&["policy", command, path, "--out", out], more].concat());
            assert_says(&error, &["only_copy.safetensors", "is the file that is read"]);
        }
    }
    assert!(fs::read(path).unwrap() == policy);
    let nowhere = ["policy", "bake", path, "--out", "no/such/folder/x.rs"];
    assert_says(&refused(&nowhere), &["no such folder"]);
    assert_says(&refused(&["policy", "bake", path, "--out", "."]), &["is a folder"]);
}

#[test]
fn outputs_that_a_wiring_does_not_give_are_refused() {
    let arguments = "policy init --cell cfc --wiring fully:8:2 --inputs 3 --out never";
    let error = refused(&arguments.split(' ').collect::<Vec<_>>());
    assert_says(&error, &["fully:8:2", "the 8 neurons of its last layer, not 2"]);
}

#[test]
fn checkpoints_are_asked_for_what_they_do_not_say() {
    let unit = ["--elapsed", "constant:1.0", "--rate", "50:500", "--out", "imported.safetensors"];
    let import = |path: &str, more: &[&str]| -> Vec<String> {
        [&["policy", "import", path][..], &unit, more]
            .concat()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let refused_import = |path: &str, more: &[&str]| {
        let arguments = import(path, more);
        refused(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_says(&refused_import(ROOT, &[]), &["model.safetensors", "No such file"]);
    assert_says(&refused_import(&shipped("ltc"), &[]), &["no LTC or CfC module"]);
    let unknown = refused_import(ROOT, &["--layer", "unfolds=6"]);
    assert_says(&unknown, &["`unfolds`", "ode_unfolds=N"]);
    assert_says(&refused(&["policy", "import", ROOT, "--out", "x"]), &["--elapsed", "--rate"]);

    let shared = std::env::var("RIVUS_SHARED").unwrap_or_else(|_| format!("{ROOT}/../shared"));
    let case = format!("{shared}/golden/ncps/ltc_map_none");
    if !Path::new(&case).is_dir() {
        assert_ne!(std::env::var("RIVUS_REQUIRE").as_deref(), Ok("all"), "{case} is missing");
        println!("skipped: {case} is missing");
        return;
    }
    let asked = refused_import(&case, &["--layer", "ode_unfolds=6"]);
    assert_says(&asked, &["--layer", "epsilon", "implicit_param_constraints", "motors"]);
    let answer = "ode_unfolds=6,epsilon=1e-8,implicit_param_constraints=true,motors=4";
    let channels = file("channels.ron", b"(inputs: [], outputs: [])");
    let none = ["--layer", answer, "--channels", channels.to_str().unwrap()];
    assert_says(&refused_import(&case, &none), &["0 inputs are described"]);
    let arguments = import(&case, &["--layer", answer]);
    done(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let policy = written("imported.safetensors");
    assert_eq!(policy.network().outputs(), 4);
    assert_eq!(policy.info().provenance.task, "imported from model.safetensors");
}
