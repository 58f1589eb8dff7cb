//! Which instruction set the kernels use, chosen once.

/// An instruction set the kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Portable code; the reference.
    Scalar,
    /// x86-64 with AVX2 and FMA.
    Fma,
}

impl Backend {
    /// Every backend, slowest first.
    pub const ALL: [Self; 2] = [Self::Scalar, Self::Fma];

    /// The fastest backend this processor can run.
    #[must_use]
    pub fn detect() -> Self {
        if Self::Fma.is_available() { Self::Fma } else { Self::Scalar }
    }

    /// Whether this processor and this build can run the backend.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Fma => crate::arch::x86_64::has_avx2_and_fma(),
            #[cfg(not(all(feature = "std", target_arch = "x86_64")))]
            Self::Fma => false,
        }
    }

    /// Short name, as shown by `rivus --version`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Fma => "x86_64-avx2-fma",
        }
    }
}
