//! A browser without a screen, told what to do by [WebDriver](https://www.w3.org/TR/webdriver2/).

use core::time::Duration;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use ureq::Agent;

use crate::error::TaskError;
use crate::process::{self, Running};

/// Draws by a program instead of a graphics card, and asks nobody outside of this machine anything.
const FLAGS: [&str; 11] = [
    "--headless",
    // It runs our own page only, and continuous integration runs as root.
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=1440,900",
];

/// How long it may take to answer; a page that draws lets it wait.
const ANSWER: Duration = Duration::from_secs(60);

/// A browser with one page; it is closed with this.
pub(super) struct Browser {
    agent: Agent,
    /// Address of what controls the page.
    session: String,
    _driver: Running,
}

/// Something that the browser told its console.
pub(super) struct Entry {
    /// `SEVERE`, `WARNING`, `INFO`.
    pub(super) level: String,
    /// What, with where it comes from.
    pub(super) message: String,
}

impl Browser {
    /// Starts it; what it writes for itself goes to `folder`.
    pub(super) fn start(folder: &Path) -> Result<Self, TaskError> {
        fs::create_dir_all(folder).map_err(TaskError::at(folder))?;
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("HOME", folder).stdout(Stdio::piped());
        let mut driver =
            Running(command.spawn().map_err(|source| process::start_error(&command, source))?);
        let said = driver.0.stdout.take().map(BufReader::new);
        let port = said.into_iter().flat_map(BufRead::lines).find_map(|line| port(&line.ok()?));
        let port = port.ok_or_else(|| TaskError::Wrong("chromedriver has not started".into()))?;
        let config = Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(ANSWER)).build().into();
        let service = format!("http://127.0.0.1:{port}/session");
        let mut browser = Self { agent, session: service, _driver: driver };
        let session = browser.post(
            "",
            &json!({ "capabilities": { "alwaysMatch": {
                "goog:chromeOptions": { "args": FLAGS },
                "goog:loggingPrefs": { "browser": "ALL" },
            } } }),
        )?;
        let id = session["sessionId"].as_str();
        let id = id.ok_or_else(|| TaskError::Wrong(format!("no browser: {session}")))?;
        browser.session = format!("{}/{id}", browser.session);
        Ok(browser)
    }

    /// Goes to an address.
    pub(super) fn open(&self, address: &str) -> Result<(), TaskError> {
        self.post("/url", &json!({ "url": address })).map(drop)
    }

    /// Runs JavaScript in the page; what it returns.
    pub(super) fn run(&self, script: &str) -> Result<Value, TaskError> {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Presses a key and lets it go.
    pub(super) fn press(&self, key: &str) -> Result<(), TaskError> {
        let actions = json!([{ "type": "key", "id": "keyboard", "actions": [
            { "type": "keyDown", "value": key }, { "type": "keyUp", "value": key },
        ] }]);
        self.post("/actions", &json!({ "actions": actions })).map(drop)
    }

    /// What was told to the console since this was asked last.
    pub(super) fn console(&self) -> Result<Vec<Entry>, TaskError> {
        let entries = self.post("/se/log", &json!({ "type": "browser" }))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let entries = entries.as_array().into_iter().flatten();
        Ok(entries
            .map(|entry| Entry { level: text(&entry["level"]), message: text(&entry["message"]) })
            .collect())
    }

    /// Writes a picture of the page, as PNG.
    pub(super) fn shoot(&self, path: &Path) -> Result<(), TaskError> {
        let response = self.agent.get(format!("{}/screenshot", self.session)).call();
        let text = value(response)?;
        let bytes = BASE64_STANDARD.decode(text.as_str().unwrap_or_default());
        let bytes = bytes.map_err(|error| TaskError::Wrong(format!("no picture: {error}")))?;
        fs::write(path, bytes).map_err(TaskError::at(path))
    }

    fn post(&self, what: &str, body: &Value) -> Result<Value, TaskError> {
        value(self.agent.post(format!("{}{what}", self.session)).send_json(body))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes the browser, which would outlive its driver. It may have ended by itself.
        let _ = self.agent.delete(&self.session).call();
    }
}

/// What was asked for, in the answer.
fn value(
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Value, TaskError> {
    let wrong = |error: ureq::Error| TaskError::Wrong(format!("the browser: {error}"));
    let mut response = response.map_err(wrong)?;
    let mut answer: Value = response.body_mut().read_json().map_err(wrong)?;
    let answered = answer["value"].take();
    if response.status().is_success() {
        return Ok(answered);
    }
    Err(TaskError::Wrong(format!("the browser: {}: {}", answered["error"], answered["message"])))
}

/// The port in the line that tells it.
fn port(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("started successfully on port ")?;
    rest.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read() {
        assert_eq!(port("ChromeDriver was started successfully on port 9515."), Some(9515));
        assert_eq!(port("Only local connections are allowed."), None);
    }
}
