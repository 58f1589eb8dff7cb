//! `cargo xtask web`: the window as a web page, built, served, and flown in a browser.

#[cfg(feature = "web")]
mod browser;
#[cfg(feature = "web")]
mod check;
#[cfg(feature = "web")]
mod page;
#[cfg(feature = "web")]
mod server;

#[cfg(feature = "web")]
pub(crate) use page::make;

#[cfg(not(feature = "web"))]
mod again;
#[cfg(not(feature = "web"))]
pub(crate) use again::make;

/// Where the page is served unless another port is asked for.
pub(crate) const PORT: u16 = 8080;

/// What follows when the page is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Nothing,
    /// It is served until somebody ends it.
    Serve {
        /// Where.
        port: u16,
    },
    /// It is flown in a browser.
    Check,
}
