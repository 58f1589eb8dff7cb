//! The tests every backend must pass, instantiated in its file by `define_kernel_tests!(backend)`.
//!
//! Two promises: values within [`super::tolerance`] of the exact ones, and bits equal to the scalar
//! backend's.

extern crate alloc;

use alloc::vec::Vec;

use super::tolerance::{Function, TABLE};
use crate::{
    Activation, AffineView, CfcGate, CfcHeads, CfcPureView, Elementary, Kernels, LtcView,
    SynapsesView,
};

/// Every test of this file as a `#[test]` for one backend.
macro_rules! define_kernel_tests {
    ($backend:expr) => {
        crate::arch::kernel_tests::define_kernel_tests!(
            $backend,
            elementary_functions_are_within_tolerance,
            special_values_are_saturated_not_spread,
            elementary_bits_are_those_of_the_scalar_backend,
            ltc_bits_are_those_of_the_scalar_backend,
            ltc_agrees_with_the_formula_in_double,
            ltc_holds_the_state_for_vanishing_times,
            maps_and_cells_have_the_bits_of_the_scalar_backend,
            dense_and_sparse_maps_agree,
        );
    };
    ($backend:expr, $($test:ident),+ $(,)?) => {
        $(
            #[test]
            fn $test() {
                match crate::Kernels::new($backend) {
                    Some(kernels) => crate::arch::kernel_tests::$test(kernels),
                    None => std::println!("skipped: {} is not available here", $backend.name()),
                }
            }
        )+
    };
}
pub(crate) use define_kernel_tests;

/// A linear congruential stream: enough to fill weights, the same on every machine.
struct Stream(u32);

impl Stream {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// Bits with every NaN made equal, since a NaN's payload is not part of the contract.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| if x.is_nan() { 0x7fc0_0000 } else { x.to_bits() }).collect()
}

/// Every `stride`-th float, both signs, and the special ones.
fn sampled_floats(stride: usize) -> Vec<f32> {
    let mut values: Vec<f32> = (0..=0xffff_ffff_u32).step_by(stride).map(f32::from_bits).collect();
    values.extend([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN, 1e-45]);
    values
}

fn apply(kernels: Kernels, function: &Function, values: &mut [f32]) {
    match function {
        Function::Elementary(f) => kernels.elementary(*f, values),
        Function::Activation(f) => kernels.activate(*f, values),
    }
}

#[expect(clippy::print_stdout, reason = "a test tells the errors it measured")]
pub(crate) fn elementary_functions_are_within_tolerance(kernels: Kernels) {
    for row in &TABLE {
        let inputs: Vec<f32> =
            sampled_floats(4099).into_iter().filter(|x| (row.low..=row.high).contains(x)).collect();
        let mut outputs = inputs.clone();
        apply(kernels, &row.function, &mut outputs);
        let mut worst = (0.0, 0.0);
        for (&x, &got) in inputs.iter().zip(&outputs) {
            let exact = (row.exact)(f64::from(x));
            let magnitude = (exact as f32).abs().max(f32::MIN_POSITIVE);
            let ulp = f64::from(f32::from_bits(magnitude.to_bits() + 1)) - f64::from(magnitude);
            let error = (f64::from(got) - exact).abs() / ulp;
            if error > worst.0 {
                worst = (error, x);
            }
        }
        let name = match row.function {
            Function::Elementary(f) => std::format!("{f:?}"),
            Function::Activation(f) => std::format!("{f:?}"),
        };
        std::println!("{name}: {:.2} ulp at {}, {} points", worst.0, worst.1, inputs.len());
        assert!(worst.0 <= row.ulp, "{name}: {} ulp at {}, allowed {}", worst.0, worst.1, row.ulp);
    }
}

pub(crate) fn special_values_are_saturated_not_spread(kernels: Kernels) {
    let check = |function, input: f32, expected: f32| {
        let mut values = [input];
        kernels.elementary(function, &mut values);
        assert_eq!(bits(&values), bits(&[expected]), "{function:?}({input})");
    };
    for nan in [f32::NAN, -f32::NAN] {
        check(Elementary::Sig2n, nan, 1.0);
        check(Elementary::Sigmoid, nan, 1.0);
        check(Elementary::Tanh, nan, f32::NAN);
    }
    check(Elementary::Sig2n, f32::NEG_INFINITY, 1.0);
    check(Elementary::Sigmoid, f32::INFINITY, 1.0);
    check(Elementary::Tanh, f32::INFINITY, 1.0);
    check(Elementary::Tanh, f32::NEG_INFINITY, -1.0);
    check(Elementary::Tanh, 0.0, 0.0);
    check(Elementary::Tanh, -0.0, -0.0);
    check(Elementary::Exp, 0.0, 1.0);
    let mut tiny = [f32::INFINITY];
    kernels.elementary(Elementary::Sig2n, &mut tiny);
    assert!(tiny[0] > 0.0 && tiny[0] < 1e-37, "a closed gate is small, positive and normal");
}

pub(crate) fn elementary_bits_are_those_of_the_scalar_backend(kernels: Kernels) {
    let inputs = sampled_floats(65_537);
    for row in &TABLE {
        let (mut ours, mut theirs) = (inputs.clone(), inputs.clone());
        apply(kernels, &row.function, &mut ours);
        apply(Kernels::SCALAR, &row.function, &mut theirs);
        assert!(bits(&ours) == bits(&theirs));
    }
}

/// Owned parameters of a random sparse LTC cell.
struct TestCell {
    sensory: TestSynapses,
    recurrent: TestSynapses,
    leak: Vec<f32>,
    leak_drive: Vec<f32>,
    capacitance: Vec<f32>,
    unfolds: u32,
}

struct TestSynapses {
    row_start: Vec<u32>,
    pre: Vec<u16>,
    a: Vec<f32>,
    b: Vec<f32>,
    w: Vec<f32>,
    w_erev: Vec<f32>,
}

impl TestSynapses {
    fn random(stream: &mut Stream, sources: u16, units: usize) -> Self {
        let mut row_start = std::vec![0];
        let mut pre = Vec::new();
        for _ in 0..units {
            pre.extend((0..sources).filter(|_| stream.next() > 0.2));
            row_start.push(pre.len() as u32);
        }
        let count = pre.len();
        let w: Vec<f32> = stream.values(count).iter().map(|x| 0.5 + 0.5 * x).collect();
        let w_erev = w.iter().map(|w| w * stream.next().signum()).collect();
        let scaled = |values: Vec<f32>| values.iter().map(|x| 8.0 * x).collect();
        let (a, b) = (scaled(stream.values(count)), scaled(stream.values(count)));
        Self { row_start, pre, a, b, w, w_erev }
    }

    fn view(&self) -> SynapsesView<'_> {
        SynapsesView {
            row_start: &self.row_start,
            pre: &self.pre,
            a: &self.a,
            b: &self.b,
            w: &self.w,
            w_erev: &self.w_erev,
        }
    }

    /// Conductance and current into neuron `j`, in double.
    fn exact(&self, j: usize, pre: &[f64]) -> (f64, f64) {
        let (mut num, mut den) = (0.0, 0.0);
        for s in self.row_start[j] as usize..self.row_start[j + 1] as usize {
            let y = pre[usize::from(self.pre[s])] * f64::from(self.a[s]) + f64::from(self.b[s]);
            let gate = 1.0 / (1.0 + libm::exp2(y));
            num += f64::from(self.w_erev[s]) * gate;
            den += f64::from(self.w[s]) * gate;
        }
        (num, den)
    }
}

impl TestCell {
    fn random(stream: &mut Stream, inputs: u16, units: u16, unfolds: u32) -> Self {
        let count = usize::from(units);
        let positive = |values: Vec<f32>| values.iter().map(|x| 0.6 + 0.5 * x).collect();
        Self {
            sensory: TestSynapses::random(stream, inputs, count),
            recurrent: TestSynapses::random(stream, units, count),
            leak: positive(stream.values(count)),
            leak_drive: stream.values(count),
            capacitance: positive(stream.values(count)),
            unfolds,
        }
    }

    fn view(&self) -> LtcView<'_> {
        LtcView {
            unfolds: self.unfolds,
            sensory: self.sensory.view(),
            recurrent: self.recurrent.view(),
            leak: &self.leak,
            leak_drive: &self.leak_drive,
            capacitance: &self.capacitance,
        }
    }

    fn scratch(&self) -> Vec<f32> {
        std::vec![f32::NAN; self.view().scratch_len()]
    }
}

pub(crate) fn ltc_bits_are_those_of_the_scalar_backend(kernels: Kernels) {
    let mut stream = Stream(7);
    let specials =
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-40, -0.0, 3e38, -3e38, -f32::NAN];
    for (units, unfolds) in [(1, 1), (7, 2), (19, 6), (33, 3), (128, 6)] {
        let cell = TestCell::random(&mut stream, 9, units, unfolds);
        let (mut ours, mut theirs) = (stream.values(units.into()), Vec::new());
        theirs.clone_from(&ours);
        let mut scratch = cell.scratch();
        for step in 0..100 {
            let mut input = stream.values(9);
            if step % 3 == 0 {
                input[step % 9] = specials[step % specials.len()];
            }
            let elapsed = 1.001 + stream.next();
            kernels.ltc_step(&cell.view(), &input, elapsed, &mut ours, &mut scratch);
            Kernels::SCALAR.ltc_step(&cell.view(), &input, elapsed, &mut theirs, &mut scratch);
            assert_eq!(bits(&ours), bits(&theirs), "{units} units, step {step}");
        }
    }
}

pub(crate) fn ltc_agrees_with_the_formula_in_double(kernels: Kernels) {
    let mut stream = Stream(11);
    let cell = TestCell::random(&mut stream, 5, 12, 6);
    let mut state = stream.values(12);
    let mut exact: Vec<f64> = state.iter().map(|&v| v.into()).collect();
    let mut scratch = cell.scratch();
    for _ in 0..50 {
        let input = stream.values(5);
        let input_exact: Vec<f64> = input.iter().map(|&x| x.into()).collect();
        let elapsed = 1.1 + stream.next();
        kernels.ltc_step(&cell.view(), &input, elapsed, &mut state, &mut scratch);
        for _ in 0..cell.unfolds {
            let next = (0..12).map(|j| {
                let rate = f64::from(cell.capacitance[j]) / f64::from(elapsed);
                let (sensory_num, sensory_den) = cell.sensory.exact(j, &input_exact);
                let (num, den) = cell.recurrent.exact(j, &exact);
                let num = rate * exact[j] + f64::from(cell.leak_drive[j]) + sensory_num + num;
                num / (rate + f64::from(cell.leak[j]) + sensory_den + den)
            });
            exact = next.collect();
        }
        for (&got, &want) in state.iter().zip(&exact) {
            assert!((f64::from(got) - want).abs() < 2e-6 * (1.0 + want.abs()), "{got} {want}");
        }
    }
}

pub(crate) fn ltc_holds_the_state_for_vanishing_times(kernels: Kernels) {
    let mut stream = Stream(13);
    let cell = TestCell::random(&mut stream, 4, 10, 6);
    let start = stream.values(10);
    for elapsed in [1e-45, 1e-38, 1e-20] {
        let mut state = start.clone();
        let input = stream.values(4);
        kernels.ltc_step(&cell.view(), &input, elapsed, &mut state, &mut cell.scratch());
        for (now, before) in state.iter().zip(&start) {
            assert!((now - before).abs() < 1e-6, "{now} {before} after {elapsed}");
        }
    }
}

pub(crate) fn maps_and_cells_have_the_bits_of_the_scalar_backend(kernels: Kernels) {
    let mut stream = Stream(17);
    for units in [1, 8, 13, 32] {
        let run = |kernels: Kernels, stream: &mut Stream| {
            let (weight, bias) = (stream.values(units * 21), stream.values(units));
            let dense = AffineView::Dense { weight: &weight, bias: &bias };
            let mut mapped = std::vec![0.0; units];
            kernels.affine(dense, &stream.values(21), &mut mapped);
            let mut all = mapped.clone();

            let mut out = std::vec![0.0; units];
            let (scale, offset) = (stream.values(units), stream.values(units));
            kernels.scale_offset(&scale, &offset, &mapped, &mut out);
            all.extend(&out);

            let [ff2, time_a, time_b] = core::array::from_fn(|_| stream.values(units));
            let heads = CfcHeads { ff1: &mapped, ff2: &ff2, time_a: &time_a, time_b: &time_b };
            for gate in [CfcGate::Interpolate, CfcGate::Add] {
                kernels.cfc_gated(heads, gate, 0.37, &mut out);
                all.extend(&out);
            }
            let pure = CfcPureView { ff1: &mapped, w_tau: &time_a, amplitude: &time_b };
            kernels.cfc_pure(pure, 0.37, &mut out);
            all.extend(&out);

            let mut cell = stream.values(units);
            kernels.lstm(&stream.values(4 * units), &mut cell, &mut out);
            all.extend(&cell);
            all.extend(&out);
            for activation in [Activation::LecunTanh, Activation::Gelu] {
                kernels.activate(activation, &mut out);
                all.extend(&out);
            }
            bits(&all)
        };
        let seed = stream.0;
        assert_eq!(run(kernels, &mut Stream(seed)), run(Kernels::SCALAR, &mut Stream(seed)));
        stream.next();
    }
}

pub(crate) fn dense_and_sparse_maps_agree(kernels: Kernels) {
    let mut stream = Stream(19);
    for (outputs, inputs) in [(1, 1), (3, 40), (17, 5), (24, 33)] {
        let mut weight = stream.values(outputs * inputs);
        let mut row_start = std::vec![0];
        let (mut column, mut kept) = (Vec::new(), Vec::new());
        for row in weight.chunks_exact_mut(inputs) {
            for (i, weight) in row.iter_mut().enumerate() {
                if stream.next() > 0.0 {
                    column.push(i as u16);
                    kept.push(*weight);
                } else {
                    *weight = 0.0;
                }
            }
            row_start.push(kept.len() as u32);
        }
        let (bias, input) = (stream.values(outputs), stream.values(inputs));
        let (mut dense, mut sparse) = (std::vec![0.0; outputs], std::vec![0.0; outputs]);
        let map = AffineView::Dense { weight: &weight, bias: &bias };
        kernels.affine(map, &input, &mut dense);
        let map = AffineView::Sparse {
            row_start: &row_start,
            column: &column,
            weight: &kept,
            bias: &bias,
        };
        kernels.affine(map, &input, &mut sparse);
        assert_eq!(bits(&dense), bits(&sparse));
    }
}
