//! `cargo xtask window`: the real window on a screen without glass, used by mouse and keyboard.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::error::TaskError;
use crate::folders::Folders;
use crate::patience::{self, rest};
use crate::process::{self, Running};
use crate::recordings::flight::build;

/// How long anything may take until it is there; pictures are drawn by a program.
const PATIENCE: Duration = Duration::from_secs(60);

/// Colours of a picture that shows something.
const COLORS_MIN: u32 = 500;

/// A picture that is committed: the one of the README.
const SHOWN: &str = "docs/window.png";

/// Whether the README's picture is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    Keep,
    Update,
}

/// Opens the window, flies another scene, kills a motor, closes it; looks at pictures in between.
pub(crate) fn use_it(folders: &Folders, picture: Picture) -> Result<(), TaskError> {
    let program = build(folders)?;
    let folder = folders.target.join("window");
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(TaskError::at(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(TaskError::at(&folder))?;
    let screen = Screen::start(&folder)?;
    let mut window = Running(screen.spawn(Command::new(&program).args(["gui", "drone_gust"]))?);
    let id = screen.find("Rivus: drone_gust")?;
    screen.xdotool(&["windowfocus", &id])?;
    // Until the gust of the scene blows.
    rest(Duration::from_secs(3));
    let gust = screen.shoot("gust")?;
    screen.xdotool(&["key", "n"])?;
    screen.find("Rivus: drone_hover")?;
    rest(Duration::from_secs(3));
    let hover = screen.shoot("hover")?;
    screen.xdotool(&["key", "2"])?;
    rest(Duration::from_secs(2));
    let killed = screen.shoot("killed")?;
    for (name, path) in [("gust", &gust), ("hover", &hover), ("killed", &killed)] {
        let colors = colors(path)?;
        println!("{name}: {colors} colours, {}", path.display());
        if colors < COLORS_MIN {
            return Err(TaskError::Wrong(format!("{}: nothing is to be seen", path.display())));
        }
    }
    screen.xdotool(&["key", "ctrl+q"])?;
    let is_over = || window.0.try_wait().map_err(TaskError::at(&program));
    let status = wait_for("the window to close", is_over)?;
    if !status.success() {
        return Err(TaskError::Wrong(format!("the window was closed and ended with {status}")));
    }
    if picture == Picture::Update {
        let shown = folders.root.join(SHOWN);
        fs::copy(&gust, &shown).map_err(TaskError::at(&shown))?;
        println!("{}", shown.display());
    }
    Ok(())
}

/// An X server without a screen.
struct Screen {
    display: String,
    folder: PathBuf,
    _server: Running,
}

impl Screen {
    fn start(folder: &Path) -> Result<Self, TaskError> {
        // Two of them at once do not meet.
        let number = 200 + std::process::id() % 700;
        let display = format!(":{number}");
        let mut command = Command::new("Xvfb");
        command.args([&display, "-screen", "0", "1440x900x24", "-nolisten", "tcp"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let server = command.spawn().map_err(|source| process::start_error(&command, source))?;
        let server = Running(server);
        let screen = Self { display, folder: folder.to_owned(), _server: server };
        wait_for("an X server", || {
            let mut command = screen.command("xdotool");
            command.arg("getdisplaygeometry").stdout(Stdio::null()).stderr(Stdio::null());
            let status = command.status();
            let status = status.map_err(|source| process::start_error(&command, source))?;
            Ok(status.success().then_some(()))
        })?;
        Ok(screen)
    }

    /// Starts a program on it that finds nothing of whoever runs this.
    fn spawn(&self, command: &mut Command) -> Result<Child, TaskError> {
        println!("$ {}", process::shown(command));
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY");
        command.env("HOME", &self.folder).env("XDG_RUNTIME_DIR", &self.folder);
        command.env("WGPU_BACKEND", "vulkan").env_remove("XDG_DATA_HOME");
        command.spawn().map_err(|source| process::start_error(command, source))
    }

    /// The window with this title, as soon as it is there.
    fn find(&self, title: &str) -> Result<String, TaskError> {
        wait_for(&format!("a window `{title}`"), || {
            let mut command = self.command("xdotool");
            let output = command.args(["search", "--name", title]).output();
            let output = output.map_err(|source| process::start_error(&command, source))?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            Ok(text.lines().next().map(str::to_owned))
        })
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<(), TaskError> {
        process::run(self.command("xdotool").args(arguments))
    }

    /// A picture of the whole screen.
    fn shoot(&self, name: &str) -> Result<PathBuf, TaskError> {
        let path = self.folder.join(format!("{name}.png"));
        process::run_quietly(self.command("import").args(["-window", "root"]).arg(&path))?;
        Ok(path)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display);
        command
    }
}

/// How many colours a picture has.
fn colors(path: &Path) -> Result<u32, TaskError> {
    let text = process::output(Command::new("identify").args(["-format", "%k"]).arg(path))?;
    let wrong = |_not_a_number| TaskError::Wrong(format!("{}: {text}", path.display()));
    text.trim().parse().map_err(wrong)
}

/// Waits until `look` finds something.
fn wait_for<T>(
    what: &str,
    look: impl FnMut() -> Result<Option<T>, TaskError>,
) -> Result<T, TaskError> {
    patience::wait_for(what, PATIENCE, look)
}
