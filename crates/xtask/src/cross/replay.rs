//! `cargo xtask riscv replay`: what was recorded on RISC-V is replayed on this machine, and back;
//! robots are told the same bits on both and say the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::build::Build;
use super::target::{self, Processor};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::recordings::contents::Contents;
use crate::recordings::flight::{Flown, Replayed, build, empty_folder};

/// Flights, with the wind of each.
const FLIGHTS: [&[&str]; 3] = [
    &["drone_hover", "--seconds", "2"],
    &["drone_gust", "--seconds", "4"],
    &["drone_dryden", "--seconds", "2"],
];

/// With the longest vectors that all tests of flights have, and without any.
const PROCESSORS: [Processor; 2] = [target::VLEN_256, target::NO_VECTORS];

/// Channels that say how the machine did.
const OF_THE_MACHINE: [&str; 2] = ["/timing", "/overruns"];

/// Records every flight on both, and replays each recording on the other.
pub(crate) fn both_ways(folders: &Folders) -> Result<(), TaskError> {
    let here = build(folders)?;
    let cross = Build::prepare(folders, &target::RISCV64)?;
    let there = cross.rivus()?;
    let folder = empty_folder(folders, "riscv64")?;
    for flight in FLIGHTS {
        let name = flight.join(" ");
        let record = |command: Command, file: &str| -> Result<(PathBuf, String), TaskError> {
            let path = folder.join(format!("{}-{file}.mcap", flight[0]));
            let arguments = flight.iter().map(|option| option.as_ref());
            let record = ["--record".as_ref(), path.as_os_str()];
            let arguments: Vec<_> = arguments.chain(record).collect();
            let flown = Flown::with(command, &arguments)?;
            flown.check_recording().map_err(|why| TaskError::Wrong(format!("{name}: {why}")))?;
            Ok((path, flown.state_hash().to_owned()))
        };
        let (path_here, hash) = record(Command::new(&here), "here")?;
        for processor in PROCESSORS {
            let emulated = || cross.emulate(&processor, &there);
            let (path_there, hash_there) = record(emulated(), processor.backend)?;
            if hash_there != hash {
                let message = format!("{name}: {hash_there} on {}, {hash} here", processor.label);
                return Err(TaskError::Wrong(message));
            }
            let replayed = Replayed::with(Command::new(&here), &path_there)?;
            let commands = replayed.expect_equal(&path_there)?;
            let replayed_there = Replayed::with(emulated(), &path_here)?;
            if replayed_there.expect_equal(&path_here)? != commands {
                return Err(TaskError::Wrong(format!("{name}: not as many commands")));
            }
            let messages = same_bits(&path_here, &path_there)?;
            println!(
                "{name}, {}: {commands} commands, {commands} equal, both ways; \
                 {messages} messages with the same bits",
                processor.label
            );
        }
    }
    Ok(())
}

/// How many messages, of all channels but those of the machine, two recordings have in common,
/// which must be all.
fn same_bits(one: &Path, other: &Path) -> Result<usize, TaskError> {
    let read = |path: &Path| {
        let bytes = fs::read(path).map_err(TaskError::at(path))?;
        let mut contents = Contents::read(&bytes).map_err(TaskError::Wrong)?;
        contents.channels.retain(|topic, _| !OF_THE_MACHINE.contains(&topic.as_str()));
        Ok::<_, TaskError>(contents)
    };
    let (one, other) = (read(one)?, read(other)?);
    let topics = |contents: &Contents| contents.channels.keys().cloned().collect::<Vec<_>>();
    if topics(&one) != topics(&other) {
        let message = format!("channels {:?} and {:?}", topics(&one), topics(&other));
        return Err(TaskError::Wrong(message));
    }
    for (topic, messages) in &one.channels {
        let others = other.channels.get(topic).map_or(&[][..], Vec::as_slice);
        if messages != others {
            let place = messages.iter().zip(others).take_while(|(one, other)| one == other);
            let message = format!("{topic} differs from message {} on", place.count());
            return Err(TaskError::Wrong(message));
        }
    }
    Ok(one.messages())
}
