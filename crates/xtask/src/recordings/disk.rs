//! `cargo xtask recording disk`: a small disk fills up while a flight is recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::contents::Contents;
use super::flight::{Flown, Replayed, build, empty_folder};
use crate::error::TaskError;
use crate::folders::Folders;

/// A file system in memory with a limit; it goes away with this.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path, size: &str) -> Result<Self, TaskError> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder);
        let output = command.output().map_err(TaskError::at(folder))?;
        if output.status.success() {
            return Ok(Self(folder.to_owned()));
        }
        let reason = String::from_utf8_lossy(&output.stderr);
        Err(TaskError::NotHere(format!("a file system cannot be mounted: {}", reason.trim())))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).stderr(Stdio::inherit()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            println!("{} is still mounted", self.0.display());
        }
    }
}

/// A flight of 8000 ticks writes 10 MB and more.
const FLIGHT: [&str; 1] = ["drone_hover"];

/// Flies on disks that are full at different times: in the middle, in the first chunk, and before
/// a second file of a ring.
pub(crate) fn fill(folders: &Folders) -> Result<(), TaskError> {
    let program = build(folders)?;
    let folder = empty_folder(folders, "disk")?;
    let plain = Flown::with(Command::new(&program), &FLIGHT)?;
    for (size, options) in
        [("2m", &[][..]), ("5m", &[]), ("64k", &[]), ("3m", &["--record-ring", "8"])]
    {
        let disk = SmallDisk::mount(&folder, size)?;
        let path = disk.0.join("flight.mcap");
        let record = ["--record".as_ref(), path.as_os_str()];
        let arguments = FLIGHT.iter().chain(options).map(|option| option.as_ref());
        let arguments: Vec<_> = arguments.chain(record).collect();
        let flown = Flown::with(Command::new(&program), &arguments)?;
        let wrong = |what: &str| {
            let recording = &flown.summary["recording"];
            Err(TaskError::Wrong(format!("a disk of {size}: {what}: {recording}")))
        };
        if (flown.code, flown.state_hash()) != (plain.code, plain.state_hash()) {
            return wrong("the flight is not the one that nobody recorded");
        }
        let (written, lost) =
            (flown.count("/recording/ticks"), flown.count("/recording/lost_ticks"));
        if written.checked_add(lost) != Some(flown.count("/ticks")) || lost == 0 {
            return wrong("ticks are not accounted for");
        }
        let error = flown.summary["recording"]["error"].as_str().unwrap_or_default();
        if !error.contains("No space left on device") || !error.contains("flight.mcap") {
            return wrong("the reason is not given");
        }
        let bytes = fs::read(&path).map_err(TaskError::at(&path))?;
        let contents = Contents::read(&bytes).map_err(TaskError::Wrong)?;
        let ticks = contents.channels.get("/tick").map_or(0, Vec::len) as u64;
        if ticks != written || bytes.len() as u64 != flown.count("/recording/bytes") {
            return wrong("the summary does not say what is in the file");
        }
        let commands = if ticks == 0 {
            let replayed = Replayed::with(Command::new(&program), &path)?;
            if (replayed.code, replayed.counts) != (Some(1), Some((0, 0))) {
                return wrong("a recording of nothing is replayed");
            }
            0
        } else {
            Replayed::with(Command::new(&program), &path)?.expect_equal(&path)?
        };
        println!(
            "{size} {}: {written} ticks written, {lost} lost; {commands} commands, {commands} equal",
            options.join(" ")
        );
    }
    Ok(())
}
