//! Solid bodies: what obstacles and links are made of.

use rivus_math::ops::f64 as ops;
use rivus_math::{Finite, Positive, Vec3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A solid body, fixed in the axes of what it belongs to: an obstacle in the world frame, or a piece
/// of a [`Link`](crate::Link).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Solid {
    /// A box with sides along x, y and z.
    Box {
        /// Its middle, m.
        center_m: (Finite, Finite, Finite),
        /// Its sides before it is turned, m.
        size_m: (Positive, Positive, Positive),
        /// How it is turned about z, counterclockwise from above, degrees.
        #[serde(default)]
        yaw_deg: Finite,
    },
    /// A ball.
    Sphere {
        /// Its middle, m.
        center_m: (Finite, Finite, Finite),
        /// m.
        radius_m: Positive,
    },
    /// A cylinder along z.
    Cylinder {
        /// The middle of its lower end, m.
        base_m: (Finite, Finite, Finite),
        /// m.
        radius_m: Positive,
        /// m.
        height_m: Positive,
    },
}

impl Solid {
    /// Its longest side, or diameter if that is longer, m.
    #[must_use]
    pub fn longest_side_m(&self) -> f64 {
        match self {
            Self::Box { size_m: (length, width, height), .. } => {
                length.get().max(width.get()).max(height.get())
            }
            Self::Sphere { radius_m, .. } => 2.0 * radius_m.get(),
            Self::Cylinder { radius_m, height_m, .. } => height_m.get().max(2.0 * radius_m.get()),
        }
    }

    /// Its middle, m.
    #[must_use]
    pub fn center_m(&self) -> Vec3<f32> {
        match *self {
            Self::Box { center_m, .. } | Self::Sphere { center_m, .. } => center_m.into(),
            Self::Cylinder { base_m, height_m, .. } => {
                Vec3::from(base_m) + Vec3::new(0.0, 0.0, 0.5 * height_m.f32())
            }
        }
    }

    /// Whether a point in the same axes, m, is in it or on its surface.
    #[must_use]
    pub fn contains(&self, point_m: [f64; 3]) -> bool {
        let from = |(x, y, z): (Finite, Finite, Finite)| {
            let [px, py, pz] = point_m;
            [px - x.get(), py - y.get(), pz - z.get()]
        };
        match *self {
            Self::Box { center_m, size_m: (length, width, height), yaw_deg } => {
                let [east, north, up] = from(center_m);
                let yaw_rad = yaw_deg.get().to_radians();
                let (sin, cos) = (ops::sin(yaw_rad), ops::cos(yaw_rad));
                // Along the sides of the box.
                let (x, y) = (cos * east + sin * north, cos * north - sin * east);
                x.abs() <= 0.5 * length.get()
                    && y.abs() <= 0.5 * width.get()
                    && up.abs() <= 0.5 * height.get()
            }
            Self::Sphere { center_m, radius_m } => {
                let [x, y, z] = from(center_m);
                x * x + y * y + z * z <= radius_m.get() * radius_m.get()
            }
            Self::Cylinder { base_m, radius_m, height_m } => {
                let [x, y, z] = from(base_m);
                x * x + y * y <= radius_m.get() * radius_m.get()
                    && (0.0..=height_m.get()).contains(&z)
            }
        }
    }
}
