//! What is written over the scene: labels, directions, hints, the state of things.

use egui::{Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Stroke, Vec2};
use nalgebra::Vector3;

use super::drawing::rotor_speed_part;
use super::parts::PROPELLER_HEIGHT;
use super::scene::{Scene3d, Screen, propeller_radius_m, robot_radius_m, wind_arrow};
use crate::Palette;

/// How to move the camera, as the lower right corner says it.
const LEGEND: &str = "drag orbit · Shift-drag pan · wheel zoom · double-click focus";

/// Writes over one picture.
pub(super) struct Overlay<'a> {
    /// On the screen, clipped to the picture.
    pub painter: &'a Painter,
    /// Where the picture is.
    pub rect: Rect,
    /// Who looks.
    pub screen: Screen<'a>,
    /// At what.
    pub scene: &'a Scene3d<'a>,
}

impl Overlay<'_> {
    /// Everything.
    pub(super) fn draw(&self) {
        self.draw_motor_numbers();
        self.draw_wind_label();
        self.draw_robot_labels();
        self.draw_target_label();
        self.draw_gizmo();
        self.draw_legend();
        self.draw_states();
    }

    fn palette(&self) -> Palette {
        self.scene.palette()
    }

    fn place(&self, point_m: Vector3<f32>) -> Option<Pos2> {
        let place = self.screen.place(point_m)?;
        Some(self.rect.min + Vec2::new(place.x, place.y))
    }

    /// Text on a plate that keeps it readable over anything.
    fn draw_plate(&self, anchor: Align2, at: Pos2, text: &str, color: Color32) {
        let font = FontId::proportional(12.0);
        let galley = self.painter.layout_no_wrap(text.to_owned(), font, color);
        let rect = anchor.anchor_size(at, galley.size() + Vec2::new(12.0, 5.0));
        self.draw_plate_under(rect, CornerRadius::same(4));
        self.painter.galley(rect.min + Vec2::new(6.0, 2.5), galley, color);
    }

    fn draw_plate_under(&self, rect: Rect, rounding: CornerRadius) {
        let canvas = self.palette().canvas;
        let fill = Color32::from_rgba_unmultiplied(canvas.r(), canvas.g(), canvas.b(), 205);
        self.painter.rect_filled(rect, rounding, fill);
    }

    fn plate_rect(&self, anchor: Align2, at: Pos2, text: &str) -> Rect {
        let font = FontId::proportional(12.0);
        let galley = self.painter.layout_no_wrap(text.to_owned(), font, Color32::WHITE);
        anchor.anchor_size(at, galley.size() + Vec2::new(12.0, 5.0))
    }

    /// The circles on the screen that robots fill: middle and radius.
    fn robot_circles(&self) -> Vec<(usize, Pos2, f32)> {
        let circle = |(id, info, state): (usize, &crate::RobotInfo, &crate::RobotState)| {
            let radius = self.screen.length(state.position_m, robot_radius_m(info));
            Some((id, self.place(state.position_m)?, radius))
        };
        self.scene.robots().filter_map(circle).collect()
    }

    fn draw_robot_labels(&self) {
        let circles = self.robot_circles();
        for (id, info, state) in self.scene.robots() {
            let Some((_, middle, radius)) = circles.iter().find(|circle| circle.0 == id) else {
                continue;
            };
            let text = format!("{}  {:.2} m", info.name, state.position_m.z);
            // Over the propellers, which are flat from most sides.
            let tilt = 1.0 - 0.45 * self.screen.camera.axes().up.z.abs();
            let lift = (radius * tilt).max(10.0) + 10.0;
            // Links mostly stand up from their base.
            let (anchor, lift) = if info.airframe.is_none() && info.tree.is_some() {
                (Align2::CENTER_TOP, -lift)
            } else {
                (Align2::CENTER_BOTTOM, lift)
            };
            let at = *middle - Vec2::new(0.0, lift);
            let rect = self.plate_rect(anchor, at, &text);
            let hides_a_robot = circles.iter().any(|(other, middle, radius)| {
                *other != id && rect.distance_to_pos(*middle) < 0.6 * radius
            });
            if self.rect.contains_rect(rect) && !hides_a_robot {
                let color = self.palette().ink;
                self.draw_plate(anchor, at, &text, color);
            }
        }
    }

    /// Only once the target is away from its robot: on the spot the ring says enough.
    fn draw_target_label(&self) {
        let Some((info, state)) = self.scene.selected_robot() else { return };
        let target_m = self.scene.target_m(self.scene.selected, state);
        let is_held = self.scene.dragged_target_m.is_some();
        let is_apart = (target_m - state.held_m()).norm() > 2.5 * robot_radius_m(info);
        let is_shown = is_held || is_apart || self.scene.is_target_hovered;
        let (Some(at), true) = (self.place(target_m), is_shown) else { return };
        let text = if is_held {
            format!("target  {:.2}  {:.2}  {:.2} m", target_m.x, target_m.y, target_m.z)
        } else {
            "target".to_owned()
        };
        let at = at + Vec2::new(0.0, 16.0);
        if self.rect.contains(at) {
            self.draw_plate(Align2::CENTER_TOP, at, &text, self.palette().amber);
        }
    }

    fn draw_wind_label(&self) {
        for (_, info, state) in self.scene.robots() {
            let Some(arrow) = wind_arrow(info, state) else { continue };
            let middle_m = (arrow.tail_m + arrow.tip_m) / 2.0;
            let Some(at) = self.place(middle_m) else { continue };
            let text = format!("wind {:.1} m/s", state.wind_mps.norm());
            let lift = self.screen.length(middle_m, 3.0 * arrow.radius_m) + 6.0;
            let at = at - Vec2::new(0.0, lift);
            if self.rect.shrink(20.0).contains(at) {
                self.draw_plate(Align2::CENTER_BOTTOM, at, &text, self.palette().blue);
            }
        }
    }

    /// Number and sense of rotation at each motor, when it is near enough to be read.
    fn draw_motor_numbers(&self) {
        let Some((info, state)) = self.scene.selected_robot() else { return };
        let Some(airframe) = &info.airframe else { return };
        let propeller_m = propeller_radius_m(airframe);
        let is_near = self.screen.length(state.position_m, propeller_m) > 44.0;
        if !is_near {
            return;
        }
        for (index, hub) in airframe.rotor_position_m.iter().enumerate() {
            let hub_m = Vector3::new(hub.x, hub.y, hub.z);
            let outward = hub_m.xy().push(0.0).try_normalize(1e-9).unwrap_or_else(Vector3::x);
            let above_m = hub_m + Vector3::z() * (PROPELLER_HEIGHT * propeller_m);
            let world = |body_m: Vector3<f32>| state.position_m + state.world_from_body * body_m;
            let is_dead = state.motor_health[index] <= 0.0;
            let color = if is_dead { self.palette().red } else { self.palette().ink };
            let outside_m = above_m + outward * (1.22 * propeller_m);
            if let Some(at) = self.place(world(outside_m)) {
                let font = FontId::proportional(11.5);
                self.painter.text(at, Align2::CENTER_CENTER, format!("{}", index + 1), font, color);
            }
            if rotor_speed_part(airframe, state, index) > 0.0 {
                let turn = -airframe.rotor_spin[index].signum();
                self.draw_turn(|angle_rad| {
                    let start_rad = outward.y.atan2(outward.x) + turn * (angle_rad - 0.5);
                    let (sin, cos) = start_rad.sin_cos();
                    world(above_m + Vector3::new(cos, sin, 0.0) * (1.06 * propeller_m))
                });
            }
        }
    }

    /// A bent arrow over 1 rad of the circle that `point` walks along.
    fn draw_turn(&self, point: impl Fn(f32) -> Vector3<f32>) {
        let color = self.palette().ink.gamma_multiply(0.7);
        let places: Vec<Pos2> =
            (0..=12).filter_map(|step| self.place(point(step as f32 / 12.0))).collect();
        let [.., before, end] = places[..] else { return };
        let along = (end - before).normalized();
        let aside = along.rot90();
        let tip = [end + along * 5.0, end + aside * 2.8, end - aside * 2.8];
        self.painter.line(places, Stroke::new(1.2, color));
        let shape = egui::Shape::convex_polygon(tip.to_vec(), color, Stroke::NONE);
        self.painter.add(shape);
    }

    fn draw_gizmo(&self) {
        let middle = self.rect.left_bottom() + Vec2::new(44.0, -44.0);
        let axes = self.screen.camera.axes();
        let world = [Vector3::x(), Vector3::y(), Vector3::z()];
        let mut arms: Vec<(f32, Vec2, &str, Color32)> = world
            .into_iter()
            .zip(["x", "y", "z"])
            .zip(self.palette().axes)
            .map(|((axis, name), color)| {
                let flat = Vec2::new(axes.right.dot(&axis), -axes.up.dot(&axis));
                (axes.back.dot(&axis), flat, name, color)
            })
            .collect();
        // What points away is drawn first.
        arms.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.draw_plate_under(
            Rect::from_center_size(middle, Vec2::splat(68.0)),
            CornerRadius::same(34),
        );
        for (towards, flat, name, color) in arms {
            let color = if towards < -0.3 { color.gamma_multiply(0.65) } else { color };
            let end = middle + flat * 21.0;
            self.painter.line_segment([middle, end], Stroke::new(2.2, color));
            let at = middle + flat * 21.0 + flat.normalized() * 7.5;
            self.painter.text(at, Align2::CENTER_CENTER, name, FontId::proportional(12.0), color);
        }
    }

    fn draw_legend(&self) {
        let wide_enough = self.rect.width() > 460.0;
        if wide_enough {
            let at = self.rect.right_bottom() - Vec2::splat(8.0);
            let color = self.palette().ink.gamma_multiply(0.75);
            self.draw_plate(Align2::RIGHT_BOTTOM, at, LEGEND, color);
        }
    }

    fn draw_states(&self) {
        let mut right = self.rect.right_top() + Vec2::new(-10.0, 10.0);
        for (word, color) in self.scene.states.iter().rev() {
            let font = FontId::proportional(12.0);
            let galley = self.painter.layout_no_wrap((*word).to_owned(), font, *color);
            let rect = Align2::RIGHT_TOP.anchor_size(right, galley.size() + Vec2::new(18.0, 7.0));
            let rounding = CornerRadius::same(11);
            self.draw_plate_under(rect, rounding);
            self.painter.rect_filled(rect, rounding, color.gamma_multiply(0.16));
            let stroke = Stroke::new(1.0, color.gamma_multiply(0.8));
            self.painter.rect_stroke(rect, rounding, stroke, egui::StrokeKind::Inside);
            self.painter.galley(rect.min + Vec2::new(9.0, 3.5), galley, *color);
            right.x = rect.left() - 6.0;
        }
    }
}
