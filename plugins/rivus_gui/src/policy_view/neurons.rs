//! Neurons and the texts around them.

use core::ops::Range;

use egui::{Align2, Color32, FontId, Painter, Rect, Stroke, pos2, vec2};

use super::circuit::{Circuit, heading};
use super::layout::{BRACKET, GAP, Places, TextSizes};
use super::steady::steady;
use crate::{Palette, RobotState};

/// What everything is painted with.
pub(super) struct Brush<'a> {
    pub(super) painter: &'a Painter,
    pub(super) palette: Palette,
    pub(super) circuit: &'a Circuit,
    pub(super) places: &'a Places,
}

/// How a neuron is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) activation: f32,
    /// Another neuron is looked at, and this one has nothing to do with it.
    pub(super) is_faded: bool,
    pub(super) is_pinned: bool,
    pub(super) is_hovered: bool,
}

const LEGEND: [&str; 5] = ["excites", "inhibits", "activation", "−1", "+1"];
const SWATCH: f32 = 18.0;
const SCALE: f32 = 72.0;

pub(super) fn label_font() -> FontId {
    FontId::proportional(11.0)
}

fn value_font() -> FontId {
    FontId::monospace(10.5)
}

/// Positive orange, zero neutral, negative blue; -1 and +1 and what is beyond are pure.
pub(super) fn activation_color(palette: &Palette, activation: f32) -> Color32 {
    let neutral = palette.canvas.lerp_to_gamma(palette.faint, 0.42);
    sign_color(palette, activation)
        .map_or(neutral, |pure| neutral.lerp_to_gamma(pure, vividness(activation)))
}

/// How much is shown of an activation, 0 to 1: small ones are most of what there is, and would
/// hardly be seen in proportion.
pub(super) fn vividness(activation: f32) -> f32 {
    activation.abs().min(1.0).powf(0.6)
}

/// Orange excites, blue inhibits.
pub(super) fn sign_color(palette: &Palette, value: f32) -> Option<Color32> {
    match value {
        value if value > 0.0 => Some(palette.lines[0]),
        value if value < 0.0 => Some(palette.blue),
        _ => None,
    }
}

/// How large the texts of a circuit are.
pub(super) fn text_sizes(painter: &Painter, circuit: &Circuit) -> TextSizes {
    let width = |text: &str, font: FontId| {
        painter.layout_no_wrap(text.into(), font, Color32::PLACEHOLDER).size()
    };
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| width(text, label_font()).x).fold(0.0, f32::max)
    };
    let neighbours = |texts: &mut dyn Iterator<Item = &str>| {
        let widths: Vec<f32> = texts.map(|text| width(text, label_font()).x).collect();
        widths.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).fold(0.0, f32::max)
    };
    let columns = &circuit.outline.columns;
    let name = |nodes: &Range<usize>| heading(&circuit.graph, nodes.start);
    let counted: Vec<String> =
        columns.iter().map(|nodes| format!("{} {}", name(nodes), nodes.len())).collect();
    let ends = [columns.first(), columns.last()].map(|column| {
        let nodes = column.cloned().unwrap_or_default();
        circuit.channels[nodes].iter().flatten()
    });
    let [parts, captions] = [
        ends.clone().map(|end| widest(&mut end.map(|channel| channel.part.as_str()))),
        ends.map(|end| {
            widest(&mut end.flat_map(|channel| [channel.quantity.as_str(), channel.unit]))
        }),
    ];
    TextSizes {
        line: width("Ag", label_font()).y,
        headings: [
            neighbours(&mut counted.iter().map(String::as_str)),
            neighbours(&mut columns.iter().map(name)),
        ],
        heading_end: widest(
            &mut counted.first().into_iter().chain(counted.last()).map(String::as_str),
        ),
        value: width("+0.000", value_font()).x,
        parts,
        captions,
        legend: widest(&mut LEGEND.into_iter()) * 5.0 + 2.0 * SWATCH + SCALE,
    }
}

impl Brush<'_> {
    fn quiet(&self) -> Color32 {
        self.palette.ink.lerp_to_gamma(self.palette.canvas, 0.38)
    }

    pub(super) fn neuron(&self, node: usize, look: Look) {
        let (center, radius) = (self.places.centers[node], self.places.radii[node]);
        let opacity = if look.is_faded { 0.25 } else { 1.0 };
        let palette = &self.palette;
        // Curves end behind a neuron, so that a faded one stays a disc.
        self.painter.circle_filled(center, radius + 1.0, palette.canvas);
        let fill = activation_color(palette, look.activation).gamma_multiply(opacity);
        let rim = if look.is_hovered { palette.ink } else { self.quiet().gamma_multiply(0.8) };
        let rim = Stroke::new(if look.is_hovered { 1.6 } else { 1.0 }, rim.gamma_multiply(opacity));
        self.painter.circle(center, radius, fill, rim);
        if look.is_pinned {
            self.painter.circle_stroke(center, radius + 3.0, Stroke::new(1.5, palette.ink));
        }
    }

    pub(super) fn headings(&self) {
        if self.places.detail.headings == 0 {
            return;
        }
        let columns = &self.circuit.outline.columns;
        for (nodes, &x) in columns.iter().zip(&self.places.columns) {
            let name = heading(&self.circuit.graph, nodes.start);
            let font = label_font();
            let name = self.painter.layout_no_wrap(name.into(), font.clone(), self.palette.ink);
            let count = match self.places.detail.headings {
                2 => format!(" {}", nodes.len()),
                _ => String::new(),
            };
            let count = self.painter.layout_no_wrap(count, font, self.quiet());
            let left = x - 0.5 * (name.size().x + count.size().x);
            let top = self.places.lines[0] - 0.5 * name.size().y;
            let after = left + name.size().x;
            self.painter.galley(pos2(left, top), name, self.palette.ink);
            self.painter.galley(pos2(after, top), count, self.palette.ink);
        }
    }

    /// The channels on the left and on the right, with their values now.
    pub(super) fn channels(&self, sizes: &TextSizes, now: &RobotState, faded: &[bool]) {
        let outline = &self.circuit.outline;
        if self.places.centers.is_empty() {
            return;
        }
        for (end, groups) in [&outline.input_groups, &outline.output_groups].into_iter().enumerate()
        {
            let lines = self.places.detail.caption_lines[end];
            let direction = if end == 0 { -1.0 } else { 1.0 };
            for group in groups {
                let mut reach = self.places.radii[group.start] + GAP;
                if self.places.detail.rows {
                    for node in group.clone() {
                        self.row(node, [direction, sizes.parts[end]], now, faded[node]);
                    }
                    reach += sizes.parts[end] + sizes.value + GAP;
                }
                if lines > 0 {
                    self.caption(group, direction * reach, lines);
                }
            }
        }
    }

    /// Part and value beside a neuron, in this order on both sides.
    fn row(&self, node: usize, [direction, part_width]: [f32; 2], now: &RobotState, faded: bool) {
        let Some(channel) = &self.circuit.channels[node] else { return };
        let signal = self.circuit.signal(node);
        let value = signal.and_then(|signal| signal.value(now));
        let value = value.map_or_else(|| "–".into(), steady);
        let opacity = if faded { 0.3 } else { 1.0 };
        let [ink, quiet] =
            [self.palette.ink, self.quiet()].map(|color| color.gamma_multiply(opacity));
        let beside =
            self.places.centers[node] + vec2(direction * (self.places.radii[node] + GAP), 0.0);
        let value_width = self.painter.layout_no_wrap("+0.000".into(), value_font(), ink).size().x;
        let width = part_width + GAP + value_width;
        let left = if direction < 0.0 { beside.x - width } else { beside.x };
        let text = |x: f32, align: Align2, text: &str, font: FontId, color: Color32| {
            self.painter.text(pos2(x, beside.y), align, text, font, color);
        };
        text(left, Align2::LEFT_CENTER, &channel.part, label_font(), quiet);
        text(left + width, Align2::RIGHT_CENTER, &value, value_font(), ink);
    }

    /// A bracket beside a group, and what the group is.
    fn caption(&self, group: &Range<usize>, reach: f32, lines: usize) {
        let Some(channel) = &self.circuit.channels[group.start] else { return };
        let span = self.places.group_span(group);
        let direction = reach.signum();
        let inner = self.places.columns[if direction < 0.0 { 0 } else { self.last() }] + reach;
        let x = inner + direction * 0.4 * BRACKET;
        let line = Stroke::new(1.0, self.palette.faint);
        if group.len() > 1 {
            let foot = |y: f32| [pos2(x - direction * 3.0, y), pos2(x, y)];
            self.painter.line_segment(foot(span.start - 4.0), line);
            self.painter.line_segment(foot(span.end + 4.0), line);
            self.painter.vline(x, span.start - 4.0..=span.end + 4.0, line);
        }
        let x = inner + direction * BRACKET;
        let middle = 0.5 * (span.start + span.end);
        let align = |y: egui::Align| {
            Align2([if direction < 0.0 { egui::Align::RIGHT } else { egui::Align::LEFT }, y])
        };
        let quantity = &channel.quantity;
        let (font, ink) = (label_font(), self.palette.ink);
        if lines == 2 && !channel.unit.is_empty() {
            let at = pos2(x, middle);
            self.painter.text(at, align(egui::Align::BOTTOM), quantity, font.clone(), ink);
            self.painter.text(at, align(egui::Align::TOP), channel.unit, font, self.quiet());
        } else {
            self.painter.text(pos2(x, middle), align(egui::Align::Center), quantity, font, ink);
        }
    }

    fn last(&self) -> usize {
        self.places.columns.len() - 1
    }

    /// What the colours mean; on the left `note`, if there is something to say.
    pub(super) fn legend(&self, rect: Rect, note: Option<&str>) {
        if !self.places.detail.legend {
            return;
        }
        let y = self.places.lines[1];
        let mut x = rect.right() - 8.0;
        let quiet = self.quiet();
        let text = |x: &mut f32, words: &str| {
            let at = pos2(*x, y);
            let drawn = self.painter.text(at, Align2::RIGHT_CENTER, words, label_font(), quiet);
            *x = drawn.left() - GAP;
        };
        text(&mut x, LEGEND[4]);
        let bar = Rect::from_x_y_ranges(x - SCALE..=x, y - 3.5..=y + 3.5);
        self.scale(bar);
        x = bar.left() - GAP;
        text(&mut x, LEGEND[3]);
        text(&mut x, LEGEND[2]);
        x -= 2.0 * GAP;
        for (words, sign) in [(LEGEND[1], -1.0), (LEGEND[0], 1.0)] {
            text(&mut x, words);
            if let Some(color) = sign_color(&self.palette, sign) {
                self.painter.hline(x - SWATCH..=x, y, Stroke::new(2.0, color));
            }
            x -= SWATCH + 2.0 * GAP;
        }
        if let Some(note) = note {
            let at = pos2(rect.left() + 8.0, y);
            let note = self.painter.layout_no_wrap(note.into(), label_font(), self.palette.amber);
            if at.x + note.size().x < x {
                self.painter.galley(at - vec2(0.0, 0.5 * note.size().y), note, quiet);
            }
        }
    }

    fn scale(&self, bar: Rect) {
        const STOPS: u8 = 33;
        let mut mesh = egui::Mesh::default();
        for stop in 0..STOPS {
            let share = f32::from(stop) / f32::from(STOPS - 1);
            let color = activation_color(&self.palette, 2.0 * share - 1.0);
            let x = egui::lerp(bar.left()..=bar.right(), share);
            mesh.colored_vertex(pos2(x, bar.top()), color);
            mesh.colored_vertex(pos2(x, bar.bottom()), color);
        }
        for stop in 0..u32::from(STOPS - 1) {
            mesh.add_triangle(2 * stop, 2 * stop + 1, 2 * stop + 2);
            mesh.add_triangle(2 * stop + 1, 2 * stop + 2, 2 * stop + 3);
        }
        self.painter.add(mesh);
    }
}
