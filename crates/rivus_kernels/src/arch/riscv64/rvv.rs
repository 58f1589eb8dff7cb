//! The vector extension 1.0, for any vector length, in assembly.

mod affine;
mod elementwise;
mod ltc;
mod ltc_batch;

core::arch::global_asm!(
    include_str!("arithmetic.s"),
    include_str!("checks.s"),
    include_str!("ltc.s"),
    include_str!("ltc_batch.s"),
    include_str!("elementwise.s"),
    include_str!("maps.s"),
    ".option pop",
    options(raw)
);

pub(crate) use affine::{affine, affine_batch};
pub(crate) use elementwise::{
    activate, cfc_gated, cfc_pure, cfc_pure_batch, elementary, lstm, scale_offset,
    scale_offset_batch,
};
pub(crate) use ltc::ltc_step;
pub(crate) use ltc_batch::ltc_step_batch;

unsafe extern "C" {
    /// The largest of `len` values, 0 of none.
    fn rivus_rvv_max_u16(values: *const u16, len: usize) -> usize;
    /// Sums of `len` values.
    fn rivus_rvv_extent(values: *const u16, len: usize) -> Extent;
}

/// As many lengths of 16 bits might not add up in 31.
const LENGTHS_MAX: usize = 1 << 15;

/// The number of values in so many rows.
///
/// # Panics
/// If no slice can have as many: where a product wrapped, a check of lengths would mean nothing.
#[inline(always)]
fn area(rows: usize, lanes: usize) -> usize {
    let (area, wrapped) = rows.overflowing_mul(lanes);
    assert!(!wrapped, "number of values");
    area
}

/// Sums of list lengths.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    sum: usize,
    /// Of the lengths rounded up to [`crate::LANES_MAX`].
    padded: usize,
}

impl Extent {
    /// # Safety
    /// The processor has the vector extension, and it is switched on.
    ///
    /// # Panics
    /// If there are more lengths than a 32-bit sum is sure to hold.
    #[inline(always)]
    unsafe fn of(lengths: &[u16]) -> Self {
        assert!(lengths.len() < LENGTHS_MAX, "number of slots or rows");
        // SAFETY: pointer and length are those of one slice; the caller answers for the extension.
        unsafe { rivus_rvv_extent(lengths.as_ptr(), lengths.len()) }
    }
}

/// Whether all of `indices` are below `bound`.
///
/// # Safety
/// The processor has the vector extension, and it is switched on.
#[inline(always)]
unsafe fn all_below(indices: &[u16], bound: usize) -> bool {
    // SAFETY: pointer and length are those of one slice; the caller answers for the extension.
    indices.is_empty() || unsafe { rivus_rvv_max_u16(indices.as_ptr(), indices.len()) } < bound
}

macro_rules! portable {
    ($($kernel:ident($($name:ident: $type:ty),* $(,)?);)*) => {
        $(
            pub(crate) unsafe fn $kernel($($name: $type),*) {
                crate::arch::scalar::$kernel($($name),*);
            }
        )*
    };
}

portable! {
    affine_int8(
        map: &crate::AffineInt8View<'_>, x: [&[f32]; 2], out: &mut [f32], scratch: &mut [f32],
    );
    affine_int8_batch(
        map: &crate::AffineInt8View<'_>, lanes: usize, x: [&[f32]; 2], out: &mut [f32],
        scratch: &mut [f32],
    );
}

#[cfg(test)]
mod tests {
    crate::arch::kernel_tests::define_kernel_tests!(crate::Backend::Rvv);
}
