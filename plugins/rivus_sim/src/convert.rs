//! The only place where rapier's glam types meet ours.

use rapier3d::math::{Rotation, Vector};
use rivus_math::{Quat, Vec3};

/// Our vector as rapier's; same frame, same bits.
#[inline]
pub(crate) fn to_rapier(v: Vec3<f32>) -> Vector {
    Vector::new(v.x, v.y, v.z)
}

/// Rapier's vector as ours; same frame, same bits.
#[inline]
pub(crate) fn from_rapier(v: Vector) -> Vec3<f32> {
    Vec3::new(v.x, v.y, v.z)
}

/// Our rotation as rapier's; same bits.
#[inline]
pub(crate) fn rotation_to_rapier(q: Quat<f32>) -> Rotation {
    Rotation::from_xyzw(q.x, q.y, q.z, q.w)
}

/// Rapier's rotation as ours; same bits.
#[inline]
pub(crate) fn rotation_from_rapier(q: Rotation) -> Quat<f32> {
    Quat::new(q.x, q.y, q.z, q.w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_means_the_same_on_both_sides() {
        let q = Quat::new(0.1, -0.2, 0.3, 0.9).normalized();
        let v = Vec3::new(0.5, -1.5, 2.5);
        let ours = q.rotate(v);
        let theirs = from_rapier(rotation_to_rapier(q) * to_rapier(v));
        assert!((ours - theirs).norm() < 1e-6);
        assert_eq!(rotation_from_rapier(rotation_to_rapier(q)), q);
    }
}
