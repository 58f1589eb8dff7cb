//! Seed-exact wirings: what this crate draws against what Python `ncps` drew.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::Deserialize;

use super::VerifyError;
use crate::wiring::{SignedSynapse, Wiring, WiringSpec};

/// The result of comparing a list of wirings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WiringsReport {
    /// Wirings that are equal in every synapse and polarity.
    pub passed: usize,
    /// Wirings compared.
    pub total: usize,
    /// One line per wiring that differs.
    pub failures: Vec<String>,
}

/// One entry of `wirings.json`; matrices are one string of `-`, `0`, `+` per source.
#[derive(Deserialize)]
struct Entry {
    class: String,
    args: serde_json::Value,
    units: usize,
    input_dim: usize,
    output_dim: usize,
    layers: Vec<Vec<usize>>,
    adjacency_matrix: Vec<String>,
    sensory_adjacency_matrix: Vec<String>,
}

/// Draws every wiring of a `wirings.json` and compares it with the recorded one.
///
/// # Errors
/// If the text is not a list of wirings. A wiring that differs or cannot be drawn is a failure in
/// the report.
pub fn verify_wirings(wirings_json: &str) -> Result<WiringsReport, VerifyError> {
    let entries: Vec<Entry> = serde_json::from_str(wirings_json).map_err(|error| {
        VerifyError::Json { file: "wirings.json".into(), reason: error.to_string() }
    })?;
    let mut report = WiringsReport { total: entries.len(), ..WiringsReport::default() };
    for (index, entry) in entries.iter().enumerate() {
        match entry.difference() {
            None => report.passed += 1,
            Some(difference) => {
                let Entry { class, args, .. } = entry;
                report.failures.push(format!("wiring {index}, {class} {args}: {difference}"));
            }
        }
    }
    Ok(report)
}

impl Entry {
    /// What differs first, or why the wiring cannot be drawn.
    fn difference(&self) -> Option<String> {
        let call = serde_json::json!({ "class": self.class, "args": self.args });
        let wiring = match serde_json::from_value::<WiringSpec>(call) {
            Ok(spec) => spec.build(self.input_dim).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let wiring = match wiring {
            Ok(wiring) => wiring,
            Err(reason) => return Some(reason),
        };
        let Wiring { units, inputs, outputs, layers, synapses, sensory } = &wiring;
        if (*units, *outputs, layers) != (self.units, self.output_dim, &self.layers) {
            return Some(format!("{units} units, {outputs} outputs, layers {layers:?}"));
        }
        let recorded = [
            ("synapse", rows(synapses, *units, *units), &self.adjacency_matrix),
            ("sensory synapse", rows(sensory, *inputs, *units), &self.sensory_adjacency_matrix),
        ];
        recorded.into_iter().find_map(|(what, drawn, recorded)| {
            let pre = (0..drawn.len().max(recorded.len()))
                .find(|&pre| drawn.get(pre) != recorded.get(pre))?;
            Some(format!(
                "{what}s from {pre}: {:?}, recorded {:?}",
                drawn.get(pre),
                recorded.get(pre)
            ))
        })
    }
}

/// Synapses as one string per source.
fn rows(synapses: &[SignedSynapse], sources: usize, units: usize) -> Vec<String> {
    let mut rows = vec![vec!['0'; units]; sources];
    for synapse in synapses {
        rows[synapse.pre][synapse.post] = if synapse.polarity > 0 { '+' } else { '-' };
    }
    rows.into_iter().map(|row| row.into_iter().collect()).collect()
}
