//! Values in memory that starts where a line of the cache does.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

/// Bytes of a line of the cache, and of the longest vector.
const LINE: usize = 64;

/// Values, the first of which starts a line of the cache: no vector lies across two lines then,
/// which takes twice the time.
#[derive(Debug)]
pub(crate) struct Aligned {
    /// The values from `start` to `end`, and a gap before them.
    buffer: Vec<f32>,
    start: usize,
    end: usize,
}

impl Aligned {
    pub(crate) fn zeros(len: usize) -> Self {
        let buffer = vec![0.0_f32; len + LINE / size_of::<f32>()];
        // A vector does not move its values until it grows, and this one does not.
        let start = buffer.as_ptr().align_offset(LINE).min(LINE / size_of::<f32>());
        Self { buffer, start, end: start + len }
    }
}

impl From<&[f32]> for Aligned {
    fn from(values: &[f32]) -> Self {
        let mut aligned = Self::zeros(values.len());
        aligned.copy_from_slice(values);
        aligned
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl PartialEq for Aligned {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.buffer[self.start..self.end]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.buffer[self.start..self.end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_aligned_too() {
        for len in [0, 1, 16, 33] {
            let values: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let aligned = Aligned::from(&values[..]);
            let copy = aligned.clone();
            assert_eq!(*copy, values[..]);
            assert!([&aligned, &copy].iter().all(|of| of.as_ptr().addr() % LINE == 0));
        }
    }
}
