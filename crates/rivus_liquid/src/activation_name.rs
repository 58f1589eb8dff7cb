//! Activations by the names that Python `ncps` and policy files give them.

use rivus_kernels::Activation;
use serde::{Deserialize, Serialize};

/// An [`Activation`] in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActivationName {
    LecunTanh,
    Silu,
    Relu,
    Tanh,
    Gelu,
}

impl From<ActivationName> for Activation {
    fn from(name: ActivationName) -> Self {
        match name {
            ActivationName::LecunTanh => Self::LecunTanh,
            ActivationName::Silu => Self::Silu,
            ActivationName::Relu => Self::Relu,
            ActivationName::Tanh => Self::Tanh,
            ActivationName::Gelu => Self::Gelu,
        }
    }
}

impl From<Activation> for ActivationName {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::LecunTanh => Self::LecunTanh,
            Activation::Silu => Self::Silu,
            Activation::Relu => Self::Relu,
            Activation::Tanh => Self::Tanh,
            Activation::Gelu => Self::Gelu,
        }
    }
}
