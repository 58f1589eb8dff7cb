//! Which instruction set the kernels use.

use core::fmt;

/// An instruction set the kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Portable code; the reference.
    Scalar,
    /// x86-64 with FMA, one lane.
    Fma,
    /// x86-64 with AVX2 and FMA, 8 lanes.
    Avx2,
    /// x86-64 with AVX-512 F, DQ, BW and VL, 16 lanes.
    Avx512,
    /// 64-bit ARM, 4 lanes.
    Neon,
    /// RISC-V with the vector extension 1.0, any vector length.
    Rvv,
}

impl Backend {
    /// Every backend; of those for one processor, the slowest first.
    pub const ALL: [Self; 6] =
        [Self::Scalar, Self::Fma, Self::Avx2, Self::Avx512, Self::Neon, Self::Rvv];

    /// The fastest backend this processor can run.
    #[must_use]
    pub fn detect() -> Self {
        let mut available = Self::ALL.into_iter().filter(|backend| backend.is_available());
        available.next_back().unwrap_or(Self::Scalar)
    }

    /// Whether this processor and this build can run the backend.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Fma => crate::arch::x86_64::has_fma(),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2 => crate::arch::x86_64::has_avx2(),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx512 => crate::arch::x86_64::has_avx512(),
            #[cfg(all(feature = "std", target_arch = "aarch64"))]
            Self::Neon => true,
            #[cfg(target_arch = "riscv64")]
            Self::Rvv => crate::arch::riscv64::has_rvv(),
            #[cfg(not(all(feature = "std", target_arch = "x86_64")))]
            Self::Fma | Self::Avx2 | Self::Avx512 => false,
            #[cfg(not(all(feature = "std", target_arch = "aarch64")))]
            Self::Neon => false,
            #[cfg(not(target_arch = "riscv64"))]
            Self::Rvv => false,
        }
    }

    /// Short name, as `RIVUS_KERNEL` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Fma => "fma",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
            Self::Rvv => "rvv",
        }
    }

    /// The backend of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }
}

/// A backend that this processor or this build cannot run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackendUnavailable {
    /// The backend asked for.
    pub backend: Backend,
}

impl fmt::Display for BackendUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kernel `{}` cannot run here; available:", self.backend.name())?;
        let available = Backend::ALL.into_iter().filter(|backend| backend.is_available());
        available.into_iter().try_for_each(|backend| write!(f, " {}", backend.name()))
    }
}

impl core::error::Error for BackendUnavailable {}
