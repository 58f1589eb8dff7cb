//! What the scene says about everything around the robots.

use bevy_ecs::entity::Entity;
use bevy_ecs::system::{Res, SystemParam};
use bevy_ecs::world::World;
use rivus_app::Stage;
use rivus_math::{GRAVITY_MPS2, Vec3};
use rivus_robot::{Events, RobotName, ScoreSpec, Seed, Setpoint, WorldSpec};
use rivus_scene::{ControlStage, Event, SetpointSpec};
use rivus_vehicle::{NoiseStream, Wind, WindSpec};

use crate::body::Bodies;
use crate::score::FlightScore;
use crate::timeline::{Deed, Gust, Order, Timeline};

/// The resources that a scene leaves in the world.
#[derive(SystemParam)]
pub(crate) struct Setting<'w> {
    world: Res<'w, WorldSpec>,
    events: Res<'w, Events>,
    score: Res<'w, ScoreSpec>,
    seed: Res<'w, Seed>,
}

/// Puts calm air over empty space where no scene has said anything yet.
pub(crate) fn install(world: &mut World) {
    let empty = rivus_scene::WorldSpec {
        gravity_mps2: f64::from(GRAVITY_MPS2),
        ground: false,
        wind: WindSpec::Calm,
        obstacles: Vec::new(),
    };
    world.get_resource_or_insert_with(|| WorldSpec(empty));
    world.get_resource_or_insert_with(|| Events(Vec::new()));
    world.get_resource_or_insert_with(|| ScoreSpec(rivus_scene::ScoreSpec::default()));
    world.get_resource_or_insert_with(|| Seed(0));
}

impl Setting<'_> {
    /// What all noise is drawn from.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.0
    }

    /// The rapier world, still without vehicles.
    pub(crate) fn bodies(&self) -> Bodies {
        // The nearest single, as in the vehicles' own parameters.
        let mut bodies = Bodies::new(self.world.0.gravity_mps2 as f32, self.world.0.ground);
        self.world.0.obstacles.iter().for_each(|obstacle| bodies.add_obstacle(obstacle));
        bodies
    }

    /// The wind at one robot, which has turbulence of its own.
    pub(crate) fn wind(&self, robot: &str) -> Wind {
        Wind::new(&self.world.0.wind, NoiseStream::new(self.seed.0, robot, "wind"))
    }

    /// An empty score as the scene asks for it.
    pub(crate) fn score(&self) -> FlightScore {
        FlightScore::new(self.score.0.from_s)
    }

    /// The scene's events, for these robots.
    pub(crate) fn timeline<'a>(
        &self,
        robots: impl Iterator<Item = (&'a RobotName, Entity)>,
    ) -> Timeline {
        let robots: Vec<_> = robots.collect();
        let mut gusts = Vec::new();
        let mut orders = Vec::new();
        for timed in &self.events.0 {
            let at_ns = to_ns(timed.at_s);
            match &timed.event {
                Event::Gust { velocity_mps, duration_s } => gusts.push(Gust {
                    from_ns: at_ns,
                    until_ns: to_ns(timed.at_s + duration_s),
                    velocity_mps: Vec3::from_f64(*velocity_mps),
                }),
                Event::Setpoint { robot, setpoint } => {
                    let named = robots.iter().filter(|(name, _)| name.0 == *robot);
                    orders.extend(named.map(|(_, entity)| Order {
                        at_ns,
                        deed: Deed::Setpoint(*entity, to_setpoint(setpoint)),
                    }));
                }
                Event::Slow { stage, by_us, duration_s } => {
                    let until_ns = to_ns(timed.at_s + duration_s);
                    let deed = Deed::Slow { stage: to_stage(*stage), by_us: *by_us, until_ns };
                    orders.push(Order { at_ns, deed });
                }
                Event::DropTicks { count } => {
                    orders.push(Order { at_ns, deed: Deed::DropTicks(u64::from(*count)) });
                }
                Event::JumpDt { by_s } => {
                    orders.push(Order { at_ns, deed: Deed::Jump(to_ns(*by_s)) });
                }
            }
        }
        orders.sort_by_key(|order| order.at_ns);
        Timeline::new(gusts, orders)
    }
}

const fn to_stage(stage: ControlStage) -> Stage {
    match stage {
        ControlStage::Sense => Stage::Sense,
        ControlStage::Estimate => Stage::Estimate,
        ControlStage::Policy => Stage::Policy,
        ControlStage::Control => Stage::Control,
        ControlStage::Actuate => Stage::Actuate,
    }
}

fn to_setpoint(spec: &SetpointSpec) -> Setpoint {
    let position_m = Vec3::<f32>::from_f64(spec.position_m).into();
    Setpoint(rivus_flight::Setpoint { position_m, yaw_rad: spec.yaw_rad as f32 })
}

/// Seconds of a scene in nanoseconds; saturates far beyond any flight.
fn to_ns(time_s: f64) -> u64 {
    (time_s * 1e9).round() as u64
}
