//! The 3D view: what its pictures show, and what the mouse does in it.
//!
//! With `RIVUS_GALLERY=<folder>` the pictures are written there, to be looked at.

#![expect(clippy::unwrap_used, reason = "what a test needs is there, or the test fails")]

extern crate alloc;

mod flights;
mod pictures;
mod window;

/// Says why a test is skipped, or fails where everything must be there.
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn skip(reason: &str) {
    assert!(std::env::var("RIVUS_REQUIRE").as_deref() != Ok("all"), "{reason}");
    eprintln!("skipped: {reason}");
}

/// The folder for pictures that somebody wants to look at.
fn gallery() -> Option<std::path::PathBuf> {
    let folder = std::path::PathBuf::from(std::env::var_os("RIVUS_GALLERY")?);
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}
