//! Which vector kernels policies run on.

use rivus_kernels::{Backend, BackendUnavailable, Kernels};

/// The environment variable that names a backend.
const VARIABLE: &str = "RIVUS_KERNEL";

/// Why the backend that `RIVUS_KERNEL` names cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// There is no backend of this name.
    #[error("{VARIABLE}={name}: no such kernel; on this machine it can be {}", possible())]
    Unknown {
        /// What the variable says.
        name: String,
    },
    /// The processor or the build lacks it.
    #[error("{VARIABLE}={}: {_0}", .0.backend.name())]
    Unavailable(BackendUnavailable),
}

/// Chooses the kernels of this process: those that `RIVUS_KERNEL` names (scalar, fma, avx2, avx512,
/// neon or rvv), the fastest that the processor can run if it is unset or empty.
///
/// [`load_scene`](crate::SceneExt::load_scene) and [`Flight`](crate::Flight) call it; who loads
/// policies otherwise calls it before the first. Results have the same bits on all kernels.
///
/// # Errors
/// If there is no such kernel, or this machine cannot run it; the error names those it can.
pub fn choose_kernels() -> Result<Kernels, KernelError> {
    let name = std::env::var_os(VARIABLE).unwrap_or_default();
    let name = name.to_string_lossy();
    if name.is_empty() {
        return Ok(Kernels::detect());
    }
    let unknown = || KernelError::Unknown { name: name.clone().into_owned() };
    let backend = Backend::from_name(&name).ok_or_else(unknown)?;
    Kernels::select(backend).map_err(KernelError::Unavailable)
}

/// The names of the backends that this machine can run.
fn possible() -> String {
    let available = Backend::ALL.into_iter().filter(|backend| backend.is_available());
    available.map(Backend::name).collect::<Vec<_>>().join(", ")
}
