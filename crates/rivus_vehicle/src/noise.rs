//! Seeded noise: one stream of random numbers per source, so that adding a sensor moves no other
//! sensor's noise.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rivus_math::{Vec3, ops};

/// The random numbers of one noise source of one robot.
///
/// The seed is the key of `ChaCha8`, the names choose one of its 2⁶⁴ independent streams.
#[derive(Clone, Debug)]
pub struct NoiseStream {
    rng: ChaCha8Rng,
    // Box-Muller makes normal numbers in pairs.
    spare_normal: Option<f32>,
}

impl NoiseStream {
    /// The stream that belongs to this `source` (a sensor, the wind, the start) of this `robot`
    /// under `seed`.
    #[must_use]
    pub fn new(seed: u64, robot: &str, source: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(fnv1a(robot, source));
        Self { rng, spare_normal: None }
    }

    /// A number from [0, 1), evenly distributed over the multiples of 2⁻²⁴.
    #[must_use]
    pub fn uniform(&mut self) -> f32 {
        // 24 bits are what an f32 holds exactly.
        (self.rng.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// A normal number of mean 0 and standard deviation 1, at most 5.8 in size (Box and Muller
    /// 1958).
    #[must_use]
    pub fn normal(&mut self) -> f32 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        // The logarithm needs (0, 1].
        let radius = ops::sqrt(-2.0 * ops::ln(1.0 - self.uniform()));
        let angle_rad = core::f32::consts::TAU * self.uniform();
        self.spare_normal = Some(radius * ops::sin(angle_rad));
        radius * ops::cos(angle_rad)
    }

    /// Three independent normal numbers of mean 0 and standard deviation 1.
    #[must_use]
    pub fn normal_vec3(&mut self) -> Vec3<f32> {
        let (x, y, z) = (self.normal(), self.normal(), self.normal());
        Vec3::new(x, y, z)
    }

    /// A direction, evenly distributed over the unit sphere.
    #[must_use]
    pub fn unit_vec3(&mut self) -> Vec3<f32> {
        // Archimedes: the height of an even point of the sphere is even.
        let z = 2.0 * self.uniform() - 1.0;
        let radius = ops::sqrt((1.0 - z * z).max(0.0));
        let angle_rad = core::f32::consts::TAU * self.uniform();
        Vec3::new(radius * ops::cos(angle_rad), radius * ops::sin(angle_rad), z)
    }
}

/// FNV-1a 64 over both names with a separator that no name contains.
fn fnv1a(robot: &str, source: &str) -> u64 {
    let bytes = robot.bytes().chain([0]).chain(source.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean, variance, skewness and kurtosis of many draws.
    fn moments(mut draw: impl FnMut() -> f32) -> [f64; 4] {
        const COUNT: u32 = 100_000;
        let mut sums = [0.0; 4];
        for _ in 0..COUNT {
            let x = f64::from(draw());
            let powers = [x, x * x, x * x * x, x * x * x * x];
            sums = core::array::from_fn(|i| sums[i] + powers[i] / f64::from(COUNT));
        }
        sums
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let mut noise = NoiseStream::new(1, "drone", "gyroscope");
        let [mean, variance, third, fourth] = moments(|| noise.normal());
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.015, "{variance}");
        assert!(third.abs() < 0.05, "{third}");
        assert!((fourth - 3.0).abs() < 0.12, "{fourth}");
    }

    #[test]
    fn directions_are_even_over_the_sphere() {
        let mut noise = NoiseStream::new(2, "drone", "start");
        for axis in 0..3 {
            let [mean, variance, ..] = moments(|| noise.unit_vec3().to_array()[axis]);
            assert!(mean.abs() < 0.01 && (variance - 1.0 / 3.0).abs() < 0.01);
        }
        assert!((noise.unit_vec3().norm() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn each_name_and_each_seed_has_its_own_numbers() {
        let first = |seed, robot, source| NoiseStream::new(seed, robot, source).uniform();
        let one = first(7, "a", "wind");
        assert_eq!(one, first(7, "a", "wind"));
        assert_ne!(one, first(8, "a", "wind"));
        assert_ne!(one, first(7, "b", "wind"));
        assert_ne!(first(7, "a", "bc"), first(7, "ab", "c"));
    }
}
