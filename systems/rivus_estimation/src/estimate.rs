//! The estimate: the newest usable reading of each sensor.

use bevy_ecs::message::MessageWriter;
use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Query, Res};
use nalgebra::{UnitQuaternion, Vector3};
use rivus_app::{Fault, Tick};
use rivus_robot::{
    Estimate, Health, Pose, PoseSample, RatesSample, Reading, RobotId, Twist, VelocitySample,
};

use crate::Intake;

/// How old a reading may be; the same for all sensors.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct StaleAfter {
    /// Time from the measurement, in nanoseconds.
    pub ns: u64,
}

impl Default for StaleAfter {
    /// 0.1 s.
    fn default() -> Self {
        Self { ns: 100_000_000 }
    }
}

/// Sets `Pose<Estimate>`, `Twist<Estimate>` and [`Health`] from readings.
pub(crate) fn estimate(
    tick: Res<Tick>,
    stale_after: Res<StaleAfter>,
    mut faults: MessageWriter<Fault>,
    mut robots: Query<(
        &RobotId,
        Option<&Reading<PoseSample>>,
        Option<&Reading<VelocitySample>>,
        Option<&Reading<RatesSample>>,
        &mut Intake,
        &mut Pose<Estimate>,
        &mut Twist<Estimate>,
        &mut Health,
    )>,
) {
    let (now_ns, times) = (tick.time_ns, (tick.time_ns, stale_after.ns));
    for (id, pose, velocity, rates, mut intake, mut position, mut motion, mut health) in &mut robots
    {
        let pose = intake.pose.look(pose, times, usable_pose);
        let velocity = intake.velocity.look(velocity, times, |v| finite(v.velocity_mps));
        let rates = intake.rates.look(rates, times, |r| finite(r.body_rates_radps));
        let all_faults = [pose.faults, velocity.faults, rates.faults];
        for kind in all_faults.into_iter().flatten().flatten() {
            faults.write(Fault { robot: id.0, kind });
        }
        if let Some(pose) = pose.fresh {
            *position = pose;
        }
        if let Some(velocity_mps) = velocity.fresh {
            motion.velocity_mps = velocity_mps;
        }
        if let Some(body_rates_radps) = rates.fresh {
            motion.body_rates_radps = body_rates_radps;
        }
        let ages_s = [intake.pose, intake.velocity, intake.rates].map(|s| s.age_s(now_ns));
        health.age_s = ages_s.into_iter().fold(0.0, f32::max);
        health.valid = pose.is_valid && velocity.is_valid && rates.is_valid;
    }
}

/// The pose with a quaternion of length one; `None` if it has a NaN, an infinity or no attitude.
fn usable_pose(sample: &PoseSample) -> Option<Pose<Estimate>> {
    let position_m = finite(sample.position_m)?;
    let quaternion = sample.world_from_body.into_inner();
    let length = quaternion.norm();
    // Below this it is not noise on an attitude but no attitude; above, it overflowed.
    let has_direction = (1e-3..1e6).contains(&length);
    has_direction.then(|| Pose::new(position_m, UnitQuaternion::new_normalize(quaternion)))
}

fn finite(vector: Vector3<f32>) -> Option<Vector3<f32>> {
    vector.iter().all(|x| x.is_finite()).then_some(vector)
}
