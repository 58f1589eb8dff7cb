//! Elementary functions with the same bits on every target, from `libm`.
//!
//! The standard library's versions call the platform's C library, whose last bits differ between systems.

/// Square root; correctly rounded on every target.
#[must_use]
#[inline]
pub fn sqrt(x: f32) -> f32 {
    libm::sqrtf(x)
}

/// Sine of an angle in radians.
#[must_use]
#[inline]
pub fn sin(x: f32) -> f32 {
    libm::sinf(x)
}

/// Cosine of an angle in radians.
#[must_use]
#[inline]
pub fn cos(x: f32) -> f32 {
    libm::cosf(x)
}

/// Arc cosine, radians; arguments are clamped to [-1, 1] because they are products of unit vectors.
#[must_use]
#[inline]
pub fn acos(x: f32) -> f32 {
    libm::acosf(x.clamp(-1.0, 1.0))
}

/// Angle of the vector (x, y) in (-pi, pi], radians.
#[must_use]
#[inline]
pub fn atan2(y: f32, x: f32) -> f32 {
    libm::atan2f(y, x)
}

/// e to the power x.
#[must_use]
#[inline]
pub fn exp(x: f32) -> f32 {
    libm::expf(x)
}

/// Natural logarithm.
#[must_use]
#[inline]
pub fn ln(x: f32) -> f32 {
    libm::logf(x)
}

/// Hyperbolic tangent.
#[must_use]
#[inline]
pub fn tanh(x: f32) -> f32 {
    libm::tanhf(x)
}

/// x to the power y.
#[must_use]
#[inline]
pub fn powf(x: f32, y: f32) -> f32 {
    libm::powf(x, y)
}

/// The double-precision twins, for verification and for parameters that are computed once at load.
pub mod f64 {
    /// Square root; correctly rounded on every target.
    #[must_use]
    #[inline]
    pub fn sqrt(x: f64) -> f64 {
        libm::sqrt(x)
    }

    /// Sine of an angle in radians.
    #[must_use]
    #[inline]
    pub fn sin(x: f64) -> f64 {
        libm::sin(x)
    }

    /// Cosine of an angle in radians.
    #[must_use]
    #[inline]
    pub fn cos(x: f64) -> f64 {
        libm::cos(x)
    }

    /// Arc cosine, radians; arguments are clamped to [-1, 1].
    #[must_use]
    #[inline]
    pub fn acos(x: f64) -> f64 {
        libm::acos(x.clamp(-1.0, 1.0))
    }

    /// e to the power x.
    #[must_use]
    #[inline]
    pub fn exp(x: f64) -> f64 {
        libm::exp(x)
    }

    /// Natural logarithm.
    #[must_use]
    #[inline]
    pub fn ln(x: f64) -> f64 {
        libm::log(x)
    }

    /// Hyperbolic tangent.
    #[must_use]
    #[inline]
    pub fn tanh(x: f64) -> f64 {
        libm::tanh(x)
    }

    /// x to the power y.
    #[must_use]
    #[inline]
    pub fn powf(x: f64, y: f64) -> f64 {
        libm::pow(x, y)
    }
}
