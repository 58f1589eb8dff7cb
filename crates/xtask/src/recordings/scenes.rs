//! `cargo xtask recording scenes`: every shipped scene, flown to its end, recorded and replayed.

use std::fs;
use std::process::Command;

use super::flight::{Flown, Replayed, build, empty_folder};
use crate::error::TaskError;
use crate::folders::Folders;

/// Records and replays all scenes; recording must not change what is flown.
pub(crate) fn replay_all(folders: &Folders) -> Result<(), TaskError> {
    let program = build(folders)?;
    let folder = empty_folder(folders, "scenes")?;
    let rivus = || Command::new(&program);
    let scenes = shipped(folders)?;
    if scenes.is_empty() {
        return Err(TaskError::Wrong("there are no scenes".to_owned()));
    }
    for scene in scenes {
        let path = folder.join(&scene).with_extension("mcap");
        let wrong = |what: String| TaskError::Wrong(format!("{scene}: {what}"));
        let recorded =
            Flown::with(rivus(), &["--record".as_ref(), path.as_os_str(), scene.as_ref()])?;
        let plain = Flown::with(rivus(), &[&scene])?;
        recorded.check_recording().map_err(wrong)?;
        if recorded.state_hash() != plain.state_hash() {
            return Err(wrong("recording changed the flight".to_owned()));
        }
        let commands = Replayed::with(rivus(), &path)?.expect_equal(&path)?;
        let length = fs::metadata(&path).map_err(TaskError::at(&path))?.len();
        let ticks = recorded.count("/ticks");
        println!("{scene}: {ticks} ticks, {length} bytes; {commands} commands, {commands} equal");
    }
    Ok(())
}

/// The names of the scenes of this repository.
fn shipped(folders: &Folders) -> Result<Vec<String>, TaskError> {
    let folder = folders.root.join("scenes");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(TaskError::at(&folder))? {
        let path = entry.map_err(TaskError::at(&folder))?.path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort_unstable();
    Ok(names)
}
