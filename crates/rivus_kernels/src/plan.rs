//! A network as a list of kernel calls over packed weights and one workspace.
//!
//! A plan is plain data: `rivus_liquid` builds one when a network is loaded, and `rivus policy
//! bake` prints one as Rust statics for a microcontroller. Running it neither allocates nor fails.

use crate::view::padded;
use crate::{
    Activation, AffineInt8View, AffineView, CfcGate, CfcHeads, CfcPureView, Kernels, LtcView,
    SynapseRowsView, SynapsesView, WeightsView,
};

/// Most robots that [`Kernels::tile`] asks for.
pub const TILE_MAX: usize = 64;

/// A part of an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Index of the first value.
    pub at: u32,
    /// Number of values.
    pub len: u32,
}

impl Span {
    const fn range(self) -> core::ops::Range<usize> {
        self.at as usize..self.at as usize + self.len as usize
    }

    /// Its range in a workspace of `lanes` robots.
    const fn rows(self, lanes: usize) -> core::ops::Range<usize> {
        self.at as usize * lanes..(self.at as usize + self.len as usize) * lanes
    }

    /// With the padding behind it, which single kernels write.
    const fn with_padding(self) -> core::ops::Range<usize> {
        self.at as usize..self.at as usize + padded(self.len as usize)
    }
}

/// Where the arrays of a [`SynapsesView`] are in those of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynapsesOp {
    /// [`SynapsesView::first_lane`].
    pub first_lane: u16,
    /// In `u16s`.
    pub slot_len: Span,
    /// In `u16s`.
    pub pre: Span,
    /// In `f32s`.
    pub a: Span,
    /// In `f32s`.
    pub b: Span,
    /// [`SynapsesView::source_max`].
    pub source_max: f32,
    /// Conductances.
    pub weights: WeightsOp,
    /// In `u16s`.
    pub row_len: Span,
    /// In `u16s`.
    pub row_pre: Span,
    /// In `synapses`.
    pub row_synapses: Span,
}

/// Where the arrays of a [`WeightsView`] are in those of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WeightsOp {
    /// In `f32s`.
    F32 {
        /// Conductances.
        w: Span,
        /// Conductances times reversal potentials.
        w_erev: Span,
    },
    /// In `i8s`, scales in `f32s`.
    Int8 {
        /// Conductances.
        w: Span,
        /// Conductances times reversal potentials.
        w_erev: Span,
        /// Scale of `w`.
        scale: Span,
        /// Scale of `w_erev`.
        erev_scale: Span,
    },
}

/// Where an LTC cell's arrays are in those of a plan, and its values in the workspace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LtcOp {
    /// Sub-steps.
    pub unfolds: u32,
    /// In `u16s`.
    pub order: Span,
    /// Synapses from inputs.
    pub sensory: SynapsesOp,
    /// Synapses between neurons.
    pub recurrent: SynapsesOp,
    /// In `f32s`.
    pub leak: Span,
    /// In `f32s`.
    pub leak_drive: Span,
    /// In `f32s`.
    pub capacitance: Span,
    /// In the workspace.
    pub input: Span,
    /// In the workspace.
    pub state: Span,
    /// In the workspace, as long as [`LtcView::scratch_len`].
    pub scratch: Span,
}

/// One kernel call. Weights are spans of the plan's arrays, values of its workspace.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a plan has few, and most are of cells")]
pub enum Op {
    /// Advances an LTC cell.
    Ltc(LtcOp),
    /// `out = W [x0, x1] + bias`.
    Affine {
        /// In `f32s`.
        weight: Span,
        /// In `f32s`.
        bias: Span,
        /// First and second part of the input.
        x: [Span; 2],
        /// Result; its padding is overwritten.
        out: Span,
    },
    /// The same with integer weights.
    AffineInt8 {
        /// In `i8s`.
        weight: Span,
        /// In `f32s`.
        scale: Span,
        /// In `f32s`.
        bias: Span,
        /// First and second part of the input.
        x: [Span; 2],
        /// Result; its padding is overwritten.
        out: Span,
        /// As long as the weights have pairs.
        scratch: Span,
    },
    /// Applies an activation in place.
    Activate {
        /// Which.
        activation: Activation,
        /// To what.
        values: Span,
    },
    /// New state of a gated `CfC` cell.
    CfcGated {
        /// How the states are joined.
        gate: CfcGate,
        /// ff1, ff2, `time_a` and `time_b`, each as long as `out`.
        heads: Span,
        /// The state.
        out: Span,
    },
    /// New state of a pure `CfC` cell.
    CfcPure {
        /// In `f32s`.
        w_tau: Span,
        /// In `f32s`.
        amplitude: Span,
        /// Output of the head.
        ff1: Span,
        /// The state.
        out: Span,
    },
    /// An LSTM update.
    Lstm {
        /// Candidate, input, forget and output gate.
        gates: Span,
        /// Memory, in place.
        cell: Span,
        /// New hidden values.
        hidden: Span,
    },
    /// `out = scale x + offset`, element by element.
    ScaleOffset {
        /// In `f32s`.
        scale: Span,
        /// In `f32s`.
        offset: Span,
        /// Input.
        x: Span,
        /// Result.
        out: Span,
    },
}

/// A network, packed and ready to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanView<'a> {
    /// The calls, in order.
    pub ops: &'a [Op],
    /// Packed weights.
    pub f32s: &'a [f32],
    /// Packed indices.
    pub u16s: &'a [u16],
    /// Packed integer weights.
    pub i8s: &'a [i8],
    /// Synapses for batches; may be left out where only single robots are stepped.
    pub synapses: &'a [[f32; 4]],
    /// Where the inputs go in the workspace.
    pub input: Span,
    /// Where the outputs are in the workspace.
    pub output: Span,
    /// Where the state is in the workspace, part by part.
    pub state: &'a [Span],
    /// Number of `f32` of workspace per robot, a multiple of [`crate::LANES_MAX`].
    pub workspace_len: usize,
}

impl<'a> PlanView<'a> {
    /// Number of inputs.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.input.len as usize
    }

    /// Number of outputs.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        self.output.len as usize
    }

    /// Number of values of state; a new state is all zeros.
    #[must_use]
    pub fn state_len(&self) -> usize {
        self.state.iter().map(|part| part.len as usize).sum()
    }

    /// Advances one robot's state by `elapsed` and writes the outputs.
    ///
    /// Every input gives the same bits on every backend, also NaN, infinities and denormals (the
    /// bits of a NaN excepted).
    ///
    /// # Shapes
    /// `input`: `[inputs]`, `state`: `[state_len]`, `output`: `[outputs]`, `workspace`:
    /// `[workspace_len]`, whatever it holds.
    ///
    /// # Panics
    /// If a slice is shorter.
    pub fn step(
        &self,
        kernels: Kernels,
        input: &[f32],
        elapsed: f32,
        state: &mut [f32],
        output: &mut [f32],
        workspace: &mut [f32],
    ) {
        workspace[self.input.range()].copy_from_slice(&input[..self.inputs()]);
        let mut at = 0;
        for part in self.state {
            let len = part.len as usize;
            workspace[part.range()].copy_from_slice(&state[at..at + len]);
            at += len;
        }
        for op in self.ops {
            self.run(kernels, op, elapsed, workspace);
        }
        let mut at = 0;
        for part in self.state {
            let len = part.len as usize;
            state[at..at + len].copy_from_slice(&workspace[part.range()]);
            at += len;
        }
        output[..self.outputs()].copy_from_slice(&workspace[self.output.range()]);
    }

    /// Runs one call for one robot.
    fn run(&self, kernels: Kernels, op: &Op, elapsed: f32, workspace: &mut [f32]) {
        match *op {
            Op::Ltc(ref op) => {
                let [input, state, scratch] =
                    parts(workspace, [op.input, op.state, op.scratch].map(Span::range));
                kernels.ltc_step(&self.ltc(op), input, elapsed, state, scratch);
            }
            Op::Affine { weight, bias, x: [x0, x1], out } => {
                let map = self.affine(weight, bias, out);
                let [x0, x1, out] = parts(workspace, [x0.range(), x1.range(), out.with_padding()]);
                kernels.affine(&map, [x0, x1], out);
            }
            Op::AffineInt8 { weight, scale, bias, x: [x0, x1], out, scratch } => {
                let map = self.affine_int8(weight, scale, bias, out);
                let ranges = [x0.range(), x1.range(), out.with_padding(), scratch.range()];
                let [x0, x1, out, scratch] = parts(workspace, ranges);
                kernels.affine_int8(&map, [x0, x1], out, scratch);
            }
            Op::CfcPure { w_tau, amplitude, ff1, out } => {
                let view = CfcPureView { w_tau: self.f32(w_tau), amplitude: self.f32(amplitude) };
                let [ff1, out] = parts(workspace, [ff1, out].map(Span::range));
                kernels.cfc_pure(view, ff1, elapsed, out);
            }
            Op::ScaleOffset { scale, offset, x, out } => {
                let (scale, offset) = (self.f32(scale), self.f32(offset));
                let [x, out] = parts(workspace, [x, out].map(Span::range));
                kernels.scale_offset(scale, offset, x, out);
            }
            ref op => run_elementwise(kernels, op, elapsed, workspace, 1),
        }
    }

    /// Advances robots, best [`Kernels::tile`] of them, by `elapsed` in a workspace of `lanes` values
    /// per row. The caller has written inputs and states to the rows of [`Self::input`] and
    /// [`Self::state`], and reads outputs and states from those of [`Self::output`] and
    /// [`Self::state`].
    ///
    /// # Panics
    /// If `lanes` is not a multiple of [`crate::LANES_MAX`], the workspace is shorter than
    /// `workspace_len * lanes`, or the plan has no synapses for batches.
    pub fn step_batch(&self, kernels: Kernels, lanes: usize, elapsed: f32, workspace: &mut [f32]) {
        for op in self.ops {
            self.run_batch(kernels, op, lanes, elapsed, workspace);
        }
    }

    /// Runs one call for `lanes` robots.
    fn run_batch(
        &self,
        kernels: Kernels,
        op: &Op,
        lanes: usize,
        elapsed: f32,
        workspace: &mut [f32],
    ) {
        let rows = |span: Span| span.rows(lanes);
        match *op {
            Op::Ltc(ref op) => {
                let [input, state, scratch] =
                    parts(workspace, [op.input, op.state, op.scratch].map(rows));
                kernels.ltc_step_batch(&self.ltc(op), lanes, input, elapsed, state, scratch);
            }
            Op::Affine { weight, bias, x: [x0, x1], out } => {
                let map = self.affine(weight, bias, out);
                let [x0, x1, out] = parts(workspace, [x0, x1, out].map(rows));
                kernels.affine_batch(&map, lanes, [x0, x1], out);
            }
            Op::AffineInt8 { weight, scale, bias, x: [x0, x1], out, scratch } => {
                let map = self.affine_int8(weight, scale, bias, out);
                let [x0, x1, out, scratch] = parts(workspace, [x0, x1, out, scratch].map(rows));
                kernels.affine_int8_batch(&map, lanes, [x0, x1], out, scratch);
            }
            Op::CfcPure { w_tau, amplitude, ff1, out } => {
                let view = CfcPureView { w_tau: self.f32(w_tau), amplitude: self.f32(amplitude) };
                let [ff1, out] = parts(workspace, [ff1, out].map(rows));
                kernels.cfc_pure_batch(view, lanes, ff1, elapsed, out);
            }
            Op::ScaleOffset { scale, offset, x, out } => {
                let (scale, offset) = (self.f32(scale), self.f32(offset));
                let [x, out] = parts(workspace, [x, out].map(rows));
                kernels.scale_offset_batch(scale, offset, lanes, x, out);
            }
            ref op => run_elementwise(kernels, op, elapsed, workspace, lanes),
        }
    }

    fn f32(&self, span: Span) -> &'a [f32] {
        &self.f32s[span.range()]
    }

    fn u16(&self, span: Span) -> &'a [u16] {
        &self.u16s[span.range()]
    }

    fn i8(&self, span: Span) -> &'a [i8] {
        &self.i8s[span.range()]
    }

    fn affine(&self, weight: Span, bias: Span, out: Span) -> AffineView<'a> {
        let outputs = out.len as usize;
        AffineView { outputs, weight: self.f32(weight), bias: self.f32(bias) }
    }

    fn affine_int8(&self, weight: Span, scale: Span, bias: Span, out: Span) -> AffineInt8View<'a> {
        AffineInt8View {
            outputs: out.len as usize,
            weight: self.i8(weight),
            scale: self.f32(scale),
            bias: self.f32(bias),
        }
    }

    /// The cell an op steps.
    pub(crate) fn ltc(&self, op: &LtcOp) -> LtcView<'a> {
        LtcView {
            inputs: op.input.len as usize,
            unfolds: op.unfolds,
            order: self.u16(op.order),
            sensory: self.synapses(&op.sensory),
            recurrent: self.synapses(&op.recurrent),
            leak: self.f32(op.leak),
            leak_drive: self.f32(op.leak_drive),
            capacitance: self.f32(op.capacitance),
        }
    }

    fn synapses(&self, op: &SynapsesOp) -> SynapsesView<'a> {
        let weights = match op.weights {
            WeightsOp::F32 { w, w_erev } => {
                WeightsView::F32 { w: self.f32(w), w_erev: self.f32(w_erev) }
            }
            WeightsOp::Int8 { w, w_erev, scale, erev_scale } => WeightsView::Int8 {
                w: self.i8(w),
                w_erev: self.i8(w_erev),
                scale: self.f32(scale),
                erev_scale: self.f32(erev_scale),
            },
        };
        // A plan for single robots has no rows; a batch then fails its kernel's checks.
        let synapses = self.synapses.get(op.row_synapses.range()).unwrap_or(&[]);
        SynapsesView {
            first_lane: op.first_lane,
            slot_len: self.u16(op.slot_len),
            pre: self.u16(op.pre),
            a: self.f32(op.a),
            b: self.f32(op.b),
            source_max: op.source_max,
            weights,
            rows: SynapseRowsView {
                row_len: self.u16(op.row_len),
                pre: self.u16(op.row_pre),
                synapses,
            },
        }
    }
}

/// Runs a call that treats every value of a row alike, for one robot or for rows of `lanes`.
fn run_elementwise(kernels: Kernels, op: &Op, elapsed: f32, workspace: &mut [f32], lanes: usize) {
    let rows = |span: Span| span.rows(lanes);
    match *op {
        Op::Activate { activation, values } => {
            kernels.activate(activation, &mut workspace[rows(values)]);
        }
        Op::CfcGated { gate, heads, out } => {
            let [heads, out] = parts(workspace, [heads, out].map(rows));
            let (ff1, rest) = heads.split_at(out.len());
            let (ff2, rest) = rest.split_at(out.len());
            let (time_a, rest) = rest.split_at(out.len());
            let heads = CfcHeads { ff1, ff2, time_a, time_b: &rest[..out.len()] };
            kernels.cfc_gated(heads, gate, elapsed, out);
        }
        Op::Lstm { gates, cell, hidden } => {
            let [gates, cell, hidden] = parts(workspace, [gates, cell, hidden].map(rows));
            kernels.lstm(gates, cell, hidden);
        }
        Op::Ltc(_)
        | Op::Affine { .. }
        | Op::AffineInt8 { .. }
        | Op::CfcPure { .. }
        | Op::ScaleOffset { .. } => unreachable!("these have kernels of their own for batches"),
    }
}

/// Parts of a workspace that do not overlap.
///
/// # Panics
/// If they do, or leave the workspace: then the plan is not one that a network was made into.
fn parts<const N: usize>(
    workspace: &mut [f32],
    ranges: [core::ops::Range<usize>; N],
) -> [&mut [f32]; N] {
    match workspace.get_disjoint_mut(ranges) {
        Ok(parts) => parts,
        Err(_) => panic!("a plan whose parts overlap"),
    }
}
