//! Building the page.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use wasm_bindgen_cli_support::Bindgen;

use super::server::Server;
use super::{Then, check};
use crate::cross::sysroot::{self, Library};
use crate::error::TaskError;
use crate::folders::Folders;
use crate::process;

/// The target of web pages.
const TRIPLE: &str = "wasm32-unknown-unknown";

/// The page as a person wrote it.
const INDEX: &str = "plugins/rivus_web/index.html";

/// What the page consists of, with the types that a server says they have.
pub(super) const FILES: [(&str, &str); 3] = [
    ("index.html", "text/html; charset=utf-8"),
    ("rivus.js", "text/javascript; charset=utf-8"),
    ("rivus_bg.wasm", "application/wasm"),
];

/// Builds the page, says how large it is, and does with it what is wanted.
pub(crate) fn make(folders: &Folders, then: Then) -> Result<(), TaskError> {
    let folder = build(folders)?;
    println!("{}: {}", folder.display(), sizes(&folder.join("rivus_bg.wasm"))?);
    match then {
        Then::Nothing => Ok(()),
        Then::Serve { port } => {
            let server = Server::start(&folder, port)?;
            println!("{} until Ctrl+C", server.address());
            server.wait()
        }
        Then::Check => check::fly(folders, &folder),
    }
}

/// Builds all files of the page; returns their folder.
fn build(folders: &Folders) -> Result<PathBuf, TaskError> {
    let sysroot = sysroot::prepare(folders, TRIPLE, Library::Std)?;
    println!("building rivus_web for {TRIPLE}");
    let mut command = sysroot::cargo_with(folders, TRIPLE, &sysroot, "build");
    command.args(["--package", "rivus_web", "--locked"]);
    command.arg("--config").arg(format!("target.{TRIPLE}.linker=\"wasm-ld-22\""));
    // What a browser fetches is small.
    command.args(["--config", "profile.release.opt-level=\"s\""]);
    process::run_quietly(&mut command)?;
    let built = folders.cross.join("build").join(TRIPLE).join("release/rivus_web.wasm");
    let folder = folders.target.join("web");
    fs::create_dir_all(&folder).map_err(TaskError::at(&folder))?;
    bind(&built, &folder)
        .map_err(|error| TaskError::Wrong(format!("{}: {error:#}", built.display())))?;
    let (index, copy) = (folders.root.join(INDEX), folder.join("index.html"));
    fs::copy(&index, &copy).map_err(TaskError::at(&index))?;
    Ok(folder)
}

/// Writes what a browser loads of the program in `built`, and the JavaScript that loads it.
fn bind(built: &Path, folder: &Path) -> Result<(), Box<dyn core::error::Error + Send + Sync>> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(built).out_name("rivus").web(true)?.typescript(false);
    // Names of functions would be a fifth of the file, and only traces of panics show them.
    bindgen.remove_name_section(true).remove_producers_section(true);
    Ok(bindgen.generate(folder)?)
}

/// How large a file is, and how large it is on its way to a browser.
fn sizes(file: &Path) -> Result<String, TaskError> {
    let bytes = fs::read(file).map_err(TaskError::at(file))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).map_err(TaskError::at(file))?;
    let packed = encoder.finish().map_err(TaskError::at(file))?;
    let megabytes = |bytes: &[u8]| bytes.len() as f64 / 1e6;
    Ok(format!("{:.2} MB of WebAssembly, {:.2} MB gzipped", megabytes(&bytes), megabytes(&packed)))
}
