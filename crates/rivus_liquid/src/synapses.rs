//! Synapses of an LTC cell: as parameters, and folded and sorted.

use alloc::format;
use alloc::vec::Vec;
use core::f64::consts::LOG2_E;
use core::ops::Range;

use crate::NetworkError;
use crate::error::{WIDTH_MAX, check_count, check_not_negative, check_tensor};
use crate::weights::{RawWeights, Weights};

/// One synapse of an LTC cell with its effective parameters: softplus or clipping already applied.
///
/// Its conductance is `w sigmoid(sigma (v_pre - mu))` and drives the post neuron towards `erev`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Synapse {
    /// Source: an input (sensory) or a neuron (recurrent).
    pub pre: usize,
    /// Destination neuron.
    pub post: usize,
    /// Steepness of the gate; any sign.
    pub sigma: f64,
    /// Value of the source at which the gate is half open.
    pub mu: f64,
    /// Conductance of the open gate, not negative.
    pub w: f64,
    /// Reversal potential; any sign.
    pub erev: f64,
}

/// Synapses in the log2 domain, sorted by post and then pre neuron.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Synapses {
    pub(crate) row_start: Vec<u32>,
    pub(crate) pre: Vec<u16>,
    pub(crate) a: Vec<f32>,
    pub(crate) b: Vec<f32>,
    pub(crate) w: Weights,
    pub(crate) w_erev: Weights,
}

/// The folded tensors of a list of synapses, in its order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoldedSynapses {
    pub(crate) post: Vec<u16>,
    pub(crate) pre: Vec<u16>,
    pub(crate) a: Vec<f32>,
    pub(crate) b: Vec<f32>,
    pub(crate) w: RawWeights,
    pub(crate) w_erev: RawWeights,
}

impl FoldedSynapses {
    /// Folds every synapse in double and rounds once.
    pub(crate) fn fold(
        what: &str,
        synapses: &[Synapse],
        sources: usize,
        units: usize,
    ) -> Result<Self, NetworkError> {
        let mut sorted = synapses.to_vec();
        sorted.sort_by_key(|synapse| (synapse.post, synapse.pre));
        let (mut pre, mut post) = (Vec::new(), Vec::new());
        for (i, synapse) in sorted.iter().enumerate() {
            pre.push(index(&format!("{what}.pre"), i, synapse.pre, sources)?);
            post.push(index(&format!("{what}.post"), i, synapse.post, units)?);
        }
        let folded = |value: fn(&Synapse) -> f64| sorted.iter().map(|s| value(s) as f32).collect();
        Ok(Self {
            post,
            pre,
            a: folded(|s| -s.sigma * LOG2_E),
            b: folded(|s| s.sigma * LOG2_E * s.mu),
            w: RawWeights::F32(folded(|s| s.w)),
            w_erev: RawWeights::F32(folded(|s| s.w * s.erev)),
        })
    }

    /// Checks the tensors.
    pub(crate) fn into_synapses(
        self,
        what: &str,
        sources: usize,
        units: usize,
    ) -> Result<Synapses, NetworkError> {
        let Self { post, pre, a, b, w, w_erev } = self;
        for (name, values) in [("a", &a), ("b", &b)] {
            check_tensor(&format!("{what}.{name}"), values, pre.len())?;
        }
        let row_start = row_start(what, &pre, &post, sources, units)?;
        let w = w.checked(&format!("{what}.w"), &row_start)?;
        let w_erev = w_erev.checked(&format!("{what}.w_erev"), &row_start)?;
        check_not_negative(&format!("{what}.w"), &w.f32s)?;
        Synapses { row_start, pre, a, b, w, w_erev }.checked(what)
    }
}

/// `value` as an index below `count`, which is at most 2^16.
fn index(what: &str, synapse: usize, value: usize, count: usize) -> Result<u16, NetworkError> {
    match u16::try_from(value) {
        Ok(index) if value < count => Ok(index),
        _ => Err(NetworkError::SynapseIndex { what: what.into(), synapse, neuron: value, count }),
    }
}

/// Where each post neuron's entries start in lists sorted by post and then pre.
pub(crate) fn row_start(
    what: &str,
    pre: &[u16],
    post: &[u16],
    sources: usize,
    units: usize,
) -> Result<Vec<u32>, NetworkError> {
    check_count(&format!("{what}: number of neurons"), units, 1, WIDTH_MAX)?;
    crate::error::check_len(&format!("{what}.post"), post.len(), pre.len())?;
    let mut rows = Vec::with_capacity(units + 1);
    rows.push(0);
    for (i, (&from, &to)) in pre.iter().zip(post).enumerate() {
        index(&format!("{what}.pre"), i, from.into(), sources)?;
        index(&format!("{what}.post"), i, to.into(), units)?;
        if i > 0 && (post[i - 1], pre[i - 1]) == (to, from) {
            let (pre, post) = (from.into(), to.into());
            return Err(NetworkError::DuplicateSynapse { what: what.into(), pre, post });
        }
        if i > 0 && (post[i - 1], pre[i - 1]) > (to, from) {
            return Err(NetworkError::NotSorted { what: what.into(), synapse: i });
        }
        // A list has at most 2^32 entries, as both ends are 16 bits wide and no pair occurs twice.
        while rows.len() <= usize::from(to) {
            rows.push(i as u32);
        }
    }
    rows.resize(units + 1, pre.len() as u32);
    Ok(rows)
}

impl Synapses {
    /// Checks that integer weights can be added.
    fn checked(self, what: &str) -> Result<Self, NetworkError> {
        self.w.check_sums(&format!("{what}.w"), &self.row_start)?;
        Ok(self)
    }

    /// The same synapses with integer weights.
    pub(crate) fn quantized(&self, what: &str) -> Result<Self, NetworkError> {
        let w = self.w.quantized(&self.row_start);
        let w_erev = self.w_erev.quantized(&self.row_start);
        Self { w, w_erev, ..self.clone() }.checked(what)
    }

    /// Which synapses end in `neuron`.
    pub(crate) fn row(&self, neuron: usize) -> Range<usize> {
        self.row_start[neuron] as usize..self.row_start[neuron + 1] as usize
    }

    /// Number of synapses that end in `neuron`.
    pub(crate) fn fan_in(&self, neuron: usize) -> usize {
        self.row(neuron).len()
    }
}

/// The destination of every entry of compressed rows.
#[cfg(feature = "std")]
pub(crate) fn post_of(row_start: &[u32]) -> Vec<u16> {
    let rows = (0..=u16::MAX).zip(row_start.windows(2));
    rows.flat_map(|(post, row)| (row[0]..row[1]).map(move |_| post)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synapse(pre: usize, post: usize) -> Synapse {
        Synapse { pre, post, sigma: 2.0, mu: 0.5, w: 0.25, erev: -1.0 }
    }

    fn build(list: &[Synapse]) -> Result<Synapses, NetworkError> {
        FoldedSynapses::fold("recurrent", list, 3, 3)?.into_synapses("recurrent", 3, 3)
    }

    #[test]
    fn synapses_are_sorted_by_destination_and_folded() {
        let synapses = build(&[synapse(2, 2), synapse(1, 0), synapse(0, 2)]).unwrap();
        assert_eq!(synapses.row_start, [0, 1, 1, 3]);
        assert_eq!(synapses.pre, [1, 0, 2]);
        assert_eq!(synapses.a[0], -2.0 * core::f32::consts::LOG2_E);
        assert_eq!(synapses.b[0], core::f32::consts::LOG2_E);
        assert_eq!((synapses.w.f32s[0], synapses.w_erev.f32s[0]), (0.25, -0.25));
    }

    #[test]
    fn indices_and_duplicates_are_refused() {
        assert!(matches!(
            build(&[synapse(3, 0)]),
            Err(NetworkError::SynapseIndex { neuron: 3, count: 3, .. })
        ));
        assert!(matches!(
            build(&[synapse(1, 0), synapse(1, 0)]),
            Err(NetworkError::DuplicateSynapse { pre: 1, post: 0, .. })
        ));
        let mut negative = synapse(0, 0);
        negative.w = -0.1;
        assert!(matches!(build(&[negative]), Err(NetworkError::Negative { .. })));
        let mut infinite = synapse(0, 0);
        infinite.sigma = 1e300;
        assert!(matches!(build(&[infinite]), Err(NetworkError::NotFinite { .. })));
    }

    #[cfg(feature = "std")]
    #[test]
    fn post_of_inverts_row_start() {
        let post = [0, 2, 2, 2, 5];
        let rows = row_start("s", &[0, 0, 1, 2, 0], &post, 3, 7).unwrap();
        assert_eq!(post_of(&rows), post);
    }
}
