//! A fingerprint of a run: equal bits give equal hashes on every machine.

use bevy_ecs::resource::Resource;

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a 64 over everything written to it since the start, little-endian.
///
/// The order of writes matters: write robots in the order of their ids.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateHash(u64);

impl StateHash {
    /// Adds one byte.
    const fn write_u8(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(PRIME);
    }

    /// Adds four bytes.
    pub fn write_u32(&mut self, value: u32) {
        value.to_le_bytes().into_iter().for_each(|byte| self.write_u8(byte));
    }

    /// Adds eight bytes.
    pub fn write_u64(&mut self, value: u64) {
        value.to_le_bytes().into_iter().for_each(|byte| self.write_u8(byte));
    }

    /// Adds the bits of a number; every NaN counts as the same one.
    pub fn write_f32(&mut self, value: f32) {
        // Which NaN an operation yields differs between processors; nothing else does.
        self.write_u32(if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() });
    }

    /// Adds the bits of each number in order.
    pub fn write_f32s(&mut self, values: &[f32]) {
        values.iter().for_each(|&value| self.write_f32(value));
    }

    /// The hash so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for StateHash {
    fn default() -> Self {
        Self(OFFSET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fnv_1a() {
        let mut hash = StateHash::default();
        assert_eq!(hash.value(), OFFSET);
        // The published value for the text "foobar".
        hash.write_u32(u32::from_le_bytes(*b"foob"));
        hash.write_u8(b'a');
        hash.write_u8(b'r');
        assert_eq!(hash.value(), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn nans_are_one_and_zeros_are_two() {
        let of = |value| {
            let mut hash = StateHash::default();
            hash.write_f32(value);
            hash.value()
        };
        assert_eq!(of(f32::NAN), of(f32::from_bits(0xffc1_2345)));
        assert_ne!(of(0.0), of(-0.0));
    }
}
