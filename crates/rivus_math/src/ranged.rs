//! Numbers whose range is part of their type, so that a wrong one is refused where it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a number is not in its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutOfRange {
    value: f64,
    expected: &'static str,
}

impl core::fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.value)
    }
}

impl core::error::Error for OutOfRange {}

macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $test:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "f64", into = "f64")]
        #[schemars(with = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The checked number.
            ///
            /// # Errors
            /// If `value` is not what the type's name says, or not finite.
            pub fn new(value: f64) -> Result<Self, OutOfRange> {
                let test: fn(f64) -> bool = $test;
                if value.is_finite() && test(value) {
                    Ok(Self(value))
                } else {
                    Err(OutOfRange { value, expected: $expected })
                }
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> f64 {
                self.0
            }

            /// The nearest single.
            #[must_use]
            pub const fn f32(self) -> f32 {
                self.0 as f32
            }
        }

        impl TryFrom<f64> for $name {
            type Error = OutOfRange;
            fn try_from(value: f64) -> Result<Self, OutOfRange> {
                Self::new(value)
            }
        }

        impl From<$name> for f64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    };
}

ranged!(
    /// A finite number above zero.
    Positive,
    "a number above zero",
    |x| x > 0.0
);
ranged!(
    /// A finite number of zero or more.
    NonNegative,
    "a number of zero or more",
    |x| x >= 0.0
);
ranged!(
    /// A finite number of any sign.
    Finite,
    "a finite number",
    |_| true
);

impl Default for Finite {
    /// Zero.
    fn default() -> Self {
        Self(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_range_is_refused_with_what_was_expected() {
        let error = Positive::new(-0.027).unwrap_err();
        assert_eq!(
            alloc::string::ToString::to_string(&error),
            "expected a number above zero, found -0.027"
        );
        assert!(Positive::new(f64::NAN).is_err());
        assert!(NonNegative::new(0.0).is_ok());
        assert!(Finite::new(f64::INFINITY).is_err());
    }
}
