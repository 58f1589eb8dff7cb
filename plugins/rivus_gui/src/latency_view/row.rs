//! One row: name, histogram, numbers.

use egui::{Align2, Color32, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo};
use egui::{pos2, vec2};
use rivus_app::Timing;

use super::Table;
use super::bins::{Bar, bars, height};
use super::columns::Column;
use super::text::{column_us, count, exact, spoken};
use crate::Palette;

const ROW_PX: f32 = 21.0;

/// What a row shows.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) name: &'a str,
    /// What the name leaves out.
    pub(super) explanation: &'a str,
    pub(super) rate_hz: Option<u32>,
    pub(super) timing: &'a Timing,
    /// Whether it is unfolded; `None` if there is nothing in it.
    pub(super) fold: Option<bool>,
    /// Whether it is a part of the row above.
    pub(super) is_part: bool,
}

impl<'a> Row<'a> {
    /// A row without parts.
    pub(super) const fn plain(
        name: &'a str,
        explanation: &'a str,
        rate_hz: Option<u32>,
        timing: &'a Timing,
    ) -> Self {
        Self { name, explanation, rate_hz, timing, fold: None, is_part: false }
    }

    fn budget_ns(&self) -> Option<u64> {
        self.timing.budget.map(rivus_app::Budget::limit_ns)
    }
}

/// Shows a row; returns whether it is to be folded or unfolded.
pub(super) fn row(ui: &mut Ui, table: &Table, row: &Row<'_>) -> bool {
    let size = vec2(ui.available_width(), ROW_PX);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    if !ui.is_rect_visible(rect) {
        return false;
    }
    let palette = Palette::of(ui.visuals());
    if response.contains_pointer() {
        ui.painter().rect_filled(rect, 2.0, ui.visuals().faint_bg_color);
    }
    let is_toggled = name(ui, table, row, rect);
    let columns = &table.columns;
    let place = Rect::from_x_y_ranges(
        rect.left() + columns.histogram.start..=rect.left() + columns.histogram.end,
        rect.top() + 1.0..=rect.bottom() - 1.0,
    );
    histogram(ui, table, row, place, &palette);
    for (column, range) in &columns.numbers {
        let (text, color) = number(*column, row, &palette, ui);
        let at = pos2(rect.left() + range.end, rect.center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, text, FontId::monospace(10.5), color);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spoken(row.name, row.timing)));
    response.on_hover_ui_at_pointer(|ui| tooltip(ui, row));
    is_toggled
}

/// The name, with a triangle if it can be unfolded; returns whether it was clicked.
fn name(ui: &Ui, table: &Table, row: &Row<'_>, rect: Rect) -> bool {
    let name = &table.columns.name;
    let place =
        Rect::from_x_y_ranges(rect.left() + name.start..=rect.left() + name.end, rect.y_range());
    let indent_px = if row.is_part { 20.0 } else { 12.0 };
    let mut color =
        if row.is_part { ui.visuals().weak_text_color() } else { ui.visuals().strong_text_color() };
    let mut is_toggled = false;
    if let Some(is_open) = row.fold {
        let response = ui.interact(place, ui.scope_id().with(("fold", row.name)), Sense::click());
        is_toggled = response.clicked();
        let label = format!("systems of {}", row.name);
        response
            .widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, is_open, &label));
        if response.hovered() {
            color = ui.visuals().hyperlink_color;
        }
        triangle(ui, place.left_center() + vec2(4.0, 0.0), is_open, color);
    }
    let at = place.left_center() + vec2(indent_px, 0.0);
    let font = FontId::proportional(if row.is_part { 11.0 } else { 12.0 });
    let clipped = ui.painter().with_clip_rect(place.intersect(ui.clip_rect()));
    clipped.text(at, Align2::LEFT_CENTER, row.name, font, color);
    is_toggled
}

fn triangle(ui: &Ui, center: Pos2, is_open: bool, color: Color32) {
    let corners = if is_open {
        [vec2(-3.5, -2.0), vec2(3.5, -2.0), vec2(0.0, 3.0)]
    } else {
        [vec2(-2.0, -3.5), vec2(3.0, 0.0), vec2(-2.0, 3.5)]
    };
    let corners = corners.iter().map(|corner| center + *corner).collect();
    ui.painter().add(Shape::convex_polygon(corners, color, Stroke::NONE));
}

fn histogram(ui: &Ui, table: &Table, row: &Row<'_>, place: Rect, palette: &Palette) {
    let painter = ui.painter();
    painter.rect_filled(place, 2.0, palette.canvas);
    // A fraction of at most 1, so the cast only rounds.
    let x_of = |time_ns: f64| {
        egui::lerp(place.left()..=place.right(), table.scale.fraction(time_ns) as f32)
    };
    let grid = Stroke::new(1.0, palette.faint.gamma_multiply(0.35));
    let inner = table.scale.marks_ns().map(x_of);
    for x in inner.filter(|x| *x > place.left() + 1.0 && *x < place.right() - 1.0) {
        painter.vline(x, place.y_range(), grid);
    }
    let budget_ns = row.budget_ns();
    let budget_x = budget_ns.map(|budget_ns| x_of(budget_ns as f64));
    let bars = bars(row.timing.histogram.buckets(), table.scale, budget_ns);
    let within = if row.is_part { palette.blue.gamma_multiply(0.7) } else { palette.blue };
    paint_bars(ui, &bars, &BarsPaint { place, budget_x, within, over: palette.red });
    if let Some(x) = budget_x {
        painter.vline(x, place.y_range(), Stroke::new(1.5, palette.amber));
    }
}

/// How bars are painted.
struct BarsPaint {
    place: Rect,
    budget_x: Option<f32>,
    within: Color32,
    over: Color32,
}

fn paint_bars(ui: &Ui, bars: &[Bar], paint: &BarsPaint) {
    let place = paint.place;
    let greatest = bars.iter().map(|bar| bar.within.max(bar.over)).max().unwrap_or(0);
    // As many as BARS, so the cast is exact.
    let bar_px = place.width() / bars.len() as f32;
    let gap_px = (0.2 * bar_px).min(1.0);
    let mut left = place.left();
    for bar in bars {
        let right = left + bar_px;
        // A bar across the budget is parted there.
        let (mut split_left, mut split_right) = (right, left);
        if let Some(x) = paint.budget_x.filter(|x| (left..right).contains(x)) {
            (split_left, split_right) = (x, x);
        }
        let column = |from: f32, to: f32, count: u64, color: Color32| {
            let top = place.bottom() - height(count, greatest) * (place.height() - 2.0);
            let to = (to - gap_px).max(from + 1.0);
            let rect = Rect::from_min_max(pos2(from, top), pos2(to, place.bottom()));
            if count > 0 {
                ui.painter().rect_filled(rect, 0.0, color);
            }
        };
        column(left, split_left, bar.within, paint.within);
        column(split_right, right, bar.over, paint.over);
        left = right;
    }
}

/// What stands in a column, and its colour.
fn number(column: Column, row: &Row<'_>, palette: &Palette, ui: &Ui) -> (String, Color32) {
    let (ink, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let timing = row.timing;
    let is_empty = timing.histogram.count() == 0;
    let time = |time_ns: u64| {
        let is_late = timing.budget.is_some_and(|budget| budget.is_late(time_ns));
        let text = if is_empty { "--".to_owned() } else { column_us(time_ns) };
        (text, if is_late { palette.red } else { ink })
    };
    let counted = |value: u64, color| {
        let is_none = value == 0 || timing.budget.is_none();
        let text = if timing.budget.is_none() { String::new() } else { count(value) };
        (text, if is_none { weak } else { color })
    };
    match column {
        Column::Rate => (row.rate_hz.map_or_else(String::new, |hz| hz.to_string()), weak),
        Column::Median => time(timing.histogram.p50_ns()),
        Column::P99 => time(timing.histogram.p99_ns()),
        Column::Longest => time(timing.histogram.max_ns()),
        Column::Budget => {
            let budget_us = row.budget_ns().map(|budget_ns| budget_ns / 1000);
            (budget_us.map_or_else(String::new, |us| us.to_string()), palette.amber)
        }
        Column::Overruns => counted(timing.overruns, palette.red),
        Column::Preempted => counted(timing.preempted, palette.amber),
    }
}

/// All that is known of the row, exactly.
fn tooltip(ui: &mut Ui, row: &Row<'_>) {
    let histogram = &row.timing.histogram;
    ui.strong(row.name);
    if !row.explanation.is_empty() && row.explanation != row.name {
        ui.weak(row.explanation);
    }
    let lines = [
        ("runs", histogram.count().to_string()),
        ("rate", row.rate_hz.map_or_else(String::new, |hz| format!("{hz} Hz"))),
        ("budget", row.budget_ns().map_or_else(|| "none".to_owned(), exact)),
        ("min", exact(histogram.min_ns())),
        ("mean", exact(histogram.mean_ns())),
        ("p50", exact(histogram.p50_ns())),
        ("p99", exact(histogram.p99_ns())),
        ("p99.9", exact(histogram.p999_ns())),
        ("max", exact(histogram.max_ns())),
        ("overruns", row.timing.overruns.to_string()),
        ("preempted", row.timing.preempted.to_string()),
    ];
    egui::Grid::new("timing").spacing(vec2(12.0, 1.0)).show(ui, |ui| {
        for (name, value) in lines {
            ui.weak(name);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.monospace(value);
            });
            ui.end_row();
        }
    });
    ui.weak("bar height: logarithm of the number of runs");
}
