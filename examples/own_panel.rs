//! A panel of your own in the window: `cargo run --release --example own_panel`.

use rivus::prelude::*;
use rivus::{Panel, Session, Window, egui};

struct Height;

impl Panel for Height {
    fn title(&self) -> &str {
        "Height"
    }

    fn ui(&mut self, ui: &mut egui::Ui, session: &mut Session) {
        let height_m = session.robot().map_or(0.0, |robot| robot.position_m.z);
        ui.label(format!("{height_m:.2} m above the ground"));
        if ui.button("Up to 2 m").clicked() {
            session.set_target(Vector3::new(0.0, 0.0, 2.0));
        }
    }
}

fn main() -> Result<(), RivusError> {
    Window::new().with_panel(Height).open("drone_hover")
}
