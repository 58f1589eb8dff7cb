//! The LTC cell: its semi-implicit step over the synapses of a wiring, and the way back.

use core::ops::Range;

use rivus_kernels::{Elementary, Kernels, vectorized};
use rivus_liquid::wiring::{SignedSynapse, Wiring};
use rivus_liquid::{Layer, LtcParams, Mapping, NetworkError, Synapse};
use rivus_vehicle::NoiseStream;

use super::{Cell, Step, StepBack};
use crate::lanes::{Lanes, ZERO, add, add_product, add_scaled, map, zip};

/// Sub-steps of one step: a signal passes one layer of neurons in each, and there are three from
/// the inputs to the outputs.
const UNFOLDS: usize = 3;
/// As in Python `ncps`.
const EPSILON: f32 = 1e-8;
/// Multiple of the learning rate for sigma, whose useful range is that much wider than that of the
/// other parameters.
const SIGMA_RATE: f32 = 20.0;
/// First weight of the output mapping: the start is close to hover.
const OUTPUT_WEIGHT: f32 = 0.3;

/// The synapses from one kind of source, sorted by destination.
#[derive(Clone, Debug)]
struct Bundle {
    pre: Vec<usize>,
    polarity: Vec<f32>,
    /// The synapses of each neuron.
    rows: Vec<Range<usize>>,
}

/// Where the parameters of a bundle are.
#[derive(Clone, Debug)]
struct BundleAt {
    w: Range<usize>,
    sigma: Range<usize>,
    mu: Range<usize>,
    erev: Range<usize>,
}

/// An LTC cell with the synapses of a wiring. Raw `w`, `gleak` and `cm` pass a softplus.
#[derive(Clone, Debug)]
pub(crate) struct Ltc {
    inputs: usize,
    units: usize,
    motors: usize,
    sensory: Bundle,
    recurrent: Bundle,
    sensory_at: BundleAt,
    recurrent_at: BundleAt,
    gleak: Range<usize>,
    cm: Range<usize>,
    vleak: Range<usize>,
    output_w: Range<usize>,
    output_b: Range<usize>,
    parameters: usize,
    kernels: Kernels,
}

/// Gives out consecutive ranges.
struct Places(usize);

impl Places {
    fn take(&mut self, len: usize) -> Range<usize> {
        let start = self.0;
        self.0 += len;
        start..self.0
    }
}

impl Bundle {
    fn new(synapses: &[SignedSynapse], units: usize) -> Self {
        let start = |post| synapses.partition_point(|synapse| synapse.post < post);
        Self {
            pre: synapses.iter().map(|synapse| synapse.pre).collect(),
            polarity: synapses.iter().map(|synapse| f32::from(synapse.polarity)).collect(),
            rows: (0..units).map(|post| start(post)..start(post + 1)).collect(),
        }
    }

    fn len(&self) -> usize {
        self.pre.len()
    }

    /// The synapses with their parameters, for flight.
    fn synapses(&self, at: &BundleAt, p: &[f32]) -> Vec<Synapse> {
        let rows = self.rows.iter().enumerate();
        rows.flat_map(|(post, row)| row.clone().map(move |s| (post, s)))
            .map(|(post, s)| Synapse {
                pre: self.pre[s],
                post,
                sigma: p[at.sigma.start + s].into(),
                mu: p[at.mu.start + s].into(),
                w: p[at.w.start + s].into(),
                erev: p[at.erev.start + s].into(),
            })
            .collect()
    }

    /// Opens each gate by the value of its source and adds currents and conductances per neuron.
    #[inline(always)]
    fn forward(
        &self,
        at: &BundleAt,
        p: &[f32],
        kernels: Kernels,
        source: &[Lanes],
        gates: &mut [Lanes],
        num: &mut [Lanes],
        den: &mut [Lanes],
    ) {
        let (sigma, mu) = (&p[at.sigma.clone()], &p[at.mu.clone()]);
        for (s, gate) in gates.iter_mut().enumerate() {
            let (slope, middle) = (sigma[s], mu[s]);
            *gate = map(&source[self.pre[s]], |v| slope * (v - middle));
        }
        kernels.elementary(Elementary::Sigmoid, gates.as_flattened_mut());
        let (w, erev) = (&p[at.w.clone()], &p[at.erev.clone()]);
        for ((row, num), den) in self.rows.iter().zip(num).zip(den) {
            for s in row.clone() {
                add_scaled(den, w[s], &gates[s]);
                add_scaled(num, w[s] * erev[s], &gates[s]);
            }
        }
    }

    /// Derivatives by the parameters and the sources, from those by the sums of each neuron.
    #[inline(always)]
    fn backward(
        &self,
        at: &BundleAt,
        p: &[f32],
        source: &[Lanes],
        gates: &[Lanes],
        sums: (&[Lanes], &[Lanes]),
        source_grads: &mut [Lanes],
        grads: &mut [Lanes],
    ) {
        for (j, row) in self.rows.iter().enumerate() {
            let (num, den) = (&sums.0[j], &sums.1[j]);
            for s in row.clone() {
                let (w, erev) = (p[at.w.start + s], p[at.erev.start + s]);
                let (sigma, mu) = (p[at.sigma.start + s], p[at.mu.start + s]);
                let gate = &gates[s];
                let conductance = zip(num, den, |num, den| num * erev + den);
                add_product(&mut grads[at.w.start + s], &conductance, gate);
                add_product(&mut grads[at.erev.start + s], &map(num, |num| num * w), gate);
                let open = zip(&conductance, gate, |g, gate| g * w * gate * (1.0 - gate));
                let distance = map(&source[self.pre[s]], |v| v - mu);
                add_product(&mut grads[at.sigma.start + s], &open, &distance);
                add_scaled(&mut grads[at.mu.start + s], -sigma, &open);
                add_scaled(&mut source_grads[self.pre[s]], sigma, &open);
            }
        }
    }
}

/// The rows of a trace.
struct Trace<T> {
    /// `[inputs]`.
    input: T,
    /// `[UNFOLDS + 1][units]`: the state before and after each sub-step.
    states: T,
    /// `[UNFOLDS][units]`: one over the denominator.
    inverse: T,
    /// `[units]`: cm K / T.
    rate: T,
    /// `[sensory]`.
    sensory: T,
    /// `[UNFOLDS][synapses]`.
    gates: T,
}

impl Ltc {
    fn trace_lens(&self) -> [usize; 6] {
        [
            self.inputs,
            (UNFOLDS + 1) * self.units,
            UNFOLDS * self.units,
            self.units,
            self.sensory.len(),
            UNFOLDS * self.recurrent.len(),
        ]
    }

    fn split<'a>(&self, mut trace: &'a [Lanes]) -> Trace<&'a [Lanes]> {
        let [input, states, inverse, rate, sensory, gates] = self.trace_lens().map(|len| {
            let (head, tail) = trace.split_at(len);
            trace = tail;
            head
        });
        Trace { input, states, inverse, rate, sensory, gates }
    }

    fn split_mut<'a>(&self, mut trace: &'a mut [Lanes]) -> Trace<&'a mut [Lanes]> {
        let [input, states, inverse, rate, sensory, gates] = self.trace_lens().map(|len| {
            let (head, tail) = core::mem::take(&mut trace).split_at_mut(len);
            trace = tail;
            head
        });
        Trace { input, states, inverse, rate, sensory, gates }
    }

    #[inline(always)]
    fn run(&self, p: &[f32], elapsed: &Lanes, step: Step<'_>) {
        let units = self.units;
        let trace = self.split_mut(step.trace);
        trace.input.copy_from_slice(step.input);
        let (mut base_num, mut base_den) = (vec![ZERO; units], vec![ZERO; units]);
        for j in 0..units {
            let (cm, gleak) = (p[self.cm.start + j], p[self.gleak.start + j]);
            trace.rate[j] = map(elapsed, |elapsed| cm * UNFOLDS as f32 / elapsed);
            base_den[j] = map(&trace.rate[j], |rate| rate + (gleak + EPSILON));
            base_num[j] = [gleak * p[self.vleak.start + j]; _];
        }
        let (num, den) = (&mut base_num, &mut base_den);
        let kernels = self.kernels;
        self.sensory.forward(&self.sensory_at, p, kernels, trace.input, trace.sensory, num, den);
        trace.states[..units].copy_from_slice(step.state);
        let (mut num, mut den) = (vec![ZERO; units], vec![ZERO; units]);
        for k in 0..UNFOLDS {
            let (done, next) = trace.states.split_at_mut((k + 1) * units);
            let v = &done[k * units..];
            let gates = &mut trace.gates[k * self.recurrent.len()..][..self.recurrent.len()];
            num.copy_from_slice(&base_num);
            den.copy_from_slice(&base_den);
            let (num, den) = (&mut num, &mut den);
            self.recurrent.forward(&self.recurrent_at, p, kernels, v, gates, num, den);
            for j in 0..units {
                let inverse = map(&den[j], |den| 1.0 / den);
                add_product(&mut num[j], &trace.rate[j], &v[j]);
                next[j] = zip(&num[j], &inverse, |num, inverse| num * inverse);
                trace.inverse[k * units + j] = inverse;
            }
        }
        step.state.copy_from_slice(&trace.states[UNFOLDS * units..]);
        for (m, output) in step.output.iter_mut().enumerate() {
            let (w, b) = (p[self.output_w.start + m], p[self.output_b.start + m]);
            *output = map(&step.state[m], |v| v * w + b);
        }
    }

    #[inline(always)]
    fn run_back(&self, p: &[f32], elapsed: &Lanes, step: StepBack<'_>) {
        let units = self.units;
        let trace = self.split(step.trace);
        let grads = step.parameters;
        let last = &trace.states[UNFOLDS * units..];
        for (m, g) in step.output.iter().enumerate() {
            add_product(&mut grads[self.output_w.start + m], g, &last[m]);
            add(&mut grads[self.output_b.start + m], g);
            add_scaled(&mut step.state[m], p[self.output_w.start + m], g);
        }
        let (mut total_num, mut total_den) = (vec![ZERO; units], vec![ZERO; units]);
        let (mut num, mut den) = (vec![ZERO; units], vec![ZERO; units]);
        for k in (0..UNFOLDS).rev() {
            let (v, next) = trace.states[k * units..][..2 * units].split_at(units);
            let gates = &trace.gates[k * self.recurrent.len()..][..self.recurrent.len()];
            for j in 0..units {
                let inverse = &trace.inverse[k * units + j];
                num[j] = zip(&step.state[j], inverse, |g, inverse| g * inverse);
                den[j] = zip(&num[j], &next[j], |num, next| -num * next);
                add(&mut total_num[j], &num[j]);
                add(&mut total_den[j], &den[j]);
                let mut rate = den[j];
                add_product(&mut rate, &num[j], &v[j]);
                let per_cm = map(elapsed, |elapsed| UNFOLDS as f32 / elapsed);
                add_product(&mut grads[self.cm.start + j], &rate, &per_cm);
                step.state[j] = zip(&num[j], &trace.rate[j], |num, rate| num * rate);
            }
            let sums = (&num[..], &den[..]);
            let at = &self.recurrent_at;
            self.recurrent.backward(at, p, v, gates, sums, step.state, grads);
        }
        for j in 0..units {
            let (gleak, vleak) = (p[self.gleak.start + j], p[self.vleak.start + j]);
            add(&mut grads[self.gleak.start + j], &total_den[j]);
            add_scaled(&mut grads[self.gleak.start + j], vleak, &total_num[j]);
            add_scaled(&mut grads[self.vleak.start + j], gleak, &total_num[j]);
        }
        step.input.fill(ZERO);
        let sums = (&total_num[..], &total_den[..]);
        let at = &self.sensory_at;
        self.sensory.backward(at, p, trace.input, trace.sensory, sums, step.input, grads);
    }

    /// The parameters that must stay positive; they come first.
    fn positive(&self) -> Range<usize> {
        0..self.cm.end
    }

    /// Puts every neuron where its gates are steepest and the outputs where the vehicle hovers.
    ///
    /// With every synapse half open a neuron rests at (gleak vleak + sum 0.5 w erev) / (gleak + sum
    /// 0.5 w); the mu of its outgoing synapses is set there. Inputs rest at zero, as does their mu.
    fn balance(&self, p: &mut [f32]) {
        let rest: Vec<f32> = (0..self.units)
            .map(|j| {
                let gleak = p[self.gleak.start + j];
                let (mut num, mut den) = (gleak * p[self.vleak.start + j], gleak);
                for (bundle, at) in
                    [(&self.sensory, &self.sensory_at), (&self.recurrent, &self.recurrent_at)]
                {
                    for s in bundle.rows[j].clone() {
                        num += 0.5 * p[at.w.start + s] * p[at.erev.start + s];
                        den += 0.5 * p[at.w.start + s];
                    }
                }
                num / den
            })
            .collect();
        for (s, &pre) in self.recurrent.pre.iter().enumerate() {
            p[self.recurrent_at.mu.start + s] = rest[pre];
        }
        for m in 0..self.motors {
            p[self.output_b.start + m] = -p[self.output_w.start + m] * rest[m];
        }
    }
}

impl Cell for Ltc {
    fn new(wiring: &Wiring) -> Self {
        let sensory = Bundle::new(&wiring.sensory, wiring.units);
        let recurrent = Bundle::new(&wiring.synapses, wiring.units);
        let (s, r, units, motors) = (sensory.len(), recurrent.len(), wiring.units, wiring.outputs);
        let mut places = Places(0);
        let (sensory_w, recurrent_w) = (places.take(s), places.take(r));
        let (gleak, cm) = (places.take(units), places.take(units));
        let mut at = |w: Range<usize>| BundleAt {
            sigma: places.take(w.len()),
            mu: places.take(w.len()),
            erev: places.take(w.len()),
            w,
        };
        let (sensory_at, recurrent_at) = (at(sensory_w), at(recurrent_w));
        let vleak = places.take(units);
        let (output_w, output_b) = (places.take(motors), places.take(motors));
        Self {
            inputs: wiring.inputs,
            units,
            motors,
            sensory,
            recurrent,
            sensory_at,
            recurrent_at,
            gleak,
            cm,
            vleak,
            output_w,
            output_b,
            parameters: places.0,
            kernels: Kernels::detect(),
        }
    }

    /// The ranges of Python `ncps`, balanced.
    fn initial(&self, random: &mut NoiseStream) -> Vec<f32> {
        let mut p = vec![0.0; self.parameters];
        let mut draw = |range: &Range<usize>, low: f32, high: f32| {
            p[range.clone()].fill_with(|| low + (high - low) * random.uniform());
        };
        for at in [&self.sensory_at, &self.recurrent_at] {
            draw(&at.w, 0.001, 1.0);
            draw(&at.sigma, 3.0, 8.0);
        }
        draw(&self.gleak, 0.001, 1.0);
        draw(&self.cm, 0.4, 0.6);
        draw(&self.vleak, -0.2, 0.2);
        p[self.sensory_at.erev.clone()].copy_from_slice(&self.sensory.polarity);
        p[self.recurrent_at.erev.clone()].copy_from_slice(&self.recurrent.polarity);
        p[self.output_w.clone()].fill(OUTPUT_WEIGHT);
        self.balance(&mut p);
        for value in &mut p[self.positive()] {
            // The inverse of the softplus.
            *value = rivus_math::ops::ln(rivus_math::ops::exp(*value) - 1.0);
        }
        p
    }

    fn rates(&self) -> Vec<f32> {
        let mut rates = vec![1.0; self.parameters];
        rates[self.sensory_at.sigma.clone()].fill(SIGMA_RATE);
        rates[self.recurrent_at.sigma.clone()].fill(SIGMA_RATE);
        rates
    }

    fn effective(&self, raw: &[f32]) -> Vec<f32> {
        let mut p = raw.to_vec();
        for value in &mut p[self.positive()] {
            *value = rivus_math::ops::ln(1.0 + rivus_math::ops::exp(*value));
        }
        p
    }

    fn chain(&self, effective: &[f32], grads: &mut [f32]) {
        for (grad, &value) in grads[self.positive()].iter_mut().zip(effective) {
            // The slope of ln(1 + e^r), by its value.
            *grad *= 1.0 - rivus_math::ops::exp(-value);
        }
    }

    fn layer(&self, effective: &[f32]) -> Result<Layer, NetworkError> {
        let p = effective;
        let wide = |range: &Range<usize>| p[range.clone()].iter().map(|&x| x.into()).collect();
        Layer::ltc(&LtcParams {
            inputs: self.inputs,
            units: self.units,
            motors: self.motors,
            sensory: self.sensory.synapses(&self.sensory_at, p),
            synapses: self.recurrent.synapses(&self.recurrent_at, p),
            gleak: wide(&self.gleak),
            vleak: wide(&self.vleak),
            cm: wide(&self.cm),
            input_mapping: Mapping::None,
            output_mapping: Mapping::Affine {
                scale: p[self.output_w.clone()].to_vec(),
                offset: p[self.output_b.clone()].to_vec(),
            },
            unfolds: UNFOLDS as u32,
            epsilon: EPSILON.into(),
        })
    }

    fn state_len(&self) -> usize {
        self.units
    }

    fn trace_len(&self) -> usize {
        self.trace_lens().iter().sum()
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
