//! Synapses of an LTC cell: as parameters, and folded and sorted for the kernels.

use alloc::format;
use alloc::vec::Vec;

use rivus_kernels::SynapsesView;

use crate::NetworkError;
use crate::error::{WIDTH_MAX, check_count, check_not_negative, check_tensor};

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
    pub(crate) w: Vec<f32>,
    pub(crate) w_erev: Vec<f32>,
}

/// The folded tensors of a list of synapses, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FoldedSynapses {
    pub(crate) post: Vec<u16>,
    pub(crate) pre: Vec<u16>,
    pub(crate) a: Vec<f32>,
    pub(crate) b: Vec<f32>,
    pub(crate) w: Vec<f32>,
    pub(crate) w_erev: Vec<f32>,
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
        let mut folded = Self::default();
        for (i, synapse) in sorted.iter().enumerate() {
            folded.pre.push(index(&format!("{what}.pre"), i, synapse.pre, sources)?);
            folded.post.push(index(&format!("{what}.post"), i, synapse.post, units)?);
            let slope = synapse.sigma * core::f64::consts::LOG2_E;
            folded.a.push(-slope as f32);
            folded.b.push((slope * synapse.mu) as f32);
            folded.w.push(synapse.w as f32);
            folded.w_erev.push((synapse.w * synapse.erev) as f32);
        }
        Ok(folded)
    }

    /// Checks the tensors and makes them what the kernels read.
    pub(crate) fn into_synapses(
        self,
        what: &str,
        sources: usize,
        units: usize,
    ) -> Result<Synapses, NetworkError> {
        let Self { post, pre, a, b, w, w_erev } = self;
        for (name, values) in [("a", &a), ("b", &b), ("w", &w), ("w_erev", &w_erev)] {
            check_tensor(&format!("{what}.{name}"), values, pre.len())?;
        }
        check_not_negative(&format!("{what}.w"), &w)?;
        let row_start = row_start(what, &pre, &post, sources, units)?;
        Ok(Synapses { row_start, pre, a, b, w, w_erev })
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
    /// What the kernels read.
    pub(crate) fn view(&self) -> SynapsesView<'_> {
        SynapsesView {
            row_start: &self.row_start,
            pre: &self.pre,
            a: &self.a,
            b: &self.b,
            w: &self.w,
            w_erev: &self.w_erev,
        }
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
        assert_eq!((synapses.w[0], synapses.w_erev[0]), (0.25, -0.25));
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
