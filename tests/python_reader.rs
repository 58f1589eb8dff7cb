//! A reader that nobody here wrote sees in a recording what Rivus put there: Python's `mcap` and
//! `mcap-ros2-support`, run by the interpreter in `RIVUS_PYTHON`. `cargo xtask recording python`
//! makes one and runs this; without it the test says so and passes.
#![cfg(all(feature = "sim", feature = "record"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use core::ops::ControlFlow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rivus_record::{Layout, RecordingFile, Value};
use serde_json::json;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Something happens in every channel: faults, overruns, a takeover, another setpoint.
const EVENTFUL: &str = "
    duration_s: 2,
    score: (from_s: 1),
    budgets: (on_overrun: Fallback),
    events: [
        (at_s: 0.5, event: Slow(stage: Policy, by_us: 4000, duration_s: 0.05)),
        (at_s: 1.2, event: Setpoint(robot: \"drone\", position_m: (0.3, 0, 1.2), yaw_deg: 40)),
        (at_s: 1.5, event: DropTicks(count: 30)),
    ],
";

/// Records the eventful flight.
fn record(folder: &Path) -> PathBuf {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    fs::create_dir_all(folder).unwrap();
    let scene = folder.join("eventful.ron");
    let base = format!("{ROOT}/scenes/drone_hover.ron");
    let text = format!("(extends: {base:?}, description: \"all channels\", {EVENTFUL})");
    fs::write(&scene, text).unwrap();
    let path = folder.join("flight.mcap");
    let mut rivus = Command::new(env!("CARGO_BIN_EXE_rivus"));
    let output = rivus.arg("sim").arg(&scene).arg("--record").arg(&path).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    path
}

/// A value as JSON has it: singles become doubles, which changes no value.
fn as_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(x) => json!(x),
        Value::Unsigned(x) => json!(x),
        Value::Signed(x) => json!(x),
        Value::Single(x) => json!(f64::from(*x)),
        Value::Double(x) => json!(x),
        Value::Text(x) => json!(x),
    }
}

/// What Rivus says is in a recording: of each channel the type, the count, and one message from
/// its middle.
fn said_by_rivus(path: &Path) -> serde_json::Value {
    let recording = RecordingFile::open(path).unwrap();
    let mut counts = BTreeMap::<String, u64>::new();
    let count = |message: rivus_record::Message<'_>| {
        *counts.entry(message.channel.topic.clone()).or_default() += 1;
        ControlFlow::Continue(())
    };
    recording.messages(count).unwrap();
    let mut places = BTreeMap::<String, u64>::new();
    let mut channels = serde_json::Map::new();
    let look = |message: rivus_record::Message<'_>| {
        let topic = &message.channel.topic;
        let place = places.entry(topic.clone()).or_default();
        let count = counts[topic];
        if *place == count / 2 {
            let layout = Layout::parse(&message.channel.definition).unwrap();
            let values = layout.read(message.payload).unwrap();
            let values: Vec<_> =
                values.iter().map(|(path, value)| json!([path, as_json(value)])).collect();
            let channel = json!({
                "schema": message.channel.schema, "count": count, "place": *place,
                "time_ns": message.time_ns, "sequence": message.sequence, "values": values,
            });
            channels.insert(topic.clone(), channel);
        }
        *place += 1;
        ControlFlow::Continue(())
    };
    recording.messages(look).unwrap();
    channels.into()
}

/// Has Python compare the recording with what Rivus says of it.
fn compare(python: &OsString, mode: &str, path: &Path) {
    let expected = path.with_extension("json");
    let said = said_by_rivus(path);
    fs::write(&expected, serde_json::to_string_pretty(&said).unwrap()).unwrap();
    let script = Path::new(ROOT).join("tests/python_reader/read_recording.py");
    let mut command = Command::new(python);
    let output = command.arg(script).arg(mode).arg(path).arg(expected).output().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{mode}: {out}{err}");
    println!("{out}");
}

#[test]
fn python_sees_every_channel_count_and_value() {
    let Some(python) = std::env::var_os("RIVUS_PYTHON") else {
        println!("skipped: RIVUS_PYTHON names no interpreter; run `cargo xtask recording python`");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python_reader");
    let path = record(&folder);
    let said = said_by_rivus(&path);
    for topic in ["/tick", "/timing", "/faults", "/overruns", "/drone/command/rotors"] {
        assert!(said[topic]["count"].as_u64() > Some(0), "nothing is in {topic}");
    }
    compare(&python, "indexed", &path);
    // In the middle of the second half, in which there are several chunks.
    let whole = fs::read(&path).unwrap();
    let cut = folder.join("cut.mcap");
    fs::write(&cut, &whole[..whole.len() * 3 / 4]).unwrap();
    compare(&python, "streaming", &cut);
}
