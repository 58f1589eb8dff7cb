//! Promise: sigmoid, exp and tanh are as close to the exact values as the README says, over every
//! 17th float of their ranges.
//!
//! Only the fastest backend is measured here; that the others give the same bits, the tests of the
//! backends show.

#![expect(clippy::print_stdout, reason = "a test tells the errors it measured")]

use rivus_kernels::{Elementary, Kernels};

/// Every so many floats one is tried. Other processors are emulated where this runs, and give the
/// same bits.
const STRIDE: usize = if cfg!(miri) {
    10_000_019
} else if cfg!(target_arch = "x86_64") {
    17
} else {
    4099
};
/// Values that are computed at once.
const BLOCK: usize = 4096;

/// The largest error in units in the last place, and where it is.
struct Worst {
    ulp: f64,
    at: f32,
    points: usize,
    /// Points with an error above 1.
    above_one: usize,
}

impl Worst {
    /// Over the floats from `low` to `high`, negative and positive.
    fn of(function: Elementary, exact: fn(f64) -> f64, low: f32, high: f32) -> Self {
        let negative = (0x8000_0000..=low.to_bits()).step_by(STRIDE);
        let positive = (0..=high.to_bits()).step_by(STRIDE);
        let mut floats = negative.chain(positive).map(f32::from_bits);
        let mut worst = Self { ulp: 0.0, at: 0.0, points: 0, above_one: 0 };
        loop {
            let inputs: Vec<f32> = floats.by_ref().take(BLOCK).collect();
            let mut outputs = inputs.clone();
            Kernels::detect().elementary(function, &mut outputs);
            for (&x, &y) in inputs.iter().zip(&outputs) {
                worst.add(x, y, exact(f64::from(x)));
            }
            if inputs.len() < BLOCK {
                return worst;
            }
        }
    }

    fn add(&mut self, x: f32, y: f32, exact: f64) {
        // The distance of the floats around the exact value.
        let below = (exact.abs() as f32).to_bits().clamp(0x0080_0000, 0x7f7f_fffe);
        let spacing = f64::from(f32::from_bits(below + 1)) - f64::from(f32::from_bits(below));
        let ulp = (f64::from(y) - exact).abs() / spacing;
        self.points += 1;
        self.above_one += usize::from(ulp > 1.0);
        if ulp > self.ulp {
            (self.ulp, self.at) = (ulp, x);
        }
    }

    fn assert_at_most(&self, name: &str, limit: f64) {
        let Self { ulp, at, points, above_one } = self;
        let share = 100.0 * *above_one as f64 / *points as f64;
        println!("{name}: {ulp:.3} ulp at {at:e}, above 1 ulp {share:.3} % of {points} points");
        assert!(*ulp <= limit, "{name}: {ulp} ulp at {at:e}");
    }
}

#[test]
fn the_gate_is_within_2_6_ulp() {
    let exact = |y| 1.0 / (1.0 + libm::exp2(y));
    Worst::of(Elementary::Sig2n, exact, -125.0, 125.0).assert_at_most("1 / (1 + 2^y)", 2.6);
}

#[test]
fn sigmoid_is_within_2_6_ulp() {
    let exact = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    Worst::of(Elementary::Sigmoid, exact, -87.0, 87.0).assert_at_most("sigmoid", 2.6);
}

#[test]
fn exp_is_within_1_ulp() {
    Worst::of(Elementary::Exp, libm::exp, -87.0, 88.0).assert_at_most("exp", 1.0);
}

#[test]
fn tanh_is_within_1_5_ulp() {
    Worst::of(Elementary::Tanh, libm::tanh, -20.0, 20.0).assert_at_most("tanh", 1.5);
}
