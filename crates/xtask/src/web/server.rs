//! Serving the page to browsers on this machine.

use alloc::sync::Arc;
use std::fs;
use std::io;
use std::path::Path;
use std::thread::{Builder, JoinHandle};

use tiny_http::{Header, Request, Response};

use super::page::FILES;
use crate::error::TaskError;

/// Beside the type of a file: a page alone with itself gets a clock with fine steps, and a new page
/// is seen when it is loaded again.
const HEADERS: [(&str, &str); 3] = [
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cache-Control", "no-cache"),
];

/// A server that ends with this.
pub(super) struct Server {
    http: Arc<tiny_http::Server>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the files of the page in `folder` on a thread; port 0 is any that is free.
    pub(super) fn start(folder: &Path, port: u16) -> Result<Self, TaskError> {
        let what = format!("a server on port {port}");
        let http = tiny_http::Server::http(("127.0.0.1", port)).map_err(|error| {
            TaskError::System { what: what.clone(), source: io::Error::other(error) }
        })?;
        let http = Arc::new(http);
        let (served, folder) = (Arc::clone(&http), folder.to_owned());
        let serve = move || {
            for request in served.incoming_requests() {
                // A browser that has gone away is none of our business.
                let _ = answer(request, &folder);
            }
        };
        let thread = Builder::new().name("server".to_owned()).spawn(serve);
        let thread = thread.map_err(|source| TaskError::System { what, source })?;
        Ok(Self { http, thread: Some(thread) })
    }

    /// Where it is.
    pub(super) fn address(&self) -> String {
        format!("http://{}/", self.http.server_addr())
    }

    /// Serves until the program ends.
    pub(super) fn wait(mut self) -> Result<(), TaskError> {
        let ended = self.thread.take().map(JoinHandle::join);
        match ended {
            Some(Err(_panic)) => Err(TaskError::Wrong("the server failed".to_owned())),
            _ => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.http.unblock();
        if let Some(thread) = self.thread.take() {
            // A panic in there was reported by its own message.
            let _ = thread.join();
        }
    }
}

/// Sends a file of the page, or says that there is none.
fn answer(request: Request, folder: &Path) -> io::Result<()> {
    let path = request.url().split('?').next().unwrap_or_default().trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    let Some((name, kind)) = FILES.into_iter().find(|(file, _)| *file == name) else {
        return request.respond(Response::empty(404));
    };
    let mut response = Response::from_data(fs::read(folder.join(name))?);
    for (name, value) in HEADERS.into_iter().chain([("Content-Type", kind)]) {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    request.respond(response)
}
