//! The operations, dispatched to a backend that is known to be available.

use crate::arch::scalar;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
use crate::arch::x86_64::fma;
use crate::{Activation, AffineView, Backend, CfcGate, CfcHeads, CfcPureView, Elementary, LtcView};

/// The kernels of one available backend.
///
/// A value of this type is proof that the processor can run the backend, so calls need no further
/// check. It is one byte; keep it beside the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernels {
    backend: Backend,
}

/// Calls the kernel of the chosen backend.
macro_rules! dispatch {
    ($self:ident, $kernel:ident($($argument:expr),*)) => {
        match $self.backend {
            Backend::Scalar => scalar::$kernel($($argument),*),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            // SAFETY: `new` and `detect` admit `Fma` only after AVX2 and FMA were detected.
            Backend::Fma => unsafe { fma::$kernel($($argument),*) },
            #[cfg(not(all(feature = "std", target_arch = "x86_64")))]
            Backend::Fma => scalar::$kernel($($argument),*),
        }
    };
}

impl Kernels {
    /// The portable kernels, available everywhere.
    pub const SCALAR: Self = Self { backend: Backend::Scalar };

    /// The kernels of the fastest backend this processor can run.
    #[must_use]
    pub fn detect() -> Self {
        Self { backend: Backend::detect() }
    }

    /// The kernels of `backend`, or `None` where it is not available.
    #[must_use]
    pub fn new(backend: Backend) -> Option<Self> {
        backend.is_available().then_some(Self { backend })
    }

    /// The backend in use.
    #[must_use]
    pub fn backend(self) -> Backend {
        self.backend
    }

    /// Advances an LTC cell by `elapsed`: all unfolds of one semi-implicit step.
    ///
    /// Cost: one gate per sensory synapse, and `unfolds` gates per recurrent one. For the shortest
    /// elapsed times, where cm K / T would pass 1e30, that quotient is held at 1e30 and the state
    /// does not move.
    ///
    /// # Shapes
    /// `input`: `[inputs]`, `state`: `[units]`, `scratch`: at least [`LtcView::scratch_len`].
    ///
    /// # Panics
    /// If a slice is shorter than the view says. Zero or negative elapsed times are the caller's to
    /// refuse.
    pub fn ltc_step(
        self,
        cell: &LtcView<'_>,
        input: &[f32],
        elapsed: f32,
        state: &mut [f32],
        scratch: &mut [f32],
    ) {
        dispatch!(self, ltc_step(cell, input, elapsed, state, scratch));
    }

    /// `out = W input + b`.
    ///
    /// # Panics
    /// If a slice does not have the length the view says.
    pub fn affine(self, map: AffineView<'_>, input: &[f32], out: &mut [f32]) {
        dispatch!(self, affine(map, input, out));
    }

    /// `out[i] = scale[i] input[i] + offset[i]`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn scale_offset(self, scale: &[f32], offset: &[f32], input: &[f32], out: &mut [f32]) {
        dispatch!(self, scale_offset(scale, offset, input, out));
    }

    /// New state of a gated `CfC` cell from its head outputs.
    ///
    /// # Panics
    /// If a head is shorter than `out`.
    pub fn cfc_gated(self, heads: CfcHeads<'_>, gate: CfcGate, elapsed: f32, out: &mut [f32]) {
        dispatch!(self, cfc_gated(heads, gate, elapsed, out));
    }

    /// New state of a pure `CfC` cell: A - A exp(-T (|`w_tau`| + |ff1|)) ff1.
    ///
    /// # Panics
    /// If a slice of `view` is shorter than `out`.
    pub fn cfc_pure(self, view: CfcPureView<'_>, elapsed: f32, out: &mut [f32]) {
        dispatch!(self, cfc_pure(view, elapsed, out));
    }

    /// One LSTM update: `cell` in place, the new hidden values into `hidden`.
    ///
    /// # Shapes
    /// `gates`: `[4][units]` (candidate, input, forget, output), `cell` and `hidden`: `[units]`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn lstm(self, gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
        dispatch!(self, lstm(gates, cell, hidden));
    }

    /// Applies an activation to every value.
    pub fn activate(self, activation: Activation, values: &mut [f32]) {
        dispatch!(self, activate(activation, values));
    }

    /// Applies a canonical elementary function to every value.
    pub fn elementary(self, function: Elementary, values: &mut [f32]) {
        dispatch!(self, elementary(function, values));
    }
}
