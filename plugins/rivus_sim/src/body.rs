//! The rapier world: rigid bodies under forces, and the ground.

use core::f32::consts::FRAC_PI_2;

use bevy_ecs::resource::Resource;
use rapier3d::prelude::{
    ColliderBuilder, MassProperties, PhysicsWorld, Pose, RigidBodyBuilder, RigidBodyHandle, Vector,
};
use rivus_math::{Positive, Vec3};
use rivus_scene::Solid;
use rivus_vehicle::{Quadrotor, State};

use crate::convert::{from_rapier, rotation_from_rapier, rotation_to_rapier, to_rapier};

/// Side of the square of ground around the origin, m: beyond what a scene flies over.
const GROUND_HALF_SIDE_M: f32 = 500.0;

/// Half the thickness of the slab that is the ground, m; its top is at height zero.
const GROUND_HALF_THICKNESS_M: f32 = 1.0;

/// Height of a vehicle's collision box as a fraction of its longest side.
const FLATNESS: f32 = 0.3;

/// Rigid bodies that move together.
///
/// World frame ENU, gravity along -z.
#[derive(Resource)]
pub(crate) struct Bodies {
    world: PhysicsWorld,
}

/// One body of [`Bodies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BodyId(RigidBodyHandle);

/// What the air and the rotors do to a body during a step, world frame, about the centre of mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Push {
    /// Force, world frame, N.
    pub(crate) force_n: Vec3<f32>,
    /// Torque, world frame, N m.
    pub(crate) torque_nm: Vec3<f32>,
}

impl Bodies {
    /// An empty world with this gravity (m/s², along -z); `has_ground` puts a floor at z = 0.
    pub(crate) fn new(gravity_mps2: f32, has_ground: bool) -> Self {
        let mut world = PhysicsWorld {
            gravity: Vector::new(0.0, 0.0, -gravity_mps2),
            ..PhysicsWorld::default()
        };
        if has_ground {
            let half = GROUND_HALF_SIDE_M;
            world.insert(
                RigidBodyBuilder::fixed().translation(Vector::new(
                    0.0,
                    0.0,
                    -GROUND_HALF_THICKNESS_M,
                )),
                ColliderBuilder::cuboid(half, half, GROUND_HALF_THICKNESS_M),
            );
        }
        Self { world }
    }

    /// Puts up something that stays where it is.
    pub(crate) fn add_obstacle(&mut self, obstacle: &Solid) {
        let (shape, turn_rad) = match *obstacle {
            Solid::Box { size_m, yaw_deg, .. } => {
                let [x_m, y_m, z_m] = <[Positive; 3]>::from(size_m).map(|side| 0.5 * side.f32());
                let turn_rad = Vec3::new(0.0, 0.0, yaw_deg.f32().to_radians());
                (ColliderBuilder::cuboid(x_m, y_m, z_m), turn_rad)
            }
            Solid::Sphere { radius_m, .. } => (ColliderBuilder::ball(radius_m.f32()), Vec3::zero()),
            Solid::Cylinder { radius_m, height_m, .. } => {
                let shape = ColliderBuilder::cylinder(0.5 * height_m.f32(), radius_m.f32());
                // Those of rapier stand along y.
                (shape, Vec3::new(FRAC_PI_2, 0.0, 0.0))
            }
        };
        let body = RigidBodyBuilder::fixed()
            .translation(to_rapier(obstacle.center_m()))
            .rotation(to_rapier(turn_rad));
        self.world.insert(body, shape);
    }

    /// Adds a quadrotor: its mass and inertia, and a flat box around its rotor hubs to collide with.
    ///
    /// Rotor speeds of `state` are the caller's.
    pub(crate) fn add(&mut self, vehicle: &Quadrotor<f32>, state: &State<f32>) -> BodyId {
        let pose = Pose::from_parts(
            to_rapier(state.position_m),
            rotation_to_rapier(state.world_from_body),
        );
        let mass =
            MassProperties::new(Vector::ZERO, vehicle.mass_kg, to_rapier(vehicle.inertia_kgm2));
        let rates_radps = state.world_from_body.rotate(state.body_rates_radps);
        let body = RigidBodyBuilder::dynamic()
            .pose(pose)
            .linvel(to_rapier(state.velocity_mps))
            .angvel(to_rapier(rates_radps))
            .additional_mass_properties(mass)
            .gyroscopic_forces_enabled(true)
            .can_sleep(false);
        let hub_m = vehicle.rotor_position_m.iter().fold(Vec3::zero(), |reach: Vec3<f32>, hub| {
            Vec3::new(reach.x.max(hub.x.abs()), reach.y.max(hub.y.abs()), 0.0)
        });
        let half_height_m = FLATNESS * hub_m.x.max(hub_m.y);
        // Without density the box adds nothing to the mass that the vehicle states.
        let shape = ColliderBuilder::cuboid(hub_m.x, hub_m.y, half_height_m).density(0.0);
        BodyId(self.world.insert(body, shape).0)
    }

    /// Sets what pushes a body in the next step; it replaces the push of the step before.
    pub(crate) fn push(&mut self, id: BodyId, push: Push) {
        let body = &mut self.world.bodies[id.0];
        body.reset_forces(false);
        body.reset_torques(false);
        body.add_force(to_rapier(push.force_n), false);
        body.add_torque(to_rapier(push.torque_nm), false);
    }

    /// Moves all bodies by one step of this length.
    pub(crate) fn step(&mut self, step_s: f32) {
        self.world.integration_parameters.dt = step_s;
        self.world.step();
    }

    /// Writes where a body is and how it moves into `state`; rotor speeds stay as they are.
    pub(crate) fn read(&self, id: BodyId, state: &mut State<f32>) {
        let body = &self.world.bodies[id.0];
        state.position_m = from_rapier(body.translation());
        state.velocity_mps = from_rapier(body.linvel());
        state.world_from_body = rotation_from_rapier(*body.rotation());
        state.body_rates_radps = state.world_from_body.rotate_inverse(from_rapier(body.angvel()));
    }
}

impl Default for Bodies {
    /// Nothing, above no ground, under standard gravity.
    fn default() -> Self {
        Self::new(rivus_math::GRAVITY_MPS2, false)
    }
}

impl core::fmt::Debug for Bodies {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bodies").field("count", &self.world.bodies.len()).finish_non_exhaustive()
    }
}
