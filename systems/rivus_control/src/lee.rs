//! The Lee controller: the backup of every robot that has it.

use bevy_ecs::component::Component;
use bevy_ecs::message::MessageWriter;
use bevy_ecs::system::{Query, Res};
use rivus_app::{Dt, Fault, FaultKind};
use rivus_flight::{LeeGains, LeeSpec, WrenchCommand};
use rivus_robot::{
    Airframe, Estimate, Health, Pose, Proposal, RobotId, Setpoint, Twist, by, kinematics,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Fallback;

/// Holds the setpoint with geometric tracking control (Lee 2010) and proposes as the backup.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[require(
    LeeMemory,
    Proposal<WrenchCommand, by::Backup>,
    Pose<Estimate>,
    Twist<Estimate>,
    Health
)]
pub struct Lee {
    /// Gains and limits.
    pub gains: LeeSpec,
    /// Whether the integral takes part; without it the law is proportional-derivative.
    pub use_integral: bool,
}

/// The integral of a robot's [`Lee`].
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LeeMemory(rivus_flight::Lee);

/// Proposes in every tick with a valid estimate, so that the backup can take over at once.
///
/// The integral gathers only while the law flies: the error that another controller leaves is not
/// its own.
pub(crate) fn lee(
    dt: Res<Dt>,
    mut faults: MessageWriter<Fault>,
    mut robots: Query<(
        &RobotId,
        &Lee,
        &Airframe,
        &Setpoint,
        (&Pose<Estimate>, &Twist<Estimate>, &Health),
        &Fallback,
        &mut LeeMemory,
        &mut Proposal<WrenchCommand, by::Backup>,
    )>,
) {
    let dt_s = dt.secs();
    for (
        id,
        law,
        Airframe(vehicle),
        setpoint,
        (pose, twist, health),
        fallback,
        mut memory,
        mut out,
    ) in &mut robots
    {
        if !health.valid {
            out.clear();
            continue;
        }
        if !(dt_s > 0.0 && dt_s.is_finite()) {
            faults.write(Fault { robot: id.0, kind: FaultKind::BadElapsed });
            continue;
        }
        let mut gains = LeeGains::new(&law.gains);
        if !law.use_integral {
            gains = gains.without_integral();
        }
        if !fallback.backup_flies() {
            *memory = LeeMemory::default();
        }
        out.set(memory.0.step(&gains, vehicle, &kinematics(pose, twist), &setpoint.0, dt_s));
    }
}

#[cfg(test)]
mod tests {
    use bevy_ecs::message::Messages;
    use bevy_ecs::system::RunSystemOnce;
    use bevy_ecs::world::World;
    use nalgebra::Vector3;
    use rivus_math::Vec3;
    use rivus_robot::Authority;
    use rivus_vehicle::Quadrotor;

    use super::*;
    use crate::fallback::Offers;

    const GAINS: &str = "(position_gain: (4, 4, 8), velocity_gain: (3.2, 3.2, 5), \
        integral_gain: (3, 3, 3), integral_limit_mps2: 2, \
        attitude_gain: (100, 100, 20), rate_gain: (18, 18, 8))";

    fn vehicle() -> Quadrotor<f32> {
        Quadrotor {
            mass_kg: 1.0,
            inertia_kgm2: Vec3::new(1.0, 1.0, 1.0),
            rotor_position_m: [Vec3::zero(); 4],
            rotor_spin: [1.0; 4],
            thrust_n_per_radps2: 1.0,
            torque_nm_per_radps2: 1.0,
            motor_lag_s: 0.1,
            rotor_speed_min_radps: 0.0,
            rotor_speed_max_radps: 9.0,
            rotor_plane_drag: 0.0,
            rotor_axial_drag: 0.0,
            frame_drag: Vec3::zero(),
            gravity_mps2: 9.81,
        }
    }

    /// A world with one robot, 1 m off its setpoint, that the backup flies.
    fn world() -> World {
        let mut world = World::new();
        world.init_resource::<Messages<Fault>>();
        let mut fallback = Fallback::default();
        fallback.serve(Authority::Backup);
        let good = Offers {
            chosen: Ok(()),
            has_backup: false,
            is_flyable: true,
            elapsed_s: 0.0,
            limit_s: 1.0,
        };
        fallback.decide(&good);
        let setpoint = rivus_flight::Setpoint { position_m: Vector3::x(), yaw_rad: 0.0 };
        let law = Lee { gains: ron::from_str(GAINS).unwrap(), use_integral: true };
        let health = Health { age_s: 0.0, valid: true };
        world.spawn((RobotId(2), law, Airframe(vehicle()), Setpoint(setpoint), health, fallback));
        world
    }

    fn step(world: &mut World, dt: Dt) -> (LeeMemory, Proposal<WrenchCommand, by::Backup>) {
        world.insert_resource(dt);
        world.run_system_once(lee).unwrap();
        let mut robots = world.query::<(&LeeMemory, &Proposal<WrenchCommand, by::Backup>)>();
        let (memory, proposal) = robots.single(world).unwrap();
        (*memory, *proposal)
    }

    #[test]
    fn an_elapsed_time_of_zero_changes_nothing_and_is_a_fault() {
        let mut world = world();
        let before = step(&mut world, Dt::from_ns(1_000_000));
        assert_ne!(before.0, LeeMemory::default());
        assert_eq!(step(&mut world, Dt::from_ns(0)), before);
        let mut faults = world.resource_mut::<Messages<Fault>>();
        let kinds: Vec<_> = faults.drain().map(|fault| (fault.robot, fault.kind)).collect();
        assert_eq!(kinds, [(2, FaultKind::BadElapsed)]);
    }

    #[test]
    fn the_integral_is_empty_unless_the_law_flies_and_uses_it() {
        let dt = Dt::from_ns(1_000_000);
        let mut world = world();
        step(&mut world, dt);
        for mut fallback in world.query::<&mut Fallback>().iter_mut(&mut world) {
            *fallback = Fallback::default();
        }
        let once = step(&mut world, dt);
        assert_eq!(step(&mut world, dt), once);
        for mut law in world.query::<&mut Lee>().iter_mut(&mut world) {
            law.use_integral = false;
        }
        assert_eq!(step(&mut world, dt).0, LeeMemory::default());
    }
}
