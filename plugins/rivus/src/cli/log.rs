//! `rivus log`: what is in a recording.

use alloc::collections::BTreeMap;
use core::ops::ControlFlow;
use std::io;
use std::path::PathBuf;

use anyhow::{Context, bail};
use rivus_record::{ChannelSummary, Ending, Layout, LogSummary, RecordingFile, summarise};
use serde_json::json;

use super::{Outcome, out};

/// Arguments of `rivus log`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A recording, as `rivus sim --record` makes it.
    file: PathBuf,
    /// Print the messages of this channel as CSV instead.
    #[arg(long, value_name = "CHANNEL")]
    csv: Option<String>,
    /// Print one JSON object and nothing else.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
}

/// Prints the summary, or one channel.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let file = RecordingFile::open(&args.file)?;
    match &args.csv {
        Some(topic) => print_channel(&file, topic)?,
        None => {
            let summary = summarise(&file)?;
            if args.json {
                let json = serde_json::to_string_pretty(&as_json(&file, &summary))?;
                out(format_args!("{json}"));
            } else {
                print(&file, &summary);
            }
        }
    }
    Ok(Outcome::Pass)
}

/// Writes the messages of `topic` to the standard output: time of the robot in seconds, place in the
/// channel, then every number and text of the message.
fn print_channel(file: &RecordingFile, topic: &str) -> anyhow::Result<()> {
    // Rows of messages with lists differ in length.
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(io::stdout().lock());
    let mut layout = None;
    let mut known = Vec::new();
    let mut result = Ok(());
    file.messages(|message| {
        let channel = message.channel;
        if channel.topic != topic {
            if !known.contains(&channel.topic) {
                known.push(channel.topic.clone());
            }
            return ControlFlow::Continue(());
        }
        let is_first = layout.is_none();
        let layout = layout.get_or_insert_with(|| Layout::parse(&channel.definition));
        let Some(values) = layout.as_ref().and_then(|layout| layout.read(message.payload)) else {
            result = Err(anyhow::anyhow!("a message does not fit its type `{}`", channel.schema));
            return ControlFlow::Break(());
        };
        let head = ["time_s".to_owned(), "sequence".to_owned()];
        let names = head.into_iter().chain(values.iter().map(|(name, _)| name.clone()));
        let time_s = format!("{:.9}", message.time_ns as f64 / 1e9);
        let row = [time_s, message.sequence.to_string()].into_iter();
        let row = row.chain(values.iter().map(|(_, value)| value.to_string()));
        let written = if is_first { writer.write_record(names) } else { Ok(()) };
        match written.and_then(|()| writer.write_record(row)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                result = Err(error.into());
                ControlFlow::Break(())
            }
        }
    })?;
    let result = result.and_then(|()| Ok(writer.flush()?));
    // Whoever reads has seen enough.
    if result.as_ref().is_err_and(is_broken_pipe) {
        return Ok(());
    }
    if layout.is_none() {
        known.sort();
        bail!("no channel `{topic}` in {}; there are {}", file.path().display(), known.join(", "));
    }
    result.with_context(|| format!("channel {topic}"))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_error = match error.downcast_ref::<csv::Error>().map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(error)) => Some(error),
        _ => error.downcast_ref::<io::Error>(),
    };
    io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn print(file: &RecordingFile, summary: &LogSummary) {
    out(format_args!("{}", file.path().display()));
    for (name, value) in &file.about().facts {
        out(format_args!("  {name:<18} {value}"));
    }
    for (path, hash) in &file.about().hashes {
        out(format_args!("  {:<18} {path}, SHA-256 {hash}", "file"));
    }
    let seconds = |ns: u64| ns as f64 / 1e9;
    let (from_s, to_s) = (seconds(summary.first_ns), seconds(summary.last_ns));
    out(format_args!(
        "\n{} ticks from {from_s:.3} s to {to_s:.3} s, {} lost, {} missed by the control side{}",
        summary.ticks,
        summary.lost_ticks,
        summary.missed_ticks,
        if summary.ending == Ending::Cut { "; the file is cut off" } else { "" }
    ));
    out(format_args!("\n{:<34} {:>9} {:>9}  type", "channel", "messages", "Hz"));
    for channel in &summary.channels {
        let ChannelSummary { topic, schema, messages, .. } = channel;
        let rate = channel.rate_hz().map_or_else(|| "-".to_owned(), |hz| format!("{hz:.1}"));
        out(format_args!("{topic:<34} {messages:>9} {rate:>9}  {schema}"));
    }
    let us = |ns: u64| ns as f64 / 1e3;
    out(format_args!(
        "\n{:<34} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "latency (us)", "runs", "p50", "p99", "p99.9", "max"
    ));
    for (name, times) in &summary.latencies {
        let [p50, p99, p999, max] =
            [times.p50_ns(), times.p99_ns(), times.p999_ns(), times.max_ns()].map(us);
        let runs = times.count();
        out(format_args!("{name:<34} {runs:>9} {p50:>9.1} {p99:>9.1} {p999:>9.1} {max:>9.1}"));
    }
    print_counts("faults", &summary.faults);
    print_counts("overruns", &summary.overruns);
}

fn print_counts<'a>(
    title: &str,
    counts: impl IntoIterator<Item = (&'a (String, String), &'a u64)>,
) {
    for (index, ((who, what), count)) in counts.into_iter().enumerate() {
        if index == 0 {
            out(format_args!("\n{title}"));
        }
        out(format_args!("  {count:>9}  {who} {what}"));
    }
}

fn as_json(file: &RecordingFile, summary: &LogSummary) -> serde_json::Value {
    let us = |ns: u64| ns as f64 / 1e3;
    let counts = |counts: &BTreeMap<(String, String), u64>, who: &str, what: &str| {
        let rows = counts.iter();
        rows.map(|((a, b), count)| json!({ who: a, what: b, "count": count })).collect::<Vec<_>>()
    };
    json!({
        "file": file.path().display().to_string(),
        "facts": file.about().facts,
        "hashes": file.about().hashes,
        "is_cut": summary.ending == Ending::Cut,
        "ticks": summary.ticks,
        "lost_ticks": summary.lost_ticks,
        "missed_ticks": summary.missed_ticks,
        "first_s": summary.first_ns as f64 / 1e9,
        "last_s": summary.last_ns as f64 / 1e9,
        "channels": summary.channels.iter().map(|channel| json!({
            "topic": channel.topic,
            "schema": channel.schema,
            "messages": channel.messages,
            "rate_hz": channel.rate_hz(),
        })).collect::<Vec<_>>(),
        "latencies": summary.latencies.iter().map(|(name, times)| json!({
            "name": name,
            "runs": times.count(),
            "p50_us": us(times.p50_ns()),
            "p99_us": us(times.p99_ns()),
            "p999_us": us(times.p999_ns()),
            "max_us": us(times.max_ns()),
        })).collect::<Vec<_>>(),
        "faults": counts(&summary.faults, "robot", "kind"),
        "overruns": counts(&summary.overruns, "stage", "system"),
    })
}
