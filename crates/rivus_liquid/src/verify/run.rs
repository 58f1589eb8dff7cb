//! Runs a network over a recording and keeps the worst deviation.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::case::{Case, Timespans};
use super::{CaseReport, Deviation, VerifyError};
use crate::tensor_file::TensorFile;
use crate::{Network, Scratch, TensorFileError};

/// The recording of a case, read and checked for size.
struct Recording {
    streams: usize,
    inputs: Vec<f32>,
    /// One per step.
    elapsed: Vec<f32>,
    /// One state per stream.
    initial: Vec<Vec<f32>>,
    signals: Vec<Signal>,
}

/// A recorded signal of shape `[steps][streams][width]`.
struct Signal {
    name: String,
    /// Where its values are in the state; `None` for the outputs.
    place: Option<Range<usize>>,
    width: usize,
    reference: Vec<f64>,
}

impl Recording {
    fn read(case: &Case, network: &Network, io: &[u8]) -> Result<Self, TensorFileError> {
        let file = TensorFile::parse(io)?;
        let (steps, streams) = (case.steps, case.batch);
        let signal = |name: String, place: Option<Range<usize>>, width: usize| {
            let reference = file.f64s(&format!("{name}.f64"), &[steps, streams, width])?;
            Ok::<_, TensorFileError>(Signal { name, place, width, reference })
        };
        let mut signals = vec![signal("outputs".into(), None, network.outputs())?];
        let mut initial = vec![vec![0.0; network.state_len()]; streams];
        for (layer, place) in network.layer_states().into_iter().enumerate() {
            for (letter, range) in [("h", place.neurons), ("c", place.memory)] {
                if range.is_empty() {
                    continue;
                }
                let start = file.f32s(&format!("{letter}0.{layer}"), &[streams, range.len()])?;
                for (state, start) in initial.iter_mut().zip(start.chunks(range.len())) {
                    state[range.clone()].copy_from_slice(start);
                }
                let width = range.len();
                signals.push(signal(format!("{letter}.{layer}"), Some(range), width)?);
            }
        }
        Ok(Self {
            streams,
            inputs: file.f32s("inputs", &[steps, streams, network.inputs()])?,
            elapsed: match case.timespans {
                Timespans::Ones => vec![1.0; steps],
                Timespans::Irregular => file.f32s("timespans", &[steps])?,
            },
            initial,
            signals,
        })
    }
}

/// Runs every stream from its recorded initial state.
pub(super) fn compare(
    case: &Case,
    network: &Network,
    io: &[u8],
) -> Result<CaseReport, VerifyError> {
    let recording = Recording::read(case, network, io)?;
    let mut scratch = Scratch::new(network);
    let mut output = vec![0.0; network.outputs()];
    let mut worst: Option<Deviation> = None;
    for (stream, initial) in recording.initial.iter().enumerate() {
        let mut state = initial.clone();
        for (step, &elapsed) in recording.elapsed.iter().enumerate() {
            let row = step * recording.streams + stream;
            let input = &recording.inputs[row * network.inputs()..][..network.inputs()];
            network
                .step(input, elapsed, &mut state, &mut output, &mut scratch)
                .map_err(|fault| VerifyError::Step { step, fault })?;
            for signal in &recording.signals {
                let found = signal.worst_of(row, &state, &output);
                let found = found.map(|found| Deviation { step, stream, ..found });
                worst = worse(worst, found);
            }
        }
    }
    let worst = worst.ok_or_else(|| VerifyError::Json {
        file: "case.json".into(),
        reason: "no steps or no streams: there is nothing to compare".into(),
    })?;
    let steps = recording.elapsed.len();
    Ok(CaseReport { name: case.name().into(), steps, streams: recording.streams, worst })
}

impl Signal {
    /// The worst deviation of one row; step and stream are not filled in.
    fn worst_of(&self, row: usize, state: &[f32], output: &[f32]) -> Option<Deviation> {
        let values = self.place.clone().map_or(output, |place| &state[place]);
        let references = &self.reference[row * self.width..][..self.width];
        let pairs = values.iter().zip(references).enumerate();
        let deviation = |(index, (&value, &reference))| Deviation {
            signal: self.name.clone(),
            step: 0,
            stream: 0,
            index,
            value,
            reference,
        };
        pairs.map(deviation).map(Some).fold(None, worse)
    }
}

/// The one with the larger ratio; the first of equals.
fn worse(a: Option<Deviation>, b: Option<Deviation>) -> Option<Deviation> {
    match (&a, &b) {
        (Some(first), Some(second)) if second.ratio() > first.ratio() => b,
        (None, _) => b,
        _ => a,
    }
}
