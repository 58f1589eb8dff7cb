//! The air that finished policies are flown in.

use rivus_math::{Finite, OutOfRange, Vec3, ops};
use rivus_vehicle::{HeightError, Intensity, LowHeight, NoiseStream, Wind, WindSpec};

/// Speed of a gust and mean speed of turbulent air, m/s.
const GUST_MPS: f32 = 3.0;
const MEAN_MPS: f32 = 2.0;
/// When a gust blows, s.
const GUST_S: core::ops::Range<f32> = 3.0..5.0;
/// Height above ground that sets the scales of turbulence, m.
const HEIGHT_M: f64 = 2.0;

/// The air of a flight; each flight draws its own direction of the wind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Air {
    /// Still.
    Calm,
    /// A horizontal gust of 3 m/s in [3, 5) s.
    Gust,
    /// A horizontal mean wind of 2 m/s with light Dryden turbulence, 2 m above ground.
    Dryden,
}

/// Why there is no such air. Cannot happen with the numbers of this file.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(crate) enum AirError {
    #[error("{0}")]
    Speed(OutOfRange),
    #[error("{0}")]
    Height(HeightError),
}

impl Air {
    /// From when on the error counts, s.
    pub(crate) const fn scored_from_s(self) -> f32 {
        match self {
            Self::Calm | Self::Dryden => 4.0,
            Self::Gust => 3.0,
        }
    }

    /// The wind of each of `ticks` physics steps of flight number `flight`, world frame, m/s.
    pub(crate) fn winds(
        self,
        flight: u64,
        ticks: usize,
        dt_s: f32,
    ) -> Result<Vec<Vec3<f32>>, AirError> {
        let mut noise = NoiseStream::new(flight, "evaluation", "wind");
        let angle_rad = core::f32::consts::TAU * noise.uniform();
        let along = Vec3::new(ops::cos(angle_rad), ops::sin(angle_rad), 0.0);
        let gust = |tick: usize| GUST_S.contains(&(tick as f32 * dt_s));
        Ok(match self {
            Self::Calm => vec![Vec3::zero(); ticks],
            Self::Gust => (0..ticks)
                .map(|tick| if gust(tick) { along * GUST_MPS } else { Vec3::zero() })
                .collect(),
            Self::Dryden => {
                let speed = |v: f32| Finite::new(f64::from(MEAN_MPS * v)).map_err(AirError::Speed);
                let spec = WindSpec::Dryden {
                    mean_mps: (speed(along.x)?, speed(along.y)?, speed(along.z)?),
                    intensity: Intensity::Light,
                    height_m: LowHeight::try_from(HEIGHT_M).map_err(AirError::Height)?,
                };
                let mut wind = Wind::new(&spec, noise);
                (0..ticks).map(|_| wind.step(dt_s)).collect()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn winds(air: Air, flight: u64) -> Vec<Vec3<f32>> {
        air.winds(flight, 8000, 1e-3).unwrap()
    }

    #[test]
    fn a_gust_blows_horizontally_for_its_time_only() {
        for (tick, wind) in winds(Air::Gust, 3).into_iter().enumerate() {
            let speed_mps = if (3000..5000).contains(&tick) { GUST_MPS } else { 0.0 };
            assert!((wind.norm() - speed_mps).abs() < 1e-5 && wind.z == 0.0, "{tick}: {wind:?}");
        }
    }

    /// Gusts near the ground outlast a flight, so their mean takes many flights to vanish.
    #[test]
    fn turbulence_has_the_mean_wind_and_moves() {
        let mut along_mps = 0.0;
        for flight in 0..64 {
            let turbulent = winds(Air::Dryden, flight);
            // A gust takes the direction of the same flight's mean wind.
            let direction = winds(Air::Gust, flight)[4000] * (1.0 / GUST_MPS);
            along_mps +=
                turbulent.iter().map(|wind| wind.dot(direction)).sum::<f32>() / 8000.0 / 64.0;
            assert!(turbulent.windows(2).any(|pair| pair[0] != pair[1]), "the air does not move");
        }
        assert!((along_mps - MEAN_MPS).abs() < 0.4, "{along_mps}");
    }

    #[test]
    fn each_flight_has_its_own_direction_and_calm_has_none() {
        assert_ne!(winds(Air::Gust, 1)[4000], winds(Air::Gust, 2)[4000]);
        assert!(winds(Air::Calm, 1).iter().all(|&wind| wind == Vec3::zero()));
    }
}
