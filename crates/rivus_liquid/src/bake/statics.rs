//! A plan as Rust statics.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use rivus_kernels::PlanView;
use rivus_kernels::plan::{LtcOp, Op, Span, SynapsesOp, WeightsOp};

use super::float;

/// Numbers on a line of weights, which a comment repeats in decimal.
const FLOATS_PER_LINE: usize = 3;
const INTEGERS_PER_LINE: usize = 16;

/// Writes the lengths, the arrays and the `PlanView` of a network that steps one robot.
pub(super) fn write_plan(source: &mut String, plan: &PlanView<'_>) -> fmt::Result {
    let lengths = [
        ("INPUTS", "Number of inputs", plan.inputs()),
        ("OUTPUTS", "Number of outputs", plan.outputs()),
        ("STATE_LEN", "Number of values of state; a new state is all zeros", plan.state_len()),
        ("WORKSPACE_LEN", "Number of values of which a step makes use", plan.workspace_len),
    ];
    source.write_char('\n')?;
    for (name, what, len) in lengths {
        writeln!(source, "/// {what}.\npub const {name}: usize = {len};")?;
    }
    source.write_str(
        "\n/// The network: `POLICY.step(kernels, input, elapsed, state, output, workspace)`.\n\
         pub static POLICY: rivus_kernels::PlanView<'static> = rivus_kernels::PlanView {\n    \
         ops: &OPS,\n    f32s: &F32S,\n    u16s: &U16S,\n    i8s: &I8S,\n    synapses: &[],\n",
    )?;
    writeln!(source, "    input: {},\n    output: {},", span(plan.input), span(plan.output))?;
    let state: Vec<String> = plan.state.iter().map(|&part| span(part)).collect();
    writeln!(source, "    state: &[{}],", state.join(", "))?;
    source.write_str(
        "    workspace_len: WORKSPACE_LEN,\n};\n\n\
         const fn span(at: u32, len: u32) -> rivus_kernels::plan::Span {\n    \
         rivus_kernels::plan::Span { at, len }\n}\n",
    )?;
    let mut indices = Indices { plan, kept: Vec::new() };
    let ops: Vec<Op> = plan.ops.iter().map(|op| indices.without_rows(op)).collect();
    write_ops(source, &ops)?;
    write_weights(source, plan.f32s)?;
    write_integers(source, "U16S", "u16", &indices.kept)?;
    write_integers(source, "I8S", "i8", plan.i8s)
}

/// The indices of a plan without those of its synapses for batches.
struct Indices<'a> {
    plan: &'a PlanView<'a>,
    kept: Vec<u16>,
}

impl Indices<'_> {
    /// The op for one robot, whose indices are kept.
    fn without_rows(&mut self, op: &Op) -> Op {
        match *op {
            Op::Ltc(op) => Op::Ltc(LtcOp {
                order: self.keep(op.order),
                sensory: self.synapses(op.sensory),
                recurrent: self.synapses(op.recurrent),
                ..op
            }),
            // The others have no indices.
            other => other,
        }
    }

    fn synapses(&mut self, op: SynapsesOp) -> SynapsesOp {
        SynapsesOp {
            slot_len: self.keep(op.slot_len),
            pre: self.keep(op.pre),
            row_len: Span::default(),
            row_pre: Span::default(),
            row_synapses: Span::default(),
            ..op
        }
    }

    fn keep(&mut self, from: Span) -> Span {
        // A plan counts in `u32`, so this does.
        let at = self.kept.len() as u32;
        let (first, len) = (from.at as usize, from.len as usize);
        self.kept.extend_from_slice(&self.plan.u16s[first..first + len]);
        Span { at, len: from.len }
    }
}

fn write_ops(source: &mut String, ops: &[Op]) -> fmt::Result {
    writeln!(source, "\n#[rustfmt::skip]")?;
    writeln!(source, "static OPS: [rivus_kernels::plan::Op; {}] = [", ops.len())?;
    for op in ops {
        write_op(source, op)?;
    }
    source.write_str("];\n")
}

fn write_op(source: &mut String, op: &Op) -> fmt::Result {
    match *op {
        Op::Ltc(ref op) => write_ltc(source, op),
        Op::Affine { weight, bias, x, out } => {
            let spans = [("weight", weight), ("bias", bias), ("out", out)];
            write_spans(source, "Affine", &spans, Some(pair("x", x)))
        }
        Op::AffineInt8 { weight, scale, bias, x, out, scratch } => {
            let spans = [
                ("weight", weight),
                ("scale", scale),
                ("bias", bias),
                ("out", out),
                ("scratch", scratch),
            ];
            write_spans(source, "AffineInt8", &spans, Some(pair("x", x)))
        }
        Op::Activate { activation, values } => {
            let which = format!("activation: rivus_kernels::Activation::{activation:?}");
            write_spans(source, "Activate", &[("values", values)], Some(which))
        }
        Op::CfcGated { gate, heads, out } => {
            let which = format!("gate: rivus_kernels::CfcGate::{gate:?}");
            write_spans(source, "CfcGated", &[("heads", heads), ("out", out)], Some(which))
        }
        Op::CfcPure { w_tau, amplitude, ff1, out } => {
            let spans = [("w_tau", w_tau), ("amplitude", amplitude), ("ff1", ff1), ("out", out)];
            write_spans(source, "CfcPure", &spans, None)
        }
        Op::Lstm { gates, cell, hidden } => {
            let spans = [("gates", gates), ("cell", cell), ("hidden", hidden)];
            write_spans(source, "Lstm", &spans, None)
        }
        Op::ScaleOffset { scale, offset, x, out } => {
            let spans = [("scale", scale), ("offset", offset), ("x", x), ("out", out)];
            write_spans(source, "ScaleOffset", &spans, None)
        }
    }
}

/// An op of these spans and another field before them, if there is one.
fn write_spans(
    source: &mut String,
    op: &str,
    spans: &[(&str, Span)],
    other: Option<String>,
) -> fmt::Result {
    let other = other.map_or(String::new(), |field| field + ", ");
    writeln!(source, "    rivus_kernels::plan::Op::{op} {{ {other}{} }},", fields(spans))
}

fn write_ltc(source: &mut String, op: &LtcOp) -> fmt::Result {
    // Named one by one, so that a field that is added cannot be forgotten here.
    let &LtcOp {
        unfolds,
        order,
        ref sensory,
        ref recurrent,
        leak,
        leak_drive,
        capacitance,
        input,
        state,
        scratch,
    } = op;
    writeln!(source, "    rivus_kernels::plan::Op::Ltc(rivus_kernels::plan::LtcOp {{")?;
    writeln!(source, "        unfolds: {unfolds},")?;
    for (name, value) in [
        ("order", order),
        ("leak", leak),
        ("leak_drive", leak_drive),
        ("capacitance", capacitance),
        ("input", input),
        ("state", state),
        ("scratch", scratch),
    ] {
        writeln!(source, "        {name}: {},", span(value))?;
    }
    write_synapses(source, "sensory", sensory)?;
    write_synapses(source, "recurrent", recurrent)?;
    writeln!(source, "    }}),")
}

fn write_synapses(source: &mut String, which: &str, op: &SynapsesOp) -> fmt::Result {
    let &SynapsesOp {
        first_lane,
        slot_len,
        pre,
        a,
        b,
        source_max,
        weights,
        row_len,
        row_pre,
        row_synapses,
    } = op;
    writeln!(source, "        {which}: rivus_kernels::plan::SynapsesOp {{")?;
    writeln!(source, "            first_lane: {first_lane},")?;
    writeln!(source, "            source_max: {},", float(source_max))?;
    for (name, value) in [
        ("slot_len", slot_len),
        ("pre", pre),
        ("a", a),
        ("b", b),
        ("row_len", row_len),
        ("row_pre", row_pre),
        ("row_synapses", row_synapses),
    ] {
        writeln!(source, "            {name}: {},", span(value))?;
    }
    let (kind, spans) = match weights {
        WeightsOp::F32 { w, w_erev } => ("F32", vec![("w", w), ("w_erev", w_erev)]),
        WeightsOp::Int8 { w, w_erev, scale, erev_scale } => {
            let scales = [("scale", scale), ("erev_scale", erev_scale)];
            ("Int8", [&[("w", w), ("w_erev", w_erev)][..], &scales].concat())
        }
    };
    let fields = fields(&spans);
    writeln!(
        source,
        "            weights: rivus_kernels::plan::WeightsOp::{kind} {{ {fields} }},"
    )?;
    writeln!(source, "        }},")
}

/// Fields of a struct that are spans.
fn fields(spans: &[(&str, Span)]) -> String {
    let fields = spans.iter().map(|&(name, value)| format!("{name}: {}", span(value)));
    fields.collect::<Vec<String>>().join(", ")
}

fn write_weights(source: &mut String, weights: &[f32]) -> fmt::Result {
    writeln!(source, "\n#[rustfmt::skip]\nstatic F32S: [f32; {}] = [", weights.len())?;
    for line in weights.chunks(FLOATS_PER_LINE) {
        let bits: Vec<String> = line.iter().map(|&value| float(value)).collect();
        let decimal: Vec<String> = line.iter().map(|value| format!("{value:?}")).collect();
        writeln!(source, "    {}, // {}", bits.join(", "), decimal.join(", "))?;
    }
    source.write_str("];\n")
}

fn write_integers<T: ToString>(
    source: &mut String,
    name: &str,
    kind: &str,
    values: &[T],
) -> fmt::Result {
    writeln!(source, "\n#[rustfmt::skip]\nstatic {name}: [{kind}; {}] = [", values.len())?;
    for line in values.chunks(INTEGERS_PER_LINE) {
        let line: Vec<String> = line.iter().map(T::to_string).collect();
        writeln!(source, "    {},", line.join(", "))?;
    }
    source.write_str("];\n")
}

fn pair(name: &str, [first, second]: [Span; 2]) -> String {
    format!("{name}: [{}, {}]", span(first), span(second))
}

fn span(Span { at, len }: Span) -> String {
    format!("span({at}, {len})")
}
