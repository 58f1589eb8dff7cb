//! One plot: lines, axes and what the pointer does in it.

use core::ops::RangeInclusive;

use egui::{FontId, Modifiers, Response, Role, Ui, WidgetInfo};
use egui_plot::{
    AxisHints, HoverPosition, Line, LineStyle, Plot, PlotTransform, PlotUi, Points, VLine,
};

use super::header::Hidden;
use super::lines::Lines;
use super::scale::{fixed, mark_text, marks, round_range};
use super::series::axis_unit;
use super::{PlotKind, Series, faded};
use crate::Palette;

/// Room for the numbers of the vertical axis, the same for all plots so that times stand in line.
const VERTICAL_AXIS_PX: f32 = 58.0;

/// What the names of lines of the second run end with.
const OTHER_RUN: &str = ", other run";

/// What a plot shows.
pub(super) struct PlotInput<'a> {
    pub(super) kind: PlotKind,
    pub(super) series: &'a [Series],
    pub(super) lines: &'a Lines,
    pub(super) hidden: &'a Hidden,
    /// The series that stands out.
    pub(super) highlight: Option<usize>,
    pub(super) range_s: RangeInclusive<f64>,
    /// Where one looks back to.
    pub(super) cursor_s: Option<f64>,
    /// Where the lines get dots at `values`.
    pub(super) marker_s: Option<f64>,
    pub(super) values: &'a [Option<f64>],
    pub(super) height_px: f32,
    /// Whether it carries the axis of time.
    pub(super) is_lowest: bool,
    /// Whether the vertical axis goes back to what fits.
    pub(super) is_reset: bool,
}

impl PlotInput<'_> {
    fn is_shown(&self, index: usize) -> bool {
        let name = self.series.get(index).map(|series| series.name.clone());
        name.is_some_and(|name| !self.hidden.contains(&(self.kind, name)))
    }
}

/// What the user did in a plot.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) clicked_s: Option<f64>,
    pub(super) is_double_clicked: bool,
    /// The moment under the pointer.
    pub(super) hover_s: Option<f64>,
    /// The time it was panned or zoomed to.
    pub(super) moved_to_s: Option<RangeInclusive<f64>>,
}

/// Shows a plot as wide as `ui`.
pub(super) fn plot(ui: &mut Ui, input: &PlotInput<'_>) -> Outcome {
    let palette = Palette::of(ui.visuals());
    let values =
        round_range(input.lines.extent(|index| input.is_shown(index)), input.kind.least_span());
    let width_px = ui.available_width() - VERTICAL_AXIS_PX;
    let time = egui::RichText::new("time [s]").size(11.0).weak();
    let mut plot = Plot::new(("plot", input.kind))
        .height(input.height_px)
        .link_cursor(ui.scope_id().with("cursor"), [true, false])
        .allow_zoom([true, false])
        .allow_drag([true, false])
        .allow_axis_zoom_drag(false)
        .allow_scroll(false)
        .set_margin_fraction(egui::Vec2::ZERO)
        .include_y(*values.start())
        .include_y(*values.end())
        .show_y(false)
        .show_axes([input.is_lowest, true])
        .custom_x_axes(vec![axis(AxisHints::new_x(), ui, width_px).label(time)])
        .custom_y_axes(vec![
            axis(AxisHints::new_y(), ui, input.height_px)
                .min_thickness(VERTICAL_AXIS_PX)
                .label_spacing(8.0..=9.0),
        ])
        .x_grid_spacer(|input| marks(&input, 7.0))
        .y_grid_spacer(|input| marks(&input, 2.4))
        .grid_spacing(8.0..=16.0)
        .grid_color(palette.faint.gamma_multiply(0.45))
        .cursor_color(palette.ink.gamma_multiply(0.55))
        .label_formatter(|position| hover_text(input, position));
    if input.is_reset {
        plot = plot.reset();
    }
    let shown = plot.show(ui, |plot_ui| {
        plot_ui.set_plot_bounds_x(input.range_s.clone());
        draw(plot_ui, input, &palette);
    });
    let title = format!("{} over time", input.kind.title());
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &title));
    unit(ui, axis_unit(input.series), *shown.transform.frame());
    outcome(ui, input, &shown.response, &shown.transform)
}

fn axis<'a>(hints: AxisHints<'a>, ui: &Ui, length_px: f32) -> AxisHints<'a> {
    hints
        .formatter(move |mark, range| mark_text(mark, range, length_px))
        .tick_label_font(FontId::monospace(10.0))
        .tick_label_color(ui.visuals().text_color())
}

/// Writes the unit upwards beside the numbers of the vertical axis of the plot at `frame`.
fn unit(ui: &Ui, text: String, frame: egui::Rect) {
    let weak = ui.visuals().weak_text_color();
    // A lone degree sign stands upright and larger, or else it would be taken for dirt.
    let is_sign = text.chars().count() == 1 && !text.is_ascii();
    let font = FontId::proportional(if is_sign { 15.0 } else { 11.0 });
    let galley = ui.painter().layout_no_wrap(text, font, weak);
    let left_px = frame.left() - VERTICAL_AXIS_PX + 2.0;
    if is_sign {
        let at = egui::pos2(left_px + 2.0, frame.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, weak);
        return;
    }
    let at = egui::pos2(left_px, frame.center().y + galley.size().x / 2.0);
    let angle = -core::f32::consts::FRAC_PI_2;
    ui.painter().add(egui::epaint::TextShape::new(at, galley, weak).with_angle(angle));
}

fn draw<'a>(plot_ui: &mut PlotUi<'a>, input: &PlotInput<'a>, palette: &Palette) {
    let color = |index| input.kind.color(index, palette);
    if let Some(cursor_s) = input.cursor_s {
        let line = VLine::new("", cursor_s).color(palette.amber).width(1.5).allow_hover(false);
        plot_ui.vline(line);
    }
    for (index, line) in input.lines.of_run(1).iter().enumerate() {
        let Some(series) = input.series.get(index).filter(|_| input.is_shown(index)) else {
            continue;
        };
        for (piece, points) in line.pieces().enumerate() {
            let name = format!("{}{OTHER_RUN}", series.name);
            let line = Line::new(name, points).id((1, index, piece)).color(faded(color(index)));
            plot_ui.line(line.width(1.2).style(LineStyle::Dashed { length: 5.0 }));
        }
    }
    for (index, line) in input.lines.of_run(0).iter().enumerate() {
        let Some(series) = input.series.get(index).filter(|_| input.is_shown(index)) else {
            continue;
        };
        for (piece, points) in line.pieces().enumerate() {
            let line = Line::new(series.name.as_str(), points).id((0, index, piece));
            let is_highlighted = input.highlight == Some(index);
            plot_ui.line(line.color(color(index)).width(1.5).highlight(is_highlighted));
        }
    }
    let Some(marker_s) = input.marker_s else { return };
    for (index, value) in input.values.iter().enumerate() {
        if let Some(value) = value.filter(|_| input.is_shown(index)) {
            let dot = Points::new("", vec![[marker_s, value]]).id((2, index));
            plot_ui.points(dot.radius(2.5).color(color(index)).allow_hover(false));
        }
    }
}

/// Name, value and time of the point under the pointer.
fn hover_text(input: &PlotInput<'_>, position: &HoverPosition<'_>) -> Option<String> {
    let HoverPosition::NearDataPoint { plot_name, position, .. } = position else { return None };
    let name = plot_name.strip_suffix(OTHER_RUN).unwrap_or(plot_name);
    let series = input.series.iter().find(|series| series.name == name)?;
    let decimals = input.kind.decimals() + 1;
    let value = format!("{} {}", fixed(position.y, decimals), series.unit);
    Some(format!("{plot_name}  {}\nat {:.2} s", value.trim_end(), position.x))
}

fn outcome(
    ui: &Ui,
    input: &PlotInput<'_>,
    response: &Response,
    transform: &PlotTransform,
) -> Outcome {
    let time_s = |pos: egui::Pos2| transform.value_from_position(pos).x;
    let shown_s = transform.bounds().range_x();
    let is_double_clicked = response.double_clicked();
    let has_moved = !is_double_clicked && shown_s != input.range_s;
    let moved_to_s = has_moved.then_some(shown_s).or_else(|| {
        let pointer_s = response.contains_pointer().then(|| ui.input(|i| i.pointer.hover_pos()));
        scrolled(ui, &input.range_s, time_s(pointer_s.flatten()?))
    });
    let clicked = (response.clicked() && !is_double_clicked)
        .then(|| response.interact_pointer_pos().map(time_s))
        .flatten();
    Outcome {
        clicked_s: clicked,
        is_double_clicked,
        hover_s: response.hover_pos().map(time_s),
        moved_to_s,
    }
}

/// Where the wheel moves `range_s` to: it zooms about the pointer, or pans if it goes sideways.
fn scrolled(ui: &Ui, range_s: &RangeInclusive<f64>, pointer_s: f64) -> Option<RangeInclusive<f64>> {
    let wheel_px = ui.input_mut(|input| {
        let is_plain = input.modifiers.matches_exact(Modifiers::NONE);
        // What is taken here must not scroll the plots away.
        if is_plain { core::mem::take(&mut input.smooth_scroll_delta) } else { egui::Vec2::ZERO }
    });
    if wheel_px == egui::Vec2::ZERO {
        return None;
    }
    let (start_s, end_s) = (*range_s.start(), *range_s.end());
    let factor = f64::from(-wheel_px.y / 200.0).exp();
    let length_s = ((end_s - start_s) * factor).clamp(0.05, 2.0 * f64::from(crate::KEPT_S));
    let factor = length_s / (end_s - start_s);
    let pan_s = f64::from(-wheel_px.x / 400.0) * length_s;
    let start_s = pointer_s + (start_s - pointer_s) * factor + pan_s;
    Some(start_s..=start_s + length_s)
}
