//! The window on a screen.

use alloc::boxed::Box;

use egui::ViewportBuilder;
use rivus_run::leave_one_cpu;

use crate::{Driver, Loader, Panel, RivusWindow, Session, Wanted, WindowOptions};

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no screen.
    #[error("there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set; try `rivus sim`")]
    NoDisplay,
    /// There can be no thread for the ticks.
    #[error("cannot start the thread of the ticks")]
    Thread(#[from] std::io::Error),
    /// The window system or the graphics driver refuses.
    #[error(
        "cannot open a window: {0} \
         (WGPU_BACKEND=gl or WGPU_BACKEND=vulkan chooses another way to draw)"
    )]
    Window(String),
}

/// Whether there is a screen to open a window on.
#[must_use]
pub fn has_display() -> bool {
    if cfg!(any(target_os = "macos", target_os = "windows")) {
        return true;
    }
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("WAYLAND_DISPLAY") || is_set("DISPLAY")
}

/// Opens the window on the flight `wanted` and returns when it is closed.
///
/// Until then the calling thread leaves one processor to the ticks.
///
/// # Errors
/// If there is no screen, nothing can draw on it, or there can be no thread for the ticks.
pub fn open(
    loader: impl Loader,
    wanted: Wanted,
    panels: Vec<Box<dyn Panel>>,
) -> Result<(), OpenError> {
    if !has_display() {
        return Err(OpenError::NoDisplay);
    }
    let (scenes, policies) = (loader.scenes(), loader.policies());
    let driver = Driver::thread(loader)?;
    // After the thread of the ticks and before there is a device: the threads of a software renderer
    // come from this one, and would take all processors.
    let _left = leave_one_cpu();
    let session = Session::new(driver, wanted, scenes, policies);
    let viewport = ViewportBuilder::default()
        .with_title("Rivus")
        .with_app_id("rivus")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([900.0, 600.0])
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let window = |creation: &eframe::CreationContext<'_>| {
        let window = RivusWindow::new(creation, session, WindowOptions::default());
        let window = panels.into_iter().fold(window, RivusWindow::with_panel);
        Ok(Box::new(window) as Box<dyn eframe::App>)
    };
    eframe::run_native("rivus", options, Box::new(window))
        .map_err(|error| OpenError::Window(error.to_string()))
}
