//! What a program or a control plugin needs: `use rivus::prelude::*;`

// Derives of the ECS name the crate `bevy_ecs`, so it must be in scope where they are used.
pub use bevy_ecs;
pub use bevy_ecs::prelude::*;

pub use bevy_app::{App, AppExit, Plugin};
pub use nalgebra::{UnitQuaternion, Vector3};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};

pub use rivus_app::prelude::*;
pub use rivus_control::Pid;
pub use rivus_flight::{RotorCommand, ThrustCommand, WrenchCommand};
pub use rivus_math::{GRAVITY_MPS2, Positive};
pub use rivus_robot::prelude::*;
pub use rivus_run::SafeOutputExt;
pub use rivus_scene::Joint;
// The ECS has a trait of this name, which systems do not need; the explicit name wins.
pub use rivus_robot::Command;

pub use crate::{DefaultPlugins, RivusError, SceneExt};
