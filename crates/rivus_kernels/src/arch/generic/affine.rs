//! Linear maps; each output is one lane that adds its inputs in ascending order.

use crate::AffineView;
use crate::arch::isa::Isa;
use crate::view::padded;

/// Vectors of outputs that are summed side by side, to hide the latency of the fused additions.
const ABREAST: usize = 4;

/// `out = W [x0, x1] + b` for one robot: lanes are outputs.
#[inline(always)]
pub(crate) fn affine<S: Isa>(s: S, map: &AffineView<'_>, x: [&[f32]; 2], out: &mut [f32]) {
    let width = padded(map.outputs);
    assert_eq!(map.weight.len(), width * (x[0].len() + x[1].len()), "weights");
    assert_eq!(map.bias.len(), width, "biases");
    let out = &mut out[..width];
    let mut at = 0;
    while at < width {
        let left = (width - at) / S::LANES;
        let (map, out) = (Columns { map, width, at }, &mut out[at..]);
        at += S::LANES
            * match left {
                0..2 => map.sum::<S, 1>(s, x, out),
                2..ABREAST => map.sum::<S, 2>(s, x, out),
                _ => map.sum::<S, ABREAST>(s, x, out),
            };
    }
}

/// The outputs of a map from `at` on.
struct Columns<'a> {
    map: &'a AffineView<'a>,
    width: usize,
    at: usize,
}

impl Columns<'_> {
    /// Sums `N` vectors of outputs, and returns `N`.
    #[inline(always)]
    fn sum<S: Isa, const N: usize>(&self, s: S, x: [&[f32]; 2], out: &mut [f32]) -> usize {
        let bias = &self.map.bias[self.at..];
        let mut sums = [s.splat(0.0); N];
        for (sum, bias) in sums.iter_mut().zip(bias.chunks_exact(S::LANES)) {
            *sum = s.load(bias);
        }
        let mut rows = self.map.weight.chunks_exact(self.width);
        for x in x {
            for (&x, row) in x.iter().zip(&mut rows) {
                let (x, row) = (s.splat(x), &row[self.at..self.at + N * S::LANES]);
                for n in 0..N {
                    sums[n] = s.fma(s.load(&row[n * S::LANES..]), x, sums[n]);
                }
            }
        }
        for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(S::LANES)) {
            s.store(sum, out);
        }
        N
    }
}

/// `out = W [x0, x1] + b` for `lanes` robots: `x0` and `x1` are rows of one value of each robot.
#[inline(always)]
pub(crate) fn affine_batch<S: Isa>(
    s: S,
    map: &AffineView<'_>,
    lanes: usize,
    x: [&[f32]; 2],
    out: &mut [f32],
) {
    let inputs = (x[0].len() + x[1].len()) / lanes;
    let width = padded(map.outputs);
    assert_eq!(lanes % crate::LANES_MAX, 0, "lanes of a batch");
    assert_eq!(map.weight.len(), width * inputs, "weights");
    assert_eq!(out.len(), map.outputs * lanes, "outputs");
    let rows = Rows { map, lanes, x, width };
    let mut output = 0;
    while output < map.outputs {
        output += match map.outputs - output {
            0..ABREAST => rows.sum::<S, 1>(s, output, out),
            _ => rows.sum::<S, ABREAST>(s, output, out),
        };
    }
}

/// A map over rows of robots.
struct Rows<'a> {
    map: &'a AffineView<'a>,
    lanes: usize,
    x: [&'a [f32]; 2],
    width: usize,
}

impl Rows<'_> {
    /// Sums `N` outputs of all robots, from `output` on, and returns `N`.
    #[inline(always)]
    fn sum<S: Isa, const N: usize>(&self, s: S, output: usize, out: &mut [f32]) -> usize {
        let bias = &self.map.bias[output..output + N];
        let out = &mut out[output * self.lanes..(output + N) * self.lanes];
        for lane in (0..self.lanes).step_by(S::LANES) {
            let mut sums = [s.splat(0.0); N];
            for (sum, &bias) in sums.iter_mut().zip(bias) {
                *sum = s.splat(bias);
            }
            let mut weights = self.map.weight.chunks_exact(self.width);
            for x in self.x {
                for (x, weights) in x.chunks_exact(self.lanes).zip(&mut weights) {
                    let (x, weights) = (s.load(&x[lane..]), &weights[output..output + N]);
                    for n in 0..N {
                        sums[n] = s.fma(s.splat(weights[n]), x, sums[n]);
                    }
                }
            }
            for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(self.lanes)) {
                s.store(sum, &mut out[lane..]);
            }
        }
        N
    }
}
