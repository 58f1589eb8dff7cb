//! Between values of one robot side by side and one value of many robots side by side.

/// The block with rows and columns exchanged.
///
/// On x86-64 this is eight instructions between registers; the compiler makes four times as many
/// of the plain loop.
#[inline(always)]
#[must_use]
pub fn transposed(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64.
    return unsafe { transposed_sse(rows) };
    #[cfg(not(target_arch = "x86_64"))]
    core::array::from_fn(|i| rows.map(|row| row[i]))
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse")]
fn transposed_sse(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    use core::arch::x86_64::{
        __m128, _mm_movehl_ps, _mm_movelh_ps, _mm_unpackhi_ps, _mm_unpacklo_ps,
    };
    // SAFETY: both types are 16 values of `f32`, of which every bit pattern is valid.
    let [a, b, c, d] = unsafe { core::mem::transmute::<[[f32; 4]; 4], [__m128; 4]>(rows) };
    let (low_ab, low_cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
    let (high_ab, high_cd) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
    let columns = [
        _mm_movelh_ps(low_ab, low_cd),
        _mm_movehl_ps(low_cd, low_ab),
        _mm_movelh_ps(high_ab, high_cd),
        _mm_movehl_ps(high_cd, high_ab),
    ];
    // SAFETY: as above.
    unsafe { core::mem::transmute::<[__m128; 4], [[f32; 4]; 4]>(columns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let rows: [[f32; 4]; 4] =
            core::array::from_fn(|i| core::array::from_fn(|j| (4 * i + j) as f32));
        let columns = transposed(rows);
        for i in 0..4 {
            assert_eq!(columns[i], rows.map(|row| row[i]));
        }
    }
}
