//! What is said about the neuron under the pointer.

use egui::{Grid, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::circuit::{Circuit, heading};
use super::steady::steady;
use crate::Signal;
use crate::{History, Palette, RobotState, Snapshot};

/// The robot whose neuron it is, at one moment.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) now: &'a Snapshot,
    pub(super) history: &'a History,
    pub(super) robot: usize,
}

/// A neuron and its activation.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) circuit: &'a Circuit,
    pub(super) node: usize,
    pub(super) activation: f32,
    pub(super) is_pinned: bool,
}

/// Seconds that the small plot shows.
const SHOWN_S: f64 = 1.0;

impl Moment<'_> {
    pub(super) fn state(&self) -> Option<&RobotState> {
        self.now.robots.get(self.robot)
    }

    /// Times and values of a signal in the last second, as far as they are known.
    fn last_second(&self, signal: Signal) -> Vec<[f64; 2]> {
        let end_s = self.now.time_s();
        // Half a nanosecond more, so that the moment itself is among them.
        let snapshots = self.history.between(end_s - SHOWN_S..end_s + 5e-10);
        let value = |snapshot: &Snapshot| {
            let value = signal.value(snapshot.robots.get(self.robot)?)?;
            value.is_finite().then(|| [snapshot.time_s(), f64::from(value)])
        };
        snapshots.filter_map(value).collect()
    }
}

impl Subject<'_> {
    pub(super) fn show(&self, ui: &mut Ui, moment: &Moment<'_>) {
        let Some(state) = moment.state() else { return };
        let node = &self.circuit.graph.nodes[self.node];
        let kind = heading(&self.circuit.graph, self.node);
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.spacing_mut().interact_size.y = 0.0;
        for font in ui.style_mut().text_styles.values_mut() {
            font.size = 11.5;
        }
        ui.horizontal(|ui| {
            ui.strong(&node.name);
            if !node.name.starts_with(kind) {
                ui.weak(kind);
            }
        });
        let signal = self.circuit.signal(self.node);
        let unit = self.circuit.unit(self.node);
        Grid::new("neuron").num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
            let mut line = |name: &str, value: String| {
                ui.weak(name);
                ui.label(RichText::new(value).monospace().size(11.0));
                ui.end_row();
            };
            line("activation", steady(self.activation));
            if let Some(signal @ (Signal::Input(_) | Signal::Output(_))) = signal
                && let Some(value) = signal.value(state)
            {
                line("value", format!("{value:+.3} {unit}").trim_end().into());
            }
            if let Some((rest_s, live_s)) = self.circuit.time_constants_s(self.node, state) {
                let live = live_s.map_or_else(String::new, |s| format!("{} now, ", millis(s)));
                line("time constant", format!("{live}{} at rest", millis(rest_s)));
            }
            let (fan_in, fan_out) = self.circuit.graph.fan_in_out(self.node);
            line("synapses", format!("{fan_in} in, {fan_out} out"));
        });
        if let Some(signal) = signal {
            sparkline(ui, &moment.last_second(signal), moment.now.time_s());
        }
        ui.weak(if self.is_pinned { "Click to unpin" } else { "Click to pin to the plot" });
    }
}

/// Milliseconds with three digits.
fn millis(time_s: f32) -> String {
    let millis = 1e3 * time_s;
    match millis {
        // Some neurons of trained networks follow at once.
        none if none < 0.001 => "< 0.001 ms".into(),
        small if small < 0.995 => format!("{small:.3} ms"),
        small if small < 9.95 => format!("{small:.2} ms"),
        middle if middle < 99.5 => format!("{middle:.1} ms"),
        large => format!("{large:.0} ms"),
    }
}

/// A small plot of the last second with its largest and smallest value.
fn sparkline(ui: &mut Ui, points: &[[f64; 2]], end_s: f64) {
    let palette = Palette::of(ui.visuals());
    let (rect, _) = ui.allocate_exact_size(vec2(236.0, 40.0), Sense::hover());
    let (plot, numbers) = rect.split_left_right_at_x(rect.right() - 54.0);
    let values = points.iter().map(|point| point[1]);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let painter = ui.painter();
    painter.rect_filled(plot, 2.0, palette.canvas);
    if low > high {
        return;
    }
    // A signal that stands still is a line in the middle, not its noise blown up.
    let (middle, half) = (0.5 * (low + high), (0.5 * (high - low)).max(5e-4));
    let inner = plot.shrink(3.0);
    // Both are within -1..=1 but for rounding.
    let place = |point: &[f64; 2]| {
        let ago = ((end_s - point[0]) / SHOWN_S) as f32;
        let up = ((point[1] - middle) / half) as f32;
        pos2(
            egui::lerp(inner.right()..=inner.left(), ago),
            egui::lerp(inner.center().y..=inner.top(), up),
        )
    };
    if (middle / half).abs() <= 1.0 {
        let zero = place(&[end_s, 0.0]).y;
        painter.hline(inner.x_range(), zero, Stroke::new(1.0, palette.faint));
    }
    painter.line(points.iter().map(place).collect(), Stroke::new(1.3, palette.lines[1]));
    let font = egui::FontId::monospace(9.5);
    let quiet = ui.visuals().weak_text_color();
    for (value, y, align) in [
        (high, rect.top(), egui::Align2::RIGHT_TOP),
        (low, rect.bottom(), egui::Align2::RIGHT_BOTTOM),
    ] {
        // A display needs no more than single precision.
        painter.text(pos2(numbers.right(), y), align, steady(value as f32), font.clone(), quiet);
    }
    let words = egui::Align2::RIGHT_CENTER;
    painter.text(pos2(numbers.right(), rect.center().y), words, "last 1 s", font, quiet);
}
