//! What can be wrong with parameters when a network is built, and with arguments when it is
//! stepped.

use alloc::string::String;

use thiserror::Error;

/// Why parameters do not make a network.
///
/// `what` names the tensor, `layer 0: ff1.weight` for instance.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A tensor has the wrong number of values.
    #[error("{what} has {found} values where {expected} are needed")]
    Shape {
        /// The tensor.
        what: String,
        /// Number of values that fit the other tensors.
        expected: usize,
        /// Number of values it has.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what}[{index}] is not a finite number")]
    NotFinite {
        /// The tensor.
        what: String,
        /// Where in it.
        index: usize,
    },
    /// A value that the cell needs to be zero or more is negative.
    #[error("{what}[{index}] is negative")]
    Negative {
        /// The tensor.
        what: String,
        /// Where in it.
        index: usize,
    },
    /// A synapse names a neuron or input that does not exist.
    #[error("{what}[{synapse}] refers to neuron {neuron}, but there are {count}")]
    SynapseIndex {
        /// The list of synapses and its end: `sensory.pre` for instance.
        what: String,
        /// Which synapse.
        synapse: usize,
        /// The neuron it names.
        neuron: usize,
        /// How many there are.
        count: usize,
    },
    /// Two synapses connect the same pair.
    #[error("{what} has two synapses from {pre} to {post}")]
    DuplicateSynapse {
        /// The list of synapses.
        what: String,
        /// Source of both.
        pre: usize,
        /// Destination of both.
        post: usize,
    },
    /// Synapses are not in ascending order of destination and then source.
    #[error("{what}: synapse {synapse} is out of order")]
    NotSorted {
        /// The list of synapses.
        what: String,
        /// The first that comes too late.
        synapse: usize,
    },
    /// A neuron has neither leak nor epsilon, so its quotient could be 0/0.
    #[error("{what}[{neuron}]: gleak + epsilon must be positive")]
    NoLeak {
        /// The tensor.
        what: String,
        /// The neuron.
        neuron: usize,
    },
    /// An integer weight is below the range.
    #[error("{what}[{index}] is -128, but integer weights are within -127..=127")]
    Int8 {
        /// The tensor.
        what: String,
        /// Where in it.
        index: usize,
    },
    /// The scale of integer weights is zero, denormal, negative, infinite or NaN.
    #[error("{what}[{index}] is not a positive normal number")]
    Scale {
        /// The tensor.
        what: String,
        /// Where in it.
        index: usize,
    },
    /// So many integer weights are added that the sum could pass 32 bits.
    #[error("a row of {what} has {found} integer weights, more than {max}")]
    Int8Row {
        /// The tensor.
        what: String,
        /// Length of the row.
        found: usize,
        /// The longest row that is safe.
        max: usize,
    },
    /// Some weights are integers and some are not.
    #[error("{what}: some weights are integers, but not all")]
    MixedWeights {
        /// The part of the network.
        what: String,
    },
    /// A count is outside what the kernels can address.
    #[error("{what} is {found}, which is not within {min}..={max}")]
    Count {
        /// What is counted.
        what: String,
        /// The count.
        found: usize,
        /// Smallest allowed.
        min: usize,
        /// Largest allowed.
        max: usize,
    },
}

impl NetworkError {
    /// The same error with the name of the enclosing part put before `what`.
    pub(crate) fn within(mut self, part: &str) -> Self {
        let (Self::Shape { what, .. }
        | Self::NotFinite { what, .. }
        | Self::Negative { what, .. }
        | Self::SynapseIndex { what, .. }
        | Self::DuplicateSynapse { what, .. }
        | Self::NotSorted { what, .. }
        | Self::NoLeak { what, .. }
        | Self::Int8 { what, .. }
        | Self::Scale { what, .. }
        | Self::Int8Row { what, .. }
        | Self::MixedWeights { what }
        | Self::Count { what, .. }) = &mut self;
        what.insert_str(0, part);
        self
    }
}

/// Why a step was refused. The state is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum StepFault {
    /// The elapsed time is zero, negative, infinite or NaN.
    #[error("elapsed time {elapsed} is not positive and finite")]
    Elapsed {
        /// The time that was given.
        elapsed: f32,
    },
    /// An input is infinite or NaN.
    #[error("input {index} is not finite")]
    Input {
        /// The first such input; counted through all rows of a batch.
        index: usize,
    },
}

/// Checks that `values` has `expected` entries.
pub(crate) fn check_len(what: &str, found: usize, expected: usize) -> Result<(), NetworkError> {
    if found == expected {
        Ok(())
    } else {
        Err(NetworkError::Shape { what: what.into(), expected, found })
    }
}

/// Checks that `values` has `expected` entries, all of them finite.
pub(crate) fn check_tensor(
    what: &str,
    values: &[f32],
    expected: usize,
) -> Result<(), NetworkError> {
    check_len(what, values.len(), expected)?;
    match values.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(NetworkError::NotFinite { what: what.into(), index }),
        None => Ok(()),
    }
}

/// Checks that no entry of `values` is negative.
pub(crate) fn check_not_negative(what: &str, values: &[f32]) -> Result<(), NetworkError> {
    match values.iter().position(|&x| x < 0.0) {
        Some(index) => Err(NetworkError::Negative { what: what.into(), index }),
        None => Ok(()),
    }
}

/// Checks a count against an inclusive range.
pub(crate) fn check_count(
    what: &str,
    found: usize,
    min: usize,
    max: usize,
) -> Result<(), NetworkError> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(NetworkError::Count { what: what.into(), found, min, max })
    }
}

/// Most neurons, inputs or outputs of one layer: their indices and counts are 16 bits wide.
pub(crate) const WIDTH_MAX: usize = u16::MAX as usize;
