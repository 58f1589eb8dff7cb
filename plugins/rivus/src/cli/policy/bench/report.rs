//! What was measured, as numbers and as a table.

use core::fmt;
use std::path::Path;

use rivus_kernels::{Backend, Kernels};
use rivus_liquid::{Layer, Policy};
use serde::Serialize;

use super::subject::Subject;
use super::timing::Times;
use super::weights;

/// All that `--json` prints.
#[derive(Serialize)]
pub(super) struct Report {
    file: String,
    file_bytes: usize,
    weights: &'static str,
    inputs: usize,
    neurons: usize,
    outputs: usize,
    robots: usize,
    /// Per step of one robot, like all that follows.
    gates: u64,
    multiply_adds: u64,
    activations: u64,
    fused_operations: u64,
    kernels: Vec<Row>,
    not_run: Vec<NotRun>,
}

/// One kernel, stepped in one way.
#[derive(Serialize)]
pub(super) struct Row {
    kernel: &'static str,
    how: &'static str,
    pub(super) weights: &'static str,
    ns_per_step: f64,
    p50_ns: f64,
    p99_ns: f64,
    chunks: usize,
    gates_per_s: f64,
    fma_per_s: f64,
    /// `null` for a kernel without an instruction for them.
    peak_fma_per_s: Option<f64>,
    fraction_of_peak: Option<f64>,
    /// Best time of `f32` over that of `int8`, if both were measured and this is `int8`.
    speed_over_f32: Option<f64>,
    pub(super) bits_equal_scalar: bool,
    bits_hash: String,
}

/// A kernel that this machine cannot run.
#[derive(Serialize)]
pub(super) struct NotRun {
    kernel: &'static str,
    reason: &'static str,
}

impl NotRun {
    fn new(backend: Backend) -> Self {
        let reason = match backend {
            Backend::Fma => "needs an x86-64 processor with FMA",
            Backend::Avx2 => "needs an x86-64 processor with AVX2 and FMA",
            Backend::Avx512 => "needs an x86-64 processor with AVX-512 F, DQ, BW and VL",
            Backend::Neon => "needs a 64-bit ARM processor",
            Backend::Rvv => "needs a 64-bit RISC-V processor with the vector extension 1.0",
            _ => "not in this build",
        };
        Self { kernel: backend.name(), reason }
    }
}

impl Row {
    /// `bits` are their hash, and whether they are those of the scalar kernel.
    pub(super) fn new(
        policy: &Policy,
        subject: &Subject,
        times: &mut Times,
        bits: (u64, bool),
    ) -> Self {
        let cost = policy.network().cost();
        let [best_ns, p50_ns, p99_ns] = times.best_p50_p99();
        let per_s = |count: u64| count as f64 / best_ns * 1e9;
        let fma_per_s = per_s(cost.fused_operations());
        let peak_fma_per_s = times.peak_per_ns().map(|rate| rate * 1e9);
        Self {
            kernel: subject.kernels().backend().name(),
            how: subject.how().name(),
            weights: weights(policy),
            ns_per_step: best_ns,
            p50_ns,
            p99_ns,
            chunks: times.count(),
            gates_per_s: per_s(cost.gates),
            fma_per_s,
            peak_fma_per_s,
            fraction_of_peak: peak_fma_per_s.map(|peak| fma_per_s / peak),
            speed_over_f32: None,
            bits_equal_scalar: bits.1,
            bits_hash: format!("{:016x}", bits.0),
        }
    }
}

/// Tells each row of `int8` how much faster it is than the same with `f32`.
pub(super) fn compare_weights(rows: &mut [Row]) {
    let key = |row: &Row| (row.kernel, row.how);
    let (floats, others) = rows.split_at_mut(rows.partition_point(|row| row.weights == "f32"));
    for row in others {
        let float = floats.iter().find(|float| key(float) == key(row));
        row.speed_over_f32 = float.map(|float| float.ns_per_step / row.ns_per_step);
    }
}

impl Report {
    pub(super) fn new(
        file: &Path,
        file_bytes: usize,
        policy: &Policy,
        robots: usize,
        kernels: Vec<Row>,
    ) -> Self {
        let network = policy.network();
        let cost = network.cost();
        Self {
            file: file.display().to_string(),
            file_bytes,
            weights: weights(policy),
            inputs: network.inputs(),
            neurons: network.layers().iter().map(Layer::units).sum(),
            outputs: network.outputs(),
            robots,
            gates: cost.gates,
            multiply_adds: cost.multiply_adds,
            activations: cost.activations,
            fused_operations: cost.fused_operations(),
            kernels,
            not_run: Backend::ALL
                .into_iter()
                .filter(|&backend| Kernels::new(backend).is_none())
                .map(NotRun::new)
                .collect(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} weights, {} inputs, {} neurons, {} outputs",
            self.file, self.weights, self.inputs, self.neurons, self.outputs
        )?;
        writeln!(
            f,
            "a step: {} gates, {} multiply-adds, {} activations = {} FMA",
            self.gates, self.multiply_adds, self.activations, self.fused_operations
        )?;
        let robots = if self.robots == 1 {
            "1 robot".to_owned()
        } else {
            format!("{} robots in a batch, times per robot", self.robots)
        };
        writeln!(f, "{robots}; best chunk, median and 99th percentile\n")?;
        writeln!(
            f,
            "{:<8} {:<10} {:<7} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8} {:>8}  bits",
            "kernel",
            "how",
            "weights",
            "best ns",
            "p50 ns",
            "p99 ns",
            "Mgates/s",
            "GFMA/s",
            "peak",
            "of peak"
        )?;
        for row in &self.kernels {
            writeln!(f, "{row}")?;
        }
        for NotRun { kernel, reason } in &self.not_run {
            writeln!(f, "{kernel:<8} not run: {reason}")?;
        }
        if self.kernels.iter().any(|row| row.fraction_of_peak > Some(1.0)) {
            writeln!(
                f,
                "above 100 %: the peak is of single numbers, the compiler joined robots into vectors"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, how, weights, ns_per_step, p50_ns, p99_ns, .. } = self;
        let giga = |rate: f64| rate / 1e9;
        let dash = || "-".to_owned();
        let peak = self.peak_fma_per_s.map_or_else(dash, |peak| format!("{:.2}", giga(peak)));
        let fraction =
            self.fraction_of_peak.map_or_else(dash, |part| format!("{:.1} %", 100.0 * part));
        write!(
            f,
            "{kernel:<8} {how:<10} {weights:<7} {ns_per_step:>9.1} {p50_ns:>9.1} {p99_ns:>9.1} {:>9.1} {:>8.2} \
             {peak:>8} {fraction:>8}  {}",
            self.gates_per_s / 1e6,
            giga(self.fma_per_s),
            if self.bits_equal_scalar { "as scalar" } else { "DIFFER" },
        )?;
        self.speed_over_f32.map_or(Ok(()), |speed| write!(f, ", {speed:.2} x the speed of f32"))
    }
}
