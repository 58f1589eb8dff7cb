//! What is trained, on what, and how.

use rivus_vehicle::QuadrotorSpec;

/// Which cell a policy is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// The liquid time-constant cell: a differential equation, three sub-steps per step.
    Ltc,
    /// The wired closed-form cell.
    Cfc,
}

/// Standard deviations of what the sensors add.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SensorNoise {
    /// Per axis, m.
    pub position_m: f32,
    /// Per axis, m/s.
    pub velocity_mps: f32,
    /// Per component of the quaternion.
    pub attitude: f32,
    /// Per axis, rad/s.
    pub body_rates_radps: f32,
}

/// What a policy is trained to fly.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainSpec {
    /// The vehicle.
    pub vehicle: QuadrotorSpec,
    /// Acceleration of free fall, m/s².
    pub gravity_mps2: f64,
    /// Age of what the sensors report, s.
    pub delay_s: f32,
    /// What the sensors add.
    pub noise: SensorNoise,
    /// The kind of network.
    pub cell: CellKind,
    /// Neurons; at least 8.
    pub units: usize,
    /// Decides wiring, first parameters and every episode.
    pub seed: u64,
    /// How it is trained.
    pub recipe: Recipe,
}

/// The settings of the optimisation and of its episodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Steps of the optimiser.
    pub iterations: usize,
    /// Learning rate at the start; it falls along a cosine to 2 % of this.
    pub learning_rate: f32,
    /// Control steps per episode.
    pub steps: usize,
    /// Steps of the vehicle model per control step.
    pub substeps: usize,
    /// Shortest and longest control period, s; each episode draws its own.
    pub period_s: (f32, f32),
    /// Strongest wind, m/s.
    pub wind_mps: f32,
    /// What a step costs.
    pub loss: LossWeights,
    /// Whether the network keeps its state from step to step.
    pub memory: bool,
}

/// Weights of the terms of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossWeights {
    /// Of the pseudo-Huber norm of the position error.
    pub position: f64,
    /// Where the pseudo-Huber norm turns from quadratic to linear, m.
    pub knee_m: f64,
    /// Of the squared velocity.
    pub velocity: f64,
    /// Of the squared roll and pitch rates.
    pub tilt_rate: f64,
    /// Of the squared yaw rate.
    pub yaw_rate: f64,
    /// Of the squared vertical quaternion component.
    pub yaw: f64,
    /// Of the squared outputs.
    pub action: f64,
    /// Of the squared change of the outputs.
    pub change: f64,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self {
            position: 0.6,
            knee_m: 0.05,
            velocity: 0.08,
            tilt_rate: 0.004,
            yaw_rate: 0.01,
            yaw: 1.0,
            action: 0.01,
            change: 0.05,
        }
    }
}

impl Recipe {
    /// The settings that work for `cell`.
    #[must_use]
    pub fn of(cell: CellKind) -> Self {
        let (iterations, loss) = match cell {
            // The steeper loss, for four times as long, takes most of the cell's steady offset away.
            CellKind::Ltc => {
                (3500, LossWeights { position: 1.0, velocity: 0.04, ..LossWeights::default() })
            }
            CellKind::Cfc => (1500, LossWeights::default()),
        };
        Self {
            iterations,
            learning_rate: 1e-2,
            steps: 100,
            substeps: 2,
            period_s: (0.005, 0.02),
            // Stronger than any wind it is judged in: turbulence has no upper limit.
            wind_mps: 5.0,
            loss,
            memory: true,
        }
    }
}
