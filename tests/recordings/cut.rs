//! A recording that was cut off anywhere holds its whole chunks and nothing else.

use core::ops::ControlFlow;
use std::fs::{self, OpenOptions};

use rivus_record::{Ending, RecordError, RecordingFile};

use crate::edited::{chunk_ends, copied};
use crate::flown::{Replayed, commands_replayed, folder, recorded, replayed};

#[test]
fn a_recording_of_any_length_shows_its_whole_chunks() {
    let folder = folder("every_length");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["crazyflie2", "--seconds", "0.02"]);
    copied(&path, &copy, 4, |_| true);
    let ends = chunk_ends(&copy);
    assert!(ends.len() >= 5, "{ends:?}");
    let file = OpenOptions::new().write(true).open(&copy).unwrap();
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    let mut has_been_whole = false;
    for length in (0..=length).rev() {
        file.set_len(length as u64).unwrap();
        let expected = ends.iter().rfind(|(end, _)| *end <= length).map_or(0, |(_, count)| *count);
        let recording = match RecordingFile::open(&copy) {
            Ok(recording) => recording,
            // What the recording says about itself comes before its first chunk.
            Err(RecordError::Read { .. } | RecordError::Foreign { .. }) if expected == 0 => {
                continue;
            }
            Err(error) => panic!("{length}: {error}"),
        };
        let mut messages = 0;
        let ending = recording.messages(|_| {
            messages += 1;
            ControlFlow::Continue(())
        });
        let ending = ending.unwrap_or_else(|error| panic!("{length}: {error}"));
        assert_eq!(messages, expected, "{length}");
        has_been_whole |= ending == Ending::Whole;
        if length < ends.last().unwrap().0 {
            assert_eq!(ending, Ending::Cut, "{length}");
        }
    }
    assert!(has_been_whole);
}

#[test]
fn what_is_left_of_a_recording_is_replayed() {
    let folder = folder("cut_replays");
    let (path, copy) = (folder.join("hover.mcap"), folder.join("copy.mcap"));
    recorded(&path, &["crazyflie2", "--seconds", "1"]);
    let all = commands_replayed(&path);
    copied(&path, &copy, 100, |_| true);
    let whole = fs::read(&copy).unwrap();
    let ends = chunk_ends(&copy);
    let cut = folder.join("cut.mcap");
    let mut last = 0;
    // At the end of each chunk, in the middle of the next one, and a byte before its end.
    for pair in ends.windows(2) {
        let (end, next) = (pair[0].0, pair[1].0);
        for length in [end, (end + next) / 2, next - 1] {
            fs::write(&cut, &whole[..length]).unwrap();
            let found = replayed(&cut, &[]);
            let (commands, _) = found.counts.unwrap();
            assert_eq!(found.verdict(), Replayed::all_equal(commands), "{length}: {found:?}");
            assert!(found.said.contains("cut off"), "{length}: {found:?}");
            assert!(last <= commands && commands < all, "{length}: {last} {commands}");
            last = commands;
        }
    }
    assert!(last > 0);
    // Before the first chunk there is nothing to replay, which is no success.
    for length in [0, 1, 8, 20, 100, ends[0].0 / 2, ends[0].0 - 1] {
        fs::write(&cut, &whole[..length]).unwrap();
        let found = replayed(&cut, &[]);
        let has_nothing = matches!(found.verdict(), (Some(2), None) | (Some(1), Some((0, 0))));
        assert!(has_nothing, "{length}: {found:?}");
    }
}

#[test]
fn a_byte_that_changed_on_the_disk_is_noticed() {
    let folder = folder("rotten");
    let (path, rotten) = (folder.join("hover.mcap"), folder.join("rotten.mcap"));
    recorded(&path, &["crazyflie2", "--seconds", "0.2"]);
    let whole = fs::read(&path).unwrap();
    let all = commands_replayed(&path);
    let chunk = chunk_ends(&path)[0].0;
    for at in (0..chunk).step_by(chunk / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&rotten, &bytes).unwrap();
        let found = replayed(&rotten, &[]);
        // Some bytes, such as those of the name of the library, mean nothing to a replay.
        let is_harmless = found.verdict() == Replayed::all_equal(all);
        assert!(is_harmless || matches!(found.code, Some(1 | 2)), "{at}: {found:?}");
        let is_in_chunk = at > chunk / 2;
        assert!(!is_in_chunk || !is_harmless, "{at}: {found:?}");
    }
}
