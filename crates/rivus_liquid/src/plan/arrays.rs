//! The arrays of a plan while it grows.

use alloc::vec::Vec;

use rivus_kernels::plan::{Op, Span};
use rivus_kernels::{LANES_MAX, padded};

use crate::NetworkError;
use crate::error::check_count;

/// Most values of one array of a plan: weights of a gigabyte, which is no network for a robot. The
/// weights of masked maps are filled up with zeros, so that a small file could ask for any amount.
const ARRAY_MAX: usize = 1 << 28;

/// No values at all.
pub(super) const NOTHING: Span = Span { at: 0, len: 0 };

/// What a plan consists of, and what is taken of the workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Arrays {
    pub(super) ops: Vec<Op>,
    pub(super) f32s: Vec<f32>,
    pub(super) u16s: Vec<u16>,
    pub(super) i8s: Vec<i8>,
    pub(super) synapses: Vec<[f32; 4]>,
    /// End of what is reserved for good.
    reserved: usize,
    /// End of what the layer at hand has reserved.
    temporary: usize,
    /// The largest `temporary` so far.
    longest: usize,
}

impl Arrays {
    /// Room in the workspace that no other call gets.
    ///
    /// # Panics
    /// If there are temporaries.
    pub(super) fn reserve(&mut self, len: usize) -> Result<Span, NetworkError> {
        assert_eq!(self.reserved, self.temporary, "reserve first");
        let span = self.reserve_temporary(len)?;
        self.reserved = self.temporary;
        Ok(span)
    }

    /// Room in the workspace until [`Self::forget_since`], padded for whole vectors.
    pub(super) fn reserve_temporary(&mut self, len: usize) -> Result<Span, NetworkError> {
        if len == 0 {
            return Ok(NOTHING);
        }
        let span = Span { at: self.temporary as u32, len: len as u32 };
        let end = self.temporary.saturating_add(padded(len));
        check_count("length of the workspace", end, 0, ARRAY_MAX)?;
        self.temporary = end;
        self.longest = self.longest.max(end);
        Ok(span)
    }

    /// What is reserved by now.
    pub(super) fn mark(&self) -> usize {
        self.temporary
    }

    /// What was reserved since `mark` is not needed any more: others may get the same room.
    pub(super) fn forget_since(&mut self, mark: usize) {
        self.temporary = mark;
    }

    pub(super) fn workspace_len(&self) -> usize {
        self.longest.next_multiple_of(LANES_MAX)
    }

    pub(super) fn f32s(&mut self, values: &[f32]) -> Result<Span, NetworkError> {
        let span = append(&mut self.f32s, values)?;
        // The next ones start where a vector may.
        self.f32s.resize(padded(self.f32s.len()), 0.0);
        Ok(span)
    }

    /// Appends `values` and zeros up to whole vectors.
    pub(super) fn padded_f32s(&mut self, values: &[f32]) -> Result<Span, NetworkError> {
        let mut padded_values = values.to_vec();
        padded_values.resize(padded(values.len()), 0.0);
        self.f32s(&padded_values)
    }

    pub(super) fn u16s(&mut self, values: &[u16]) -> Result<Span, NetworkError> {
        append(&mut self.u16s, values)
    }

    pub(super) fn i8s(&mut self, values: &[i8]) -> Result<Span, NetworkError> {
        append(&mut self.i8s, values)
    }

    pub(super) fn synapses(&mut self, values: &[[f32; 4]]) -> Result<Span, NetworkError> {
        append(&mut self.synapses, values)
    }
}

fn append<T: Copy>(array: &mut Vec<T>, values: &[T]) -> Result<Span, NetworkError> {
    let at = array.len();
    check_values(at.saturating_add(values.len()))?;
    array.extend_from_slice(values);
    Ok(Span { at: at as u32, len: values.len() as u32 })
}

/// Refuses more values than an array may have; for those who fill a buffer before they append it.
pub(super) fn check_values(count: usize) -> Result<(), NetworkError> {
    check_count("number of packed weights", count, 0, ARRAY_MAX)
}
