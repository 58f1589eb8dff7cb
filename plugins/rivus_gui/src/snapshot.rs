//! What the window knows of a flight: once what flies, then how it goes.

use alloc::sync::Arc;

use bevy_ecs::world::World;
use nalgebra::{UnitQuaternion, Vector3};
use rivus_app::TickConfig;
use rivus_liquid::Policy;
use rivus_policy::{PolicyRow, PolicyStore};
use rivus_robot::{Airframe, Authority, Links, RobotId, RobotName, Seed, WorldSpec};
use rivus_scene::{KinematicTree, Solid};
use rivus_sim::SensorFaults;
use rivus_vehicle::{Quadrotor, ROTORS};

use crate::Wanted;

/// What flies, and how it was asked for; it stays the same until another scene is loaded.
#[derive(Clone, Debug, Default)]
pub struct SceneInfo {
    /// Its number among the flights of this window, from 1; 0 of a recording.
    pub flight: u64,
    /// How it was asked for.
    pub wanted: Wanted,
    /// Seed of start and noise.
    pub seed: u64,
    /// Base ticks per second.
    pub base_hz: u32,
    /// What stands in the way.
    pub obstacles: Vec<Solid>,
    /// The robots by id.
    pub robots: Vec<RobotInfo>,
}

impl SceneInfo {
    /// What flies in `world`, as `wanted`.
    #[must_use]
    pub fn of(world: &mut World, wanted: &Wanted) -> Self {
        let mut found: Vec<_> = world
            .query::<(&RobotId, &RobotName, Option<&Airframe>, Option<&Links>, Option<&PolicyRow>)>(
            )
            .iter(world)
            .map(|(id, name, airframe, links, row)| {
                (*id, name.0.clone(), airframe.copied(), links.cloned(), row.copied())
            })
            .collect();
        found.sort_by_key(|(id, ..)| *id);
        let base_hz = world.get_resource_or_init::<TickConfig>().base_hz;
        let store = world.get_resource::<PolicyStore>();
        let robots = found.into_iter().map(|(_, name, airframe, links, row)| RobotInfo {
            name,
            airframe: airframe.map(|airframe| airframe.0),
            tree: links.map(|links| links.0),
            policy: row.and_then(|row| Some(Arc::new(store?.policy(row)?.clone()))),
        });
        Self {
            flight: 0,
            wanted: wanted.clone(),
            seed: world.get_resource::<Seed>().map_or(0, |seed| seed.0),
            base_hz,
            obstacles: world
                .get_resource::<WorldSpec>()
                .map_or_else(Vec::new, |spec| spec.0.obstacles.clone()),
            robots: robots.collect(),
        }
    }
}

/// What does not change about a robot.
#[derive(Clone, Debug, Default)]
pub struct RobotInfo {
    /// Its name in the scene.
    pub name: String,
    /// Its body and rotors; `None` for what is no quadrotor.
    pub airframe: Option<Quadrotor<f32>>,
    /// Its links and joints; `None` without any.
    pub tree: Option<Arc<KinematicTree>>,
    /// The network that flies it; `None` without one.
    pub policy: Option<Arc<Policy>>,
}

impl RobotInfo {
    /// Whether a link of it is to be at its target, and not the robot itself.
    #[must_use]
    pub fn has_tip(&self) -> bool {
        self.tree.as_ref().is_some_and(|tree| tree.tip().is_some())
    }
}

/// Who flies a robot in a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pilot {
    /// The policy.
    #[default]
    Policy,
    /// The backup law of Lee.
    Backup,
    /// A person.
    Operator,
    /// The failsafe.
    Failsafe,
    /// Nobody: the last command holds.
    Nobody,
}

impl Pilot {
    /// Who flies a robot when `authority` has the say and the arbitration has chosen `pilot`;
    /// `None` where nothing arbitrates.
    #[must_use]
    pub const fn of(authority: Authority, pilot: Option<rivus_control::Pilot>) -> Self {
        match (pilot, authority) {
            (Some(rivus_control::Pilot::Nobody), _) => Self::Nobody,
            (Some(rivus_control::Pilot::Backup), _) | (_, Authority::Backup) => Self::Backup,
            (_, Authority::Policy) => Self::Policy,
            (_, Authority::Operator) => Self::Operator,
            (_, Authority::Failsafe) => Self::Failsafe,
        }
    }

    /// What the window calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Backup => "Lee",
            Self::Operator => "operator",
            Self::Failsafe => "failsafe",
            Self::Nobody => "nobody",
        }
    }
}

/// All robots at the end of one tick.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Which flight it belongs to, see [`SceneInfo::flight`].
    pub flight: u64,
    /// Time of the robots at the end of the tick, ns.
    pub time_ns: u64,
    /// Ticks that were given up so far.
    pub skipped_ticks: u64,
    /// Runs over a budget so far.
    pub overruns: u64,
    /// Faults so far.
    pub faults: u64,
    /// The robots by id, as many as [`SceneInfo::robots`].
    pub robots: Vec<RobotState>,
}

impl Snapshot {
    /// Time of the robots in seconds.
    #[must_use]
    pub const fn time_s(&self) -> f64 {
        self.time_ns as f64 / 1e9
    }
}

/// One robot at the end of a tick.
#[derive(Clone, Debug, Default)]
pub struct RobotState {
    /// Position, world frame, m.
    pub position_m: Vector3<f32>,
    /// Attitude.
    pub world_from_body: UnitQuaternion<f32>,
    /// Velocity, world frame, m/s.
    pub velocity_mps: Vector3<f32>,
    /// Angular velocity, body frame, rad/s.
    pub body_rates_radps: Vector3<f32>,
    /// Where it shall be, world frame, m.
    pub target_m: Vector3<f32>,
    /// Wind around it, world frame, m/s.
    pub wind_mps: Vector3<f32>,
    /// How fast the rotors turn, rad/s.
    pub rotors_radps: [f32; ROTORS],
    /// How fast they were told to turn, rad/s; zeros before the first command.
    pub command_radps: [f32; ROTORS],
    /// What each motor gives of the thrust that it should, 0 (dead) to 1.
    pub motor_health: [f32; ROTORS],
    /// What is wrong with its sensors; a recording does not know.
    pub sensor_faults: SensorFaults,
    /// From its position to what of it is to be at the target, world frame, m: zeros but for the tip
    /// of links.
    pub tip_offset_m: Vector3<f32>,
    /// Where its joints are, in the order of those that move, rad or m.
    pub joints: Vec<f32>,
    /// Who flies it.
    pub pilot: Pilot,
    /// What its network was told last, physical values in the order of the policy's inputs.
    pub observation: Vec<f32>,
    /// What its network said last, physical values in the order of the policy's outputs.
    pub action: Vec<f32>,
    /// The recurrent state of its network, see [`rivus_liquid::Network`].
    pub state: Vec<f32>,
}

impl RobotState {
    /// Finds the tip of the links `tree`, now that attitude and joints are known.
    pub fn place_tip(&mut self, tree: Option<&KinematicTree>) {
        let tip_m = tree.map(|tree| tree.tip_m(&self.joints)).unwrap_or_default();
        self.tip_offset_m = self.world_from_body * tip_m;
    }

    /// Where that is which is to be at the target, the robot or the tip of its links: world frame, m.
    #[must_use]
    pub fn held_m(&self) -> Vector3<f32> {
        self.position_m + self.tip_offset_m
    }

    /// Distance to the target, m.
    #[must_use]
    pub fn error_m(&self) -> f32 {
        (self.held_m() - self.target_m).norm()
    }
}
