//! Whether stages, systems and ticks keep their budgets.

mod bins;
mod columns;
mod figures;
mod row;
#[cfg(test)]
mod tests;
mod text;

use alloc::collections::BTreeSet;

use egui::{Align2, FontId, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};
use rivus_app::{Stage, StageTiming, Timing, Timings};

use self::bins::LogScale;
use self::columns::Columns;
use self::row::{Row, row};
use crate::{LoopReport, Palette};

/// What the latency view shows.
#[derive(Clone, Copy, Debug)]
pub struct LatencyInput<'a> {
    /// All that was measured.
    pub timings: &'a Timings,
    /// How the loop is doing.
    pub report: &'a LoopReport,
}

/// Histograms of wall times against budgets, and which stages are unfolded.
#[derive(Clone, Debug, Default)]
pub struct LatencyView {
    unfolded: BTreeSet<Stage>,
}

impl LatencyView {
    /// Shows it in all the room that `ui` has.
    pub fn ui(&mut self, ui: &mut Ui, view: &LatencyInput<'_>) {
        figures::figures(ui, view);
        ui.add_space(4.0);
        let scroll = ScrollArea::vertical().auto_shrink(false).id_salt("latency");
        scroll.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            self.table(ui, view.timings);
            ui.add_space(6.0);
            overruns(ui, &view.report.recent_overruns);
        });
    }

    fn table(&mut self, ui: &mut Ui, timings: &Timings) {
        if timings.tick.histogram.count() == 0 {
            ui.weak("nothing was measured yet");
            return;
        }
        let stages = timings.stages.iter().map(|stage| &stage.timing);
        let systems = timings.systems.iter().map(|system| &system.timing);
        let all = stages.chain(systems).chain([&timings.observers, &timings.tick]);
        let table = Table {
            columns: Columns::new(ui.available_width() - 4.0),
            scale: LogScale::around(all.flat_map(ends_ns)),
        };
        headings(ui, &table);
        let tick_hz = timings.stages.iter().map(|stage| stage.rate_hz).max();
        let explanation = "the whole tick, observers included";
        row(ui, &table, &Row::plain("whole tick", explanation, tick_hz, &timings.tick));
        for stage in &timings.stages {
            self.stage(ui, &table, timings, stage);
        }
        if timings.observers.histogram.count() > 0 {
            let name = "observers";
            row(
                ui,
                &table,
                &Row::plain(name, "all observers together", tick_hz, &timings.observers),
            );
        }
    }

    fn stage(&mut self, ui: &mut Ui, table: &Table, timings: &Timings, stage: &StageTiming) {
        let is_open = self.unfolded.contains(&stage.stage);
        let of_stage = Row {
            fold: Some(is_open),
            ..Row::plain(stage.stage.name(), "", Some(stage.rate_hz), &stage.timing)
        };
        if row(ui, table, &of_stage) {
            if is_open {
                self.unfolded.remove(&stage.stage)
            } else {
                self.unfolded.insert(stage.stage)
            };
            ui.request_repaint();
        }
        if !is_open {
            return;
        }
        for system in timings.systems.iter().filter(|system| system.stage == stage.stage) {
            let name = text::short_name(&system.name);
            let of_system = Row::plain(name, &system.name, Some(system.rate_hz), &system.timing);
            row(ui, table, &Row { is_part: true, ..of_system });
        }
    }
}

/// What all rows share.
struct Table {
    columns: Columns,
    scale: LogScale,
}

/// What the axis must hold of a row; what is faster than 99 of 100 runs goes into the first bar.
fn ends_ns(timing: &Timing) -> [u64; 3] {
    let histogram = &timing.histogram;
    let budget_ns = timing.budget.map_or(0, rivus_app::Budget::limit_ns);
    [histogram.quantile_ns(10), histogram.max_ns(), budget_ns]
}

fn headings(ui: &mut Ui, table: &Table) {
    let font = FontId::proportional(10.0);
    let weak = ui.visuals().weak_text_color();
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 15.0), Sense::hover());
    let middle = rect.center().y;
    let left = |text: &str, x: f32| {
        ui.painter().text(pos2(x, middle), Align2::LEFT_CENTER, text, font.clone(), weak);
    };
    left("stage", rect.left() + 12.0);
    for (column, range) in &table.columns.numbers {
        let at = pos2(rect.left() + range.end, middle);
        ui.painter().text(at, Align2::RIGHT_CENTER, column.heading(), font.clone(), weak);
        let place = Rect::from_x_y_ranges(
            rect.left() + range.start..=rect.left() + range.end,
            rect.y_range(),
        );
        let id = ui.scope_id().with(("heading", column.heading()));
        ui.interact(place, id, Sense::hover()).on_hover_text(column.explanation());
    }
    let (start, end) = (table.columns.histogram.start, table.columns.histogram.end);
    let mut free_from = f32::NEG_INFINITY;
    for mark_ns in table.scale.marks_ns() {
        // A fraction of at most 1, so the cast only rounds.
        let fraction = table.scale.fraction(mark_ns) as f32;
        let text = text::mark(mark_ns);
        let galley = ui.painter().layout_no_wrap(text, font.clone(), weak);
        let width = galley.size().x;
        let x = egui::lerp(start..=end, fraction) - width / 2.0;
        let x = x.clamp(start - 4.0, (end + 4.0 - width).max(start));
        if x > free_from {
            free_from = x + width + 3.0;
            let at = pos2(rect.left() + x, middle - galley.size().y / 2.0);
            ui.painter().galley(at, galley, weak);
        }
    }
}

fn overruns(ui: &mut Ui, recent: &[String]) {
    let palette = Palette::of(ui.visuals());
    if recent.is_empty() {
        ui.weak(RichText::new("No overruns so far.").size(11.0));
        return;
    }
    ui.label(RichText::new("Last overruns").size(11.0).strong());
    for overrun in recent.iter().rev() {
        let text = RichText::new(overrun).monospace().size(10.5).color(palette.red);
        ui.add(egui::Label::new(text).truncate());
    }
}
