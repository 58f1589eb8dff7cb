//! The tests every backend must pass, instantiated in its file by `define_kernel_tests!(backend)`.
//!
//! Two promises: values within [`super::tolerance`] of the exact ones, and bits equal to the scalar
//! backend's.

extern crate alloc;

use alloc::vec::Vec;

use super::test_cell::{Stream, TestCell, column, spread};
use super::tolerance::{Function, TABLE};
use crate::{
    Activation, AffineInt8View, AffineView, CfcGate, CfcHeads, CfcPureView, Elementary, Kernels,
    padded,
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
            a_batch_has_the_bits_of_single_robots,
            sources_at_their_limit_have_the_bits_of_the_scalar_backend,
            maps_and_cells_have_the_bits_of_the_scalar_backend,
            batches_of_maps_and_cells_have_the_bits_of_single_robots,
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
        for ((ours, theirs), x) in bits(&ours).into_iter().zip(bits(&theirs)).zip(&inputs) {
            assert!(ours == theirs, "{ours:#x}, not {theirs:#x}, of {:#x}", x.to_bits());
        }
    }
}

/// What a sensor should never say.
const SPECIALS: [f32; 8] =
    [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-40, -0.0, 3e38, -3e38, -f32::NAN];

pub(crate) fn ltc_bits_are_those_of_the_scalar_backend(kernels: Kernels) {
    let mut stream = Stream(7);
    // The last has more neurons than the longest vectors of any processor.
    for (units, unfolds, steps) in
        [(1, 1, 100), (7, 2, 100), (19, 6, 100), (33, 3, 100), (100, 6, 50), (300, 2, 5)]
    {
        let cell = TestCell::random(&mut stream, 9, units, unfolds);
        for int8 in [false, true] {
            let cell_view = cell.view(int8);
            let mut ours = stream.values(units.into());
            let mut theirs = ours.clone();
            let mut scratch = cell.scratch();
            for step in 0..steps {
                let mut input = stream.values(9);
                if step % 3 == 0 {
                    input[step % 9] = SPECIALS[step % SPECIALS.len()];
                }
                if step % 17 == 0 {
                    ours[step % usize::from(units)] = SPECIALS[step % SPECIALS.len()];
                    theirs[step % usize::from(units)] = SPECIALS[step % SPECIALS.len()];
                }
                let elapsed = 1.001 + stream.next();
                kernels.ltc_step(&cell_view, &input, elapsed, &mut ours, &mut scratch);
                Kernels::SCALAR.ltc_step(&cell_view, &input, elapsed, &mut theirs, &mut scratch);
                assert_eq!(bits(&ours), bits(&theirs), "{units} units, int8 {int8}, step {step}");
            }
        }
    }
}

pub(crate) fn a_batch_has_the_bits_of_single_robots(kernels: Kernels) {
    let mut stream = Stream(29);
    for (units, unfolds, lanes) in [(1, 1, 16), (19, 6, 48), (33, 3, 64), (100, 1, 80)] {
        let cell = TestCell::random(&mut stream, 9, units, unfolds);
        for int8 in [false, true] {
            let cell_view = cell.view(int8);
            let mut states = spread(&stream.values(units.into()), lanes);
            let mut single: Vec<_> = (0..lanes).map(|lane| column(&states, lanes, lane)).collect();
            let (mut scratch, mut batch_scratch) = (cell.scratch(), cell.batch_scratch(lanes));
            for step in 0..20 {
                let mut input = spread(&stream.values(9), lanes);
                let at = step % input.len();
                input[at] = SPECIALS[step % SPECIALS.len()];
                let elapsed = 1.001 + stream.next();
                let batch = (&mut states, &mut batch_scratch);
                kernels.ltc_step_batch(&cell_view, lanes, &input, elapsed, batch.0, batch.1);
                for (lane, state) in single.iter_mut().enumerate() {
                    let input = column(&input, lanes, lane);
                    Kernels::SCALAR.ltc_step(&cell_view, &input, elapsed, state, &mut scratch);
                    let batched = column(&states, lanes, lane);
                    assert_eq!(bits(&batched), bits(state), "int8 {int8}, robot {lane}");
                }
            }
        }
    }
}

/// Around [`crate::source_max`], where clamps begin to matter: below it they are left out.
pub(crate) fn sources_at_their_limit_have_the_bits_of_the_scalar_backend(kernels: Kernels) {
    const LANES: usize = 64;
    let mut stream = Stream(31);
    let cell = TestCell::random(&mut stream, 9, 19, 3);
    for int8 in [false, true] {
        let view = cell.view(int8);
        for times in [0.999, 1.0, 1.000_01, 1.2, 1e4] {
            let limit = |max: f32, count: usize| -> Vec<f32> {
                (0..count).map(|i| times * if i % 2 == 0 { max } else { -max }).collect()
            };
            let mut input = spread(&[0.5; 9], LANES);
            let mut states = spread(&[-0.5; 19], LANES);
            // One robot in a vector of others that are far from it.
            let (one_input, mut one) =
                (limit(view.sensory.source_max, 9), limit(view.recurrent.source_max, 19));
            input.chunks_mut(LANES).zip(&one_input).for_each(|(row, &value)| row[37] = value);
            states.chunks_mut(LANES).zip(&one).for_each(|(row, &value)| row[37] = value);
            let (mut other, mut alone) = (column(&states, LANES, 36), one.clone());
            let other_input = column(&input, LANES, 36);

            let batch_scratch = &mut cell.batch_scratch(LANES);
            kernels.ltc_step_batch(&view, LANES, &input, 1.5, &mut states, batch_scratch);
            let scratch = &mut cell.scratch();
            kernels.ltc_step(&view, &one_input, 1.5, &mut alone, scratch);
            Kernels::SCALAR.ltc_step(&view, &one_input, 1.5, &mut one, scratch);
            Kernels::SCALAR.ltc_step(&view, &other_input, 1.5, &mut other, scratch);
            assert_eq!(bits(&alone), bits(&one), "{times} alone, int8 {int8}");
            assert_eq!(bits(&column(&states, LANES, 37)), bits(&one), "{times}, int8 {int8}");
            assert_eq!(bits(&column(&states, LANES, 36)), bits(&other), "{times} next to it");
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
        kernels.ltc_step(&cell.view(false), &input, elapsed, &mut state, &mut scratch);
        cell.exact_step(&input_exact, elapsed.into(), &mut exact);
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
        kernels.ltc_step(&cell.view(false), &input, elapsed, &mut state, &mut cell.scratch());
        for (now, before) in state.iter().zip(&start) {
            assert!((now - before).abs() < 1e-6, "{now} {before} after {elapsed}");
        }
    }
}

/// Weights for maps and cells of `units` neurons with 13 + 8 inputs, and their inputs for `lanes`
/// robots.
struct Maps {
    units: usize,
    weight: Vec<f32>,
    weight_int8: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
    w_tau: Vec<f32>,
    amplitude: Vec<f32>,
    x0: Vec<f32>,
    x1: Vec<f32>,
    gates: Vec<f32>,
    cell: Vec<f32>,
}

impl Maps {
    fn random(stream: &mut Stream, units: usize, lanes: usize) -> Self {
        let width = padded(units);
        // 13 inputs are 7 pairs and 8 are 4; the last pair of the first part is half empty.
        let mut weight_int8: Vec<i8> =
            stream.values(22 * width).iter().map(|x| (127.0 * x) as i8).collect();
        weight_int8[12 * width..14 * width].iter_mut().skip(1).step_by(2).for_each(|w| *w = 0);
        Self {
            units,
            weight: stream.values(21 * width),
            weight_int8,
            scale: stream.values(width).iter().map(|x| 0.01 + 0.005 * x).collect(),
            bias: stream.values(width),
            w_tau: stream.values(units),
            amplitude: stream.values(units),
            x0: stream.values(13 * lanes),
            x1: stream.values(8 * lanes),
            gates: stream.values(4 * units * lanes),
            cell: stream.values(units * lanes),
        }
    }

    fn affine(&self) -> AffineView<'_> {
        AffineView { outputs: self.units, weight: &self.weight, bias: &self.bias }
    }

    fn affine_int8(&self) -> AffineInt8View<'_> {
        let (weight, scale, bias) = (&self.weight_int8, &self.scale, &self.bias);
        AffineInt8View { outputs: self.units, weight, scale, bias }
    }

    /// Every result of one of the robots.
    fn single(&self, kernels: Kernels, lanes: usize, lane: usize) -> Vec<u32> {
        let of = |rows: &[f32]| column(rows, lanes, lane);
        let (x0, x1, gates, mut cell) =
            (of(&self.x0), of(&self.x1), of(&self.gates), of(&self.cell));
        let mut mapped = std::vec![0.0; padded(self.units)];
        let mut all = Vec::new();
        kernels.affine(&self.affine(), [&x0, &x1], &mut mapped);
        all.extend(&mapped[..self.units]);
        let (int8, mut scratch) = (self.affine_int8(), [f32::NAN; 11]);
        kernels.affine_int8(&int8, [&x0, &x1], &mut mapped, &mut scratch);
        all.extend(&mapped[..self.units]);

        let (scale, offset) = (&self.w_tau, &self.amplitude);
        let mut out = std::vec![0.0; self.units];
        kernels.scale_offset(scale, offset, &cell, &mut out);
        all.extend(&out);
        let pure = CfcPureView { w_tau: &self.w_tau, amplitude: &self.amplitude };
        kernels.cfc_pure(pure, &cell, 0.37, &mut out);
        all.extend(&out);
        elementwise(kernels, &gates, &mut cell, &mut all);
        bits(&all)
    }

    /// Every result of all robots, robot by robot.
    fn batch(&self, kernels: Kernels, lanes: usize) -> Vec<Vec<u32>> {
        let mut out = std::vec![0.0; self.units * lanes];
        let mut all = Vec::new();
        let x: [&[f32]; 2] = [&self.x0, &self.x1];
        kernels.affine_batch(&self.affine(), lanes, x, &mut out);
        all.extend(&out);
        let mut scratch = std::vec![f32::NAN; 11 * lanes];
        kernels.affine_int8_batch(&self.affine_int8(), lanes, x, &mut out, &mut scratch);
        all.extend(&out);
        kernels.scale_offset_batch(&self.w_tau, &self.amplitude, lanes, &self.cell, &mut out);
        all.extend(&out);
        let pure = CfcPureView { w_tau: &self.w_tau, amplitude: &self.amplitude };
        kernels.cfc_pure_batch(pure, lanes, &self.cell, 0.37, &mut out);
        all.extend(&out);
        elementwise(kernels, &self.gates, &mut self.cell.clone(), &mut all);
        (0..lanes).map(|lane| bits(&column(&all, lanes, lane))).collect()
    }
}

/// Results of the kernels that treat one robot and a batch alike.
fn elementwise(kernels: Kernels, gates: &[f32], cell: &mut [f32], all: &mut Vec<f32>) {
    let mut out = std::vec![0.0; cell.len()];
    let head = |index: usize| &gates[index * cell.len()..(index + 1) * cell.len()];
    let heads = CfcHeads { ff1: head(0), ff2: head(1), time_a: head(2), time_b: head(3) };
    for gate in [CfcGate::Interpolate, CfcGate::Add] {
        kernels.cfc_gated(heads, gate, 0.37, &mut out);
        all.extend(&out);
    }
    kernels.lstm(gates, cell, &mut out);
    all.extend(&*cell);
    all.extend(&out);
    for activation in [Activation::LecunTanh, Activation::Gelu] {
        kernels.activate(activation, &mut out);
        all.extend(&out);
    }
}

pub(crate) fn maps_and_cells_have_the_bits_of_the_scalar_backend(kernels: Kernels) {
    let mut stream = Stream(17);
    for units in [1, 8, 13, 32, 100] {
        let mut maps = Maps::random(&mut stream, units, 1);
        assert_eq!(maps.single(kernels, 1, 0), maps.single(Kernels::SCALAR, 1, 0));
        for special in SPECIALS {
            maps.x0[3] = special;
            maps.gates[0] = special;
            assert_eq!(maps.single(kernels, 1, 0), maps.single(Kernels::SCALAR, 1, 0), "{special}");
        }
    }
}

pub(crate) fn batches_of_maps_and_cells_have_the_bits_of_single_robots(kernels: Kernels) {
    let mut stream = Stream(19);
    for (units, lanes) in [(1, 16), (13, 32), (32, 48)] {
        let mut maps = Maps::random(&mut stream, units, lanes);
        maps.x0[1] = f32::NAN;
        maps.x1[2] = f32::INFINITY;
        maps.gates[0] = f32::NAN;
        for (lane, results) in maps.batch(kernels, lanes).iter().enumerate() {
            assert_eq!(*results, maps.single(Kernels::SCALAR, lanes, lane), "robot {lane}");
        }
    }
}
