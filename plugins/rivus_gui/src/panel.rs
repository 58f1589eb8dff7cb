//! Panels of other people.

use egui::Ui;

use crate::Session;

/// A panel of a plugin, shown in a window of its own that the user can open and close.
///
/// # Examples
/// ```
/// use rivus_gui::{Panel, Session};
///
/// struct Height;
///
/// impl Panel for Height {
///     fn title(&self) -> &str {
///         "Height"
///     }
///
///     fn ui(&mut self, ui: &mut egui::Ui, session: &mut Session) {
///         let height_m = session.robot().map_or(0.0, |robot| robot.position_m.z);
///         ui.monospace(format!("{height_m:.2} m above the ground"));
///     }
/// }
/// ```
pub trait Panel {
    /// What its window is called.
    fn title(&self) -> &str;

    /// Shows it; `session` knows everything about the flight and takes orders.
    fn ui(&mut self, ui: &mut Ui, session: &mut Session);
}
