//! What a step of all policies costs on this machine, measured before anything flies.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::Vector3;
use rivus_app::{Clock, Histogram, Stage, TickConfig};
use rivus_flight::{Kinematics, Setpoint};

use crate::network_store::Observed;
use crate::{LoadError, NetworkStore, Policy, PolicyFault, PolicyRow, PolicyStore};

/// A step that does not fit is tried again at least this often: the first is cold.
const TRIES_MIN: u64 = 16;

/// And until the tries would take 5 ms if all of them took as long as the best: what a busy machine
/// takes away from them is not counted.
const TRYING_NS: u64 = 5_000_000;

/// Checks that all policies together can be stepped within the budget of the stage `Policy`.
///
/// All networks are stepped as [`PolicyPlugin`](crate::PolicyPlugin) does, each with all of its
/// robots and on its kernels, but on copies: what the robots do does not change.
///
/// One try in time is enough. What does not fit even with warm caches and without the rest of the
/// tick cannot fit in flight, and a busy machine is hardly taken for a slow one; what fits now and
/// then only shows in the overruns of its flight. A check that passes takes as long as a few steps,
/// one that fails some milliseconds.
///
/// It passes too if there is no [`Clock`], no budget or no policy.
///
/// # Errors
/// [`LoadError::Costly`] if no try was in time.
pub fn check_cost(world: &World) -> Result<(), LoadError> {
    let clock = world.get_resource::<Clock>();
    let config = world.get_resource::<TickConfig>();
    let store = world.get_resource::<PolicyStore>();
    let (Some(&Clock(now_ns)), Some(config), Some(store)) = (clock, config, store) else {
        return Ok(());
    };
    let stage = config[Stage::Policy];
    let Some(budget_us) = stage.budget_us.filter(|_| !store.networks().is_empty()) else {
        return Ok(());
    };
    // Rates are small integers, which f32 holds exactly.
    let dt_s = 1.0 / stage.rate_hz.unwrap_or(config.base_hz) as f32;
    let mut networks = store.networks().to_vec();
    let tries = try_to_fit(now_ns, u64::from(budget_us) * 1000, || {
        networks.iter_mut().for_each(|network| rehearse(network, dt_s));
    });
    tries.map_or(Ok(()), |tries| {
        Err(LoadError::Costly {
            policies: describe(world, store),
            best_us: in_us(tries.min_ns()),
            median_us: in_us(tries.p50_ns()),
            tries: tries.count(),
            budget_us,
        })
    })
}

/// Times of `step`, if none is within the budget.
fn try_to_fit(now_ns: fn() -> u64, budget_ns: u64, mut step: impl FnMut()) -> Option<Histogram> {
    let mut tries = Histogram::new();
    let mut start_ns = now_ns();
    while tries.count() < TRIES_MIN || tries.count().saturating_mul(tries.min_ns()) < TRYING_NS {
        step();
        let end_ns = now_ns();
        tries.record(end_ns.saturating_sub(start_ns));
        if tries.min_ns() <= budget_ns {
            return None;
        }
        start_ns = end_ns;
    }
    Some(tries)
}

/// A step of all robots of a network as in a tick, at rest where they shall be.
fn rehearse(network: &mut NetworkStore, dt_s: f32) {
    let observed = Observed {
        robot: Entity::PLACEHOLDER,
        kinematics: Kinematics::at_rest(Vector3::zeros()),
        setpoint: Setpoint { position_m: Vector3::zeros(), yaw_rad: 0.0 },
        hover_speed_radps: 1.0,
    };
    for row in 0..network.rows() {
        // A robot that the network cannot fly from rest costs what it will cost in a tick.
        let _: Result<(), PolicyFault> = network.board(row, &observed, dt_s);
    }
    network.step(dt_s, |_| {});
}

/// Each network by its file, with its robots and kernels.
fn describe(world: &World, store: &PolicyStore) -> String {
    let mut robots = world.try_query::<(&Policy, &PolicyRow)>();
    let networks = store.networks().iter().enumerate().map(|(index, network)| {
        let file = robots.as_mut().and_then(|robots| {
            robots.iter(world).find(|(_, row)| row.network() == index).map(|(policy, _)| policy)
        });
        let file = file.map_or("a policy".to_owned(), |policy| format!("`{}`", policy.file));
        let (rows, s) = (network.rows(), if network.rows() == 1 { "" } else { "s" });
        let kernel = network.policy().network().kernels().backend().name();
        format!("{file} for {rows} robot{s} on kernel {kernel}")
    });
    networks.collect::<Vec<_>>().join(" and ")
}

/// Microseconds; a duration of minutes is far below 2^53 ns.
fn in_us(ns: u64) -> f64 {
    ns as f64 / 1000.0
}
