//! The arithmetic that models are written over.

use core::ops::{Add, Div, Mul, Neg, Sub};

/// A number that a model can be written over: `f32`, `f64`, or a lane of the trainer's tape.
///
/// The set is as small as the vehicle model allows, because a tape needs a derivative for each operation.
/// Branching on a value is absent on purpose: a tape records one path for all lanes.
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The constant nearest to `value`.
    fn from_f64(value: f64) -> Self;

    /// Square root.
    #[must_use]
    fn sqrt(self) -> Self;

    /// e to the power `self`.
    #[must_use]
    fn exp(self) -> Self;

    /// The value limited to [`low`, `high`]; its derivative is 1 inside and 0 outside.
    #[must_use]
    fn clamp(self, low: Self, high: Self) -> Self;

    /// Zero.
    #[must_use]
    fn zero() -> Self {
        Self::from_f64(0.0)
    }

    /// One.
    #[must_use]
    fn one() -> Self {
        Self::from_f64(1.0)
    }
}

impl Real for f32 {
    #[inline]
    fn from_f64(value: f64) -> Self {
        // The nearest single is what "constant nearest to `value`" asks for.
        value as Self
    }

    #[inline]
    fn sqrt(self) -> Self {
        crate::ops::sqrt(self)
    }

    #[inline]
    fn exp(self) -> Self {
        crate::ops::exp(self)
    }

    #[inline]
    fn clamp(self, low: Self, high: Self) -> Self {
        // Not `f32::clamp`, which panics on unordered limits; NaN becomes `low`, as in the kernels.
        self.max(low).min(high)
    }
}

impl Real for f64 {
    #[inline]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline]
    fn sqrt(self) -> Self {
        crate::ops::f64::sqrt(self)
    }

    #[inline]
    fn exp(self) -> Self {
        crate::ops::f64::exp(self)
    }

    #[inline]
    fn clamp(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }
}
