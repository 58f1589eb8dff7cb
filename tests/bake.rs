//! Baked policies compile without `std` and `alloc`, and compute the bits of the networks that they
//! were made from.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "bake/program.rs"]
mod program;

use core::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use rivus_liquid::init::{self, CfcShape};
use rivus_liquid::{
    CfcMode, Elapsed, InputChannel, Layer, Linear, MemoryParams, Network, OutputChannel, Policy,
    PolicyInfo, Provenance, RateRange, Scratch, Squash,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn shipped(name: &str) -> Policy {
    let path = Path::new(ROOT).join("assets/policies").join(name).with_extension("safetensors");
    Policy::from_bytes(&fs::read(path).unwrap()).unwrap()
}

fn quantized(policy: &Policy) -> Policy {
    Policy::new(policy.network().quantized().unwrap(), policy.info().clone()).unwrap()
}

/// A cell with everything that the shipped policies do not have.
fn with_memory(mode: CfcMode, elapsed: Elapsed) -> Policy {
    let shape = CfcShape { inputs: 3, units: 5, backbone: &[7], mode };
    let map = |inputs, outputs: usize| Linear {
        inputs,
        outputs,
        weight: (0..inputs * outputs).map(|i| 0.01 * (i % 17) as f32 - 0.07).collect(),
        bias: vec![0.1; outputs],
    };
    let memory = MemoryParams { input_map: map(3, 20), recurrent_weight: vec![0.02; 100] };
    let layer = Layer::cfc(&init::cfc(&shape, 1)).unwrap().with_memory(&memory).unwrap();
    let layer = layer.with_projection(&map(5, 2)).unwrap();
    let input =
        |name: &str, squash| InputChannel { name: name.into(), scale: 2.0, offset: 0.1, squash };
    let output = |name: &str| OutputChannel { name: name.into(), scale: 0.5, offset: 3.0 };
    let info = PolicyInfo {
        inputs: vec![
            input("height_m", Squash::Tanh),
            input("a \"quoted\\ name", Squash::None),
            input("x", Squash::None),
        ],
        outputs: vec![output("u.0"), output("u.1")],
        rate: RateRange { min_hz: 50.0, max_hz: 500.0 },
        elapsed,
        provenance: Provenance {
            task: "a task\nof two lines".into(),
            seed: 1,
            version: "0.1.0".into(),
            command: None,
        },
        wirings: vec![None],
    };
    Policy::new(Network::new(vec![layer]).unwrap(), info).unwrap()
}

fn policies() -> Vec<(&'static str, Policy)> {
    let (ltc, cfc) = (shipped("drone_hover_ltc"), shipped("drone_hover_cfc"));
    vec![
        ("ltc_int8", quantized(&ltc)),
        ("cfc_int8", quantized(&cfc)),
        ("ltc", ltc),
        ("cfc", cfc),
        ("pure", with_memory(CfcMode::Pure, Elapsed::Seconds)),
        ("no_gate", with_memory(CfcMode::NoGate, Elapsed::Constant(1.0))),
    ]
}

/// What the network computes, through its own interface.
fn expected(policy: &Policy) -> u64 {
    let network = policy.network();
    let mut scratch = Scratch::new(network);
    let lengths = [network.inputs(), network.state_len(), network.outputs()];
    program::hash(lengths, |input, elapsed, state, output| {
        network.step(input, elapsed, state, output, &mut scratch).unwrap();
    })
}

/// Writes a crate of baked policies and a program that prints their hashes.
fn write_crate(folder: &Path, policies: &[(&str, Policy)]) {
    let source = folder.join("src");
    fs::create_dir_all(&source).unwrap();
    let manifest = format!(
        "[package]\nname = \"baked\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         rivus_kernels = {{ path = '{ROOT}/crates/rivus_kernels', default-features = false }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // The same versions of dependencies, so that nothing is looked up.
    fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut library = String::from("#![no_std]\n#![deny(warnings)]\n");
    let mut main = String::from("mod program;\n\nfn main() {\n");
    for (name, policy) in policies {
        fs::write(source.join(name).with_extension("rs"), policy.to_rust()).unwrap();
        writeln!(library, "#[rustfmt::skip]\npub mod {name};").unwrap();
        writeln!(
            main,
            "    let mut workspace = [f32::NAN; baked::{name}::WORKSPACE_LEN];
    let lengths = [baked::{name}::INPUTS, baked::{name}::STATE_LEN, baked::{name}::OUTPUTS];
    let hash = program::hash(lengths, |input, elapsed, state, output| {{
        let kernels = rivus_kernels::Kernels::SCALAR;
        baked::{name}::POLICY.step(kernels, input, elapsed, state, output, &mut workspace);
    }});
    println!(\"{name} {{hash:016x}} {{:?}}\", baked::{name}::elapsed_for(0.25));"
        )
        .unwrap();
    }
    main += "}\n";
    fs::write(source.join("lib.rs"), library).unwrap();
    fs::write(source.join("main.rs"), main).unwrap();
    fs::write(source.join("program.rs"), include_str!("bake/program.rs")).unwrap();
}

#[test]
fn baked_policies_compute_the_bits_of_their_networks() {
    let policies = policies();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bake");
    write_crate(&folder, &policies);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--offline"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let found = String::from_utf8(output.stdout).unwrap();
    let expected: String = policies.iter().fold(String::new(), |lines, (name, policy)| {
        let elapsed = policy.elapsed_for(0.25);
        lines + &format!("{name} {:016x} {elapsed:?}\n", expected(policy))
    });
    assert_eq!(found, expected);
}

#[test]
fn the_command_writes_the_same_text_each_time() {
    let file = format!("{ROOT}/assets/policies/drone_hover_ltc.safetensors");
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hover.rs");
    let bake = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rivus"));
        let output = command.args(["policy", "bake", &file]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    bake(&["--out", made.to_str().unwrap()]);
    assert_eq!(fs::read(&made).unwrap(), bake(&[]));
    assert_eq!(bake(&[]), shipped("drone_hover_ltc").to_rust().into_bytes());
}
