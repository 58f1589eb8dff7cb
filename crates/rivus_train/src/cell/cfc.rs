//! The wired `CfC` cell: one gated, masked layer each of inter, command and motor neurons.

use core::ops::Range;

use rivus_kernels::{Elementary, Kernels, vectorized};
use rivus_liquid::wiring::Wiring;
use rivus_liquid::{
    CfcHead, GatedHead, Layer, Linear, MaskedCfcLayer, NetworkError, WiredCfcParams,
};
use rivus_vehicle::NoiseStream;

use super::{Cell, Step, StepBack};
use crate::lanes::{Lanes, ZERO, add, add_product, add_scaled, zip};

/// First scale of the motor neurons' weights: the start is close to hover.
const MOTOR_SCALE: f32 = 0.3;

/// One layer of neurons, which reads the layer before it and itself.
#[derive(Clone, Debug)]
struct Neurons {
    units: usize,
    /// Width of `[layer before, own state]`.
    features: usize,
    /// Which features the state maps of each neuron read.
    columns: Vec<Vec<usize>>,
    /// First weight of each neuron within `ff1` or `ff2`.
    starts: Vec<usize>,
    /// Weights of the two state maps, those of a neuron together.
    ff: [Range<usize>; 2],
    /// Weights of the time gate's rate and offset, `[units][features]`.
    time: [Range<usize>; 2],
    /// Biases of the four maps.
    bias: [Range<usize>; 4],
}

/// A wired `CfC` cell (default mode). Effective parameters are the raw ones.
#[derive(Clone, Debug)]
pub(crate) struct Cfc {
    inputs: usize,
    layers: Vec<Neurons>,
    parameters: usize,
    kernels: Kernels,
}

/// The rows that a layer leaves for its backward pass.
struct Trace<'a> {
    features: &'a [Lanes],
    short: &'a [Lanes],
    long: &'a [Lanes],
    gate: &'a [Lanes],
}

impl Neurons {
    /// Layer `index` of the wiring, with parameters from `*end` on.
    fn new(wiring: &Wiring, index: usize, end: &mut usize) -> Self {
        let own = &wiring.layers[index];
        let before = index.checked_sub(1).map(|before| &wiring.layers[before]);
        let inputs = before.map_or(wiring.inputs, Vec::len);
        let connected = |column: usize, post: usize| match before {
            None => wiring.sensory.iter().any(|s| (s.pre, s.post) == (column, post)),
            Some(ids) => wiring.synapses.iter().any(|s| (s.pre, s.post) == (ids[column], post)),
        };
        let units = own.len();
        let features = inputs + units;
        let columns: Vec<Vec<usize>> = own
            .iter()
            .map(|&post| (0..features).filter(|&c| c >= inputs || connected(c, post)).collect())
            .collect();
        let mut count = 0;
        let starts = columns
            .iter()
            .map(|columns| {
                count += columns.len();
                count - columns.len()
            })
            .collect();
        let mut take = |len: usize| {
            *end += len;
            *end - len..*end
        };
        Self {
            units,
            features,
            columns,
            starts,
            ff: [take(count), take(count)],
            time: [take(units * features), take(units * features)],
            bias: [take(units), take(units), take(units), take(units)],
        }
    }

    fn trace_len(&self) -> usize {
        self.features + 3 * self.units
    }

    fn split<'a>(&self, trace: &'a [Lanes]) -> Trace<'a> {
        let (features, rest) = trace.split_at(self.features);
        let (short, rest) = rest.split_at(self.units);
        let (long, gate) = rest.split_at(self.units);
        Trace { features, short, long, gate }
    }

    #[inline(always)]
    fn forward(&self, p: &[f32], kernels: Kernels, elapsed: &Lanes, trace: &mut [Lanes]) {
        let (features, heads) = trace.split_at_mut(self.features);
        let (states, gates) = heads.split_at_mut(2 * self.units);
        let (short, long) = states.split_at_mut(self.units);
        for j in 0..self.units {
            let mut sums = self.bias.clone().map(|bias| [p[bias.start + j]; _]);
            let ff = self.starts[j];
            for (n, &column) in self.columns[j].iter().enumerate() {
                let z = &features[column];
                add_scaled(&mut sums[0], p[self.ff[0].start + ff + n], z);
                add_scaled(&mut sums[1], p[self.ff[1].start + ff + n], z);
            }
            let time = j * self.features;
            for (column, z) in features.iter().enumerate() {
                add_scaled(&mut sums[2], p[self.time[0].start + time + column], z);
                add_scaled(&mut sums[3], p[self.time[1].start + time + column], z);
            }
            let [near, far, mut rate, offset] = sums;
            rate = zip(&rate, elapsed, |rate, elapsed| rate * elapsed);
            add(&mut rate, &offset);
            (short[j], long[j], gates[j]) = (near, far, rate);
        }
        kernels.elementary(Elementary::Tanh, states.as_flattened_mut());
        kernels.elementary(Elementary::Sigmoid, gates.as_flattened_mut());
    }

    /// `new` holds the derivatives by the layer's new state; `features` receives those by what it
    /// reads.
    #[inline(always)]
    fn backward(
        &self,
        p: &[f32],
        elapsed: &Lanes,
        trace: &[Lanes],
        new: &[Lanes],
        features: &mut [Lanes],
        grads: &mut [Lanes],
    ) {
        let Trace { features: values, short, long, gate } = self.split(trace);
        features.fill(ZERO);
        for j in 0..self.units {
            let (g, gate) = (&new[j], &gate[j]);
            let slope = |value: f32| 1.0 - value * value;
            let near = zip(g, gate, |g, gate| g * (1.0 - gate));
            let near = zip(&near, &short[j], |g, short| g * slope(short));
            let far = zip(g, gate, |g, gate| g * gate);
            let far = zip(&far, &long[j], |g, long| g * slope(long));
            let span = zip(&long[j], &short[j], |long, short| long - short);
            let offset = zip(g, &span, |g, span| g * span);
            let offset = zip(&offset, gate, |g, gate| g * gate * (1.0 - gate));
            let rate = zip(&offset, elapsed, |offset, elapsed| offset * elapsed);
            for (bias, g) in self.bias.iter().zip([&near, &far, &rate, &offset]) {
                add(&mut grads[bias.start + j], g);
            }
            for (n, &column) in self.columns[j].iter().enumerate() {
                for (map, g) in self.ff.iter().zip([&near, &far]) {
                    let weight = map.start + self.starts[j] + n;
                    add_product(&mut grads[weight], g, &values[column]);
                    add_scaled(&mut features[column], p[weight], g);
                }
            }
            for column in 0..self.features {
                for (map, g) in self.time.iter().zip([&rate, &offset]) {
                    let weight = map.start + j * self.features + column;
                    add_product(&mut grads[weight], g, &values[column]);
                    add_scaled(&mut features[column], p[weight], g);
                }
            }
        }
    }

    /// Glorot-uniform weights and uniform biases, as torch draws them, times `scale`.
    fn initial(&self, random: &mut NoiseStream, scale: f32, p: &mut [f32]) {
        let limit = (6.0 / (self.features + self.units) as f32).sqrt();
        let bias_limit = 1.0 / (self.features as f32).sqrt();
        for range in self.ff.iter().chain(&self.time) {
            p[range.clone()].fill_with(|| scale * limit * (2.0 * random.uniform() - 1.0));
        }
        for range in &self.bias {
            p[range.clone()].fill_with(|| scale * bias_limit * (2.0 * random.uniform() - 1.0));
        }
    }

    fn masked(&self, p: &[f32]) -> MaskedCfcLayer {
        let linear = |weight: Vec<f32>, bias: &Range<usize>| Linear {
            inputs: self.features,
            outputs: self.units,
            weight,
            bias: p[bias.clone()].to_vec(),
        };
        let mut mask = vec![false; self.units * self.features];
        let [mut ff1, mut ff2] = [(); 2].map(|()| vec![0.0; mask.len()]);
        for (j, columns) in self.columns.iter().enumerate() {
            for (n, &column) in columns.iter().enumerate() {
                let at = j * self.features + column;
                mask[at] = true;
                ff1[at] = p[self.ff[0].start + self.starts[j] + n];
                ff2[at] = p[self.ff[1].start + self.starts[j] + n];
            }
        }
        let [time_a, time_b] = self.time.clone().map(|time| p[time].to_vec());
        MaskedCfcLayer {
            mask,
            head: CfcHead::Default(GatedHead {
                ff1: linear(ff1, &self.bias[0]),
                ff2: linear(ff2, &self.bias[1]),
                time_a: linear(time_a, &self.bias[2]),
                time_b: linear(time_b, &self.bias[3]),
            }),
        }
    }
}

impl Cfc {
    #[inline(always)]
    fn run(&self, p: &[f32], elapsed: &Lanes, step: Step<'_>) {
        let mut before = step.input;
        let (mut state, mut trace) = (step.state, step.trace);
        for layer in &self.layers {
            let (own, later) = state.split_at_mut(layer.units);
            let (rows, rest) = trace.split_at_mut(layer.trace_len());
            rows[..before.len()].copy_from_slice(before);
            rows[before.len()..layer.features].copy_from_slice(own);
            layer.forward(p, self.kernels, elapsed, rows);
            let Trace { short, long, gate, .. } = layer.split(rows);
            for (j, own) in own.iter_mut().enumerate() {
                *own = zip(&short[j], &gate[j], |short, gate| short * (1.0 - gate));
                add_product(own, &long[j], &gate[j]);
            }
            (before, state, trace) = (own, later, rest);
        }
        step.output.copy_from_slice(before);
    }

    #[inline(always)]
    fn run_back(&self, p: &[f32], elapsed: &Lanes, step: StepBack<'_>) {
        let (mut state, mut trace) = (step.state, step.trace);
        // Derivatives by a layer's new state that come from the layer behind it.
        let mut from_behind = step.output.to_vec();
        for layer in self.layers.iter().rev() {
            let (earlier, own) = state.split_at_mut(state.len() - layer.units);
            let (rest, rows) = trace.split_at(trace.len() - layer.trace_len());
            own.iter_mut().zip(&from_behind).for_each(|(own, g)| add(own, g));
            let mut features = vec![ZERO; layer.features];
            layer.backward(p, elapsed, rows, own, &mut features, step.parameters);
            let inputs = layer.features - layer.units;
            own.copy_from_slice(&features[inputs..]);
            features.truncate(inputs);
            (from_behind, state, trace) = (features, earlier, rest);
        }
        step.input.copy_from_slice(&from_behind);
    }
}

impl Cell for Cfc {
    fn new(wiring: &Wiring) -> Self {
        let mut parameters = 0;
        let layers = (0..wiring.layers.len())
            .map(|index| Neurons::new(wiring, index, &mut parameters))
            .collect();
        Self { inputs: wiring.inputs, layers, parameters, kernels: Kernels::detect() }
    }

    fn initial(&self, random: &mut NoiseStream) -> Vec<f32> {
        let mut p = vec![0.0; self.parameters];
        for (index, layer) in self.layers.iter().enumerate() {
            let motor = index + 1 == self.layers.len();
            layer.initial(random, if motor { MOTOR_SCALE } else { 1.0 }, &mut p);
            // Gates that do not depend on elapsed time at first: what the network learns of it
            // then carries over to rates that were not trained.
            p[layer.time[0].clone()].fill(0.0);
            p[layer.bias[2].clone()].fill(0.0);
        }
        p
    }

    fn rates(&self) -> Vec<f32> {
        vec![1.0; self.parameters]
    }

    fn effective(&self, raw: &[f32]) -> Vec<f32> {
        raw.to_vec()
    }

    fn chain(&self, _effective: &[f32], _grads: &mut [f32]) {}

    fn layer(&self, effective: &[f32]) -> Result<Layer, NetworkError> {
        Layer::wired_cfc(&WiredCfcParams {
            inputs: self.inputs,
            layers: self.layers.iter().map(|layer| layer.masked(effective)).collect(),
        })
    }

    fn state_len(&self) -> usize {
        self.layers.iter().map(|layer| layer.units).sum()
    }

    fn trace_len(&self) -> usize {
        self.layers.iter().map(Neurons::trace_len).sum()
    }

    fn forward(&self, effective: &[f32], elapsed: &Lanes, step: Step<'_>) {
        vectorized(
            #[inline(always)]
            || self.run(effective, elapsed, step),
        );
    }

    fn backward(&self, effective: &[f32], elapsed: &Lanes, step: StepBack<'_>) {
        vectorized(
            #[inline(always)]
            || self.run_back(effective, elapsed, step),
        );
    }
}
