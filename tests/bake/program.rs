//! What networks and their baked copies both run: `mod` of the test, and a file of the crate that
//! the test compiles.

/// FNV-1a 64 of the bits of state and output after every one of 300 steps.
pub(crate) fn hash(
    lengths: [usize; 3],
    mut step: impl FnMut(&[f32], f32, &mut [f32], &mut [f32]),
) -> u64 {
    let [mut input, mut state, mut output] = lengths.map(|len| vec![0.0_f32; len]);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut random = 1_u32;
    for _ in 0..300 {
        let mut next = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as f32 / 8_388_608.0 - 1.0
        };
        input.iter_mut().for_each(|x| *x = 2.0 * next());
        step(&input, 1.5 + next(), &mut state, &mut output);
        for byte in state.iter().chain(&output).flat_map(|x| x.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
