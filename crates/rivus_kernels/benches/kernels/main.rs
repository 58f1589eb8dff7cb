//! Every kind of kernel on every backend of this machine:
//! `cargo bench -p rivus_kernels --bench kernels [-- FILTER]`.
//!
//! Throughput is in gates, multiply-adds or values of one call; a batch has 64 robots, two tiles
//! of `rivus_liquid`. Whole networks are measured by `rivus policy bench`.

mod cell;

use core::hint::black_box;
use core::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use rivus_kernels::{
    AffineInt8View, AffineView, Backend, CfcGate, CfcHeads, Elementary, Kernels, padded,
};

use crate::cell::{Cell, GATES, INPUTS, UNITS, integers, values};

/// Robots of a batch.
const LANES: usize = 64;

/// The maps of a `CfC` head of 32 neurons: inputs and state to four values of each.
const OUTPUTS: usize = 4 * UNITS;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Measures `call` on every backend, as `name/<backend>`; `count` things are done in each call.
fn on_all(group: &mut Group<'_>, name: &str, count: u64, mut call: impl FnMut(Kernels)) {
    group.throughput(Throughput::Elements(count));
    for kernels in Backend::ALL.into_iter().filter_map(Kernels::new) {
        group.bench_function(format!("{name}/{}", kernels.backend().name()), |bencher| {
            bencher.iter(|| call(black_box(kernels)));
        });
    }
}

fn ltc(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ltc");
    let cell = Cell::new();
    for (name, int8) in [("f32", false), ("int8", true)] {
        let view = cell.view(int8);
        let (input, mut state) = (values(INPUTS), values(UNITS));
        let mut scratch = vec![0.0; view.scratch_len()];
        on_all(&mut group, &format!("single/{name}"), GATES, |kernels| {
            kernels.ltc_step(&view, black_box(&input), 1.0, &mut state, &mut scratch);
        });
        let (input, mut state) = (values(INPUTS * LANES), values(UNITS * LANES));
        let mut scratch = vec![0.0; view.batch_scratch_len(LANES)];
        on_all(&mut group, &format!("batch/{name}"), GATES * LANES as u64, |kernels| {
            let input = black_box(&input);
            kernels.ltc_step_batch(&view, LANES, input, 1.0, &mut state, &mut scratch);
        });
    }
}

fn affine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("affine");
    let bias = values(padded(OUTPUTS));
    let weight = values((INPUTS + UNITS) * padded(OUTPUTS));
    let map = AffineView { outputs: OUTPUTS, weight: &weight, bias: &bias };
    let pairs = INPUTS.div_ceil(2) + UNITS.div_ceil(2);
    let weight = integers(2 * pairs * padded(OUTPUTS));
    let int8 = AffineInt8View { outputs: OUTPUTS, weight: &weight, scale: &bias, bias: &bias };
    let count = ((INPUTS + UNITS) * OUTPUTS) as u64;
    let (x0, x1) = (values(INPUTS * LANES), values(UNITS * LANES));
    let (mut out, mut scratch) = (vec![0.0; OUTPUTS * LANES], vec![0.0; pairs * LANES]);
    on_all(&mut group, "single/f32", count, |kernels| {
        let x = black_box([&x0[..INPUTS], &x1[..UNITS]]);
        kernels.affine(&map, x, &mut out[..padded(OUTPUTS)]);
    });
    on_all(&mut group, "single/int8", count, |kernels| {
        let x = black_box([&x0[..INPUTS], &x1[..UNITS]]);
        kernels.affine_int8(&int8, x, &mut out[..padded(OUTPUTS)], &mut scratch[..pairs]);
    });
    on_all(&mut group, "batch/f32", count * LANES as u64, |kernels| {
        kernels.affine_batch(&map, LANES, black_box([&x0, &x1]), &mut out);
    });
    on_all(&mut group, "batch/int8", count * LANES as u64, |kernels| {
        kernels.affine_int8_batch(&int8, LANES, black_box([&x0, &x1]), &mut out, &mut scratch);
    });
}

fn cfc(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cfc");
    let heads = values(OUTPUTS * LANES);
    for (name, len) in [("single", UNITS), ("batch", UNITS * LANES)] {
        let part = |i: usize| &heads[i * len..(i + 1) * len];
        let heads = CfcHeads { ff1: part(0), ff2: part(1), time_a: part(2), time_b: part(3) };
        let mut out = vec![0.0; len];
        on_all(&mut group, name, len as u64, |kernels| {
            kernels.cfc_gated(black_box(heads), CfcGate::Interpolate, 1.0, &mut out);
        });
    }
}

fn elementary(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("elementary");
    let input = values(1024);
    let mut out = input.clone();
    for function in [Elementary::Sigmoid, Elementary::Exp, Elementary::Tanh] {
        on_all(&mut group, &format!("{function:?}").to_lowercase(), 1024, |kernels| {
            // From the same values each time, as most functions run to a fixed point.
            out.copy_from_slice(black_box(&input));
            kernels.elementary(function, &mut out);
        });
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20)
        .configure_from_args();
    for benches in [ltc, affine, cfc, elementary] {
        benches(&mut criterion);
    }
    criterion.final_summary();
}
