//! A ring keeps what is newest, within its limit.

use std::fs;

use crate::command::assert_says;
use crate::edited::{chunk_ends, topics};
use crate::flown::{commands_replayed, flown, folder, recorded, replay_refused, text};

#[test]
fn a_ring_stays_within_its_limit_and_has_the_newest_tick() {
    let folder = folder("ring");
    for megabytes in [2, 4, 5, 9] {
        let path = folder.join(format!("{megabytes}.mcap"));
        let previous = folder.join(format!("{megabytes}.previous.mcap"));
        let ring = ["--record-ring", &megabytes.to_string()];
        let arguments = ["crazyflie2", "--seconds", "12"];
        let summary = flown(&[&["--record", text(&path)], &ring[..], &arguments].concat());
        assert_eq!(summary["recording"]["error"], serde_json::Value::Null);
        assert_eq!(summary["recording"]["lost_ticks"], 0);
        let bytes = [&path, &previous].map(|path| fs::metadata(path).unwrap().len());
        let half = megabytes * 1_000_000 / 2;
        assert!(bytes.iter().all(|bytes| *bytes <= half), "{bytes:?} in a ring of {megabytes} MB");
        let total = bytes[0] + bytes[1];
        assert_eq!(summary["recording"]["bytes"].as_u64(), Some(total));
        for path in [&path, &previous] {
            assert!(topics(path).contains(&"/drone/command/rotors".to_owned()));
            assert!(!chunk_ends(path).is_empty());
        }
        let newest = mcap::Summary::read(&fs::read(&path).unwrap()).unwrap().unwrap();
        assert_eq!(newest.stats.unwrap().message_end_time, 11_999_000_000);
        // The beginning is gone, and with it what the control side remembers.
        assert_says(&replay_refused(&path, &[]), &["ticks are missing before tick"]);
    }
}

#[test]
fn a_ring_that_was_never_full_is_one_file_that_is_replayed() {
    let folder = folder("wide_ring");
    let path = folder.join("wide.mcap");
    let arguments = ["crazyflie2", "--seconds", "1", "--record-ring", "1000"];
    recorded(&path, &arguments);
    commands_replayed(&path);
    assert!(!folder.join("wide.previous.mcap").exists());
}

#[test]
fn a_ring_too_small_for_anything_is_refused_or_kept_to() {
    let folder = folder("small_ring");
    for megabytes in [0_u64, 1] {
        let path = folder.join(format!("{megabytes}.mcap"));
        let ring = megabytes.to_string();
        let arguments = [
            "sim",
            "crazyflie2",
            "--seconds",
            "5",
            "--record",
            text(&path),
            "--record-ring",
            &ring,
        ];
        let output = crate::command::rivus(&arguments);
        if output.status.code() == Some(2) {
            assert_says(&String::from_utf8(output.stderr).unwrap(), &["--record-ring"]);
            continue;
        }
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
        let total: u64 = files
            .filter(|file| file.file_name().to_str().unwrap().starts_with(&ring))
            .map(|file| file.metadata().unwrap().len())
            .sum();
        assert!(total <= megabytes * 1_000_000, "{total} bytes in a ring of {megabytes} MB");
    }
}
