//! Networks whose answers are known.

use rivus_liquid::{
    Elapsed, InputChannel, Layer, LtcParams, Mapping, Network, OutputChannel, Policy, PolicyInfo,
    Provenance, RateRange, Squash, Synapse,
};

/// An LTC of four neurons that creep towards 0.2, trained for 50 to 500 Hz.
///
/// It sees the height error and answers each rotor with `scale * neuron + offset`.
pub(crate) fn network(scale: f32, offset: f32) -> Policy {
    let rotors = [0, 1, 2, 3].map(|rotor| format!("rotor_speed.{rotor}"));
    named("position_error_m.z", &rotors, (scale, offset))
}

/// The same with other channels.
pub(crate) fn named(input: &str, outputs: &[String], (scale, offset): (f32, f32)) -> Policy {
    let units = outputs.len();
    let layer = Layer::ltc(&LtcParams {
        inputs: 1,
        units,
        motors: units,
        sensory: vec![Synapse { pre: 0, post: 0, sigma: 4.0, mu: 0.0, w: 0.1, erev: 1.0 }],
        synapses: vec![],
        gleak: vec![0.5; units],
        vleak: vec![0.2; units],
        cm: vec![0.5; units],
        input_mapping: Mapping::None,
        output_mapping: Mapping::None,
        unfolds: 6,
        epsilon: 1e-8,
    });
    let info = PolicyInfo {
        inputs: vec![InputChannel {
            name: input.to_owned(),
            scale: 1.0,
            offset: 0.0,
            squash: Squash::Tanh,
        }],
        outputs: outputs
            .iter()
            .map(|name| OutputChannel { name: name.clone(), scale, offset })
            .collect(),
        rate: RateRange { min_hz: 50.0, max_hz: 500.0 },
        elapsed: Elapsed::Seconds,
        provenance: Provenance {
            task: "test".to_owned(),
            seed: 0,
            version: "0".to_owned(),
            command: None,
        },
        wirings: vec![None],
    };
    Policy::new(Network::new(vec![layer.unwrap()]).unwrap(), info).unwrap()
}

/// Answers with the hover speed, whatever it sees.
pub(crate) fn hovering() -> Policy {
    network(0.0, 1.0)
}

/// Answers with numbers that overflow.
pub(crate) fn overflowing() -> Policy {
    network(f32::MAX, f32::MAX)
}
