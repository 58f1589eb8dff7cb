//! A PID that a user's law can keep on its robot.

use bevy_ecs::component::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A proportional-integral-derivative law of one axis: gains from the scene, memory of the run.
///
/// No system steps it; a law queries it as `&mut Pid`.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Pid(pub rivus_flight::Pid);

impl Pid {
    /// The output for `error`, `dt_s` seconds after the last step.
    ///
    /// With an error that is not finite, or a `dt_s` that is not positive, it is 0 and the memory is
    /// left alone.
    pub fn step(&mut self, error: f32, dt_s: f32) -> f32 {
        self.0.step(error, dt_s)
    }

    /// Forgets what was gathered.
    pub fn reset(&mut self) {
        self.0.reset();
    }
}
