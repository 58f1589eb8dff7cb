//! The network of a robot as people draw it, with what flows through it now.

mod circuit;
mod layout;
mod neurons;
mod steady;
mod synapses;
#[cfg(test)]
mod tests;
mod tooltip;

use alloc::sync::Arc;

use egui::{Color32, Rect, RectAlign, Response, Role, Sense, Tooltip, Ui, WidgetInfo, vec2};
use rivus_liquid::Policy;

use self::circuit::Circuit;
use self::layout::{Places, TextSizes};
use self::neurons::{Brush, Look, sign_color, vividness};
use self::synapses::Curves;
use self::tooltip::{Moment, Subject};
use crate::signal::ChannelName;
use crate::{History, Palette, Pilot, RobotInfo, RobotState, Signal, Snapshot};

/// The wiring of a policy from inputs to outputs with live activations; neurons can be pinned.
///
/// What depends on the policy is worked out once per policy, and where it goes once per size.
#[derive(Clone, Debug, Default)]
pub struct PolicyView {
    drawing: Option<Drawing>,
    pins: Vec<Pin>,
}

/// A signal of a policy that somebody wants to see plotted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The channel's name, or the neuron's as in `inter 3`.
    pub name: String,
    /// Where its values are.
    pub what: Signal,
}

/// What somebody did in the view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyViewResponse {
    /// The neuron that was pinned, or unpinned if it was; [`PolicyView::pins`] knows already.
    pub toggled_pin: Option<Pin>,
}

/// A circuit and where it was drawn last.
#[derive(Clone, Debug)]
struct Drawing {
    circuit: Circuit,
    sizes: TextSizes,
    places: Places,
    curves: Curves,
    /// What places and curves were made for: the space and the pixels per point.
    made_for: Option<(Rect, f32)>,
}

/// The view is never smaller than this, points.
const SIZE_MIN: [f32; 2] = [160.0, 120.0];

impl Pin {
    /// The unit of its values; empty if they have none.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self.what {
            Signal::Input(_) | Signal::Output(_) => ChannelName::parse(&self.name).unit,
            Signal::State(_) | Signal::Joint(_) => "",
        }
    }
}

impl PolicyView {
    /// The pinned neurons, in the order in which they were pinned.
    #[must_use]
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// Takes a pin away; nothing happens if it is none.
    pub fn unpin(&mut self, pin: &Pin) {
        self.pins.retain(|other| other != pin);
    }

    /// Draws the network of `now.robots[robot]` into all the space that is left.
    ///
    /// Another policy than the last time keeps the pins that it has signals for; a robot without
    /// one has none.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        info: &RobotInfo,
        now: &Snapshot,
        history: &History,
        robot: usize,
    ) -> PolicyViewResponse {
        let size = ui.available_size().max(SIZE_MIN.into());
        let (rect, whole) = ui.allocate_exact_size(size, Sense::hover());
        whole.widget_info(|| WidgetInfo::labeled(Role::Image, true, "policy wiring"));
        let palette = Palette::of(ui.visuals());
        let moment = Moment { now, history, robot };
        let (Some(policy), Some(state)) = (&info.policy, moment.state()) else {
            self.drawing = None;
            self.pins.clear();
            let pilot = moment.state().map(|state| state.pilot).filter(|_| info.airframe.is_some());
            say_that_there_is_none(ui, rect, pilot);
            return PolicyViewResponse::default();
        };
        let drawing = Drawing::of(&mut self.drawing, policy, &mut self.pins);
        drawing.fit(ui, rect);
        let responses = drawing.interact(ui, &self.pins);
        let mut toggled_pin = None;
        if let Some(node) = responses.iter().position(Response::clicked) {
            toggled_pin = drawing.circuit.pin(node);
        }
        if let Some(pin) = &toggled_pin {
            match self.pins.iter().position(|other| other == pin) {
                Some(place) => drop(self.pins.remove(place)),
                None => self.pins.push(pin.clone()),
            }
        }
        let hovered = responses.iter().position(Response::hovered);
        let looked_at = hovered.or_else(|| responses.iter().position(Response::has_focus));
        let activations = drawing.circuit.activations(state);
        let painter = ui.painter_at(rect);
        painter.add(drawing.synapses(&palette, &activations, looked_at));
        let note = (state.pilot != Pilot::Policy)
            .then(|| format!("{} flies: these are the network's last values", who(state.pilot)));
        drawing.paint(&painter, palette, &activations, &self.pins, looked_at, state);
        drawing.brush(&painter, palette).legend(rect, note.as_deref());
        if let Some(node) = looked_at {
            let circuit = &drawing.circuit;
            let is_pinned = circuit.pin(node).is_some_and(|pin| self.pins.contains(&pin));
            let subject = Subject { circuit, node, activation: activations[node], is_pinned };
            let mut tooltip = Tooltip::for_widget(&responses[node]).gap(14.0);
            let (anchor, align) = beside(ui, rect, responses[node].rect);
            tooltip.popup = tooltip.popup.anchor(anchor).align(align);
            tooltip.show(|ui| subject.show(ui, &moment));
        }
        PolicyViewResponse { toggled_pin }
    }
}

impl Drawing {
    /// The drawing of this policy: the one there is, or a new one.
    fn of<'a>(
        drawing: &'a mut Option<Self>,
        policy: &Arc<Policy>,
        pins: &mut Vec<Pin>,
    ) -> &'a mut Self {
        if drawing.as_ref().is_some_and(|known| !Arc::ptr_eq(&known.circuit.policy, policy)) {
            *drawing = None;
        }
        drawing.get_or_insert_with(|| {
            let circuit = Circuit::new(policy);
            let has = |pin: &Pin| {
                (0..circuit.graph.nodes.len()).any(|node| circuit.pin(node).as_ref() == Some(pin))
            };
            pins.retain(has);
            Self {
                circuit,
                sizes: TextSizes::default(),
                places: Places::default(),
                curves: Curves::default(),
                made_for: None,
            }
        })
    }

    /// Places everything, if the space has changed.
    fn fit(&mut self, ui: &Ui, rect: Rect) {
        let pixels_per_point = ui.painter().pixels_per_point();
        if self.made_for == Some((rect, pixels_per_point)) {
            return;
        }
        self.sizes = neurons::text_sizes(ui.painter(), &self.circuit);
        self.places = self.circuit.outline.place(rect, &self.sizes);
        self.curves = match self.places.centers.is_empty() {
            true => Curves::default(),
            false => Curves::new(&self.circuit, &self.places, 1.0 / pixels_per_point),
        };
        self.made_for = Some((rect, pixels_per_point));
    }

    fn interact(&self, ui: &Ui, pins: &[Pin]) -> Vec<Response> {
        let places = self.places.centers.iter().zip(&self.places.cells).enumerate();
        let interact = |(node, (&center, &size))| {
            let cell = Rect::from_center_size(center, size);
            let response = ui.interact(cell, ui.scope_id().with(("neuron", node)), Sense::click());
            let is_pinned = self.circuit.pin(node).is_some_and(|pin| pins.contains(&pin));
            response.widget_info(|| {
                let name = format!("neuron {}", self.circuit.graph.nodes[node].name);
                WidgetInfo::selected(Role::Button, true, is_pinned, name)
            });
            response
        };
        places.map(interact).collect()
    }

    /// The curves in the colours of this moment.
    fn synapses(
        &mut self,
        palette: &Palette,
        activations: &[f32],
        looked_at: Option<usize>,
    ) -> Arc<egui::Mesh> {
        let Circuit { graph, drawn, strength, .. } = &self.circuit;
        self.curves.coloured(|i| {
            let link = &graph.links[drawn[i]];
            let Some(color) = sign_color(palette, link.weight) else {
                return Color32::TRANSPARENT;
            };
            let flow = vividness(activations[link.from]);
            let opacity = match looked_at {
                None => strength[i] * (0.12 + 0.78 * flow) + 0.04,
                Some(node) if [link.from, link.to].contains(&node) => 0.35 + 0.6 * strength[i],
                Some(_) => 0.05 * strength[i],
            };
            color.gamma_multiply(opacity)
        })
    }

    const fn brush<'a>(&'a self, painter: &'a egui::Painter, palette: Palette) -> Brush<'a> {
        Brush { painter, palette, circuit: &self.circuit, places: &self.places }
    }

    fn paint(
        &self,
        painter: &egui::Painter,
        palette: Palette,
        activations: &[f32],
        pins: &[Pin],
        looked_at: Option<usize>,
        state: &RobotState,
    ) {
        let brush = self.brush(painter, palette);
        let faded = self.faded(looked_at);
        brush.headings();
        brush.channels(&self.sizes, state, &faded);
        for node in 0..self.places.centers.len() {
            let is_pinned = self.circuit.pin(node).is_some_and(|pin| pins.contains(&pin));
            let is_hovered = looked_at == Some(node);
            let activation = activations[node];
            let is_faded = faded[node] && !is_pinned;
            brush.neuron(node, Look { activation, is_faded, is_pinned, is_hovered });
        }
    }

    /// Which neurons have nothing to do with the one that is looked at.
    fn faded(&self, looked_at: Option<usize>) -> Vec<bool> {
        let graph = &self.circuit.graph;
        let mut faded = vec![looked_at.is_some(); graph.nodes.len()];
        for link in &graph.links {
            if looked_at.is_some_and(|node| [link.from, link.to].contains(&node)) {
                faded[link.from] = false;
                faded[link.to] = false;
            }
        }
        if let Some(node) = looked_at {
            faded[node] = false;
        }
        faded
    }
}

/// Where to say something about a neuron: above the view, where it covers none of the synapses, if
/// there is room and that is not too far away; else to the right of the neuron.
fn beside(ui: &Ui, view: Rect, neuron: Rect) -> (Rect, RectAlign) {
    let room = view.top() - ui.ctx().content_rect().top();
    if room < 190.0 || view.height() > 420.0 {
        return (neuron, RectAlign::RIGHT);
    }
    (Rect::from_x_y_ranges(neuron.x_range(), view.y_range()), RectAlign::TOP)
}

/// Who flies, as the first word of a sentence.
const fn who(pilot: Pilot) -> &'static str {
    match pilot {
        // Without a network a controller by name flies, and Lee is the one there is.
        Pilot::Policy | Pilot::Backup => "Lee",
        Pilot::Operator => "The operator",
        Pilot::Failsafe => "The failsafe",
        Pilot::Nobody => "Nobody",
    }
}

fn say_that_there_is_none(ui: &mut Ui, rect: Rect, pilot: Option<Pilot>) {
    let none = "there is no network to look at";
    let text = pilot.map_or(none.to_owned(), |pilot| format!("{} flies: {none}", who(pilot)));
    let row = Rect::from_center_size(rect.center(), vec2(rect.width() - 16.0, 40.0));
    ui.put(row, egui::Label::new(egui::RichText::new(text).weak()).wrap());
}
