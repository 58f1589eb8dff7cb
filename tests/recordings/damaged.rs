//! A replay tells every difference from no difference, and what is no recording from one.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::command::{assert_says, refused};
use crate::edited::{Edited, copied, is_command};
use crate::flown::{Replayed, commands_replayed, folder, recorded, replay_refused, replayed, text};

/// Copying alone changes nothing, so that the other tests see what their edits do.
#[test]
fn a_copy_with_other_chunks_is_replayed_like_the_original() {
    let folder = folder("copied");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["drone_hover", "--seconds", "1"]);
    copied(&path, &copy, 7, |_| true);
    assert_eq!(commands_replayed(&path), commands_replayed(&copy));
}

#[test]
fn a_recording_without_commands_is_no_success() {
    let folder = folder("commandless");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["drone_hover", "--seconds", "0.5"]);
    // Neither with the robots silent from the start ...
    copied(&path, &copy, 100, |message| !is_command(message.topic));
    let silent = replayed(&copy, &[]);
    assert_eq!(silent.code, Some(1), "{silent:?}");
    assert_eq!(silent.counts.unwrap().1, 0, "{silent:?}");
    // ... nor with nothing in the file at all.
    copied(&path, &copy, 100, |_| false);
    let nothing = replayed(&copy, &[]);
    assert_eq!(nothing.verdict(), (Some(1), Some((0, 0))), "{nothing:?}");
}

/// Where the last number of a message is.
fn last_byte(message: &mut Edited<'_>) -> usize {
    message.payload.len() - 4
}

#[test]
fn one_bit_of_one_command_is_found_and_named() {
    let folder = folder("command_bit");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["crazyflie2", "--seconds", "0.5"]);
    let all = commands_replayed(&path);
    copied(&path, &copy, 100, |mut message| {
        if is_command(message.topic) && message.time_ms() == 300 {
            let at = last_byte(&mut message);
            // The lowest bit of a single.
            message.payload[at] ^= 1;
        }
        true
    });
    let found = replayed(&copy, &[]);
    let (commands, equal) = found.counts.unwrap();
    assert_eq!((found.code, equal + 1), (Some(1), commands), "{found:?}");
    assert!(commands < all);
    let words = ["tick 300, robot drone, command/rotors:", "recorded speeds_radps[0] "];
    assert_says(&found.said, &words);
    let value = |name: &str| {
        let line = found.said.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap();
        let (_, last) = line.rsplit_once("speeds_radps[3] ").unwrap();
        last.parse::<f32>().unwrap()
    };
    let (recorded, replayed_value) = (value("recorded "), value("replayed "));
    assert_eq!(recorded.to_bits() ^ 1, replayed_value.to_bits(), "{}", found.said);
    // Up to there all is as it was, and a part without it is a success.
    assert_eq!(replayed(&copy, &["--to", "0.2995"]).code, Some(0));
    assert_eq!(replayed(&copy, &["--from", "0.3005"]).code, Some(0));
}

#[test]
fn a_command_more_and_a_command_less_are_found() {
    let folder = folder("more_and_less");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["crazyflie2", "--seconds", "0.5"]);
    copied(&path, &copy, 100, |message| !is_command(message.topic) || message.time_ms() != 300);
    let less = replayed(&copy, &[]);
    assert_eq!(less.code, Some(1), "{less:?}");
    assert_says(&less.said, &["tick 300", "robot drone", "command/rotors"]);
    // All commands up to a time are gone, the first one included.
    copied(&path, &copy, 100, |message| !is_command(message.topic) || message.time_ms() > 100);
    let late = replayed(&copy, &[]);
    assert_eq!(late.code, Some(1), "{late:?}");
    assert_says(&late.said, &["recorded nothing"]);
}

#[test]
fn one_bit_of_one_reading_is_found() {
    let folder = folder("reading_bit");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["crazyflie2", "--seconds", "0.5"]);
    for topic in ["/drone/reading/pose", "/drone/reading/body_rates", "/drone/reading/velocity"] {
        let mut is_changed = false;
        copied(&path, &copy, 100, |message| {
            if !is_changed && message.topic == topic && message.time_ms() >= 200 {
                // The highest byte of the last double: its exponent.
                *message.payload.last_mut().unwrap() ^= 1;
                is_changed = true;
            }
            true
        });
        assert!(is_changed, "there is no {topic}");
        let found = replayed(&copy, &[]);
        assert_eq!(found.code, Some(1), "{topic}: {found:?}");
        assert_says(&found.said, &["robot drone, command/rotors:", "recorded", "replayed"]);
    }
}

#[test]
fn a_gap_is_named_with_its_time_and_what_comes_before_it_can_be_replayed() {
    let folder = folder("gap");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["drone_hover", "--seconds", "0.5"]);
    copied(&path, &copy, 100, |message| !(300..303).contains(&message.time_ms()));
    let error = replay_refused(&copy, &[]);
    assert_says(&error, &["copy.mcap", "3 ticks", "tick 303", "0.303 s"]);
    let before = replayed(&copy, &["--to", "0.2995"]);
    let (commands, _) = before.counts.unwrap();
    assert_eq!(before.verdict(), Replayed::all_equal(commands), "{before:?}");
    assert!(commands > 0);
    // The beginning is missing.
    copied(&path, &copy, 100, |message| message.time_ms() >= 100);
    assert_says(&replay_refused(&copy, &[]), &["copy.mcap", "100 ticks", "tick 100"]);
}

#[test]
fn ticks_that_no_flight_can_have_do_no_harm() {
    let folder = folder("odd_ticks");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["crazyflie2", "--seconds", "0.2"]);
    // Encapsulation and stamp are twelve bytes; then come index, count, lost ticks and jump, each
    // of eight bytes from a multiple of eight after the encapsulation.
    for (name, at) in [("index", 12), ("ticks", 20), ("lost", 28), ("jump", 36)] {
        for value in [0, 50, u64::MAX - 1, u64::MAX] {
            copied(&path, &copy, 100, |message| {
                if message.topic == "/tick" && message.time_ms() == 100 {
                    message.payload[at..at + 8].copy_from_slice(&value.to_le_bytes());
                }
                true
            });
            let odd = replayed(&copy, &[]);
            assert!(matches!(odd.code, Some(0..=2)), "{name} {value}: {odd:?}");
        }
    }
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    let folder = folder("strangers");
    let refused_as = |name: &str, content: Option<&[u8]>, words: &[&str]| {
        let path = folder.join(name);
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let error = replay_refused(&path, &[]);
        assert_says(&error, &[&[name], words].concat());
    };
    refused_as("text.mcap", Some(b"this is not a recording at all, but a text"), &["not an MCAP"]);
    refused_as("empty.mcap", Some(b""), &[]);
    refused_as("magic.mcap", Some(&mcap::MAGIC), &[]);
    refused_as("missing.mcap", None, &["No such file"]);
    fs::create_dir(folder.join("folder.mcap")).unwrap();
    refused_as("folder.mcap", None, &["irectory"]);
    let path = folder.join("foreign.mcap");
    let mut foreign = mcap::Writer::new(fs::File::create(&path).unwrap()).unwrap();
    let channel = foreign.add_channel(0, "/chatter", "json", &[].into()).unwrap();
    let header = mcap::records::MessageHeader {
        channel_id: channel,
        sequence: 0,
        log_time: 1,
        publish_time: 1,
    };
    foreign.write_to_known_channel(&header, b"{}").unwrap();
    foreign.finish().unwrap();
    refused_as("foreign.mcap", None, &["not a recording of Rivus"]);
}

#[test]
fn a_file_that_is_there_is_never_replaced() {
    let folder = folder("existing");
    let path = folder.join("precious.mcap");
    fs::write(&path, b"precious").unwrap();
    let error = refused(&["sim", "--seconds", "0.1", "--record", text(&path)]);
    assert_says(&error, &["precious.mcap", "exists"]);
    let previous = folder.join("ring.previous.mcap");
    fs::write(&previous, b"precious").unwrap();
    let ring = folder.join("ring.mcap");
    let arguments = ["sim", "--seconds", "0.1", "--record", text(&ring), "--record-ring", "8"];
    assert_says(&refused(&arguments), &["ring.previous.mcap", "exists"]);
    assert!(!ring.exists());
    for path in [&path, &previous] {
        assert_eq!(fs::read(path).unwrap(), b"precious");
    }
}

#[test]
fn a_place_where_nothing_can_be_written_is_refused() {
    let folder = folder("unwritable");
    let missing = folder.join("nowhere/flight.mcap");
    let error = refused(&["sim", "--seconds", "0.1", "--record", text(&missing)]);
    assert_says(&error, &["flight.mcap", "No such file"]);
    let closed = folder.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let path = closed.join("flight.mcap");
    // For root no folder is closed; `/proc` is.
    let path =
        if fs::write(closed.join("try"), b"").is_ok() { "/proc/flight.mcap" } else { text(&path) };
    let error = refused(&["sim", "--seconds", "0.1", "--record", path]);
    assert_says(&error, &["flight.mcap"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let path = folder("senseless").join("flight.mcap");
    let record = ["sim", "--seconds", "0.1", "--record", text(&path)];
    assert_says(&refused(&[&record[..], &["--seeds", "0..2"]].concat()), &["--seeds", "--record"]);
    assert_says(&refused(&["sim", "--record-ring", "5"]), &["--record"]);
    assert!(!path.exists());
}
