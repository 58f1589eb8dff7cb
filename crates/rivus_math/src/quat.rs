//! Unit quaternions over any [`Real`].

use core::ops::Mul;

use crate::{Real, Vec3};

/// A rotation as a unit quaternion, scalar part last in every file format and named `w` here.
///
/// Named `to_from`: `world_from_body.rotate(v_body)` is `v_world`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quat<R> {
    /// Vector part, first component.
    pub x: R,
    /// Vector part, second component.
    pub y: R,
    /// Vector part, third component.
    pub z: R,
    /// Scalar part.
    pub w: R,
}

impl<R: Real> Quat<R> {
    /// The quaternion with these components; the caller vouches for unit length.
    #[must_use]
    #[inline]
    pub const fn new(x: R, y: R, z: R, w: R) -> Self {
        Self { x, y, z, w }
    }

    /// No rotation.
    #[must_use]
    #[inline]
    pub fn identity() -> Self {
        Self::new(R::zero(), R::zero(), R::zero(), R::one())
    }

    /// The vector part.
    #[must_use]
    #[inline]
    pub const fn vector(self) -> Vec3<R> {
        Vec3::new(self.x, self.y, self.z)
    }

    /// The inverse rotation.
    #[must_use]
    #[inline]
    pub fn conjugate(self) -> Self {
        Self::new(-self.x, -self.y, -self.z, self.w)
    }

    /// The vector `v`, turned by this rotation.
    #[must_use]
    #[inline]
    pub fn rotate(self, v: Vec3<R>) -> Vec3<R> {
        // v + 2w (q x v) + 2 q x (q x v): 18 products where the matrix needs 24.
        let q = self.vector();
        let t = q.cross(v);
        let t = t + t;
        v + t * self.w + q.cross(t)
    }

    /// The vector `v`, turned by the inverse rotation.
    #[must_use]
    #[inline]
    pub fn rotate_inverse(self, v: Vec3<R>) -> Vec3<R> {
        self.conjugate().rotate(v)
    }

    /// The same direction with unit length.
    #[must_use]
    #[inline]
    pub fn normalized(self) -> Self {
        let norm2 = self.x * self.x + self.y * self.y + self.z * self.z + self.w * self.w;
        let k = R::one() / norm2.sqrt();
        Self::new(self.x * k, self.y * k, self.z * k, self.w * k)
    }

    /// The time derivative ½ q (ω, 0) for a body rate ω in rad/s, body axes; not a unit quaternion.
    #[must_use]
    #[inline]
    pub fn derivative(self, body_rates_radps: Vec3<R>) -> Self {
        let half = R::from_f64(0.5);
        let w = body_rates_radps;
        let rate = Self::new(w.x * half, w.y * half, w.z * half, R::zero());
        self * rate
    }

    /// The component-wise sum `self + step * factor`; not a unit quaternion.
    #[must_use]
    #[inline]
    pub fn add_scaled(self, step: Self, factor: R) -> Self {
        Self::new(
            self.x + step.x * factor,
            self.y + step.y * factor,
            self.z + step.z * factor,
            self.w + step.w * factor,
        )
    }
}

/// The rotation `self` after `other`: `a_from_b * b_from_c` is `a_from_c` (Hamilton product).
impl<R: Real> Mul for Quat<R> {
    type Output = Self;
    #[inline]
    fn mul(self, o: Self) -> Self {
        Self::new(
            self.w * o.x + self.x * o.w + self.y * o.z - self.z * o.y,
            self.w * o.y - self.x * o.z + self.y * o.w + self.z * o.x,
            self.w * o.z + self.x * o.y - self.y * o.x + self.z * o.w,
            self.w * o.w - self.x * o.x - self.y * o.y - self.z * o.z,
        )
    }
}

impl From<nalgebra::UnitQuaternion<f32>> for Quat<f32> {
    #[inline]
    fn from(q: nalgebra::UnitQuaternion<f32>) -> Self {
        Self::new(q.i, q.j, q.k, q.w)
    }
}

impl From<Quat<f32>> for nalgebra::UnitQuaternion<f32> {
    /// Keeps the components as they are: normalising again would move the last bit.
    #[inline]
    fn from(q: Quat<f32>) -> Self {
        Self::new_unchecked(nalgebra::Quaternion::new(q.w, q.x, q.y, q.z))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quarter turn about `z`, exact to a double.
    fn quarter_turn() -> Quat<f64> {
        let h = 0.5_f64.sqrt();
        Quat::new(0.0, 0.0, h, h)
    }

    #[test]
    fn a_quarter_turn_takes_east_to_north() {
        let north = quarter_turn().rotate(Vec3::new(1.0, 0.0, 0.0));
        assert!((north - Vec3::new(0.0, 1.0, 0.0)).norm() < 1e-15);
    }

    #[test]
    fn the_product_is_the_rotation_one_after_the_other() {
        let v = Vec3::new(0.3, -0.2, 0.9);
        let a = quarter_turn();
        let b = Quat::new(0.1, 0.2, -0.3, 0.9).normalized();
        assert!(((a * b).rotate(v) - a.rotate(b.rotate(v))).norm() < 1e-15);
        assert!((a.rotate_inverse(a.rotate(v)) - v).norm() < 1e-15);
    }

    #[test]
    fn components_survive_the_way_through_nalgebra() {
        let q = Quat::new(0.1_f32, 0.2, -0.3, 0.9).normalized();
        let there: nalgebra::UnitQuaternion<f32> = q.into();
        assert_eq!(Quat::from(there), q);
    }
}
