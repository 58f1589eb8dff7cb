//! What went on over time: stacked plots that share time and cursor.

mod decimate;
mod header;
mod lines;
mod plot;
mod scale;
mod series;
#[cfg(test)]
pub(crate) mod tests;
mod window;

use alloc::collections::{BTreeMap, BTreeSet};
use core::ops::RangeInclusive;

use egui::{Color32, RichText, ScrollArea, Ui};

pub use series::{PlotKind, Series, Source};

use self::header::{HeaderInput, HeaderLayout, Hidden, header};
use self::lines::{Lines, LinesInput};
use self::plot::{PlotInput, plot};
use self::window::Window;
use crate::{History, Palette, SceneInfo};

/// Lengths of the shown time that are one click away, s.
const LENGTHS_S: [u32; 4] = [5, 10, 30, 60];

/// The least height of a plot; if that does not fit for all, they scroll.
const LEAST_PLOT_PX: f32 = 84.0;

/// What the axis of time takes below the lowest plot.
const TIME_AXIS_PX: f32 = 30.0;

/// What the plots show.
#[derive(Clone, Copy, Debug)]
pub struct PlotsInput<'a> {
    /// What flies.
    pub info: &'a SceneInfo,
    /// How it went.
    pub history: &'a History,
    /// Whose lines, by its place in [`SceneInfo::robots`].
    pub robot: usize,
    /// Further lines that the user wants to see.
    pub pins: &'a [Series],
    /// A second run, drawn faint and dashed in the same plots.
    pub other: Option<&'a History>,
    /// The moment one looks back to, s; `None` while live.
    pub cursor_s: Option<f64>,
}

/// What the user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlotsResponse {
    /// Everything shall show this moment, s.
    pub seek_s: Option<f64>,
    /// The plots follow the newest moment again: a double click, or a click on a length of time.
    /// Who looks back may want to go back to live.
    pub is_following_again: bool,
}

/// Stacked plots and what the user has chosen of them.
#[derive(Clone, Debug)]
pub struct Plots {
    window: Window,
    chosen: BTreeSet<PlotKind>,
    open: BTreeSet<PlotKind>,
    hidden: Hidden,
    lines: BTreeMap<PlotKind, Lines>,
    /// The moment under the pointer in the last frame.
    hover_s: Option<f64>,
    /// Whether the vertical axes go back to what fits.
    is_reset_due: bool,
}

impl Default for Plots {
    fn default() -> Self {
        let folded = [PlotKind::Inputs, PlotKind::Wind];
        let is_open = |kind: &PlotKind| !folded.contains(kind);
        Self {
            window: Window::default(),
            chosen: PlotKind::ALL.into(),
            open: PlotKind::ALL.into_iter().filter(is_open).collect(),
            hidden: Hidden::new(),
            lines: BTreeMap::new(),
            hover_s: None,
            is_reset_due: false,
        }
    }
}

/// One plot of this frame.
struct Shown {
    kind: PlotKind,
    series: Vec<Series>,
    /// By series, at the moment that the legend tells of.
    values: Vec<Option<f64>>,
    layout: HeaderLayout,
}

impl Plots {
    /// Shows the plots in all the room that `ui` has.
    pub fn ui(&mut self, ui: &mut Ui, view: &PlotsInput<'_>) -> PlotsResponse {
        let mut response = PlotsResponse::default();
        let newest_s = view.history.span_s().1;
        let moment_s = self.hover_s.or(view.cursor_s).unwrap_or(newest_s);
        response.is_following_again = self.tool_bar(ui, view, moment_s);
        ui.add_space(2.0);

        let room_px = ui.available_height();
        let scroll = ScrollArea::vertical().auto_shrink(false).id_salt("plots");
        scroll.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            self.stack(ui, view, moment_s, room_px, &mut response);
        });
        if response.is_following_again {
            self.window.follow();
            self.is_reset_due = true;
            ui.request_repaint();
        }
        response
    }

    /// Whether the plots move with the newest moment.
    #[must_use]
    pub const fn is_following(&self) -> bool {
        self.window.is_following()
    }

    /// Opens or folds a plot.
    pub fn set_open(&mut self, kind: PlotKind, is_open: bool) {
        if is_open {
            self.open.insert(kind)
        } else {
            self.open.remove(&kind)
        };
    }

    /// Lengths of time, the moment the legend tells of, and which plots there are; returns whether
    /// they shall follow again.
    fn tool_bar(&mut self, ui: &mut Ui, view: &PlotsInput<'_>, moment_s: f64) -> bool {
        let palette = Palette::of(ui.visuals());
        let mut is_following_again = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            ui.weak(RichText::new("last").size(11.5));
            for length_s in LENGTHS_S {
                let is_chosen = self.is_following() && self.window.length_s == f64::from(length_s);
                let text = RichText::new(format!("{length_s} s")).size(11.5);
                let button = ui.selectable_label(is_chosen, text);
                let label = format!("follow the last {length_s} s");
                button.widget_info(|| {
                    egui::WidgetInfo::selected(egui::Role::Button, true, is_chosen, &label)
                });
                let hint = "drag: pan \u{b7} wheel: zoom \u{b7} right drag: zoom to a box\n\
                            double click: follow again \u{b7} click: look back to that moment";
                if button.on_hover_text(format!("{label}\n{hint}")).clicked() {
                    self.window.length_s = f64::from(length_s);
                    is_following_again = true;
                }
            }
            if !self.is_following() {
                let text = RichText::new("held").size(11.5).color(palette.amber);
                ui.label(text).on_hover_text("the time axis stays; double click a plot to follow");
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                self.chooser(ui);
                ui.add_space(4.0);
                let is_live = view.cursor_s.is_none() && self.hover_s.is_none();
                let color = if is_live { ui.visuals().text_color() } else { palette.amber };
                let text = RichText::new(format!("{moment_s:7.2} s")).monospace().size(11.5);
                ui.label(text.color(color)).on_hover_text("the moment the legends tell of");
                if view.other.is_some() {
                    let (rect, _) =
                        ui.allocate_exact_size(egui::vec2(18.0, 10.0), egui::Sense::hover());
                    let ends = [rect.left_center(), rect.right_center()];
                    let stroke = egui::Stroke::new(1.2, palette.ink.gamma_multiply(0.6));
                    ui.painter().extend(egui::Shape::dashed_line(&ends, stroke, 4.0, 3.0));
                    ui.weak(RichText::new("other run").size(11.5));
                }
            });
        });
        is_following_again
    }

    fn chooser(&mut self, ui: &mut Ui) {
        ui.menu_button(RichText::new("Plots").size(11.5), |ui| {
            for kind in PlotKind::ALL {
                let mut is_chosen = self.chosen.contains(&kind);
                if ui.checkbox(&mut is_chosen, kind.title()).changed() {
                    if is_chosen {
                        self.chosen.insert(kind);
                        self.open.insert(kind);
                    } else {
                        self.chosen.remove(&kind);
                    }
                }
            }
        });
    }

    /// The plots that there are for this robot, with what their legends tell of `moment_s`.
    fn shown(&self, ui: &Ui, view: &PlotsInput<'_>, moment_s: f64) -> Vec<Shown> {
        let Some(robot) = view.info.robots.get(view.robot) else { return Vec::new() };
        let snapshot = view.history.at(moment_s);
        let state = snapshot.and_then(|snapshot| snapshot.robots.get(view.robot));
        let of_kind = |kind: PlotKind| {
            let series = kind.series(robot, view.pins);
            let value = |series: &Series| state.and_then(|state| series.source.value(state));
            let values = series.iter().map(value).collect();
            let layout = HeaderLayout::new(ui, kind, &series, ui.available_width());
            (!series.is_empty()).then_some(Shown { kind, series, values, layout })
        };
        let chosen = PlotKind::ALL.into_iter().filter(|kind| self.chosen.contains(kind));
        chosen.filter_map(of_kind).collect()
    }

    fn stack(
        &mut self,
        ui: &mut Ui,
        view: &PlotsInput<'_>,
        moment_s: f64,
        room_px: f32,
        response: &mut PlotsResponse,
    ) {
        let all = self.shown(ui, view, moment_s);
        if all.is_empty() {
            ui.weak("nothing to plot");
            return;
        }
        let plot_px = self.plot_px(ui, &all, room_px);
        let lowest = all.iter().map(|shown| shown.kind).rfind(|kind| self.open.contains(kind));
        let newest_s = view.history.span_s().1;
        let is_reset = core::mem::take(&mut self.is_reset_due);
        self.hover_s = None;
        for shown in &all {
            let range_s = self.window.range_s(newest_s, view.cursor_s);
            let kind = shown.kind;
            let highlight = self.header(ui, shown);
            if !self.open.contains(&kind) {
                continue;
            }
            let is_lowest = lowest == Some(kind);
            self.update_lines(view, shown, &range_s);
            let input = PlotInput {
                kind,
                series: &shown.series,
                lines: self.lines.entry(kind).or_default(),
                hidden: &self.hidden,
                highlight,
                range_s: range_s.clone(),
                cursor_s: view.cursor_s,
                marker_s: (moment_s != newest_s).then_some(moment_s),
                values: &shown.values,
                height_px: plot_px + if is_lowest { TIME_AXIS_PX } else { 0.0 },
                is_lowest,
                is_reset,
            };
            let outcome = plot(ui, &input);
            self.hover_s = self.hover_s.or(outcome.hover_s);
            response.is_following_again |= outcome.is_double_clicked;
            // The plots share the window instead of a link of axes: a link would not know whether
            // it is the user or time that has moved them.
            if let Some(range_s) = outcome.moved_to_s {
                self.window.hold(range_s);
                ui.request_repaint();
            }
            if let Some(clicked_s) = outcome.clicked_s.filter(|_| !view.history.is_empty()) {
                let (oldest_s, newest_s) = view.history.span_s();
                response.seek_s = Some(clicked_s.clamp(oldest_s, newest_s));
            }
        }
    }

    fn header(&mut self, ui: &mut Ui, shown: &Shown) -> Option<usize> {
        let Shown { kind, series, values, layout } = shown;
        let mut is_open = self.open.contains(kind);
        let input = HeaderInput { kind: *kind, series, values, layout };
        let was_open = is_open;
        let highlight = header(ui, &input, &mut is_open, &mut self.hidden);
        if is_open != was_open {
            self.set_open(*kind, is_open);
            ui.request_repaint();
        }
        highlight
    }

    fn update_lines(
        &mut self,
        view: &PlotsInput<'_>,
        shown: &Shown,
        range_s: &RangeInclusive<f64>,
    ) {
        self.lines.entry(shown.kind).or_default().update(&LinesInput {
            histories: [Some(view.history), view.other],
            robot: view.robot,
            series: &shown.series,
            range_s,
            is_angle: shown.kind.is_angle(),
        });
    }

    /// The height of each open plot when all of them share what the headers leave of `room_px`.
    fn plot_px(&self, ui: &Ui, all: &[Shown], room_px: f32) -> f32 {
        let is_open = |shown: &Shown| self.open.contains(&shown.kind);
        let headers_px: f32 = all.iter().map(|shown| shown.layout.height_px(is_open(shown))).sum();
        let open = all.iter().filter(|shown| is_open(shown)).count();
        // A handful of plots, so the casts are exact.
        let gaps_px = ui.spacing().item_spacing.y * (all.len() + open) as f32;
        let left_px = room_px - headers_px - gaps_px - TIME_AXIS_PX;
        let plot_px = left_px / open.max(1) as f32;
        if plot_px.is_finite() { plot_px.floor().max(LEAST_PLOT_PX) } else { LEAST_PLOT_PX }
    }
}

/// What is drawn behind something that matters more.
fn faded(color: Color32) -> Color32 {
    color.gamma_multiply(0.5)
}
