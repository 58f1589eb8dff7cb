//! Ordinary code, compiled a second time for the widest vectors of the machine.

/// Runs `work`, compiled for AVX2 and FMA where the processor has them.
///
/// A plain `cargo build` targets the first x86-64 processors, so loops over slices become four-lane
/// SSE2 code. Inside this call the compiler may use eight lanes instead. The result is the same to
/// the last bit: rustc neither contracts `a * b + c` into a fused operation nor reorders a
/// floating-point sum, whichever instructions it may use. (An explicit `mul_add` is exact
/// everywhere; here it becomes one instruction instead of a library call.)
///
/// Only code that is *inlined* into the call gains, so mark the closure and what its loops call:
/// `vectorized(#[inline(always)] || step(lanes))` with `#[inline(always)] fn step`. A call costs
/// one relaxed atomic load; give it a whole loop, not one iteration.
///
/// # Examples
/// ```
/// use rivus_kernels::vectorized;
///
/// let mut lanes = [1.0_f32; 64];
/// vectorized(
///     #[inline(always)]
///     || lanes.iter_mut().for_each(|lane| *lane = *lane * 3.0 + 0.5),
/// );
/// assert_eq!(lanes, [3.5; 64]);
/// ```
#[inline]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    if crate::arch::x86_64::has_avx2() {
        // SAFETY: `has_avx2()` returned true, so the processor has both features
        // `with_avx2` needs.
        return unsafe { with_avx2(work) };
    }
    work()
}

/// `work()` with AVX2 and FMA allowed in everything that is inlined here.
///
/// # Safety
/// The processor must have AVX2 and FMA.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recurrence that would differ in its last bits if any of its products were fused.
    #[inline(always)]
    fn logistic(lanes: &mut [f32]) {
        for _ in 0..100 {
            for lane in &mut *lanes {
                *lane = 3.9 * *lane - 3.9 * *lane * *lane;
            }
        }
    }

    #[test]
    fn the_bits_are_those_of_the_plain_call() {
        let mut plain: [f32; 37] = core::array::from_fn(|i| 0.01 + 0.02 * i as f32);
        let mut wide = plain;
        logistic(&mut plain);
        vectorized(
            #[inline(always)]
            || logistic(&mut wide),
        );
        assert_eq!(plain.map(f32::to_bits), wide.map(f32::to_bits));
    }

    #[test]
    fn the_value_of_the_closure_is_returned() {
        assert_eq!(vectorized(|| 7), 7);
    }
}
