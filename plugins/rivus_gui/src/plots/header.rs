//! Title and legend of a plot in one: each entry tells the value of now and hides its line.

use alloc::collections::BTreeSet;

use egui::{Align2, FontId, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::scale::fixed;
use super::{PlotKind, Series};
use crate::Palette;

const ROW_PX: f32 = 18.0;
const DOT_PX: f32 = 11.0;
const GAP_PX: f32 = 9.0;
const TRIANGLE_PX: f32 = 15.0;

/// Which lines are hidden: plot and name.
pub(super) type Hidden = BTreeSet<(PlotKind, String)>;

fn name_font() -> FontId {
    FontId::proportional(11.0)
}

fn value_font() -> FontId {
    FontId::monospace(10.5)
}

fn title_font() -> FontId {
    FontId::proportional(12.5)
}

/// Characters of a value in the legend, and decimals of it.
const fn value_format(kind: PlotKind) -> (usize, usize) {
    match kind {
        PlotKind::RotorCommands => (5, 0),
        PlotKind::Wind => (6, kind.decimals()),
        PlotKind::Attitude => (6, kind.decimals()),
        PlotKind::PositionError
        | PlotKind::Joints
        | PlotKind::Outputs
        | PlotKind::Inputs
        | PlotKind::Pinned => (7, kind.decimals()),
    }
}

/// What stands for a value: as wide for every value, dashes if there is none.
fn value_text(kind: PlotKind, value: Option<f64>) -> String {
    let (width, decimals) = value_format(kind);
    let text = value.map_or_else(|| "--".to_owned(), |value| fixed(value, decimals));
    format!("{text:>width$}")
}

/// Where everything of a header goes, from its upper left corner.
#[derive(Clone, Debug, Default)]
pub(super) struct HeaderLayout {
    title_px: f32,
    /// By series.
    entries: Vec<Rect>,
    /// What several entries begin with.
    groups: Vec<(Pos2, String)>,
    rows: usize,
}

impl HeaderLayout {
    /// Puts the entries next to the title if they fit, or else below it, a row for each group.
    pub(super) fn new(ui: &Ui, kind: PlotKind, series: &[Series], width_px: f32) -> Self {
        let text_px = |text: &str, font: FontId| {
            ui.painter().layout_no_wrap(text.to_owned(), font, egui::Color32::WHITE).size().x
        };
        let title_px = TRIANGLE_PX + text_px(kind.title(), title_font()) + GAP_PX;
        let value_px = text_px(&value_text(kind, Some(0.0)), value_font());
        let entry_px = |series: &Series| {
            DOT_PX + text_px(series.split_name().1, name_font()) + 3.0 + value_px + GAP_PX
        };
        let widths: Vec<f32> = series.iter().map(entry_px).collect();
        let is_inline = series.iter().all(|series| series.split_name().0.is_empty())
            && title_px + widths.iter().sum::<f32>() <= width_px;

        let group_px =
            series.iter().map(|series| text_px(series.split_name().0, name_font()) + GAP_PX);
        let indent_px = TRIANGLE_PX + group_px.fold(0.0, f32::max);
        let mut layout = Self { title_px, rows: 1, ..Self::default() };
        let mut at =
            pos2(if is_inline { width_px - widths.iter().sum::<f32>() } else { width_px }, 0.0);
        let mut group = "";
        for (series, entry_px) in series.iter().zip(widths) {
            let is_new_group = series.split_name().0 != group;
            group = series.split_name().0;
            if !is_inline && (is_new_group || at.x + entry_px > width_px) {
                at = pos2(indent_px, at.y + ROW_PX);
                layout.rows += 1;
            }
            if is_new_group {
                layout.groups.push((pos2(TRIANGLE_PX, at.y), group.to_owned()));
            }
            layout.entries.push(Rect::from_min_size(at, vec2(entry_px, ROW_PX)));
            at.x += entry_px;
        }
        layout
    }

    /// Its height; folded, only the title is left.
    pub(super) fn height_px(&self, is_open: bool) -> f32 {
        // A handful of rows, so the cast is exact.
        if is_open { self.rows as f32 * ROW_PX } else { ROW_PX }
    }
}

/// What a header shows.
pub(super) struct HeaderInput<'a> {
    pub(super) kind: PlotKind,
    pub(super) series: &'a [Series],
    /// By series.
    pub(super) values: &'a [Option<f64>],
    pub(super) layout: &'a HeaderLayout,
}

/// Paints it; returns which series the pointer is on.
pub(super) fn header(
    ui: &mut Ui,
    input: &HeaderInput<'_>,
    is_open: &mut bool,
    hidden: &mut Hidden,
) -> Option<usize> {
    let size = vec2(ui.available_width(), input.layout.height_px(*is_open));
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let is_whole = *is_open || input.layout.rows == 1;
    title(ui, input, rect.min, is_open);
    if !is_whole {
        return None;
    }
    let weak = ui.visuals().weak_text_color();
    for (at, group) in &input.layout.groups {
        let at = rect.min + at.to_vec2() + vec2(0.0, ROW_PX / 2.0);
        ui.painter().text(at, Align2::LEFT_CENTER, group, name_font(), weak);
    }
    let entries = input.series.iter().zip(input.values).zip(&input.layout.entries).enumerate();
    let mut hovered = None;
    for (index, ((series, value), place)) in entries {
        let place = place.translate(rect.min.to_vec2());
        if entry(ui, input.kind, &Entry { index, series, value: *value, place }, hidden) {
            hovered = Some(index);
        }
    }
    hovered
}

fn title(ui: &Ui, input: &HeaderInput<'_>, at: Pos2, is_open: &mut bool) {
    let kind = input.kind;
    let rect = Rect::from_min_size(at, vec2(input.layout.title_px, ROW_PX));
    let response = ui.interact(rect, ui.scope_id().with(("title", kind)), Sense::click());
    let is_toggled = response.clicked();
    *is_open ^= is_toggled;
    let color = ui.style().interact(&response).fg_stroke.color;
    let (center, reach) = (rect.left_center() + vec2(5.0, 0.0), 3.5);
    let corners = if *is_open {
        [vec2(-reach, -2.0), vec2(reach, -2.0), vec2(0.0, 3.0)]
    } else {
        [vec2(-2.0, -reach), vec2(3.0, 0.0), vec2(-2.0, reach)]
    };
    let corners: Vec<Pos2> = corners.iter().map(|corner: &Vec2| center + *corner).collect();
    ui.painter().add(egui::Shape::convex_polygon(corners, color, egui::Stroke::NONE));
    let text_at = rect.left_center() + vec2(TRIANGLE_PX, 0.0);
    let strong = ui.visuals().strong_text_color();
    ui.painter().text(text_at, Align2::LEFT_CENTER, kind.title(), title_font(), strong);
    let is_open = *is_open;
    response.widget_info(|| {
        WidgetInfo::selected(Role::DisclosureTriangle, true, is_open, kind.title())
    });
    let todo = if is_open { "click to fold" } else { "click to unfold" };
    response.on_hover_text(format!("{}\n{todo}", kind.explanation()));
}

/// One entry of the legend.
struct Entry<'a> {
    index: usize,
    series: &'a Series,
    value: Option<f64>,
    place: Rect,
}

/// Paints one entry and hides or shows its line on click; returns whether the pointer is on it.
fn entry(ui: &Ui, kind: PlotKind, entry: &Entry<'_>, hidden: &mut Hidden) -> bool {
    let Entry { index, series, value, place } = entry;
    let palette = Palette::of(ui.visuals());
    let response = ui.interact(*place, ui.scope_id().with((kind, &series.name)), Sense::click());
    let key = (kind, series.name.clone());
    if response.clicked() && !hidden.remove(&key) {
        hidden.insert(key.clone());
    }
    let is_shown = !hidden.contains(&key);

    let painter = ui.painter();
    let color = kind.color(*index, &palette);
    let dot = place.left_center() + vec2(DOT_PX / 2.0 - 1.5, 0.0);
    let (ink, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    if is_shown {
        painter.circle_filled(dot, 3.5, color);
    } else {
        painter.circle_stroke(dot, 3.0, egui::Stroke::new(1.0, palette.faint));
    }
    let name_at = place.left_center() + vec2(DOT_PX, 0.0);
    let name_color = if response.hovered() { ui.visuals().strong_text_color() } else { ink };
    let name_color = if is_shown { name_color } else { palette.faint };
    let name = series.split_name().1;
    painter.text(name_at, Align2::LEFT_CENTER, name, name_font(), name_color);
    let value_at = place.right_center() - vec2(GAP_PX, 0.0);
    let value_color = if is_shown { weak.lerp_to_gamma(ink, 0.6) } else { palette.faint };
    let text = value_text(kind, *value);
    painter.text(value_at, Align2::RIGHT_CENTER, text, value_font(), value_color);

    response.widget_info(|| {
        let label = format!("{}: {}", kind.title(), series.name);
        WidgetInfo::selected(Role::CheckBox, true, is_shown, label)
    });
    let is_hovered = response.hovered();
    response.on_hover_ui(|ui| {
        let value = value.map_or_else(|| "no value".to_owned(), |value| format!("{value:.6}"));
        ui.label(format!("{} {value} {}", series.name, series.unit));
        ui.weak(if is_shown { "click to hide" } else { "click to show" });
    });
    is_hovered && is_shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_wide_whatever_they_are() {
        for kind in PlotKind::ALL {
            let texts = [None, Some(0.0), Some(-0.0), Some(-9.87), Some(11.2)]
                .map(|value| value_text(kind, value));
            assert!(texts.iter().all(|text| text.len() == texts[0].len()), "{texts:?}");
            assert_eq!(texts[1], texts[2]);
        }
    }
}
