//! Where a flight starts, relative to where it shall be.

use rivus_math::{NonNegative, Quat, Vec3, ops};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::NoiseStream;

/// How far from its setpoint a vehicle starts; the seed decides the directions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartSpec {
    /// Distance from the setpoint, in a random direction.
    pub offset_m: NonNegative,
    /// Tilt out of level, about a random horizontal axis.
    pub tilt_deg: NonNegative,
}

impl StartSpec {
    /// Draws the offset from the setpoint (world frame, m), then the attitude (`world_from_body`,
    /// heading east).
    #[must_use]
    pub fn draw(&self, noise: &mut NoiseStream) -> (Vec3<f32>, Quat<f32>) {
        let offset_m = noise.unit_vec3() * self.offset_m.f32();
        let axis_rad = core::f32::consts::TAU * noise.uniform();
        let half_rad = 0.5 * self.tilt_deg.f32().to_radians();
        let sin = ops::sin(half_rad);
        let (x, y) = (ops::cos(axis_rad) * sin, ops::sin(axis_rad) * sin);
        (offset_m, Quat::new(x, y, 0.0, ops::cos(half_rad)).normalized())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(offset_m: f64, tilt_deg: f64) -> StartSpec {
        StartSpec {
            offset_m: NonNegative::new(offset_m).unwrap(),
            tilt_deg: NonNegative::new(tilt_deg).unwrap(),
        }
    }

    #[test]
    fn every_seed_starts_as_far_and_as_tilted_as_the_scene_says() {
        for seed in 0..32 {
            let mut noise = NoiseStream::new(seed, "drone", "start");
            let (offset_m, world_from_body) = spec(0.5, 30.0).draw(&mut noise);
            assert!((offset_m.norm() - 0.5).abs() < 1e-6);
            let up = world_from_body.rotate(Vec3::new(0.0, 0.0, 1.0));
            assert!((ops::acos(up.z).to_degrees() - 30.0).abs() < 1e-3);
            assert_eq!(world_from_body.z, 0.0, "the axis is horizontal");
        }
    }

    #[test]
    fn zero_means_exactly_on_the_setpoint_and_level() {
        let mut noise = NoiseStream::new(0, "drone", "start");
        let (offset_m, world_from_body) = spec(0.0, 0.0).draw(&mut noise);
        assert_eq!(offset_m.norm(), 0.0);
        assert_eq!(world_from_body, Quat::identity());
    }
}
