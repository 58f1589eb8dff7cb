//! How far each function may be from its exact value, in units in the last place of the exact
//! value.

use crate::{Activation, Elementary};

/// What is measured.
pub(crate) enum Function {
    /// An elementary function.
    Elementary(Elementary),
    /// A backbone activation.
    Activation(Activation),
}

/// One row of the table.
pub(crate) struct Tolerance {
    pub(crate) function: Function,
    pub(crate) exact: fn(f64) -> f64,
    pub(crate) low: f32,
    pub(crate) high: f32,
    /// Allowed error in units in the last place.
    pub(crate) ulp: f64,
}

/// What the README states, with a little room, since it samples the floats; the activations follow
/// from it.
pub(crate) const TABLE: [Tolerance; 9] = [
    // One rounding each from the polynomial, the scaling, the addition and the division.
    Tolerance {
        function: Function::Elementary(Elementary::Sig2n),
        exact: |y| 1.0 / (1.0 + libm::exp2(y)),
        low: -125.0,
        high: 125.0,
        ulp: 2.4,
    },
    // The sum 1 + (r + r^2 q) is the only large rounding.
    Tolerance {
        function: Function::Elementary(Elementary::Exp),
        exact: libm::exp,
        low: -87.0,
        high: 88.0,
        ulp: 0.9,
    },
    // As `Sig2n`.
    Tolerance {
        function: Function::Elementary(Elementary::Sigmoid),
        exact: |x| 1.0 / (1.0 + libm::exp(-x)),
        low: -87.0,
        high: 87.0,
        ulp: 2.5,
    },
    // Just above the split the quotient still cancels a little.
    Tolerance {
        function: Function::Elementary(Elementary::Tanh),
        exact: libm::tanh,
        low: -20.0,
        high: 20.0,
        ulp: 1.3,
    },
    // tanh, two more products, and the rounding of 0.666 x that tanh carries on.
    Tolerance {
        function: Function::Activation(Activation::LecunTanh),
        exact: |x| f64::from(1.7159_f32) * libm::tanh(f64::from(0.666_f32) * x),
        low: -20.0,
        high: 20.0,
        ulp: 3.0,
    },
    // Sigmoid and one product.
    Tolerance {
        function: Function::Activation(Activation::Silu),
        exact: |x| x / (1.0 + libm::exp(-x)),
        low: -80.0,
        high: 80.0,
        ulp: 3.5,
    },
    // Exact.
    Tolerance {
        function: Function::Activation(Activation::Relu),
        exact: |x| x.max(0.0),
        low: -1e30,
        high: 1e30,
        ulp: 0.0,
    },
    // As the elementary function.
    Tolerance {
        function: Function::Activation(Activation::Tanh),
        exact: libm::tanh,
        low: -20.0,
        high: 20.0,
        ulp: 1.3,
    },
    // The rounding of x / sqrt(2) is amplified by x^2 in the left tail: 16 at x = -4.
    Tolerance {
        function: Function::Activation(Activation::Gelu),
        exact: |x| 0.5 * x * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2),
        low: -4.0,
        high: 20.0,
        ulp: 24.0,
    },
];
