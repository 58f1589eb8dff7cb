//! Three-vectors over any [`Real`].

use core::ops::{Add, Mul, Neg, Sub};

use crate::{Finite, Real};

/// A vector of three components; its frame and unit are in the name of the variable that holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3<R> {
    /// First component: east in the world frame, forward in the body frame.
    pub x: R,
    /// Second component: north in the world frame, left in the body frame.
    pub y: R,
    /// Third component: up in both.
    pub z: R,
}

impl<R: Real> Vec3<R> {
    /// The vector (x, y, z).
    #[must_use]
    #[inline]
    pub const fn new(x: R, y: R, z: R) -> Self {
        Self { x, y, z }
    }

    /// The vector whose components are the constants of `v`.
    #[must_use]
    #[inline]
    pub fn from_f64(v: [f64; 3]) -> Self {
        Self::new(R::from_f64(v[0]), R::from_f64(v[1]), R::from_f64(v[2]))
    }

    /// The null vector.
    #[must_use]
    #[inline]
    pub fn zero() -> Self {
        Self::from_f64([0.0; 3])
    }

    /// The components, in order.
    #[must_use]
    #[inline]
    pub const fn to_array(self) -> [R; 3] {
        [self.x, self.y, self.z]
    }

    /// The scalar product.
    #[must_use]
    #[inline]
    pub fn dot(self, other: Self) -> R {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    /// The right-handed vector product `self` x `other`.
    #[must_use]
    #[inline]
    pub fn cross(self, other: Self) -> Self {
        Self::new(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    /// The product component by component, e.g. a diagonal matrix times a vector.
    #[must_use]
    #[inline]
    pub fn scale(self, other: Self) -> Self {
        Self::new(self.x * other.x, self.y * other.y, self.z * other.z)
    }

    /// The quotient component by component.
    #[must_use]
    #[inline]
    pub fn unscale(self, other: Self) -> Self {
        Self::new(self.x / other.x, self.y / other.y, self.z / other.z)
    }

    /// The Euclidean length.
    #[must_use]
    #[inline]
    pub fn norm(self) -> R {
        self.dot(self).sqrt()
    }
}

impl<R: Real> Add for Vec3<R> {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl<R: Real> Sub for Vec3<R> {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl<R: Real> Neg for Vec3<R> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y, -self.z)
    }
}

impl<R: Real> Mul<R> for Vec3<R> {
    type Output = Self;
    #[inline]
    fn mul(self, factor: R) -> Self {
        Self::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

impl From<(Finite, Finite, Finite)> for Vec3<f32> {
    /// The nearest singles.
    fn from((x, y, z): (Finite, Finite, Finite)) -> Self {
        Self::new(x.f32(), y.f32(), z.f32())
    }
}

impl From<nalgebra::Vector3<f32>> for Vec3<f32> {
    #[inline]
    fn from(v: nalgebra::Vector3<f32>) -> Self {
        Self::new(v.x, v.y, v.z)
    }
}

impl From<Vec3<f32>> for nalgebra::Vector3<f32> {
    #[inline]
    fn from(v: Vec3<f32>) -> Self {
        Self::new(v.x, v.y, v.z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cross_product_is_right_handed() {
        let x = Vec3::new(1.0, 0.0, 0.0);
        let y = Vec3::new(0.0, 1.0, 0.0);
        assert_eq!(x.cross(y), Vec3::new(0.0, 0.0, 1.0));
    }
}
