//! Between values of one robot side by side and values of many robots side by side: *in lanes*.

use crate::Kernels;

/// Robots that are moved at once.
pub const LANES_MOVED: usize = 8;

/// Values in lanes: the rows of one robot each, of which eight are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// Number of values of one robot.
    pub len: usize,
    /// Number of robots, with those that are not moved.
    pub lanes: usize,
    /// The first robot that is moved.
    pub lane: usize,
}

impl Lanes {
    /// Where the value `at` of the first robot is.
    #[inline(always)]
    const fn place(self, at: usize) -> usize {
        at * self.lanes + self.lane
    }

    /// Whether all eight robots are in `len` values.
    fn fits(self, len: usize) -> bool {
        let lanes = self.lane.checked_add(LANES_MOVED).is_some_and(|end| end <= self.lanes);
        lanes && self.len.checked_mul(self.lanes).is_some_and(|all| all == len)
    }
}

impl Kernels {
    /// Puts the values of eight robots into lanes.
    ///
    /// # Shapes
    /// `robots`: `[len]` each, `out`: `[len][lanes]`.
    ///
    /// # Panics
    /// If a slice has another length, or there are fewer lanes.
    pub fn to_lanes(self, robots: [&[f32]; LANES_MOVED], lanes: Lanes, out: &mut [f32]) {
        assert!(robots.iter().all(|robot| robot.len() == lanes.len), "values of a robot");
        assert!(lanes.fits(out.len()), "values in lanes");
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        if matches!(self.backend(), crate::Backend::Avx2 | crate::Backend::Avx512) {
            // SAFETY: a `Kernels` with these backends exists only where AVX2 was detected; lengths
            // have been checked.
            return unsafe { avx::to_lanes(&robots, lanes, out) };
        }
        for at in 0..lanes.len {
            let out = &mut out[lanes.place(at)..][..LANES_MOVED];
            out.iter_mut().zip(robots).for_each(|(out, robot)| *out = robot[at]);
        }
    }

    /// Takes the values of eight robots out of lanes: [`Self::to_lanes`] the other way round.
    ///
    /// # Shapes
    /// `values`: `[len][lanes]`, `out`: at least `len` values from each of `starts` on. Where the
    /// values of two robots would overlap, either may remain.
    ///
    /// # Panics
    /// If `values` has another length, a robot does not fit, or there are fewer lanes.
    pub fn out_of_lanes(
        self,
        values: &[f32],
        lanes: Lanes,
        starts: [usize; LANES_MOVED],
        out: &mut [f32],
    ) {
        assert!(lanes.fits(values.len()), "values in lanes");
        let fits = |start: usize| start.checked_add(lanes.len).is_some_and(|end| end <= out.len());
        assert!(starts.iter().all(|&start| fits(start)), "values of a robot");
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        if matches!(self.backend(), crate::Backend::Avx2 | crate::Backend::Avx512) {
            // SAFETY: as in `to_lanes`.
            return unsafe { avx::out_of_lanes(values, lanes, &starts, out) };
        }
        for at in 0..lanes.len {
            let values = &values[lanes.place(at)..][..LANES_MOVED];
            starts.iter().zip(values).for_each(|(start, value)| out[start + at] = *value);
        }
    }
}

/// Two blocks of four by four at once, one in each half of a vector.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx {
    use core::arch::x86_64::{
        __m256, _mm_loadu_ps, _mm_storeu_ps, _mm256_castps256_ps128, _mm256_extractf128_ps,
        _mm256_loadu_ps, _mm256_set_m128, _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_storeu_ps,
        _mm256_unpackhi_ps, _mm256_unpacklo_ps,
    };

    use super::{LANES_MOVED, Lanes};

    /// Values of a robot that are moved at once.
    const BLOCK: usize = 4;

    /// # Safety
    /// The processor has AVX; `robots` have `lanes.len` values each, and `lanes` fits `out`.
    #[target_feature(enable = "avx")]
    pub(super) unsafe fn to_lanes(robots: &[&[f32]; LANES_MOVED], lanes: Lanes, out: &mut [f32]) {
        let whole = lanes.len - lanes.len % BLOCK;
        for at in (0..whole).step_by(BLOCK) {
            let mut rows = [_mm256_setzero_ps(); BLOCK];
            for (i, row) in rows.iter_mut().enumerate() {
                // SAFETY: four values from `at` on are in the `lanes.len` of a robot.
                *row = unsafe {
                    let low = _mm_loadu_ps(robots[i].as_ptr().add(at));
                    _mm256_set_m128(_mm_loadu_ps(robots[i + BLOCK].as_ptr().add(at)), low)
                };
            }
            for (i, row) in transposed(rows).into_iter().enumerate() {
                // SAFETY: `lanes` fits `out`, so eight values of row `at + i` are there.
                unsafe { _mm256_storeu_ps(out.as_mut_ptr().add(lanes.place(at + i)), row) };
            }
        }
        for at in whole..lanes.len {
            let out = &mut out[lanes.place(at)..][..LANES_MOVED];
            out.iter_mut().zip(robots).for_each(|(out, robot)| *out = robot[at]);
        }
    }

    /// # Safety
    /// The processor has AVX; `lanes` fits `values`, and `lanes.len` values from each of `starts`
    /// on are in `out`.
    #[target_feature(enable = "avx")]
    pub(super) unsafe fn out_of_lanes(
        values: &[f32],
        lanes: Lanes,
        starts: &[usize; LANES_MOVED],
        out: &mut [f32],
    ) {
        let whole = lanes.len - lanes.len % BLOCK;
        for at in (0..whole).step_by(BLOCK) {
            let mut rows = [_mm256_setzero_ps(); BLOCK];
            for (i, row) in rows.iter_mut().enumerate() {
                // SAFETY: `lanes` fits `values`, so eight values of row `at + i` are there.
                *row = unsafe { _mm256_loadu_ps(values.as_ptr().add(lanes.place(at + i))) };
            }
            for (i, row) in transposed(rows).into_iter().enumerate() {
                let out = out.as_mut_ptr();
                // SAFETY: four values from `at` on are in the `lanes.len` from each of `starts` on, which
                // the caller promises to be in `out`.
                unsafe {
                    _mm_storeu_ps(out.add(starts[i] + at), _mm256_castps256_ps128(row));
                    let high = _mm256_extractf128_ps::<1>(row);
                    _mm_storeu_ps(out.add(starts[i + BLOCK] + at), high);
                }
            }
        }
        for at in whole..lanes.len {
            let values = &values[lanes.place(at)..][..LANES_MOVED];
            starts.iter().zip(values).for_each(|(start, value)| out[start + at] = *value);
        }
    }

    /// Rows and columns exchanged in both halves.
    #[target_feature(enable = "avx")]
    #[inline]
    fn transposed([a, b, c, d]: [__m256; BLOCK]) -> [__m256; BLOCK] {
        let (low_ab, low_cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
        let (high_ab, high_cd) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
        [
            _mm256_shuffle_ps::<0x44>(low_ab, low_cd),
            _mm256_shuffle_ps::<0xee>(low_ab, low_cd),
            _mm256_shuffle_ps::<0x44>(high_ab, high_cd),
            _mm256_shuffle_ps::<0xee>(high_ab, high_cd),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backend;

    /// Lanes, of which eight in the middle are moved.
    const LANES: usize = 24;
    const LANE: usize = 9;
    const LEN_MAX: usize = 29;

    #[test]
    fn eight_robots_go_into_lanes_and_out_again_on_every_backend() {
        let robots: [[f32; LEN_MAX]; LANES_MOVED] =
            core::array::from_fn(|robot| core::array::from_fn(|at| (100 * robot + at) as f32));
        for kernels in Backend::ALL.into_iter().filter_map(Kernels::new) {
            for len in [0, 1, 4, LEN_MAX] {
                let lanes = Lanes { len, lanes: LANES, lane: LANE };
                let mut in_lanes = [[-1.0; LANES]; LEN_MAX];
                let rows = in_lanes[..len].as_flattened_mut();
                kernels.to_lanes(core::array::from_fn(|i| &robots[i][..len]), lanes, rows);
                for (at, row) in in_lanes.iter().enumerate() {
                    for (lane, &found) in row.iter().enumerate() {
                        let robot = robots.get(lane.wrapping_sub(LANE)).filter(|_| at < len);
                        let expected = robot.map_or(-1.0, |robot| robot[at]);
                        assert_eq!(found, expected, "{kernels:?} {len} {at} {lane}");
                    }
                }
                let mut back = [[-1.0; LEN_MAX]; LANES_MOVED];
                let starts = core::array::from_fn(|robot| robot * LEN_MAX);
                let rows = in_lanes[..len].as_flattened();
                kernels.out_of_lanes(rows, lanes, starts, back.as_flattened_mut());
                for (back, robot) in back.iter().zip(&robots) {
                    assert_eq!(back[..len], robot[..len]);
                    assert!(back[len..].iter().all(|&value| value == -1.0));
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "values in lanes")]
    fn lanes_that_are_not_there_are_refused() {
        let lanes = Lanes { len: 2, lanes: usize::MAX / 2 + 1, lane: 0 };
        Kernels::detect().to_lanes([&[0.0, 0.0]; LANES_MOVED], lanes, &mut []);
    }
}
