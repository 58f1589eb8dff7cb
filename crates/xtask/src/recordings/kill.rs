//! `cargo xtask recording kill`: flights are killed while they record. Whatever moment that is,
//! the file ends at its last whole chunk, and what is in it is replayed.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use super::contents::{Contents, Message};
use super::flight::{Replayed, build, empty_folder};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// A kind of flight, and how many of it are killed: 200 in all.
struct Kind {
    arguments: &'static [&'static str],
    kills: u32,
    is_ring: bool,
}

const KINDS: [Kind; 3] = [
    Kind { arguments: &["drone_hover"], kills: 120, is_ring: false },
    // Chunks are closed because of their age here, not of their size.
    Kind {
        arguments: &["drone_realtime", "--realtime", "--seconds", "1"],
        kills: 40,
        is_ring: false,
    },
    Kind {
        arguments: &["drone_hover", "--seconds", "16", "--record-ring", "4"],
        kills: 40,
        is_ring: true,
    },
];

/// What a file that was left holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// The flight was killed before it made the file.
    NoFile,
    /// Nothing, since it was killed before the first chunk; the replay says so.
    NoChunk,
    /// So many commands, all of which came out again.
    Commands(u64),
    /// The end of a flight whose beginning the ring has let go of; the replay says so.
    NoBeginning,
}

/// Kills flights at moments that are spread over their length by a fixed seed.
pub(crate) fn kill(folders: &Folders) -> Result<(), TaskError> {
    let program = build(folders)?;
    let folder = empty_folder(folders, "kill")?;
    let mut random = Random(1);
    for kind in &KINDS {
        let flight = Flight { program: &program, folder: &folder, kind };
        let longest = flight.end(None)?.took;
        let (mut lefts, mut killed, mut over) = (Vec::new(), 0, 0);
        while killed < kind.kills {
            let Ended { was_killed, .. } = flight.end(Some(longest.mul_f64(random.next())))?;
            // A flight that was over before its moment came is looked at, too, and flown again.
            *if was_killed { &mut killed } else { &mut over } += 1;
            lefts.extend(flight.examine()?);
            if over > kind.kills {
                return Err(TaskError::Wrong("the flights end too early to be killed".to_owned()));
            }
        }
        let scene = kind.arguments.join(" ");
        println!("{scene}: {killed} killed within {longest:.2?}, {over} were over before");
        report(&lefts);
    }
    Ok(())
}

/// A flight that records.
struct Flight<'a> {
    program: &'a Path,
    folder: &'a Path,
    kind: &'a Kind,
}

/// A flight that is over, one way or the other.
struct Ended {
    was_killed: bool,
    took: Duration,
}

impl Flight<'_> {
    fn file(&self) -> PathBuf {
        self.folder.join("flight.mcap")
    }

    /// Flies, and kills the flight after a time.
    fn end(&self, kill_after: Option<Duration>) -> Result<Ended, TaskError> {
        for path in [self.file(), self.previous()] {
            if path.exists() {
                fs::remove_file(&path).map_err(TaskError::at(&path))?;
            }
        }
        let mut command = Command::new(self.program);
        command.arg("sim").args(self.kind.arguments).arg("--record").arg(self.file());
        let start = now();
        let child = command.stdout(Stdio::null()).spawn();
        let mut child = child.map_err(|source| process::start_error(&command, source))?;
        if let Some(time) = kill_after {
            pause(time);
            child.kill().map_err(|source| process::start_error(&command, source))?;
        }
        let status = child.wait().map_err(|source| process::start_error(&command, source))?;
        // Short flights miss what their scenes expect, which is 1.
        let was_killed = status.code().is_none();
        if !was_killed && !matches!(status.code(), Some(0 | 1)) {
            let command = process::shown(&command);
            return Err(TaskError::Red { command, status: status.to_string() });
        }
        Ok(Ended { was_killed, took: start.elapsed() })
    }

    fn previous(&self) -> PathBuf {
        self.folder.join("flight.previous.mcap")
    }

    /// What every file that was left holds.
    fn examine(&self) -> Result<Vec<Left>, TaskError> {
        let mut files = vec![self.file()];
        if self.kind.is_ring {
            files.push(self.previous());
        }
        files.into_iter().map(|path| self.examine_file(&path)).collect()
    }

    fn examine_file(&self, path: &Path) -> Result<Left, TaskError> {
        if !path.exists() {
            return Ok(Left::NoFile);
        }
        let bytes = fs::read(path).map_err(TaskError::at(path))?;
        let replayed = Replayed::with(Command::new(self.program), path)?;
        judge(&bytes, &replayed).map_err(|why| {
            // The next flight goes elsewhere, so that this file can be looked at.
            let kept = path.with_extension("wrong.mcap");
            let kept = fs::rename(path, &kept).map_or(path.to_owned(), |()| kept);
            TaskError::Wrong(format!("{}: {why}: {replayed:?}", kept.display()))
        })
    }
}

/// Whether the replay of a file says what there is to say about it.
fn judge(bytes: &[u8], replayed: &Replayed) -> Result<Left, String> {
    // The process was killed before it had written the first record.
    let contents = if bytes.is_empty() { Contents::default() } else { Contents::read(bytes)? };
    if contents.messages() == 0 {
        let says_nothing = (replayed.code, replayed.counts) == (Some(1), Some((0, 0)));
        let says_why = replayed.code == Some(2) && !replayed.said.is_empty();
        return if says_nothing || says_why { Ok(Left::NoChunk) } else { Err("no chunk".into()) };
    }
    let first = contents.channels.get("/tick").and_then(|ticks| ticks.first());
    if first.and_then(ticks_so_far) != Some(1) {
        let says_why = replayed.code == Some(2) && replayed.said.contains("ticks are missing");
        return if says_why { Ok(Left::NoBeginning) } else { Err("no beginning".into()) };
    }
    let commands = replayed.all_equal().ok_or("not equal")?;
    if commands != contents.commands() {
        return Err(format!("{} commands are in whole chunks", contents.commands()));
    }
    if replayed.said.contains("cut off") == contents.is_whole {
        return Err("whether it was cut off".to_owned());
    }
    Ok(Left::Commands(commands))
}

/// How many ticks had been recorded or lost with this message of `/tick`: after encapsulation, stamp
/// and index.
///
/// The first one need not be tick 0: in real time a flight may begin late.
fn ticks_so_far(tick: &Message) -> Option<u64> {
    let bytes = tick.payload.get(20..28)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

fn report(lefts: &[Left]) {
    let count = |left: Left| lefts.iter().filter(|it| **it == left).count();
    let commands = lefts.iter().filter_map(|left| match left {
        Left::Commands(commands) => Some(*commands),
        Left::NoFile | Left::NoChunk | Left::NoBeginning => None,
    });
    let (fewest, most) = (commands.clone().min(), commands.clone().max());
    println!(
        "  {} files replayed with {} to {} commands, all equal; {} without their beginning; \
         {} without a chunk; {} not made yet",
        commands.count(),
        fewest.unwrap_or(0),
        most.unwrap_or(0),
        count(Left::NoBeginning),
        count(Left::NoChunk),
        count(Left::NoFile)
    );
}

#[expect(clippy::disallowed_methods, reason = "how long a flight takes on the host")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the moment at which a flight is killed")]
fn pause(time: Duration) {
    thread::sleep(time);
}

/// The same numbers every time (`SplitMix64`).
struct Random(u64);

impl Random {
    /// From 0 up to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // 53 bits, which is what a double holds.
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_spread_evenly() {
        let mut random = Random(1);
        let moments: Vec<f64> = (0..1000).map(|_| random.next()).collect();
        assert!(moments.iter().all(|moment| (0.0..1.0).contains(moment)));
        let early = moments.iter().filter(|moment| **moment < 0.25).count();
        assert!((200..300).contains(&early), "{early}");
    }

    #[test]
    fn a_replay_that_says_nothing_about_an_empty_file_is_refused() {
        let replayed =
            |code, counts, said: &str| Replayed { code: Some(code), counts, said: said.to_owned() };
        assert_eq!(judge(b"", &replayed(2, None, "the file is empty")), Ok(Left::NoChunk));
        assert_eq!(judge(b"", &replayed(1, Some((0, 0)), "nothing")), Ok(Left::NoChunk));
        assert!(judge(b"", &replayed(0, Some((3, 3)), "")).is_err());
        assert!(judge(b"", &replayed(101, None, "panicked")).is_err());
    }
}
