//! What a control plugin usually needs, the ECS included.

pub use bevy_app::{self, App, AppExit, Plugin, PluginGroup};
pub use bevy_ecs::{self, prelude::*, schedule::ScheduleLabel};

pub use crate::{
    AppError, AppExt, BudgetExt, BudgetOverrun, Dt, Fault, FaultKind, Faults, OnOverrun,
    OverrunResponse, Pace, Rate, Stage, StateHash, Tick, TickConfig, TickPlugin, TimeFaults,
    Timings,
};
