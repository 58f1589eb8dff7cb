//! Promise: a network gives the same bits on every backend, alone and in a batch, whatever comes
//! in; and the same as when these numbers were written down.
//!
//! The numbers change only if the arithmetic, the way weights are folded, or a shipped policy does:
//! then every recorded flight changes too. `cargo run -p rivus_liquid --example bits` prints them
//! for processors that cannot run tests.

#![expect(clippy::print_stdout, reason = "the backends that were not run are listed")]

mod bits;

use rivus_liquid::{Backend, Kernels};

/// Of the first robot, over 500 steps.
const GOLDEN: [(&str, u64); 13] = [
    ("ltc_19", 0x83da_d0df_7217_83ed),
    ("ltc_32_int8", 0x90bb_2b9a_cb8d_e060),
    ("ltc_32", 0xfac5_9092_4bfc_11a9),
    ("cfc_32_int8", 0xb7bf_77d7_fe18_b49f),
    ("cfc_32", 0xefe8_4b88_9e06_eb79),
    ("cfc_64_int8", 0x17f3_a0a2_ba4f_24f9),
    ("cfc_64", 0xeed8_cb04_35c2_588d),
    ("cfc_no_gate_memory", 0x0f30_2d6d_998d_eab7),
    ("cfc_pure", 0x5735_2e1b_a5b5_e862),
    ("stack", 0x8b2e_2e4e_17d6_3af7),
    ("drone_hover_ltc", 0x211c_6dc1_0e11_371b),
    ("drone_hover_cfc", 0xea1b_d67c_6596_eb2d),
    ("ltc_full_128", 0x9f7d_b237_62b6_f269),
];

/// Every backend this processor can run; the others are named.
fn available() -> Vec<Kernels> {
    let each = Backend::ALL.into_iter().filter_map(|backend| {
        let kernels = Kernels::new(backend);
        if kernels.is_none() {
            println!("not run: {} is not available here", backend.name());
        }
        kernels
    });
    each.collect()
}

#[test]
fn bits_are_those_that_were_written_down() {
    let cases = bits::cases().unwrap();
    for kernels in available() {
        let found: Vec<(&str, u64)> =
            cases.iter().map(|case| (case.name, case.single(kernels, 0, bits::STEPS))).collect();
        let name = kernels.backend().name();
        let lines: String =
            found.iter().map(|(name, hash)| format!("(\"{name}\", {hash:#018x}),\n")).collect();
        assert!(found == GOLDEN, "the bits of {name} are\n{lines}");
    }
}

#[test]
fn a_robot_in_a_batch_has_the_bits_it_has_alone() {
    for case in bits::cases().unwrap() {
        for robots in bits::BATCHES {
            let single = |robot| case.single(Kernels::detect(), robot, case.batch_steps);
            let alone: Vec<u64> = (0..robots).map(single).collect();
            for kernels in available() {
                let name = kernels.backend().name();
                assert_eq!(case.batch(kernels, robots), alone, "{} on {name}", case.name);
            }
        }
    }
}
