//! The draws of `numpy`'s `default_rng`: PCG64 through a seed sequence, Lemire's bounded numbers.

use alloc::vec;
use alloc::vec::Vec;

const POOL: usize = 4;
const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

/// PCG XSL-RR 128/64 (O'Neill 2014) whose 64-bit outputs are used in halves, low half first.
pub(crate) struct Generator {
    state: u128,
    increment: u128,
    upper_half: Option<u32>,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let words = SeedSequence::new(seed).words();
        // Four 64-bit numbers, low word first; then two 128-bit numbers, high half first.
        let long = |i: usize| u128::from(words[2 * i]) | (u128::from(words[2 * i + 1]) << 32);
        let state = (long(0) << 64) | long(1);
        let stream = (long(2) << 64) | long(3);
        let mut generator = Self { state: 0, increment: (stream << 1) | 1, upper_half: None };
        generator.advance();
        generator.state = generator.state.wrapping_add(state);
        generator.advance();
        generator
    }

    const fn advance(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    const fn next_u64(&mut self) -> u64 {
        self.advance();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    fn next_u32(&mut self) -> u32 {
        self.upper_half.take().unwrap_or_else(|| {
            let both = self.next_u64();
            self.upper_half = Some((both >> 32) as u32);
            both as u32
        })
    }

    /// A number from [low, high), of 53 random bits.
    pub(crate) const fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// A number in `0..count`; `count` is 1 to 2^32 - 1. One choice needs no draw.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = count as u32;
        if count == 1 {
            return 0;
        }
        // Lemire 2019, algorithm 5: the remainder is taken only if a value may be rejected.
        let mut product = u64::from(self.next_u32()) * u64::from(count);
        if (product as u32) < count {
            let threshold = count.wrapping_neg() % count;
            while (product as u32) < threshold {
                product = u64::from(self.next_u32()) * u64::from(count);
            }
        }
        (product >> 32) as usize
    }

    /// `wanted` different numbers in `0..count` in random order.
    pub(super) fn distinct(&mut self, count: usize, wanted: usize) -> Vec<usize> {
        if count > 10_000 && wanted > count / 50 {
            // Many of many: the tail of a list that is shuffled that far.
            let mut all: Vec<usize> = (0..count).collect();
            self.shuffle_down_to((count - wanted).max(1), &mut all);
            return all.split_off(count - wanted);
        }
        // Floyd's algorithm (Bentley and Floyd 1987).
        let mut is_taken = vec![false; count];
        let mut drawn = Vec::with_capacity(wanted);
        for last in count - wanted..count {
            let candidate = self.below(last + 1);
            let value = if is_taken[candidate] { last } else { candidate };
            is_taken[value] = true;
            drawn.push(value);
        }
        self.shuffle_down_to(1, &mut drawn);
        drawn
    }

    /// Fisher-Yates from the top, but only the places from `first` on.
    fn shuffle_down_to(&mut self, first: usize, values: &mut [usize]) {
        for last in (first..values.len()).rev() {
            let other = self.below(last + 1);
            values.swap(last, other);
        }
    }

    /// -1, or twice as often +1.
    pub(super) fn mostly_positive_sign(&mut self) -> i8 {
        [-1, 1, 1][self.below(3)]
    }
}

/// Spreads a seed over a pool of words (O'Neill's `seed_seq_fe`, as `numpy` has it).
struct SeedSequence {
    pool: [u32; POOL],
}

impl SeedSequence {
    fn new(seed: u64) -> Self {
        let entropy = [seed as u32, (seed >> 32) as u32, 0, 0];
        let mut hash = Hash { constant: 0x43b0_d7e5, multiplier: 0x931e_8875 };
        let mut pool = entropy.map(|word| hash.apply(word));
        for source in 0..POOL {
            for target in 0..POOL {
                if source != target {
                    let mixed_in = hash.apply(pool[source]);
                    pool[target] = mix(pool[target], mixed_in);
                }
            }
        }
        Self { pool }
    }

    fn words(&self) -> [u32; 8] {
        let mut hash = Hash { constant: 0x8b51_f9dd, multiplier: 0x58f3_8ded };
        core::array::from_fn(|i| hash.apply(self.pool[i % POOL]))
    }
}

/// A multiplicative hash whose constant moves on with every word.
struct Hash {
    constant: u32,
    multiplier: u32,
}

impl Hash {
    const fn apply(&mut self, word: u32) -> u32 {
        let word = word ^ self.constant;
        self.constant = self.constant.wrapping_mul(self.multiplier);
        let word = word.wrapping_mul(self.constant);
        word ^ (word >> 16)
    }
}

const fn mix(x: u32, y: u32) -> u32 {
    let mixed = 0xca01_f9dd_u32.wrapping_mul(x).wrapping_sub(0x4973_f715_u32.wrapping_mul(y));
    mixed ^ (mixed >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_numpy() {
        for (seed, expected) in [
            (0, [0xa30f_ebcf_d9c2_825f, 0x4510_bdf8_82d9_d721, 0x0a7d_3da9_4ecd_e8b8]),
            (1111, [0xdbfd_fdd6_d6fa_b48b, 0xa822_a50e_fe88_8cab, 0x7b56_41e2_7861_ebb6]),
            ((1 << 40) + 5, [0x0136_9aef_039f_edeb, 0x5f61_b404_7331_4316, 0x9654_aaee_ea6e_be77]),
        ] {
            let mut rng = Generator::new(seed);
            assert_eq!([(); 3].map(|()| rng.next_u64()), expected);
        }
    }

    #[test]
    fn uniform_numbers_are_those_of_numpy() {
        let mut rng = Generator::new(7);
        let expected = [0.250_190_933_209_333_94, 0.794_427_601_939_151, 0.551_371_380_490_387];
        assert_eq!([(); 3].map(|()| rng.uniform(-1.0, 1.0)), expected);
    }

    #[test]
    fn choices_are_those_of_numpy() {
        let mut rng = Generator::new(1111);
        let signs: Vec<i8> = (0..16).map(|_| rng.mostly_positive_sign()).collect();
        assert_eq!(signs, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1]);
        assert_eq!(rng.distinct(25, 10), [9, 13, 15, 16, 10, 8, 2, 14, 6, 4]);
        // Many of many are drawn in another way.
        let many = rng.distinct(20_000, 401);
        assert_eq!(many.len(), 401);
        assert_eq!(many[..8], [16772, 14154, 6586, 8167, 879, 1497, 2887, 1387]);
        assert_eq!(rng.below(5), 1);
    }
}
