//! Synapses as curves: one mesh that is made once, of which only the colours change.

use alloc::sync::Arc;
use core::ops::Range;

use egui::epaint::Vertex;
use egui::{Color32, Mesh, Pos2, Vec2, vec2};

use super::circuit::Circuit;
use super::layout::Places;

/// Curves with soft edges, in the order in which they are drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Curves {
    mesh: Arc<Mesh>,
    /// The vertices of each curve: left edge, middle and right edge at each of its points.
    spans: Vec<Range<usize>>,
}

/// A cubic Bézier curve.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Curve([Pos2; 4]);

/// A point of a curve for every so many points of its length.
const STEP: f32 = 12.0;
/// How far synapses within a column swing out, in distances of columns.
const SWING_MAX: f32 = 0.42;

impl Curves {
    /// The curves of all drawn links; `pixel` is the size of one in points.
    pub(super) fn new(circuit: &Circuit, places: &Places, pixel: f32) -> Self {
        let mut curves = Self::default();
        let mut mesh = Mesh::default();
        let last = circuit.outline.columns.len().saturating_sub(1);
        for (&link, &strength) in circuit.drawn.iter().zip(&circuit.strength) {
            let link = &circuit.graph.links[link];
            let ends = [link.from, link.to];
            let is_last = circuit.graph.nodes[link.from].column == last;
            let curve = Curve::between(ends, places, is_last);
            // A line of this width is as heavy as one with edges that fade over a pixel.
            let half_width = 0.5 * (0.7 + 1.5 * strength + pixel);
            curves.spans.push(curve.extrude(half_width, &mut mesh));
        }
        curves.mesh = Arc::new(mesh);
        curves
    }

    /// The mesh with the curve `i` in the colour that `color` gives.
    pub(super) fn coloured(&mut self, color: impl Fn(usize) -> Color32) -> Arc<Mesh> {
        // The mesh of the last frame is gone by now, so nothing is copied here.
        let mesh = Arc::make_mut(&mut self.mesh);
        for (i, span) in self.spans.iter().enumerate() {
            let color = color(i);
            let middles = mesh.vertices[span.clone()].iter_mut().skip(1).step_by(3);
            middles.for_each(|vertex| vertex.color = color);
        }
        self.mesh.clone()
    }
}

impl Curve {
    fn between([from, to]: [usize; 2], places: &Places, is_last: bool) -> Self {
        let [a, b] = [from, to].map(|node| places.centers[node]);
        let [ra, rb] = [from, to].map(|node| places.radii[node]);
        // Within the last column they swing to the left: on the right there is text.
        let side = if is_last { -1.0 } else { 1.0 };
        if from == to {
            let (out, up) = (vec2(side * 0.75 * ra, 0.0), vec2(0.0, 0.66 * ra));
            let far = vec2(side * (2.2 * ra).min(0.5 * places.spacing), 0.9 * ra);
            return Self([a + out - up, a + vec2(far.x, -far.y), a + far, a + out + up]);
        }
        if (a.x - b.x).abs() < 0.5 {
            // Longer ones swing out further, so that none lies on another.
            let share = (b.y - a.y).abs() / places.height.max(1.0);
            let swing = 5.0 + (SWING_MAX * places.spacing - 5.0).max(0.0) * share.powf(0.7);
            let out = vec2(side * (ra.max(rb) + swing) * 1.2, 0.0);
            let [start, end] = [a + vec2(side * ra, 0.0), b + vec2(side * rb, 0.0)];
            let inward = 0.15 * (b.y - a.y);
            return Self([
                start,
                start + out + vec2(0.0, inward),
                end + out - vec2(0.0, inward),
                end,
            ]);
        }
        let [start, end] = [a + vec2(ra, 0.0), b - vec2(rb, 0.0)];
        let reach = vec2((0.45 * (end.x - start.x).abs()).max(0.3 * places.spacing), 0.0);
        Self([start, start + reach, end - reach, end])
    }

    fn at(&self, t: f32) -> Pos2 {
        let s = 1.0 - t;
        let factors = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
        let sum = self.0.iter().zip(factors).map(|(point, factor)| point.to_vec2() * factor);
        sum.fold(Vec2::ZERO, |sum, term| sum + term).to_pos2()
    }

    /// Adds the curve as a strip, transparent at its edges.
    fn extrude(&self, half_width: f32, mesh: &mut Mesh) -> Range<usize> {
        let start = mesh.vertices.len();
        let length: f32 = self.0.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
        // Limited to a number that fits.
        let steps = (length / STEP).clamp(6.0, 20.0) as usize;
        for i in 0..=steps {
            let t = i as f32 / steps as f32;
            let along = self.at((t + 0.02).min(1.0)) - self.at((t - 0.02).max(0.0));
            let across = along.normalized().rot90() * half_width;
            let middle = self.at(t);
            for point in [middle - across, middle, middle + across] {
                mesh.vertices.push(Vertex::untextured(point, Color32::TRANSPARENT));
            }
        }
        for i in 0..steps {
            // A drawing has far fewer vertices than 2^32.
            let first = (start + 3 * i) as u32;
            for corner in [first, first + 1] {
                mesh.add_triangle(corner, corner + 1, corner + 3);
                mesh.add_triangle(corner + 1, corner + 3, corner + 4);
            }
        }
        start..mesh.vertices.len()
    }
}
