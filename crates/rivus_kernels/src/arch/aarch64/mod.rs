//! 64-bit ARM. NEON is part of the architecture; 32-bit NEON is not used, as it flushes denormals.

pub(crate) mod neon;
