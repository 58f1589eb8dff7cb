//! Triangles, and the few ways in which we make them.

use core::f32::consts::TAU;

use bytemuck::{Pod, Zeroable};
use nalgebra::{Isometry3, Vector3};

/// One corner.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct Vertex {
    /// In the frame of the part, in units of the part.
    pub position: [f32; 3],
    /// Out of the surface, length one.
    pub normal: [f32; 3],
    /// Red, green, blue as sRGB; last how much it shines.
    pub paint: [u8; 4],
}

/// Colour and shine of a surface: red, green, blue as sRGB, then 0 (dull) to 255.
pub(super) type Paint = [u8; 4];

/// A surface of triangles; they are seen from both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Mesh {
    pub vertices: Vec<Vertex>,
    pub indices: Vec<u32>,
}

/// A net of points, `rows` times `columns`, with a smooth surface through them.
pub(super) struct Net {
    /// Lines of points.
    pub rows: usize,
    /// Points in a line.
    pub columns: usize,
    /// Whether the last point of a line is joined to its first.
    pub is_closed: bool,
    /// What it looks like.
    pub paint: Paint,
}

impl Mesh {
    /// Adds a smooth surface through the points that `point` gives for row and column.
    pub(super) fn add_net(&mut self, net: &Net, point: impl Fn(usize, usize) -> Vector3<f32>) {
        let points: Vec<Vector3<f32>> = (0..net.rows * net.columns)
            .map(|index| point(index / net.columns, index % net.columns))
            .collect();
        let columns_joined = if net.is_closed { net.columns } else { net.columns - 1 };
        let mut normals = vec![Vector3::zeros(); points.len()];
        let first = self.vertices.len() as u32;
        for row in 0..net.rows - 1 {
            for column in 0..columns_joined {
                let next = (column + 1) % net.columns;
                let corner = |row: usize, column: usize| row * net.columns + column;
                let a = corner(row, column);
                let b = corner(row, next);
                let c = corner(row + 1, next);
                let d = corner(row + 1, column);
                for triangle in [[a, b, c], [a, c, d]] {
                    let [p, q, r] = triangle.map(|index| points[index]);
                    let normal = (q - p).cross(&(r - p));
                    for index in triangle {
                        normals[index] += normal;
                        self.indices.push(first + index as u32);
                    }
                }
            }
        }
        self.vertices.extend(points.iter().zip(&normals).map(|(point, normal)| Vertex {
            position: (*point).into(),
            normal: normal.try_normalize(1e-12).unwrap_or_else(Vector3::z).into(),
            paint: net.paint,
        }));
    }

    /// Adds what a profile of (radius, height) sweeps around z; its corners stay sharp.
    pub(super) fn add_turned(&mut self, profile: &[(f32, f32)], segments: usize, paint: Paint) {
        for edge in profile.windows(2) {
            let net = Net { rows: 2, columns: segments, is_closed: true, paint };
            self.add_net(&net, |row, column| {
                let (radius, height) = edge[row];
                let (sin, cos) = (TAU * column as f32 / segments as f32).sin_cos();
                Vector3::new(radius * cos, radius * sin, height)
            });
        }
    }

    /// Adds a ball.
    pub(super) fn add_ball(&mut self, radius: f32, paint: Paint) {
        let net = Net { rows: 13, columns: 24, is_closed: true, paint };
        self.add_net(&net, |row, column| {
            let (polar_sin, polar_cos) = (TAU / 2.0 * row as f32 / 12.0).sin_cos();
            let (sin, cos) = (TAU * column as f32 / 24.0).sin_cos();
            Vector3::new(polar_sin * cos, polar_sin * sin, polar_cos) * radius
        });
    }

    /// Adds a ring around z.
    pub(super) fn add_ring(&mut self, radius: f32, thickness: f32, paint: Paint) {
        let net = Net { rows: 73, columns: 12, is_closed: true, paint };
        self.add_net(&net, |row, column| {
            let (sin, cos) = (TAU * row as f32 / 72.0).sin_cos();
            let (tube_sin, tube_cos) = (TAU * column as f32 / 12.0).sin_cos();
            let from_axis = radius + thickness * tube_cos;
            Vector3::new(from_axis * cos, from_axis * sin, thickness * tube_sin)
        });
    }

    /// Adds a cube around the origin with edges of length 1.
    pub(super) fn add_cube(&mut self, paint: Paint) {
        for (axis, side) in (0..3).flat_map(|axis| [(axis, -1.0_f32), (axis, 1.0)]) {
            let first = self.vertices.len() as u32;
            let mut normal = [0.0; 3];
            normal[axis] = side;
            for (across, along) in [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)] {
                let mut position = [0.0; 3];
                position[axis] = 0.5 * side;
                position[(axis + 1) % 3] = across;
                position[(axis + 2) % 3] = along;
                self.vertices.push(Vertex { position, normal, paint });
            }
            self.indices.extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
        }
    }

    /// Adds a box around the origin with these half edges and cut edges.
    pub(super) fn add_box(&mut self, half: Vector3<f32>, paint: Paint) {
        let cut = half.min() * 0.25;
        let (inner_x, inner_y) = (half.x - cut, half.y - cut);
        // Height and how far the outline is drawn in, from below to above.
        let levels = [(-half.z, cut), (-half.z + cut, 0.0), (half.z - cut, 0.0), (half.z, cut)];
        let outline = |inset: f32, corner: usize| {
            let (x, y) = (half.x - inset, half.y - inset);
            let (ix, iy) = (inner_x - inset, inner_y - inset);
            let corners =
                [(x, iy), (ix, y), (-ix, y), (-x, iy), (-x, -iy), (-ix, -y), (ix, -y), (x, -iy)];
            corners[corner % 8]
        };
        for pair in levels.windows(2) {
            for corner in 0..8 {
                let net = Net { rows: 2, columns: 2, is_closed: false, paint };
                self.add_net(&net, |row, column| {
                    let (height, inset) = pair[row];
                    let (x, y) = outline(inset, corner + column);
                    Vector3::new(x, y, height)
                });
            }
        }
        for (height, inset) in [levels[0], levels[3]] {
            let net = Net { rows: 2, columns: 8, is_closed: true, paint };
            self.add_net(&net, |row, column| {
                let (x, y) = outline(inset, column);
                let shrunk = if row == 0 { 1.0 } else { 0.0 };
                Vector3::new(x * shrunk, y * shrunk, height)
            });
        }
    }

    /// Adds another mesh, moved.
    pub(super) fn add_moved(&mut self, other: &Self, pose: &Isometry3<f32>) {
        let first = self.vertices.len() as u32;
        self.vertices.extend(other.vertices.iter().map(|vertex| {
            let position = pose.rotation * Vector3::from(vertex.position) + pose.translation.vector;
            let normal = pose.rotation * Vector3::from(vertex.normal);
            Vertex { position: position.into(), normal: normal.into(), ..*vertex }
        }));
        self.indices.extend(other.indices.iter().map(|index| first + index));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Paint = [255; 4];

    #[test]
    fn normals_point_along_the_radius_of_a_ball() {
        let mut mesh = Mesh::default();
        mesh.add_ball(2.0, WHITE);
        for vertex in &mesh.vertices {
            let (position, normal) = (Vector3::from(vertex.position), Vector3::from(vertex.normal));
            assert!((position.norm() - 2.0).abs() < 1e-5);
            assert!(position.dot(&normal).abs() > 1.95, "{vertex:?}");
        }
    }

    #[test]
    fn every_index_names_a_corner() {
        let mut mesh = Mesh::default();
        mesh.add_box(Vector3::new(1.0, 2.0, 3.0), WHITE);
        mesh.add_turned(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], 8, WHITE);
        let copy = mesh.clone();
        mesh.add_moved(&copy, &Isometry3::translation(1.0, 0.0, 0.0));
        assert_eq!(mesh.vertices.len(), 2 * copy.vertices.len());
        assert!(mesh.indices.iter().all(|index| (*index as usize) < mesh.vertices.len()));
        assert!(
            mesh.vertices
                .iter()
                .all(|vertex| { (Vector3::from(vertex.normal).norm() - 1.0).abs() < 1e-4 })
        );
    }
}
