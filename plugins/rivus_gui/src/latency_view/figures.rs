//! How the loop is doing, in a few figures.

use egui::{Align, Color32, Layout, RichText, Ui, vec2};

use super::LatencyInput;
use super::text;
use crate::{LoopReport, Palette};

/// A figure: what it is, its value, its colour, and what it means.
struct Figure {
    name: &'static str,
    value: String,
    color: Color32,
    explanation: &'static str,
}

/// Shows the figures in a row that wraps.
pub(super) fn figures(ui: &mut Ui, view: &LatencyInput<'_>) {
    let figures = all(view, ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(14.0, 4.0);
        for figure in figures {
            let size = vec2(figure.width_px(), 30.0);
            let response = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(RichText::new(figure.name).size(10.0).weak());
                let value = RichText::new(&figure.value).monospace().size(13.0);
                ui.add(egui::Label::new(value.color(figure.color)).extend());
            });
            response.response.on_hover_text(figure.explanation);
        }
    });
}

impl Figure {
    /// Wide enough for its name and its value, px.
    fn width_px(&self) -> f32 {
        // Short texts, so the casts are exact.
        let name_px = self.name.chars().count() as f32 * 5.4;
        let value_px = self.value.chars().count() as f32 * 8.0;
        name_px.max(value_px)
    }
}

fn all(view: &LatencyInput<'_>, ui: &Ui) -> [Figure; 6] {
    let LatencyInput { timings, report } = view;
    let palette = Palette::of(ui.visuals());
    let ink = ui.visuals().text_color();
    let counted = |name, count: u64, color, explanation| {
        let color = if count == 0 { ink } else { color };
        Figure { name, value: format!("{:<7}", text::count(count)), color, explanation }
    };
    let preempted = timings.tick.preempted
        + timings.stages.iter().map(|stage| stage.timing.preempted).sum::<u64>();
    [
        real_time(view, &palette, ink),
        Figure {
            name: "Grade",
            value: report.grade.map_or_else(|| "recorded".to_owned(), |grade| grade.to_string()),
            color: ink,
            explanation: "how the thread of the ticks is scheduled: under a window it asks for \
                          nothing; `rivus doctor` tells what this machine can do",
        },
        counted(
            "Missed ticks",
            report.skipped_ticks.max(timings.skipped_ticks),
            palette.red,
            "ticks that were given up because those before took too long",
        ),
        counted("Overruns", timings.overruns(), palette.red, "stages and ticks over their budget"),
        counted(
            "Preempted",
            preempted,
            palette.amber,
            "over budget on the wall while the thread did not have the CPU",
        ),
        counted(
            "Dropped snapshots",
            report.dropped_snapshots,
            palette.amber,
            "what the window was too slow to show; the loop never waits for it",
        ),
    ]
}

fn real_time(view: &LatencyInput<'_>, palette: &Palette, ink: Color32) -> Figure {
    let LoopReport { realtime_factor, wanted_speed, .. } = *view.report;
    let (value, color) = match (realtime_factor, wanted_speed) {
        (None, _) => ("\u{2013}".to_owned(), ink),
        (Some(factor), Some(wanted)) => (
            format!("{factor:.2}\u{d7} of {wanted:.2}\u{d7}"),
            speed_color(factor, wanted, palette),
        ),
        (Some(factor), None) => (format!("{factor:.1}\u{d7} as fast as possible"), ink),
    };
    let explanation = "time of the robots by time on the wall";
    Figure { name: "Real-time factor", value, color, explanation }
}

/// Green within a hundredth of what was asked for, amber within a tenth, red below.
fn speed_color(factor: f64, wanted: f64, palette: &Palette) -> Color32 {
    match factor / wanted {
        ratio if ratio >= 0.99 => palette.green,
        ratio if ratio >= 0.9 => palette.amber,
        _ => palette.red,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falling_behind_turns_amber_then_red() {
        let palette = Palette::DARK;
        let colors = [0.998, 0.95, 0.3].map(|factor| speed_color(factor, 1.0, &palette));
        assert_eq!(colors, [palette.green, palette.amber, palette.red]);
        assert_eq!(speed_color(4.99, 5.0, &palette), palette.green);
    }
}
