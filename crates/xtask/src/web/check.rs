//! Flying the page in a browser.

use core::time::Duration;
use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::browser::Browser;
use super::server::Server;
use crate::ci;
use crate::error::TaskError;
use crate::folders::Folders;
use crate::patience::wait_for;
use crate::process;
use crate::recordings::flight::Flown;

/// How long anything may take until it is seen; a program draws the pictures, one or so a second.
const PATIENCE: Duration = Duration::from_secs(300);

/// From when on the robot must be where it shall, s of its time.
const SETTLED_S: f64 = 4.0;

/// How far from its target a robot hovers, m.
const ERROR_MAX_M: f64 = 0.1;

/// What is flown.
const SCENE: &str = "drone_hover";

/// Opens the page, waits until the robot hovers, compares the flight with one outside of the page,
/// kills a motor; nothing may be wrong in the console.
///
/// # Errors
/// If anything of it fails; the console of the browser is printed first.
pub(super) fn fly(folders: &Folders, page: &Path) -> Result<(), TaskError> {
    // First, so that the browser has the machine for itself.
    process::run_quietly(rivus(folders).arg("--version").stdout(Stdio::null()))?;
    let server = Server::start(page, 0)?;
    let browser = Browser::start(&folders.target.join("browser"))?;
    let flown = use_it(folders, &browser, &server.address(), page);
    let console = browser.console()?;
    for entry in &console {
        println!("console, {}: {}", entry.level, entry.message);
    }
    flown?;
    if console.iter().any(|entry| entry.level == "SEVERE") {
        return Err(TaskError::Wrong("there are errors in the console of the browser".to_owned()));
    }
    println!("nothing is wrong in the console of the browser");
    Ok(())
}

fn use_it(
    folders: &Folders,
    browser: &Browser,
    address: &str,
    page: &Path,
) -> Result<(), TaskError> {
    // As fast as the browser can.
    browser.open(&format!("{address}?scene={SCENE}&speed=max"))?;
    let state = wait_until(browser, "the drone to hover", |state| {
        let error_m = state["robots"][0]["error_m"].as_f64();
        state["time_s"].as_f64() >= Some(SETTLED_S) && error_m.is_some_and(|m| m < ERROR_MAX_M)
    })?;
    println!("it hovers: {state}");
    let picture = page.join("web.png");
    browser.shoot(&picture)?;
    println!("{}", picture.display());
    // One more tick, after which it stands still.
    browser.press(".")?;
    let state = wait_until(browser, "the flight to stop", |state| state["is_paused"] == true)?;
    compare(folders, &state)?;
    browser.press(" ")?;
    wait_until(browser, "the flight to go on", |state| state["is_paused"] == false)?;
    browser.press("1")?;
    let is_dead = |state: &Value| state["robots"][0]["motor_health"][0] == 0.0;
    let state = wait_until(browser, "a dead motor", is_dead)?;
    println!("motor 1 is dead: {state}");
    Ok(())
}

/// The flight so far has the bits that it has without a browser.
fn compare(folders: &Folders, state: &Value) -> Result<(), TaskError> {
    let seconds = state["time_s"].to_string();
    let flown = Flown::with(rivus(folders), &[SCENE, "--seconds", &seconds])?;
    let (here, there) = (flown.state_hash(), state["state_hash"].as_str().unwrap_or_default());
    println!("state_hash after {seconds} s: {there} in the browser, {here} outside");
    if here == there {
        return Ok(());
    }
    Err(TaskError::Wrong("the flight in the browser has other bits".to_owned()))
}

/// The program outside of the browser.
fn rivus(folders: &Folders) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(ci::DEBUG).current_dir(&folders.root);
    command
}

/// The state of the flight that the page shows, as soon as it is as wanted.
fn wait_until(
    browser: &Browser,
    what: &str,
    is_wanted: impl Fn(&Value) -> bool,
) -> Result<Value, TaskError> {
    wait_for(what, PATIENCE, || {
        let failed =
            browser.run("return document.querySelector('#message.failed')?.textContent")?;
        if let Some(reason) = failed.as_str() {
            return Err(TaskError::Wrong(reason.to_owned()));
        }
        let text = browser.run("return document.getElementById('state').textContent")?;
        let state = serde_json::from_str(text.as_str().unwrap_or_default());
        Ok(state.ok().filter(&is_wanted))
    })
}
