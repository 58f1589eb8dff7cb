//! Initial parameters, drawn from a seed in the ranges in which Python's `ncps` draws them.
//!
//! The ranges are Python's, the numbers are not: torch has a generator of its own. A seed gives the
//! same parameters on every machine.
//!
//! # Examples
//! ```
//! use rivus_liquid::wiring::WiringSpec;
//! use rivus_liquid::{Layer, Network, init};
//!
//! let spec = WiringSpec::AutoNcp { units: 32, output_size: 4, sparsity_level: 0.5, seed: 22222 };
//! let (params, _wiring) = init::ltc(&spec, 29, 1)?;
//! let network = Network::new(vec![Layer::ltc(&params)?])?;
//! assert_eq!((network.inputs(), network.outputs()), (29, 4));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use alloc::vec;
use alloc::vec::Vec;

use rivus_kernels::Activation;

use crate::wiring::pcg64::Generator;
use crate::wiring::{SignedSynapse, Wiring, WiringError, WiringSpec};
use crate::{
    Backbone, CfcHead, CfcMode, CfcParams, GatedHead, LayerWiring, Linear, LtcParams, Mapping,
    MaskedCfcLayer, PureHead, Synapse, WiredCfcParams,
};

/// The size of a `CfC` cell without wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CfcShape<'a> {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of neurons; all are outputs.
    pub units: usize,
    /// Width of each backbone layer (Python: one of 128); empty for no backbone.
    pub backbone: &'a [usize],
    /// Which closed form.
    pub mode: CfcMode,
}

/// An LTC cell over the synapses of a wiring.
///
/// Conductances, leaks and capacitances are the effective ones: those of Python's `LTCCell` with
/// explicit constraints. Reversal potentials are the polarities, both mappings change nothing.
///
/// # Errors
/// If the wiring cannot be built.
pub fn ltc(
    spec: &WiringSpec,
    inputs: usize,
    seed: u64,
) -> Result<(LtcParams, LayerWiring), WiringError> {
    let wiring = spec.build(inputs)?;
    let mut random = Generator::new(seed);
    let Wiring { units, outputs: motors, .. } = wiring;
    let mut draw = |low, high| (0..units).map(|_| random.uniform(low, high)).collect();
    let (gleak, vleak, cm) = (draw(0.001, 1.0), draw(-0.2, 0.2), draw(0.4, 0.6));
    let mut synapses =
        |list: &[SignedSynapse]| list.iter().map(|s| synapse(*s, &mut random)).collect();
    let unchanged = |width| Mapping::Affine { scale: vec![1.0; width], offset: vec![0.0; width] };
    let params = LtcParams {
        inputs,
        units,
        motors,
        sensory: synapses(&wiring.sensory),
        synapses: synapses(&wiring.synapses),
        gleak,
        vleak,
        cm,
        input_mapping: unchanged(inputs),
        output_mapping: unchanged(motors),
        unfolds: 6,
        epsilon: 1e-8,
    };
    Ok((params, LayerWiring { spec: Some(spec.clone()), layers: wiring.layers }))
}

/// A `CfC` cell with one masked layer per layer of a wiring.
///
/// # Errors
/// If the wiring cannot be built.
pub fn wired_cfc(
    spec: &WiringSpec,
    inputs: usize,
    mode: CfcMode,
    seed: u64,
) -> Result<(WiredCfcParams, LayerWiring), WiringError> {
    let wiring = spec.build(inputs)?;
    let mut random = Generator::new(seed);
    let sources: Vec<usize> = (0..inputs).collect();
    let mut layers = Vec::with_capacity(wiring.layers.len());
    for (i, neurons) in wiring.layers.iter().enumerate() {
        // A layer reads the one before it; synapses that skip one do not exist in a wired cell.
        let (sources, synapses) = match i.checked_sub(1) {
            None => (&sources, &wiring.sensory),
            Some(before) => (&wiring.layers[before], &wiring.synapses),
        };
        let mask = mask(sources, neurons, synapses);
        let head = head(mode, sources.len() + neurons.len(), neurons.len(), &mut random);
        layers.push(MaskedCfcLayer { mask, head });
    }
    let params = WiredCfcParams { inputs, layers };
    Ok((params, LayerWiring { spec: Some(spec.clone()), layers: wiring.layers }))
}

/// A `CfC` cell without wiring; its backbone's activation is Python's `lecun_tanh`.
#[must_use]
pub fn cfc(shape: &CfcShape<'_>, seed: u64) -> CfcParams {
    let CfcShape { inputs, units, backbone, mode } = *shape;
    let mut random = Generator::new(seed);
    let mut features = inputs + units;
    let mut layers = Vec::with_capacity(backbone.len());
    for &width in backbone {
        layers.push(linear(features, width, &mut random));
        features = width;
    }
    let activation = Activation::LecunTanh;
    let backbone = (!layers.is_empty()).then_some(Backbone { activation, layers });
    CfcParams { inputs, units, backbone, head: head(mode, features, units, &mut random) }
}

fn synapse(
    SignedSynapse { pre, post, polarity }: SignedSynapse,
    random: &mut Generator,
) -> Synapse {
    Synapse {
        pre,
        post,
        sigma: random.uniform(3.0, 8.0),
        mu: random.uniform(0.3, 0.8),
        w: random.uniform(0.001, 1.0),
        erev: polarity.into(),
    }
}

/// `[neurons][sources + neurons]`: the synapses, and every neuron to every one of its layer.
fn mask(sources: &[usize], neurons: &[usize], synapses: &[SignedSynapse]) -> Vec<bool> {
    let connected = |pre: usize, post: usize| {
        synapses.binary_search_by_key(&(post, pre), |synapse| (synapse.post, synapse.pre)).is_ok()
    };
    let row = |&post: &usize| {
        let from_sources = sources.iter().map(move |&pre| connected(pre, post));
        from_sources.chain(neurons.iter().map(|_| true))
    };
    neurons.iter().flat_map(row).collect()
}

fn head(mode: CfcMode, features: usize, units: usize, random: &mut Generator) -> CfcHead {
    let mut map = || linear(features, units, random);
    let mut gated = || GatedHead { ff1: map(), ff2: map(), time_a: map(), time_b: map() };
    match mode {
        CfcMode::Default => CfcHead::Default(gated()),
        CfcMode::NoGate => CfcHead::NoGate(gated()),
        CfcMode::Pure => {
            let (w_tau, amplitude) = (vec![0.0; units], vec![1.0; units]);
            CfcHead::Pure(PureHead { ff1: map(), w_tau, amplitude })
        }
    }
}

/// Weights as Xavier draws them (Glorot 2010, eq. 16), biases as torch's `Linear`.
fn linear(inputs: usize, outputs: usize, random: &mut Generator) -> Linear {
    // Widths are far below 2^53.
    let limit = libm::sqrt(6.0 / (inputs + outputs) as f64);
    let bias_limit = 1.0 / libm::sqrt(inputs as f64);
    let mut draw =
        |count, limit: f64| (0..count).map(|_| random.uniform(-limit, limit) as f32).collect();
    let (weight, bias) = (draw(inputs * outputs, limit), draw(outputs, bias_limit));
    Linear { inputs, outputs, weight, bias }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Layer, Network};

    const SPEC: WiringSpec =
        WiringSpec::AutoNcp { units: 19, output_size: 4, sparsity_level: 0.5, seed: 22222 };

    #[test]
    fn a_seed_decides() {
        assert_eq!(ltc(&SPEC, 12, 5), ltc(&SPEC, 12, 5));
        assert_ne!(ltc(&SPEC, 12, 5), ltc(&SPEC, 12, 6));
        let wired = |seed| wired_cfc(&SPEC, 12, CfcMode::Default, seed);
        assert_eq!(wired(5), wired(5));
        assert_ne!(wired(5), wired(6));
    }

    #[test]
    fn parameters_are_in_the_ranges_of_python() {
        let (params, wiring) = ltc(&SPEC, 12, 1).unwrap();
        assert_eq!((params.sensory.len(), params.synapses.len()), (53, 44));
        assert_eq!(wiring.spec, Some(SPEC));
        let within = |low: f64, high: f64, values: &[f64]| {
            let (min, max) = values.iter().fold((high, low), |(min, max), &value| {
                assert!((low..high).contains(&value), "{value} is not in {low}..{high}");
                (value.min(min), value.max(max))
            });
            assert!(max - min > 0.5 * (high - low), "{min}..{max} is a corner of {low}..{high}");
        };
        within(0.001, 1.0, &params.gleak);
        within(-0.2, 0.2, &params.vleak);
        within(0.4, 0.6, &params.cm);
        for list in [&params.sensory, &params.synapses] {
            let each = |value: fn(&Synapse) -> f64| list.iter().map(value).collect::<Vec<_>>();
            within(3.0, 8.0, &each(|synapse| synapse.sigma));
            within(0.3, 0.8, &each(|synapse| synapse.mu));
            within(0.001, 1.0, &each(|synapse| synapse.w));
            assert!(list.iter().all(|synapse| synapse.erev.abs() == 1.0));
        }
    }

    #[test]
    fn masks_are_the_synapses_and_the_own_layer() {
        let (params, _) = wired_cfc(&SPEC, 12, CfcMode::NoGate, 1).unwrap();
        let wiring = SPEC.build(12).unwrap();
        let widths = [12, 9, 6];
        for (i, (layer, neurons)) in params.layers.iter().zip(&wiring.layers).enumerate() {
            let kept = layer.mask.iter().filter(|&&exists| exists).count();
            let between = |synapse: &&SignedSynapse| {
                let from = i == 0 || wiring.layers[i - 1].contains(&synapse.pre);
                from && neurons.contains(&synapse.post)
            };
            let synapses = if i == 0 { &wiring.sensory } else { &wiring.synapses };
            let crossing = synapses.iter().filter(between).count();
            assert_eq!(layer.mask.len(), neurons.len() * (widths[i] + neurons.len()));
            assert_eq!(kept, crossing + neurons.len() * neurons.len());
        }
    }

    #[test]
    fn every_cell_makes_a_network() {
        for mode in [CfcMode::Default, CfcMode::NoGate, CfcMode::Pure] {
            let (params, _) = wired_cfc(&SPEC, 12, mode, 1).unwrap();
            let wired = Network::new(vec![Layer::wired_cfc(&params).unwrap()]).unwrap();
            assert_eq!((wired.inputs(), wired.outputs()), (12, 4));
            let shape = CfcShape { inputs: 3, units: 8, backbone: &[16, 10], mode };
            let plain = Network::new(vec![Layer::cfc(&cfc(&shape, 1)).unwrap()]).unwrap();
            assert_eq!((plain.inputs(), plain.outputs()), (3, 8));
        }
        let spec = WiringSpec::FullyConnected {
            units: 7,
            output_dim: Some(2),
            erev_init_seed: 1111,
            self_connections: true,
        };
        let (params, _) = ltc(&spec, 3, 1).unwrap();
        assert_eq!(Layer::ltc(&params).unwrap().outputs(), 2);
    }

    #[test]
    fn weights_fill_the_range_of_xavier() {
        let map = linear(20, 40, &mut Generator::new(1));
        let largest = |values: &[f32]| values.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
        let (limit, bias_limit) = (0.316_227_8, 0.223_606_8);
        let (weight, bias) = (largest(&map.weight), largest(&map.bias));
        assert!(0.95 * limit < weight && weight <= limit, "{weight}");
        assert!(0.8 * bias_limit < bias && bias <= bias_limit, "{bias}");
    }
}
