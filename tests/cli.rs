//! What a person meets who types something: results on stdout, errors on stderr, exit codes.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod command;

use std::fs;
use std::path::Path;

use crate::command::{ROOT, assert_says, command, file, refusal, refused, rivus};

/// The error that a scene which extends the hover scene by `text` ends with.
fn refused_scene(name: &str, text: &str) -> String {
    let base = format!("{ROOT}/scenes/drone_hover.ron");
    let scene = format!("(\n    extends: {base:?},\n    description: \"a test\",\n{text})\n");
    let path = file(name, scene.as_bytes());
    refused(&["sim", path.to_str().unwrap(), "--seconds", "0.1"])
}

/// Where the first single-precision number of a safetensors file is.
fn first_single(file: &[u8]) -> usize {
    let header_len = usize::try_from(u64::from_le_bytes(file[..8].try_into().unwrap())).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&file[8..8 + header_len]).unwrap();
    let tensors = header.as_object().unwrap().values();
    let offset = tensors
        .filter(|tensor| tensor["dtype"] == "F32")
        .map(|tensor| tensor["data_offsets"][0].as_u64().unwrap())
        .min();
    8 + header_len + usize::try_from(offset.unwrap()).unwrap()
}

#[test]
fn a_robot_of_links_is_scored_by_its_tip_wherever_it_stands() {
    let scene = r#"(
        description: "a test", duration_s: 0.1, rates: (base_hz: 1000),
        world: (gravity_mps2: 9.81, ground: true, wind: Calm),
        robots: { "arm": (
            setpoint: (position_m: (1, 2, 3), yaw_deg: 0), start: (offset_m: 0, tilt_deg: 90),
            parts: { "KinematicTree": (TIP links: [(name: "arm", position_m: (0.3, 0.4, 0))]) },
        ) },
    )"#;
    for (tip, error_m) in [(r#"tip: "arm","#, 0.5), ("", 0.0)] {
        let path = file("links.ron", scene.replace("TIP", tip).as_bytes());
        let output = rivus(&["sim", path.to_str().unwrap(), "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let rmse_m = json["rmse_m"].as_f64().unwrap();
        assert!((rmse_m - error_m).abs() < 1e-6 && output.status.success(), "{json}");
    }
}

#[test]
fn a_flight_is_one_json_object_with_all_that_is_promised() {
    let output = rivus(&["sim", "--seconds", "1", "--seed", "3", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for key in [
        "scene",
        "seed",
        "controller",
        "kernel",
        "seconds",
        "ticks",
        "outcome",
        "expectations",
        "rmse_m",
        "max_error_m",
        "settle_s",
        "max_tilt_deg",
        "stages",
        "systems",
        "realtime_factor",
        "realtime_factor_wall",
        "state_hash",
    ] {
        assert!(json.get(key).is_some(), "{key} is missing");
    }
    let stages = json["stages"].as_array().unwrap();
    let names: Vec<&str> = stages.iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(names[..5], ["sense", "estimate", "policy", "control", "actuate"]);
    for key in
        ["rate_hz", "budget_us", "count", "p50_us", "p99_us", "max_us", "overruns", "preempted"]
    {
        assert!(stages.iter().all(|stage| stage.get(key).is_some()), "{key} is missing");
    }
    let systems = json["systems"].as_array().unwrap();
    for key in ["name", "stage", "rate_hz", "budget_us", "count", "p50_us", "p99_us", "max_us"] {
        assert!(systems.iter().all(|system| system.get(key).is_some()), "{key} is missing");
    }
    for stage in &names[..5] {
        assert!(systems.iter().any(|system| system["stage"] == *stage), "{stage} has no system");
    }
    assert_eq!((&json["ticks"], &json["seed"]), (&1000.into(), &3.into()));
}

#[test]
fn a_missed_expectation_is_exit_code_1() {
    // One second is before the scoring begins, so nothing was measured.
    let output = rivus(&["sim", "drone_hover", "--seconds", "1"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn a_trajectory_is_written_as_a_table() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trajectories");
    let folder = folder.to_str().unwrap();
    rivus(&["sim", "crazyflie2", "--seconds", "0.5", "--seed", "4", "--out", folder]);
    let table = fs::read_to_string(format!("{folder}/crazyflie2-4.csv")).unwrap();
    assert!(table.starts_with("t,x,y,z,vx,vy,vz,qx,qy,qz,qw,"), "{table}");
    assert_eq!(table.lines().count(), 1 + 50);
}

#[test]
fn built_in_scenes_are_listed_and_fly_anywhere() {
    let output = rivus(&["scenes"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    for scene in
        ["drone_hover", "drone_gust", "drone_dryden", "drone_gate", "crazyflie2", "racer250"]
    {
        assert!(listed.contains(scene), "{listed}");
    }
    let output = rivus(&["check", "crazyflie2", "racer250", "--seeds", "0..1"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("4 of 4 passed\n"));
}

#[test]
fn a_scene_anywhere_can_extend_a_built_in_one() {
    let text = b"(extends: \"drone_hover.ron\", description: \"mine\", expect: (rmse_m: 1))";
    let path = file("mine.ron", text);
    let output = rivus(&["check", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_flight_that_the_backup_had_to_save_is_no_pass() {
    // The scene says that a policy flies, and there is none.
    let text = b"(extends: \"crazyflie2.ron\", description: \"mine\",
        robots: {\"drone\": (authority: Policy)})";
    let path = file("nobody.ron", text);
    let output = rivus(&["sim", path.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["takeovers"], 1);
}

#[test]
fn parts_are_described() {
    let output = rivus(&["parts"]);
    let parts = String::from_utf8(output.stdout).unwrap();
    assert_says(&parts, &["Quadrotor", "mass_kg", "Policy", "Lee", "MotionCapture", "Gyroscope"]);
}

#[test]
fn wrong_arguments_are_explained() {
    assert_says(&refused(&["sim", "drone_hoover"]), &["drone_hoover", "drone_hover"]);
    assert_says(&refused(&["sim", "--seeds", "9..3"]), &["9..3", "above the last"]);
    for seconds in ["-1", "0", "1e300", "nan", "0.0001"] {
        refused(&["sim", "--seconds", seconds]);
    }
    let both = ["sim", "--controller", "lee", "--policy", "nothing.safetensors"];
    assert_says(&refused(&both), &["Lee controller"]);
    assert_says(&refused(&["sim", "racer250", "--controller", "policy"]), &["no part `Policy`"]);
    assert_says(&refused(&["verify", "ncps", ROOT]), &["no case found"]);
    assert_says(&refused(&["verify", "vehicle", ROOT]), &["params.json"]);
    assert_says(&refused(&["train", "nothing"]), &["nothing"]);
}

#[test]
fn mistakes_in_scenes_are_located() {
    let unknown = refused_scene("unknown.ron", "    durration_s: 3,\n");
    assert_says(&unknown, &["unknown.ron:4:5", "durration_s", "duration_s"]);
    let rate = refused_scene("rate.ron", "    rates: (policy_hz: 300),\n");
    assert_says(&rate, &["rate.ron:4:24", "300", "1000", "250"]);
    let part = "    robots: {\"drone\": (parts: {\"Lidar\": ()})},\n";
    assert_says(&refused_scene("part.ron", part), &["part.ron:4:", "Lidar", "Quadrotor", "Lee"]);
    let missing = "    robots: {\"drone\": (parts: {\"Policy\": (file: \"no.safetensors\")})},\n";
    let missing = refused_scene("missing.ron", missing);
    assert_says(&missing, &["missing.ron:4:", "no.safetensors", "no such file"]);
    let rate = refused_scene("slow.ron", "    rates: (policy_hz: 20),\n");
    assert_says(&rate, &["20 Hz", "50 to 500 Hz"]);
}

#[test]
fn a_negative_mass_is_found_where_it_is_written() {
    let vehicle = fs::read_to_string(format!("{ROOT}/scenes/crazyflie2.ron")).unwrap();
    assert!(vehicle.contains("mass_kg: 0.027"), "the scene says the mass otherwise now");
    let line = 1 + vehicle.lines().position(|line| line.contains("mass_kg: 0.027")).unwrap();
    let path = file("mass.ron", vehicle.replace("mass_kg: 0.027", "mass_kg: -0.027").as_bytes());
    let error = refused(&["sim", path.to_str().unwrap()]);
    assert_says(&error, &[&format!("mass.ron:{line}:"), "above zero", "-0.027"]);
}

#[test]
fn broken_policies_are_refused_with_the_reason() {
    let whole = fs::read(format!("{ROOT}/assets/policies/drone_hover_ltc.safetensors")).unwrap();
    let fly = |name: &str, content: &[u8]| {
        refused(&["sim", "--policy", file(name, content).to_str().unwrap()])
    };
    let truncated = fly("truncated.safetensors", &whole[..whole.len() / 2]);
    assert_says(&truncated, &["truncated.safetensors", "truncated"]);
    assert_says(&fly("text.safetensors", b"this is not a policy at all"), &["text.safetensors"]);
    let mut nan = whole.clone();
    let at = first_single(&nan);
    nan[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_says(&fly("nan.safetensors", &nan), &["not a finite number"]);
    let name = b"velocity_mps.x";
    let at = whole.windows(name.len()).position(|bytes| bytes == name).unwrap();
    let mut unknown = whole;
    unknown[at..at + name.len()].copy_from_slice(b"velocity_mps.q");
    assert_says(
        &fly("unknown.safetensors", &unknown),
        &["velocity_mps.q", "known inputs are position_error_m, velocity_mps"],
    );
}

#[test]
fn the_kernel_can_be_chosen() {
    let with_kernel = |name: &str, arguments: &[&str]| {
        command(arguments).env("RIVUS_KERNEL", name).output().unwrap()
    };
    let output = with_kernel("scalar", &["--version"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("kernel: scalar"));
    let fly = ["sim", "--seconds", "0.2", "--json"];
    let json = |output: std::process::Output| -> serde_json::Value {
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (scalar, fastest) = (json(with_kernel("scalar", &fly)), json(with_kernel("", &fly)));
    assert_eq!(scalar["kernel"], "scalar");
    assert_eq!(scalar["state_hash"], fastest["state_hash"]);
    let missing = if cfg!(target_arch = "x86_64") { "neon" } else { "avx512" };
    for arguments in [&fly[..], &["--version"], &["scenes"]] {
        let error = refusal(&with_kernel(missing, arguments));
        assert_says(&error, &["RIVUS_KERNEL", missing, "scalar"]);
    }
    assert_says(&refusal(&with_kernel("sse", &fly)), &["RIVUS_KERNEL=sse", "scalar"]);
    assert_eq!(with_kernel("sse", &["--help"]).status.code(), Some(0));
}
