//! The sheet of keys.

use egui::{Context, Grid, Ui, Window};

use crate::shortcuts::SHORTCUTS;

/// Shows the sheet while `is_open`.
pub(crate) fn help(ctx: &Context, is_open: &mut bool) {
    Window::new("Keys").open(is_open).collapsible(false).resizable(false).show(ctx, |ui| {
        egui::ScrollArea::vertical().show(ui, |ui| ui.horizontal_top(|ui| columns(ui, ctx)));
        ui.weak("Keys do nothing while you type into a field.");
    });
}

/// Keys on the left, everything else on the right.
fn columns(ui: &mut Ui, ctx: &Context) {
    Grid::new("keys").num_columns(2).striped(true).show(ui, |ui| {
        for shortcut in SHORTCUTS {
            ui.monospace(ctx.format_shortcut(&shortcut.key));
            ui.label(shortcut.text);
            ui.end_row();
        }
    });
    ui.add_space(16.0);
    Grid::new("mouse").num_columns(2).striped(true).show(ui, |ui| {
        for (mouse, text) in [
            ("drag", "orbit"),
            ("Shift-drag, right-drag", "pan"),
            ("wheel", "zoom to the cursor"),
            ("double-click", "look at the robot again"),
            ("drag the ring", "move the target; with Shift up and down"),
            ("click in a plot", "look back at that moment"),
        ] {
            ui.monospace(mouse);
            ui.label(text);
            ui.end_row();
        }
        #[cfg(feature = "gamepad")]
        for (control, text) in crate::gamepad::HELP {
            ui.monospace(control);
            ui.label(text);
            ui.end_row();
        }
    });
}
