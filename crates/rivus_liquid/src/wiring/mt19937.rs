//! The draws of `numpy`'s `RandomState`: MT19937 with rejection under a mask.

use alloc::boxed::Box;
use alloc::vec::Vec;

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// The generator of Matsumoto and Nishimura (1998), seeded with one word.
pub(super) struct RandomState {
    words: Box<[u32; WORDS]>,
    next: usize,
}

impl RandomState {
    pub(super) fn new(seed: u32) -> Self {
        let mut words = Box::new([seed; WORDS]);
        // Knuth's initialisation, as in the authors' `init_genrand` of 2002.
        for i in 1..WORDS {
            let before = words[i - 1];
            words[i] = (before ^ (before >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { words, next: WORDS }
    }

    fn next_u32(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn twist(&mut self) {
        for i in 0..WORDS {
            let joined =
                (self.words[i] & 0x8000_0000) | (self.words[(i + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[i] = self.words[(i + SHIFT) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// A number in `0..count`; `count` is 1 to 2^32. One choice needs no draw.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let largest = (count - 1) as u32;
        if largest == 0 {
            return 0;
        }
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let value = self.next_u32() & mask;
            if value <= largest {
                return value as usize;
            }
        }
    }

    /// The numbers `0..count` in random order: Fisher-Yates from the top.
    pub(super) fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            let other = self.below(last + 1);
            order.swap(last, other);
        }
        order
    }

    /// `wanted` different numbers in `0..count`; all of them are shuffled, however few are wanted.
    pub(super) fn distinct(&mut self, count: usize, wanted: usize) -> Vec<usize> {
        let mut order = self.permutation(count);
        order.truncate(wanted);
        order
    }

    /// -1 or +1.
    pub(super) fn sign(&mut self) -> i8 {
        [-1, 1][self.below(2)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_numpy() {
        // RandomState(22222): the first words and, after one more twist, word 1004.
        let mut rng = RandomState::new(22222);
        let words: Vec<u32> = (0..4).map(|_| rng.next_u32()).collect();
        assert_eq!(words, [294_195_201, 1_847_582_594, 1_342_442_730, 288_109_640]);
        (0..1000).for_each(|_| {
            rng.next_u32();
        });
        assert_eq!(rng.next_u32(), 328_780_293);
    }

    #[test]
    fn choices_are_those_of_numpy() {
        let mut rng = RandomState::new(22222);
        let drawn: Vec<usize> = (0..12).map(|_| rng.below(7)).collect();
        assert_eq!(drawn, [1, 2, 2, 0, 2, 0, 4, 1, 1, 3, 4, 5]);
        assert_eq!(rng.permutation(9), [7, 3, 5, 8, 1, 6, 2, 4, 0]);
    }

    #[test]
    fn one_choice_draws_nothing() {
        let mut rng = RandomState::new(1);
        rng.below(1);
        rng.permutation(1);
        assert_eq!(rng.next_u32(), RandomState::new(1).next_u32());
    }
}
