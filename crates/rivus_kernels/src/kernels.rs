//! The operations, dispatched to a backend that is known to be available.

use core::sync::atomic::{AtomicU8, Ordering};

use crate::arch::scalar;
use crate::{
    Activation, AffineInt8View, AffineView, Backend, BackendUnavailable, CfcGate, CfcHeads,
    CfcPureView, Elementary, LtcView,
};

/// The kernels of one available backend.
///
/// A value of this type is proof that the processor can run the backend, so calls need no further
/// check. It is one byte; keep it beside the weights.
///
/// Rows of a batch are `lanes` values, one of each robot; `lanes` is a multiple of
/// [`crate::LANES_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernels {
    backend: Backend,
}

/// What [`Kernels::detect`] returns: 0 until it is asked, then 1 plus the index in
/// [`Backend::ALL`].
static DETECTED: AtomicU8 = AtomicU8::new(0);

/// Calls the kernel of the chosen backend.
macro_rules! dispatch {
    ($self:ident, $kernel:ident($($argument:expr),*)) => {
        match $self.backend {
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            // SAFETY: a `Kernels` with this backend exists only where FMA was detected.
            Backend::Fma => unsafe { crate::arch::x86_64::fma::$kernel($($argument),*) },
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            // SAFETY: a `Kernels` with this backend exists only where AVX2 and FMA were detected.
            Backend::Avx2 => unsafe { crate::arch::x86_64::avx2::$kernel($($argument),*) },
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            // SAFETY: a `Kernels` with this backend exists only where AVX-512 was detected.
            Backend::Avx512 => unsafe { crate::arch::x86_64::avx512::$kernel($($argument),*) },
            #[cfg(all(feature = "std", target_arch = "aarch64"))]
            Backend::Neon => crate::arch::aarch64::neon::$kernel($($argument),*),
            #[cfg(target_arch = "riscv64")]
            // SAFETY: a `Kernels` with this backend exists only where the vector extension was
            // detected, or vouched for.
            Backend::Rvv => unsafe { crate::arch::riscv64::rvv::$kernel($($argument),*) },
            _ => scalar::$kernel($($argument),*),
        }
    };
}

impl Kernels {
    /// The portable kernels, available everywhere.
    pub const SCALAR: Self = Self { backend: Backend::Scalar };

    /// The kernels that [`select`](Self::select) chose, or those of the fastest backend this
    /// processor can run.
    #[must_use]
    pub fn detect() -> Self {
        // Relaxed: the value stands for itself, and every thread would detect the same.
        let index = usize::from(DETECTED.load(Ordering::Relaxed));
        let chosen = index.checked_sub(1).and_then(|index| Backend::ALL.get(index));
        match chosen {
            Some(&backend) => Self { backend },
            None => Self::choose(Backend::detect()),
        }
    }

    /// Makes [`detect`](Self::detect) return the kernels of `backend` in this process from now on.
    ///
    /// # Errors
    /// If this processor or this build cannot run it.
    pub fn select(backend: Backend) -> Result<Self, BackendUnavailable> {
        match Self::new(backend) {
            Some(_) => Ok(Self::choose(backend)),
            None => Err(BackendUnavailable { backend }),
        }
    }

    fn choose(backend: Backend) -> Self {
        let index = Backend::ALL.into_iter().position(|one| one == backend);
        // There are six.
        DETECTED.store(index.map_or(0, |index| index as u8 + 1), Ordering::Relaxed);
        Self { backend }
    }

    /// The kernels of `backend`, or `None` where it is not available.
    #[must_use]
    pub fn new(backend: Backend) -> Option<Self> {
        backend.is_available().then_some(Self { backend })
    }

    /// Those of [`Backend::Rvv`] on a machine without an operating system to ask.
    ///
    /// # Safety
    /// The processor has the vector extension 1.0, and it is switched on (`mstatus.VS`).
    #[cfg(target_arch = "riscv64")]
    #[must_use]
    pub const unsafe fn assume_rvv() -> Self {
        Self { backend: Backend::Rvv }
    }

    /// How many robots a step of a batch had best take at once, at most [`TILE_MAX`](crate::plan::TILE_MAX): they fill
    /// the vectors, and what they need stays in the first cache.
    #[must_use]
    pub const fn tile(self) -> usize {
        match self.backend {
            // Vectors of up to 512 bits in groups of four.
            Backend::Rvv => crate::plan::TILE_MAX,
            _ => crate::plan::TILE_MAX / 2,
        }
    }

    /// The backend in use.
    #[must_use]
    pub const fn backend(self) -> Backend {
        self.backend
    }

    /// Advances an LTC cell by `elapsed`: all unfolds of one semi-implicit step.
    ///
    /// Cost: one gate per sensory synapse, and `unfolds` gates per recurrent one. For the shortest
    /// elapsed times, where cm K / T would pass 1e30, that quotient is held at 1e30 and the state
    /// does not move.
    ///
    /// # Shapes
    /// `input`: `[inputs]`, `state`: `[units]` in order of the neurons' ids, `scratch`: at least
    /// [`LtcView::scratch_len`].
    ///
    /// # Panics
    /// If a slice has another length, or the view is not packed as it says. Zero or negative
    /// elapsed times are the caller's to refuse.
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

    /// Advances the LTC cells of a batch.
    ///
    /// # Shapes
    /// `input`: `[inputs][lanes]`, `state`: `[units][lanes]`, `scratch`: at least
    /// [`LtcView::batch_scratch_len`].
    ///
    /// # Panics
    /// As [`ltc_step`](Self::ltc_step).
    pub fn ltc_step_batch(
        self,
        cell: &LtcView<'_>,
        lanes: usize,
        input: &[f32],
        elapsed: f32,
        state: &mut [f32],
        scratch: &mut [f32],
    ) {
        dispatch!(self, ltc_step_batch(cell, lanes, input, elapsed, state, scratch));
    }

    /// `out = W [x0, x1] + b`.
    ///
    /// # Shapes
    /// `out`: at least `[padded(outputs)]`; the padding is overwritten.
    ///
    /// # Panics
    /// If a slice does not have the length the view says.
    pub fn affine(self, map: &AffineView<'_>, x: [&[f32]; 2], out: &mut [f32]) {
        dispatch!(self, affine(map, x, out));
    }

    /// `out = W [x0, x1] + b` for a batch.
    ///
    /// # Shapes
    /// `x0`, `x1`: `[inputs][lanes]`, `out`: `[outputs][lanes]`.
    ///
    /// # Panics
    /// If a slice does not have the length the view says.
    pub fn affine_batch(self, map: &AffineView<'_>, lanes: usize, x: [&[f32]; 2], out: &mut [f32]) {
        dispatch!(self, affine_batch(map, lanes, x, out));
    }

    /// `out = W [x0, x1] + b` with integer weights.
    ///
    /// # Shapes
    /// `out`: at least `[padded(outputs)]`; the padding is overwritten. `scratch`: one value per
    /// pair of inputs.
    ///
    /// # Panics
    /// If a slice does not have the length the view says.
    pub fn affine_int8(
        self,
        map: &AffineInt8View<'_>,
        x: [&[f32]; 2],
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        dispatch!(self, affine_int8(map, x, out, scratch));
    }

    /// `out = W [x0, x1] + b` with integer weights for a batch.
    ///
    /// # Shapes
    /// As [`affine_batch`](Self::affine_batch); `scratch`: `lanes` values per pair of inputs.
    ///
    /// # Panics
    /// If a slice does not have the length the view says.
    pub fn affine_int8_batch(
        self,
        map: &AffineInt8View<'_>,
        lanes: usize,
        x: [&[f32]; 2],
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        dispatch!(self, affine_int8_batch(map, lanes, x, out, scratch));
    }

    /// `out[i] = scale[i] x[i] + offset[i]`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn scale_offset(self, scale: &[f32], offset: &[f32], x: &[f32], out: &mut [f32]) {
        dispatch!(self, scale_offset(scale, offset, x, out));
    }

    /// `out[i][lane] = scale[i] x[i][lane] + offset[i]`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn scale_offset_batch(
        self,
        scale: &[f32],
        offset: &[f32],
        lanes: usize,
        x: &[f32],
        out: &mut [f32],
    ) {
        dispatch!(self, scale_offset_batch(scale, offset, lanes, x, out));
    }

    /// New state of gated `CfC` cells from their head outputs, for one robot or a batch.
    ///
    /// # Panics
    /// If a head is shorter than `out`.
    pub fn cfc_gated(self, heads: CfcHeads<'_>, gate: CfcGate, elapsed: f32, out: &mut [f32]) {
        dispatch!(self, cfc_gated(heads, gate, elapsed, out));
    }

    /// New state of a pure `CfC` cell: A - A exp(-T (|`w_tau`| + |ff1|)) ff1.
    ///
    /// # Panics
    /// If an input is shorter than `out`.
    pub fn cfc_pure(self, view: CfcPureView<'_>, ff1: &[f32], elapsed: f32, out: &mut [f32]) {
        dispatch!(self, cfc_pure(view, ff1, elapsed, out));
    }

    /// New states of the pure `CfC` cells of a batch.
    ///
    /// # Shapes
    /// `ff1`, `out`: `[units][lanes]`.
    ///
    /// # Panics
    /// If their lengths differ.
    pub fn cfc_pure_batch(
        self,
        view: CfcPureView<'_>,
        lanes: usize,
        ff1: &[f32],
        elapsed: f32,
        out: &mut [f32],
    ) {
        dispatch!(self, cfc_pure_batch(view, lanes, ff1, elapsed, out));
    }

    /// One LSTM update, for one robot or a batch: `cell` in place, the new hidden values into
    /// `hidden`.
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
