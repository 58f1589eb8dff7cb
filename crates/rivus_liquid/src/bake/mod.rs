//! A policy as Rust source: statics for a processor without files, heap or operating system.

mod statics;

use alloc::string::String;
use core::fmt::{self, Write};

use crate::{Elapsed, InputChannel, OutputChannel, Policy, Squash};
use statics::write_plan;

impl Policy {
    /// Writes the policy as a Rust module that needs `rivus_kernels` without its default features,
    /// and neither `std` nor `alloc`.
    ///
    /// Beside the network, `POLICY`, the module has the lengths of the buffers that a step needs,
    /// the channels with their scales, the rates, and `elapsed_for`, which turns seconds into what
    /// the network takes for elapsed time. Weights are written bit for bit. What only batches read
    /// is left out. The same policy gives the same text.
    ///
    /// # Examples
    /// In a firmware, after `rivus policy bake hover.safetensors --out src/policy.rs`:
    /// ```text
    /// #[rustfmt::skip]
    /// mod policy;
    ///
    /// let (mut state, mut workspace) = ([0.0; policy::STATE_LEN], [0.0; policy::WORKSPACE_LEN]);
    /// let elapsed = policy::elapsed_for(0.01);
    /// policy::POLICY.step(kernels, &input, elapsed, &mut state, &mut output, &mut workspace);
    /// ```
    #[must_use]
    pub fn to_rust(&self) -> String {
        let mut source = String::new();
        // Writing to a string does not fail.
        let _ = self.write_rust(&mut source);
        source
    }

    fn write_rust(&self, source: &mut String) -> fmt::Result {
        let info = self.info();
        source.write_str(
            "// A policy, written by `rivus policy bake`. Do not edit: bake the policy again.\n//\n",
        )?;
        let made = &info.provenance;
        comment(source, "task", &made.task)?;
        writeln!(source, "// seed: {}", made.seed)?;
        comment(source, "version", &made.version)?;
        if let Some(command) = &made.command {
            comment(source, "command", command)?;
        }
        let rate = info.rate;
        writeln!(source, "\n/// Slowest and fastest rate that the policy was trained for.")?;
        writeln!(source, "pub const RATE_HZ: [f32; 2] = [{:?}, {:?}];", rate.min_hz, rate.max_hz)?;
        write_elapsed(source, info.elapsed)?;
        write_inputs(source, &info.inputs)?;
        write_outputs(source, &info.outputs)?;
        write_plan(source, &self.network().plan().view())
    }
}

/// Text of the policy file in a comment; none of it can end the line.
fn comment(source: &mut String, what: &str, text: &str) -> fmt::Result {
    writeln!(source, "// {what}: {}", text.escape_debug())
}

fn write_elapsed(source: &mut String, elapsed: Elapsed) -> fmt::Result {
    source.write_str(
        "\n/// What the network takes for elapsed time after `dt_s` seconds, which must be finite \
         and\n/// positive.\n#[must_use]\n",
    )?;
    match elapsed {
        Elapsed::Constant(value) => writeln!(
            source,
            "pub const fn elapsed_for(_dt_s: f32) -> f32 {{\n    // Constant, at any rate.\n    \
             {}\n}}",
            float(value)
        ),
        Elapsed::Seconds => {
            writeln!(source, "pub const fn elapsed_for(dt_s: f32) -> f32 {{\n    dt_s\n}}")
        }
        Elapsed::Periods(period_s) => writeln!(
            source,
            "pub const fn elapsed_for(dt_s: f32) -> f32 {{\n    // Periods of {period_s:?} s.\n    \
             dt_s / {}\n}}",
            float(period_s)
        ),
    }
}

fn write_inputs(source: &mut String, channels: &[InputChannel]) -> fmt::Result {
    source.write_str(
        "\n/// What the inputs are: an input is `scale * physical + offset`, then its tanh where \
         `INPUT_TANH`\n/// says so.\n",
    )?;
    write_names(source, "INPUT", channels.iter().map(|channel| channel.name.as_str()))?;
    write_floats(source, "INPUT_SCALES", channels.iter().map(|channel| channel.scale))?;
    write_floats(source, "INPUT_OFFSETS", channels.iter().map(|channel| channel.offset))?;
    let squashed = channels.iter().map(|channel| channel.squash == Squash::Tanh);
    writeln!(source, "/// Inputs that are limited by a tanh.\n#[rustfmt::skip]")?;
    writeln!(source, "pub static INPUT_TANH: [bool; {}] = [", channels.len())?;
    for is_squashed in squashed {
        writeln!(source, "    {is_squashed},")?;
    }
    source.write_str("];\n")
}

fn write_outputs(source: &mut String, channels: &[OutputChannel]) -> fmt::Result {
    source.write_str("\n/// What the outputs are: `physical = scale * output + offset`.\n")?;
    write_names(source, "OUTPUT", channels.iter().map(|channel| channel.name.as_str()))?;
    write_floats(source, "OUTPUT_SCALES", channels.iter().map(|channel| channel.scale))?;
    write_floats(source, "OUTPUT_OFFSETS", channels.iter().map(|channel| channel.offset))
}

fn write_names<'a>(
    source: &mut String,
    kind: &str,
    names: impl ExactSizeIterator<Item = &'a str>,
) -> fmt::Result {
    writeln!(source, "#[rustfmt::skip]\npub static {kind}_NAMES: [&str; {}] = [", names.len())?;
    for name in names {
        writeln!(source, "    {name:?},")?;
    }
    source.write_str("];\n")
}

fn write_floats(
    source: &mut String,
    name: &str,
    values: impl ExactSizeIterator<Item = f32>,
) -> fmt::Result {
    let what = name.to_lowercase().replace('_', " ");
    writeln!(source, "/// The {what}.\n#[rustfmt::skip]")?;
    writeln!(source, "pub static {name}: [f32; {}] = [", values.len())?;
    for value in values {
        writeln!(source, "    {}, // {value:?}", float(value))?;
    }
    source.write_str("];\n")
}

/// A number of which every bit matters.
fn float(value: f32) -> String {
    alloc::format!("f32::from_bits({:#010x})", value.to_bits())
}
